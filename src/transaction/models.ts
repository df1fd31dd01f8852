/**
 * Numbers of the models in logged changes. A number is never reused; retired ones stay in the list.
 */

/** Objects of the catalog; applied by `catalog-store.ts`, not by a registered applier. */
export const CATALOG_MODEL = 0;
/** Values of sequences. */
export const SEQUENCE_MODEL = 1;
/** Rows of tables; `model/table/`. */
export const TABLE_MODEL = 2;
/** Raw keyspaces; `model/keyvalue/`. */
export const KEYVALUE_MODEL = 3;
/** Files adopted by keyspaces; applied by `bulk.ts`, not by a registered applier. */
export const BULK_MODEL = 4;
/** Redis' data types; `model/redis/`. */
export const REDIS_MODEL = 5;
/** How far what is derived from the log has come; `derived-positions.ts`. */
export const POSITION_MODEL = 6;

/** Keyspaces of the system; those of users have ids from `FIRST_USER_ID` on. */
export const CATALOG_KEYSPACE = 1;
export const SEQUENCE_KEYSPACE = 2;
export const POSITION_KEYSPACE = 3;
