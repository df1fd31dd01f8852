/** Loading rows from outside: loaded by `load-engine.ts` with the first COPY or `db.load`. */
export { copyPortal } from './copy/copy-portal.ts';
export { copyIn } from './embedded/copy-in.ts';
export { importFile } from './embedded/import-file.ts';
export { loadRows } from './embedded/load-rows.ts';
