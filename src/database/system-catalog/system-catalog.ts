/** The system catalog's tables and functions: loaded with the first that is named. */
export { systemServices } from './system-services.ts';
export { systemTables } from './system-tables.ts';
