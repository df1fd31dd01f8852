/** Redis' protocol: the public face of this folder. */
export type { RedisHost, RedisOptions, RedisServer } from './host.ts';
export { DEFAULT_PORT, serveRedis } from './server.ts';
