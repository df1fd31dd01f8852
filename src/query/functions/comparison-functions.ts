/**
 * Comparison operators of every type, and the three-way comparison functions behind btree operator classes. Each row of the
 * table gives six operators (= <> < <= > >=): oids in pg_proc, then in pg_operator. Names of functions follow a pattern.
 *
 * Operators whose two sides are represented alike carry `comparison`, so that indexes and hashes serve them; date against
 * timestamp, or timestamp with against without zone, are plain functions.
 */

import { sqlError } from '../../platform/errors.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { Int8 } from '../../value/int8.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import { comparableInstant, comparableTimestamp } from './comparable-times.ts';
import type { CallInfo, Equality, FunctionContext, OperatorEntry, Ordering, ScalarFunction } from './contracts.ts';
import { bound, contextual, type Evaluate, type Options, operator, scalar } from './define.ts';
import { sessionTimeZone } from './session-settings.ts';
import { equalityOf, FLOAT_EQUALITY, orderingOf, PRIMITIVE_EQUALITY, requireEquality, requireOrdering, TEXT_EQUALITY } from './type-comparison.ts';

type Sign = '=' | '<>' | '<' | '<=' | '>' | '>=';
type Six = readonly [number, number, number, number, number, number];
type Row = readonly [left: string, right: string, name: string, functions: Six, operators: Six];

const SIGNS = ['=', '<>', '<', '<=', '>', '>='] as const;
const SUFFIXES = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;
const COMMUTATORS = ['=', '<>', '>', '>=', '<', '<='] as const;
const NEGATORS = ['<>', '=', '>=', '>', '<=', '<'] as const;

