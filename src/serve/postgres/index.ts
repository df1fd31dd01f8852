/** PostgreSQL's protocol: the public face of this folder. */
export type { PostgresHost, PostgresOptions, PostgresServer } from './host.ts';
export { DEFAULT_PORT, servePostgres } from './server.ts';
