/** Types for columns that say nothing of theirs: the narrowest that takes all the values seen. */
import { Decimal } from '../../value/decimal.ts';
import { formatJsonb, JSON_NULL, type Jsonb } from '../../value/jsonb.ts';

/** How many rows a guess looks at. */
export const SAMPLE_ROWS = 1000;

/** The narrowest type that takes all the texts; null and empty texts say nothing. */
export function typeFor(texts: readonly (string | null)[]): string {
	const given = texts.filter((t): t is string => t !== null && t !== '');
	if (given.length === 0) return 'text';
	const all = (pattern: RegExp): boolean => given.every((t) => pattern.test(t));
	if (all(/^-?(0|[1-9]\d{0,17})$/)) return 'bigint';
	if (all(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/) && given.every((t) => !/^-?0\d/.test(t))) return all(/^-?\d+\.\d+$|^-?\d+$/) ? 'numeric' : 'double precision';
	if (all(/^(true|false)$/i)) return 'boolean';
	if (all(/^\d{4}-\d\d-\d\d$/)) return 'date';
	if (all(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/)) return 'timestamptz';
	if (all(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/)) return 'timestamp';
	if (all(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)) return 'uuid';
	return 'text';
}

/** As `typeFor`, for values of JSON: lists and objects are jsonb, strings never numbers. */
export function typeForJson(values: readonly Jsonb[]): string {
	const given = values.filter((v) => v !== JSON_NULL);
	if (given.some((v) => typeof v === 'object' && !(v instanceof Decimal))) return 'jsonb';
	const guess = typeFor(given.map((v) => (typeof v === 'string' ? v : formatJsonb(v))));
	const isString = given.some((v) => typeof v === 'string');
	return isString && ['bigint', 'numeric', 'double precision', 'boolean'].includes(guess) ? 'text' : guess;
}
