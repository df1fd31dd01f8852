/** Bolt, the protocol of Neo4j's drivers: the public face of this folder. */
export type { BoltHost, BoltOptions, BoltServer } from './host.ts';
export { DEFAULT_PORT, serveBolt } from './server.ts';
