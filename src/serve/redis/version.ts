/** The version whose commands, replies and errors are followed: what clients that ask are told. */
export const REDIS_VERSION = '7.0.15';
