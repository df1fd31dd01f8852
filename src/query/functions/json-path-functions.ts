/**
 * Functions and operators that run SQL/JSON paths over jsonb. Those ending in _tz may use the session's time zone.
 */
import { sqlError } from '../../platform/errors.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from '../../value/jsonb.ts';
import type { TimeZone } from '../../value/time-zone.ts';
import type { FunctionContext, OperatorEntry, ScalarFunction, SetFunction } from './contracts.ts';
import { contextual, operator, scalar, set } from './define.ts';
import { JsonPathFailure } from './json-path-failure.ts';
import { templates } from './load-templates.ts';
import { sessionTimeZone } from './session-settings.ts';

const NO_VARIABLES = JsonbObject.from([]);

/** Items found; null where an error was swallowed and none should be used. */
interface Found {
	readonly items: readonly Jsonb[];
	readonly hasFailed: boolean;
}

function query(target: Jsonb, path: string, variables: Jsonb, silent: boolean, zone: TimeZone | null, onlyExistence: boolean): Found {
	if (!(variables instanceof JsonbObject)) {
		throw sqlError('22023', '"vars" argument is not an object', { detail: 'Jsonpath parameters should be encoded as key-value pairs of "vars" object.' });
	}
	const items: Jsonb[] = [];
	try {
		const { parseJsonPath, runJsonPath } = templates();
		runJsonPath(parseJsonPath(path), { root: target, variables, zone, onlyExistence }, items);
		return { items, hasFailed: false };
	} catch (error) {
		if (!(error instanceof JsonPathFailure)) throw error;
		if (!silent) throw sqlError(error.sqlstate, error.message);
		return { items, hasFailed: true };
	}
}

/** In lax mode what was found before an error is enough. */
function exists(found: Found, path: string): boolean | null {
	if (found.hasFailed) return found.items.length > 0 && !templates().parseJsonPath(path).isStrict ? true : null;
	return found.items.length > 0;
}

function match(found: Found, silent: boolean): boolean | null {
	if (!found.hasFailed && found.items.length === 1) {
		const item = found.items[0];
		if (typeof item === 'boolean') return item;
		if (item === JSON_NULL) return null;
	}
	if (silent) return null;
	throw sqlError('22038', 'single boolean result is expected');
}

type Answer = (found: Found, path: string, silent: boolean) => unknown;

const existsAnswer: Answer = (found, path) => exists(found, path);
const matchAnswer: Answer = (found, _, silent) => match(found, silent);
const arrayAnswer: Answer = (found) => new JsonbArray(found.items);
const firstAnswer: Answer = (found) => found.items[0] ?? null;

const plain = (answer: Answer) => (target: Jsonb, path: string, variables: Jsonb, silent: boolean) =>
	answer(query(target, path, variables, silent, null, answer === existsAnswer), path, silent);

const zoned = (answer: Answer) => (context: FunctionContext, target: Jsonb, path: string, variables: Jsonb, silent: boolean) =>
	answer(query(target, path, variables, silent, sessionTimeZone(context), answer === existsAnswer), path, silent);

const silently = (answer: Answer) => (target: Jsonb, path: string) =>
	answer(query(target, path, NO_VARIABLES, true, null, answer === existsAnswer), path, true);

const ARGUMENTS = 'target jsonb, path jsonpath, vars jsonb, silent bool';
const DEFAULTS = { defaults: [NO_VARIABLES, false] } as const;

export const jsonPathOperators: readonly OperatorEntry[] = [
	operator(4012, 'jsonb @? jsonpath', scalar(4010, 'jsonb_path_exists_opr(jsonb, jsonpath) bool', silently(existsAnswer))),
	operator(4013, 'jsonb @@ jsonpath', scalar(4011, 'jsonb_path_match_opr(jsonb, jsonpath) bool', silently(matchAnswer))),
];

export const jsonPathFunctions: readonly ScalarFunction[] = [
	scalar(4005, `jsonb_path_exists(${ARGUMENTS}) bool`, plain(existsAnswer), DEFAULTS),
	contextual(1177, `jsonb_path_exists_tz(${ARGUMENTS}) bool`, zoned(existsAnswer), DEFAULTS),
	scalar(4009, `jsonb_path_match(${ARGUMENTS}) bool`, plain(matchAnswer), DEFAULTS),
	contextual(2030, `jsonb_path_match_tz(${ARGUMENTS}) bool`, zoned(matchAnswer), DEFAULTS),
	scalar(4007, `jsonb_path_query_array(${ARGUMENTS}) jsonb`, plain(arrayAnswer), DEFAULTS),
	contextual(1180, `jsonb_path_query_array_tz(${ARGUMENTS}) jsonb`, zoned(arrayAnswer), DEFAULTS),
	scalar(4008, `jsonb_path_query_first(${ARGUMENTS}) jsonb`, plain(firstAnswer), DEFAULTS),
	contextual(2023, `jsonb_path_query_first_tz(${ARGUMENTS}) jsonb`, zoned(firstAnswer), DEFAULTS),
];

export const jsonPathSets: readonly SetFunction[] = [
	set(
		4006,
		`jsonb_path_query(${ARGUMENTS}) jsonb`,
		(target: Jsonb, path: string, variables: Jsonb, silent: boolean) => query(target, path, variables, silent, null, false).items,
		DEFAULTS,
	),
	set(
		1179,
		`jsonb_path_query_tz(${ARGUMENTS}) jsonb`,
		(context: FunctionContext, target: Jsonb, path: string, variables: Jsonb, silent: boolean) =>
			query(target, path, variables, silent, sessionTimeZone(context), false).items,
		{ ...DEFAULTS, context: true, volatility: 'stable' },
	),
];
