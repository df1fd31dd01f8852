/** CURRENT_DATE, CURRENT_TIMESTAMP(n), CURRENT_USER and kin, written without parentheses. */
import type { Expression } from '../../query/algebra/expression.ts';
import { DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { callFunctionByName } from './analyze-function.ts';
import { coerceType, coerceTypmod } from './coercion.ts';
import type { QueryLevel } from './scope.ts';

const TIMES: Readonly<Record<string, Type>> = {
	SVFOP_CURRENT_DATE: DATE,
	SVFOP_CURRENT_TIME: TIMETZ,
	SVFOP_CURRENT_TIME_N: TIMETZ,
	SVFOP_CURRENT_TIMESTAMP: TIMESTAMPTZ,
	SVFOP_CURRENT_TIMESTAMP_N: TIMESTAMPTZ,
	SVFOP_LOCALTIME: TIME,
	SVFOP_LOCALTIME_N: TIME,
	SVFOP_LOCALTIMESTAMP: TIMESTAMP,
	SVFOP_LOCALTIMESTAMP_N: TIMESTAMP,
};

const NAMES: Readonly<Record<string, string>> = {
	SVFOP_CURRENT_ROLE: 'current_user',
	SVFOP_CURRENT_USER: 'current_user',
	SVFOP_USER: 'current_user',
	SVFOP_SESSION_USER: 'session_user',
	SVFOP_CURRENT_CATALOG: 'current_database',
	SVFOP_CURRENT_SCHEMA: 'current_schema',
};

export function analyzeValueFunction(level: QueryLevel, node: { readonly op?: string; readonly typmod?: number; readonly location?: number }): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const op = node.op ?? '';
	const name = NAMES[op];
	if (name !== undefined) return callFunctionByName(level, name, [], position);
	const type = TIMES[op];
	if (type === undefined) throw context.unsupported(op, position);
	const now = callFunctionByName(level, 'now', [], position);
	const converted = coerceType(context, now, type, -1, 'explicit');
	return op.endsWith('_N') ? coerceTypmod(context, converted, type, Math.min(node.typmod ?? 0, 6), 'explicit') : converted;
}