/** Both sides have one representation and one order. */
const SAME: readonly Row[] = [
	['bool', 'bool', 'bool{}', [60, 84, 56, 1691, 57, 1692], [91, 85, 58, 1694, 59, 1695]],
	['bytea', 'bytea', 'bytea{}', [1948, 1953, 1949, 1950, 1951, 1952], [1955, 1956, 1957, 1958, 1959, 1960]],
	['char', 'char', 'char{}', [61, 70, 1246, 72, 73, 74], [92, 630, 631, 632, 633, 634]],
	['name', 'text', 'name{}text', [240, 245, 241, 242, 244, 243], [254, 259, 255, 256, 258, 257]],
	['name', 'name', 'name{}', [62, 659, 655, 656, 657, 658], [93, 643, 660, 661, 662, 663]],
	['int8', 'int4', 'int84{}', [474, 475, 476, 478, 477, 479], [416, 417, 418, 420, 419, 430]],
	['int8', 'int2', 'int82{}', [1856, 1857, 1858, 1860, 1859, 1861], [1868, 1869, 1870, 1872, 1871, 1873]],
	['int8', 'int8', 'int8{}', [467, 468, 469, 471, 470, 472], [410, 411, 412, 414, 413, 415]],
	['int2', 'int4', 'int24{}', [158, 164, 160, 166, 162, 168], [532, 538, 534, 540, 536, 542]],
	['int2', 'int2', 'int2{}', [63, 145, 64, 148, 146, 151], [94, 519, 95, 522, 520, 524]],
	['int2', 'int8', 'int28{}', [1850, 1851, 1852, 1854, 1853, 1855], [1862, 1863, 1864, 1866, 1865, 1867]],
	['int4', 'int4', 'int4{}', [65, 144, 66, 149, 147, 150], [96, 518, 97, 523, 521, 525]],
	['int4', 'int2', 'int42{}', [159, 165, 161, 167, 163, 169], [533, 539, 535, 541, 537, 543]],
	['int4', 'int8', 'int48{}', [852, 853, 854, 856, 855, 857], [15, 36, 37, 80, 76, 82]],
	['text', 'text', 'text_{}', [67, 157, 740, 741, 742, 743], [98, 531, 664, 665, 666, 667]],
	['text', 'name', 'text{}name', [247, 252, 248, 249, 251, 250], [260, 265, 261, 262, 264, 263]],
	['oid', 'oid', 'oid{}', [184, 185, 716, 717, 1638, 1639], [607, 608, 609, 611, 610, 612]],
	['float4', 'float8', 'float48{}', [299, 300, 301, 302, 303, 304], [1120, 1121, 1122, 1124, 1123, 1125]],
	['float4', 'float4', 'float4{}', [287, 288, 289, 290, 291, 292], [620, 621, 622, 624, 623, 625]],
	['float8', 'float8', 'float8{}', [293, 294, 295, 296, 297, 298], [670, 671, 672, 673, 674, 675]],
	['float8', 'float4', 'float84{}', [305, 306, 307, 308, 309, 310], [1130, 1131, 1132, 1134, 1133, 1135]],
	['bpchar', 'bpchar', 'bpchar{}', [1048, 1053, 1049, 1050, 1051, 1052], [1054, 1057, 1058, 1059, 1060, 1061]],
	['date', 'date', 'date_{}', [1086, 1091, 1087, 1088, 1089, 1090], [1093, 1094, 1095, 1096, 1097, 1098]],
	['time', 'time', 'time_{}', [1145, 1106, 1102, 1103, 1104, 1105], [1108, 1109, 1110, 1111, 1112, 1113]],
	['timestamp', 'timestamp', 'timestamp_{}', [2052, 2053, 2054, 2055, 2057, 2056], [2060, 2061, 2062, 2063, 2064, 2065]],
	['timestamptz', 'timestamptz', 'timestamptz_{}', [1152, 1153, 1154, 1155, 1157, 1156], [1320, 1321, 1322, 1323, 1324, 1325]],
	['interval', 'interval', 'interval_{}', [1162, 1163, 1164, 1165, 1167, 1166], [1330, 1331, 1332, 1333, 1334, 1335]],
	['timetz', 'timetz', 'timetz_{}', [1352, 1353, 1354, 1355, 1357, 1356], [1550, 1551, 1552, 1553, 1554, 1555]],
	['bit', 'bit', 'bit{}', [1581, 1582, 1595, 1594, 1593, 1592], [1784, 1785, 1786, 1788, 1787, 1789]],
	['varbit', 'varbit', 'varbit{}', [1666, 1667, 1671, 1670, 1669, 1668], [1804, 1805, 1806, 1808, 1807, 1809]],
	['numeric', 'numeric', 'numeric_{}', [1718, 1719, 1722, 1723, 1720, 1721], [1752, 1753, 1754, 1755, 1756, 1757]],
	['uuid', 'uuid', 'uuid_{}', [2956, 2959, 2954, 2955, 2958, 2957], [2972, 2973, 2974, 2976, 2975, 2977]],
	['jsonb', 'jsonb', 'jsonb_{}', [4043, 4038, 4039, 4041, 4040, 4042], [3240, 3241, 3242, 3244, 3243, 3245]],
	['money', 'money', 'cash_{}', [888, 889, 890, 891, 892, 893], [900, 901, 902, 904, 903, 905]],
	['inet', 'inet', 'network_{}', [920, 925, 921, 922, 923, 924], [1201, 1202, 1203, 1204, 1205, 1206]],
	['tid', 'tid', 'tid{}', [1292, 1265, 2791, 2793, 2790, 2792], [387, 402, 2799, 2801, 2800, 2802]],
	['xid8', 'xid8', 'xid8{}', [5084, 5085, 5034, 5036, 5035, 5037], [5068, 5072, 5073, 5075, 5074, 5076]],
];

/** Sides of different representation: compared as timestamps, in the session's time zone where one has a zone. */
const MIXED: readonly Row[] = [
	['date', 'timestamptz', 'date_{}_timestamptz', [2353, 2356, 2351, 2352, 2354, 2355], [2360, 2363, 2358, 2359, 2362, 2361]],
	['date', 'timestamp', 'date_{}_timestamp', [2340, 2343, 2338, 2339, 2341, 2342], [2347, 2350, 2345, 2346, 2349, 2348]],
	['timestamp', 'timestamptz', 'timestamp_{}_timestamptz', [2522, 2525, 2520, 2521, 2523, 2524], [2536, 2539, 2534, 2535, 2538, 2537]],
	['timestamp', 'date', 'timestamp_{}_date', [2366, 2369, 2364, 2365, 2367, 2368], [2373, 2376, 2371, 2372, 2375, 2374]],
	['timestamptz', 'timestamp', 'timestamptz_{}_timestamp', [2529, 2532, 2527, 2528, 2530, 2531], [2542, 2545, 2540, 2541, 2544, 2543]],
	['timestamptz', 'date', 'timestamptz_{}_date', [2379, 2382, 2377, 2378, 2380, 2381], [2386, 2389, 2384, 2385, 2388, 2387]],
];

