/** What an open database needs of tables before any SQL, once it has some: loaded by `open.ts`. */
export { dropUnfinished } from '../model/table/index-build.ts';
export { rowShapeOf } from '../model/table/row-shape-of.ts';
export { TableApplier } from '../model/table/table-applier.ts';
