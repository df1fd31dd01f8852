/** What to_char, to_number, to_date, to_timestamp and SQL/JSON paths are made of: loaded by the first of them that is used. */
export { formatInterval, formatLocalTime } from './date-format.ts';
export { parseDateByTemplate, parseInstantByTemplate } from './date-parse.ts';
export { runJsonPath } from './json-path-executor.ts';
export { parseJsonPath } from './json-path-parser.ts';
export { formatPath } from './json-path-tree.ts';
export { decimalForFormat, floatForFormat, formatNumber, parseNumber } from './number-format.ts';