/** The order depends on the types at the call site. */
const POLYMORPHIC: readonly Row[] = [
	['oidvector', 'oidvector', 'oidvector{}', [679, 619, 677, 678, 681, 680], [649, 644, 645, 647, 646, 648]],
	['record', 'record', 'record_{}', [2981, 2982, 2983, 2985, 2984, 2986], [2988, 2989, 2990, 2992, 2991, 2993]],
	['anyarray', 'anyarray', 'array_{}', [744, 390, 391, 393, 392, 396], [1070, 1071, 1072, 1074, 1073, 1075]],
	['anyrange', 'anyrange', 'range_{}', [3855, 3856, 3871, 3872, 3874, 3873], [3882, 3883, 3884, 3885, 3887, 3886]],
	['anymultirange', 'anymultirange', 'multirange_{}', [4244, 4245, 4274, 4275, 4277, 4276], [2860, 2861, 2862, 2863, 2865, 2864]],
	['anyenum', 'anyenum', 'enum_{}', [3508, 3509, 3510, 3512, 3511, 3513], [3516, 3517, 3518, 3520, 3519, 3521]],
];

const THREE_WAY: readonly (readonly [number, string, string])[] = [
	[1596, 'bitcmp', 'bit'],
	[1078, 'bpcharcmp', 'bpchar'],
	[1693, 'btboolcmp', 'bool'],
	[358, 'btcharcmp', 'char'],
	[354, 'btfloat4cmp', 'float4'],
	[355, 'btfloat8cmp', 'float8'],
	[350, 'btint2cmp', 'int2'],
	[351, 'btint4cmp', 'int4'],
	[842, 'btint8cmp', 'int8'],
	[359, 'btnamecmp', 'name'],
	[356, 'btoidcmp', 'oid'],
	[360, 'bttextcmp', 'text'],
	[1954, 'byteacmp', 'bytea'],
	[1092, 'date_cmp', 'date'],
	[1315, 'interval_cmp', 'interval'],
	[4044, 'jsonb_cmp', 'jsonb'],
	[1769, 'numeric_cmp', 'numeric'],
	[1107, 'time_cmp', 'time'],
	[2045, 'timestamp_cmp', 'timestamp'],
	[1314, 'timestamptz_cmp', 'timestamptz'],
	[1358, 'timetz_cmp', 'timetz'],
	[2960, 'uuid_cmp', 'uuid'],
	[1672, 'varbitcmp', 'varbit'],
	[377, 'cash_cmp', 'money'],
	[926, 'network_cmp', 'inet'],
	[2794, 'bttidcmp', 'tid'],
	[5096, 'xid8cmp', 'xid8'],
];

function functionName(pattern: string, index: number): string {
	// text and textne are older than the naming with an underscore.
	if (pattern === 'text_{}' && index < 2) return `text${SUFFIXES[index]}`;
	return pattern.replace('{}', SUFFIXES[index]!);
}

function six(row: Row, make: (index: number, oid: number, signature: string) => ScalarFunction): OperatorEntry[] {
	const [left, right, pattern, functions, operators] = row;
	return SIGNS.map((sign, index) => {
		const made = make(index, functions[index]!, `${functionName(pattern, index)}(${left}, ${right}) bool`);
		return operator(operators[index]!, `${left} ${sign} ${right}`, made, COMMUTATORS[index]!, NEGATORS[index]!);
	});
}

function sameRow(row: Row): OperatorEntry[] {
	const type = builtinTypes.byName(row[0])!;
	return six(row, (index, oid, signature) => {
		const equality = equalityOf(type, builtinTypes)!;
		const ordering = orderingOf(type, builtinTypes)!;
		return scalar(oid, signature, evaluator(SIGNS[index]!, equality, ordering), comparisonOptions(SIGNS[index]!, equality, ordering));
	});
}

