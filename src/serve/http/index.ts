/** HTTP: the public face of this folder. */
export type { HttpHost, HttpOptions, HttpServer } from './host.ts';
export { DEFAULT_PORT, HttpService, serveHttp } from './server.ts';