function comparisonOptions(sign: Sign, equality: Equality, ordering: Ordering): Options {
	const inline = inlineOf(sign, equality, ordering);
	return { comparison: { operator: sign, equality, ordering }, ...(inline === undefined ? {} : { inline }) };
}

const PRIMITIVE_TEXT: Record<Sign, string> = { '=': '===', '<>': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

function inlineOf(sign: Sign, equality: Equality, ordering: Ordering): Options['inline'] {
	const text = PRIMITIVE_TEXT[sign];
	if (ordering.primitive || (equality === TEXT_EQUALITY && (sign === '=' || sign === '<>'))) return ([a, b]) => `(${a} ${text} ${b})`;
	if (equality === FLOAT_EQUALITY) return ([a, b]) => floatText(sign, a!, b!);
	return undefined;
}

/** NaN is equal to NaN and greater than all else; `x !== x` is true of NaN alone. */
function floatText(sign: Sign, a: string, b: string): string {
	const bothNaN = `(${a} !== ${a} && ${b} !== ${b})`;
	switch (sign) {
		case '=':
			return `(${a} === ${b} || ${bothNaN})`;
		case '<>':
			return `(${a} !== ${b} && !${bothNaN})`;
		case '<':
			return `(${a} < ${b} || (${b} !== ${b} && ${a} === ${a}))`;
		case '<=':
			return `(${a} <= ${b} || ${b} !== ${b})`;
		case '>':
			return `(${a} > ${b} || (${a} !== ${a} && ${b} === ${b}))`;
		case '>=':
			return `(${a} >= ${b} || ${a} !== ${a})`;
	}
}

const PRIMITIVE_EVALUATORS: Record<Sign, Evaluate> = {
	'=': (a: number, b: number) => a === b,
	'<>': (a: number, b: number) => a !== b,
	'<': (a: number, b: number) => a < b,
	'<=': (a: number, b: number) => a <= b,
	'>': (a: number, b: number) => a > b,
	'>=': (a: number, b: number) => a >= b,
};

function evaluator(sign: Sign, equality: Equality, ordering: Ordering): Evaluate {
	if (equality === PRIMITIVE_EQUALITY && ordering.primitive) return PRIMITIVE_EVALUATORS[sign];
	if (sign === '=') return equality.equals;
	if (sign === '<>') return (a: unknown, b: unknown) => !equality.equals(a, b);
	return signOf(sign, ordering.compare);
}

function signOf(sign: Sign, compare: (left: unknown, right: unknown) => number): Evaluate {
	switch (sign) {
		case '=':
			return (a: unknown, b: unknown) => compare(a, b) === 0;
		case '<>':
			return (a: unknown, b: unknown) => compare(a, b) !== 0;
		case '<':
			return (a: unknown, b: unknown) => compare(a, b) < 0;
		case '<=':
			return (a: unknown, b: unknown) => compare(a, b) <= 0;
		case '>':
			return (a: unknown, b: unknown) => compare(a, b) > 0;
		case '>=':
			return (a: unknown, b: unknown) => compare(a, b) >= 0;
	}
}

const compareInstants = (a: Int8, b: Int8): number => (a < b ? -1 : a > b ? 1 : 0);

/** A value of a side as the type `as` of the comparison: timestamp when no side has a zone, else timestamptz. */
function instantOf(type: string, zoned: boolean): (context: FunctionContext, value: never) => Int8 {
	if (type === 'date') {
		if (!zoned) return (_, days: number) => comparableTimestamp(days);
		return (context, days: number) => comparableInstant(comparableTimestamp(days), sessionTimeZone(context));
	}
	if (type === 'timestamp' && zoned) return (context, local: Int8) => comparableInstant(local, sessionTimeZone(context));
	return (_, value: Int8) => value;
}

function mixedRow(row: Row): OperatorEntry[] {
	const zoned = row[0] === 'timestamptz' || row[1] === 'timestamptz';
	const left = instantOf(row[0], zoned);
	const right = instantOf(row[1], zoned);
	return six(row, (index, oid, signature) => {
		const holds = signOf(SIGNS[index]!, compareInstants as (a: unknown, b: unknown) => number) as (a: unknown, b: unknown) => boolean;
		const evaluate = (context: FunctionContext, a: never, b: never): boolean => holds(left(context, a), right(context, b));
		return contextual(oid, signature, evaluate, { volatility: zoned ? 'stable' : 'immutable' });
	});
}

function polymorphicRow(row: Row): OperatorEntry[] {
	return six(row, (index, oid, signature) => {
		const sign = SIGNS[index]!;
		const general = bound(oid, signature, (info: CallInfo) => {
			const type = info.argumentTypes[0]!;
			checkRecords(type, info.argumentTypes[1]!, info.types);
			if (sign === '=' || sign === '<>') return equalityEvaluator(sign, requireEquality(type, info.types));
			return signOf(sign, requireOrdering(type, info.types));
		});
		const made = new WeakMap<TypeLookup, WeakMap<Type, ScalarFunction>>();
		return { ...general, specialize: (argumentTypes: readonly Type[], types: TypeLookup) => specializedOnce(made, general, sign, argumentTypes, types) };
	});
}

/** Rows compare field by field: they need as many fields, of the same types. */
function checkRecords(left: Type, right: Type, types: TypeLookup): void {
	if (left === right || left.fields.length === 0 || right.fields.length === 0) return;
	left.fields.forEach((field, index) => {
		const other = right.fields[index];
		if (other === undefined || other.typeOid === field.typeOid) return;
		const names = [field, other].map(({ typeOid }) => formatTypeName(types.typeByOid(typeOid)!, -1, types));
		throw sqlError('42804', `cannot compare dissimilar column types ${names[0]} and ${names[1]} at record column ${index + 1}`);
	});
	if (left.fields.length !== right.fields.length) throw sqlError('42804', 'cannot compare record types with different numbers of columns');
}

function equalityEvaluator(sign: Sign, equality: Equality): Evaluate {
	return sign === '=' ? equality.equals : (a: unknown, b: unknown) => !equality.equals(a, b);
}

/** One function per type and catalog, so that two calls written alike are the same call. */
function specializedOnce(
	made: WeakMap<TypeLookup, WeakMap<Type, ScalarFunction>>,
	general: ScalarFunction,
	sign: Sign,
	argumentTypes: readonly Type[],
	types: TypeLookup,
): ScalarFunction {
	const type = argumentTypes[0]!;
	if (type.fields.length > 0 && argumentTypes[1] !== type) return general;
	let byType = made.get(types);
	if (byType === undefined) {
		byType = new WeakMap();
		made.set(types, byType);
	}
	let found = byType.get(type);
	if (found === undefined) {
		found = specialized(general, sign, type, types);
		byType.set(type, found);
	}
	return found;
}

function specialized(general: ScalarFunction, sign: Sign, type: Type, types: TypeLookup): ScalarFunction {
	const equality = equalityOf(type, types);
	const ordering = orderingOf(type, types);
	if (equality === undefined || ordering === undefined) return general;
	const { bind: _, specialize: __, ...rest } = general;
	return { ...rest, evaluate: evaluator(sign, equality, ordering), ...comparisonOptions(sign, equality, ordering) };
}

function threeWay([oid, name, typeName]: readonly [number, string, string]): ScalarFunction {
	const compare = requireOrdering(builtinTypes.byName(typeName)!, builtinTypes);
	return scalar(oid, `${name}(${typeName}, ${typeName}) int4`, (a: unknown, b: unknown) => Math.sign(compare(a, b)));
}

export const comparisonOperators: readonly OperatorEntry[] = [...SAME.flatMap(sameRow), ...MIXED.flatMap(mixedRow), ...POLYMORPHIC.flatMap(polymorphicRow)];

export const comparisonFunctions: readonly ScalarFunction[] = [
	...THREE_WAY.map(threeWay),
	bound(382, 'btarraycmp(anyarray, anyarray) int4', (info) => requireOrdering(info.argumentTypes[0]!, info.types)),
	bound(2987, 'btrecordcmp(record, record) int4', (info) => requireOrdering(info.argumentTypes[0]!, info.types)),
	bound(3514, 'enum_cmp(anyenum, anyenum) int4', (info) => requireOrdering(info.argumentTypes[0]!, info.types)),
];
