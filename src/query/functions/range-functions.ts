/**
 * Functions, operators and aggregates of ranges and multiranges: their signatures. What they do is in `range-evaluators.ts`, loaded by the first one that is called.
 */
import { LazyModule } from '../../platform/lazy-module.ts';
import type { AggregateFunction, CallInfo, CastEntry, OperatorEntry, ScalarFunction, SetFunction } from './contracts.ts';
import { bound, boundAggregate, boundSet, cast, type Evaluate, operator } from './define.ts';

const evaluators = new LazyModule<typeof import('./range-evaluators.ts')>(new URL('./range-evaluators.ts', import.meta.url));

type Maker = keyof typeof import('./range-evaluators.ts')['makers'];

const bind =
	(maker: Maker) =>
	(info: CallInfo): Evaluate =>
		evaluators.get().makers[maker](info);

type Row = readonly [
	oid: number,
	symbol: string,
	functionOid: number,
	name: string,
	left: string,
	right: string,
	result: string,
	maker: Maker,
	commutator?: string,
];

const R = 'anyrange';
const M = 'anymultirange';

const OPERATORS: readonly Row[] = [
	[3888, '&&', 3857, 'range_overlaps', R, R, 'bool', 'overlap', '&&'],
	[2866, '&&', 4246, 'range_overlaps_multirange', R, M, 'bool', 'overlap', '&&'],
	[2867, '&&', 4247, 'multirange_overlaps_range', M, R, 'bool', 'overlap', '&&'],
	[2868, '&&', 4248, 'multirange_overlaps_multirange', M, M, 'bool', 'overlap', '&&'],
	[3895, '&<', 3865, 'range_overleft', R, R, 'bool', 'endsWithin'],
	[2875, '&<', 4264, 'range_overleft_multirange', R, M, 'bool', 'endsWithin'],
	[2876, '&<', 4265, 'multirange_overleft_range', M, R, 'bool', 'endsWithin'],
	[2877, '&<', 4266, 'multirange_overleft_multirange', M, M, 'bool', 'endsWithin'],
	[3896, '&>', 3866, 'range_overright', R, R, 'bool', 'startsWithin'],
	[3585, '&>', 4267, 'range_overright_multirange', R, M, 'bool', 'startsWithin'],
	[4035, '&>', 4268, 'multirange_overright_range', M, R, 'bool', 'startsWithin'],
	[4142, '&>', 4269, 'multirange_overright_multirange', M, M, 'bool', 'startsWithin'],
	[3900, '*', 3868, 'range_intersect', R, R, R, 'intersection', '*'],
	[4394, '*', 4272, 'multirange_intersect', M, M, M, 'multirangeIntersection', '*'],
	[3898, '+', 3867, 'range_union', R, R, R, 'union', '+'],
	[4392, '+', 4270, 'multirange_union', M, M, M, 'multirangeUnion', '+'],
	[3899, '-', 3869, 'range_minus', R, R, R, 'difference'],
	[4393, '-', 4271, 'multirange_minus', M, M, M, 'multirangeDifference'],
	[3897, '-|-', 3862, 'range_adjacent', R, R, 'bool', 'areAdjacent', '-|-'],
	[4179, '-|-', 4255, 'range_adjacent_multirange', R, M, 'bool', 'areAdjacent', '-|-'],
	[4180, '-|-', 4257, 'multirange_adjacent_range', M, R, 'bool', 'areAdjacent', '-|-'],
	[4198, '-|-', 4256, 'multirange_adjacent_multirange', M, M, 'bool', 'areAdjacent', '-|-'],
	[3893, '<<', 3863, 'range_before', R, R, 'bool', 'isBefore', '>>'],
	[4395, '<<', 4258, 'range_before_multirange', R, M, 'bool', 'isBefore', '>>'],
	[4396, '<<', 4259, 'multirange_before_range', M, R, 'bool', 'isBefore', '>>'],
	[4397, '<<', 4260, 'multirange_before_multirange', M, M, 'bool', 'isBefore', '>>'],
	[3894, '>>', 3864, 'range_after', R, R, 'bool', 'isAfter', '<<'],
	[4398, '>>', 4261, 'range_after_multirange', R, M, 'bool', 'isAfter', '<<'],
	[4399, '>>', 4262, 'multirange_after_range', M, R, 'bool', 'isAfter', '<<'],
	[4400, '>>', 4263, 'multirange_after_multirange', M, M, 'bool', 'isAfter', '<<'],
	[3889, '@>', 3858, 'range_contains_elem', R, 'anyelement', 'bool', 'holdsValue', '<@'],
	[3890, '@>', 3859, 'range_contains', R, R, 'bool', 'holds', '<@'],
	[4539, '@>', 4541, 'range_contains_multirange', R, M, 'bool', 'holds', '<@'],
	[2869, '@>', 4249, 'multirange_contains_elem', M, 'anyelement', 'bool', 'holdsValue', '<@'],
	[2870, '@>', 4250, 'multirange_contains_range', M, R, 'bool', 'holds', '<@'],
	[2871, '@>', 4251, 'multirange_contains_multirange', M, M, 'bool', 'holds', '<@'],
	[3891, '<@', 3860, 'elem_contained_by_range', 'anyelement', R, 'bool', 'valueHeld', '@>'],
	[2872, '<@', 4252, 'elem_contained_by_multirange', 'anyelement', M, 'bool', 'valueHeld', '@>'],
	[3892, '<@', 3861, 'range_contained_by', R, R, 'bool', 'isHeld', '@>'],
	[2873, '<@', 4253, 'range_contained_by_multirange', R, M, 'bool', 'isHeld', '@>'],
	[4540, '<@', 4542, 'multirange_contained_by_range', M, R, 'bool', 'isHeld', '@>'],
	[2874, '<@', 4254, 'multirange_contained_by_multirange', M, M, 'bool', 'isHeld', '@>'],
];

export const rangeOperators: readonly OperatorEntry[] = OPERATORS.map(([oid, symbol, functionOid, name, left, right, result, maker, commutator = '']) =>
	operator(oid, `${left} ${symbol} ${right}`, bound(functionOid, `${name}(${left}, ${right}) ${result}`, bind(maker)), commutator),
);

/** A constructor per type: oids with two and with three arguments; of its multirange type with none, one and many. */
const CONSTRUCTORS: readonly (readonly [
	subtype: string,
	range: string,
	two: number,
	three: number,
	multirange: string,
	none: number,
	one: number,
	many: number,
])[] = [
	['int4', 'int4range', 3840, 3841, 'int4multirange', 4280, 4281, 4282],
	['numeric', 'numrange', 3844, 3845, 'nummultirange', 4283, 4284, 4285],
	['timestamp', 'tsrange', 3933, 3934, 'tsmultirange', 4286, 4287, 4288],
	['timestamptz', 'tstzrange', 3937, 3938, 'tstzmultirange', 4289, 4290, 4291],
	['date', 'daterange', 3941, 3942, 'datemultirange', 4292, 4293, 4294],
	['int8', 'int8range', 3945, 3946, 'int8multirange', 4295, 4296, 4297],
];

const ANY_ARGUMENT = { strict: false } as const;

export const rangeFunctions: readonly ScalarFunction[] = [
	...CONSTRUCTORS.flatMap(([subtype, range, two, three, multirange, none, one, many]) => [
		bound(two, `${range}(${subtype}, ${subtype}) ${range}`, bind('make'), ANY_ARGUMENT),
		bound(three, `${range}(${subtype}, ${subtype}, text) ${range}`, bind('make'), ANY_ARGUMENT),
		bound(none, `${multirange}() ${multirange}`, bind('makeMultirange')),
		bound(one, `${multirange}(${range}) ${multirange}`, bind('makeMultirange')),
		bound(many, `${multirange}(variadic _${range}) ${multirange}`, bind('makeMultirange')),
	]),
	bound(3848, 'lower(anyrange) anyelement', bind('lower')),
	bound(4235, 'lower(anymultirange) anyelement', bind('lower')),
	bound(3849, 'upper(anyrange) anyelement', bind('upper')),
	bound(4236, 'upper(anymultirange) anyelement', bind('upper')),
	bound(3850, 'isempty(anyrange) bool', bind('isEmpty')),
	bound(4237, 'isempty(anymultirange) bool', bind('isEmpty')),
	bound(3851, 'lower_inc(anyrange) bool', bind('isLowerInclusive')),
	bound(4238, 'lower_inc(anymultirange) bool', bind('isLowerInclusive')),
	bound(3852, 'upper_inc(anyrange) bool', bind('isUpperInclusive')),
	bound(4239, 'upper_inc(anymultirange) bool', bind('isUpperInclusive')),
	bound(3853, 'lower_inf(anyrange) bool', bind('isLowerInfinite')),
	bound(4240, 'lower_inf(anymultirange) bool', bind('isLowerInfinite')),
	bound(3854, 'upper_inf(anyrange) bool', bind('isUpperInfinite')),
	bound(4241, 'upper_inf(anymultirange) bool', bind('isUpperInfinite')),
	bound(4057, 'range_merge(anyrange, anyrange) anyrange', bind('merge')),
	bound(4228, 'range_merge(anymultirange) anyrange', bind('span')),
	bound(4298, 'multirange(anyrange) anymultirange', bind('makeMultirange')),
	bound(3870, 'range_cmp(anyrange, anyrange) int4', bind('compare')),
	bound(4273, 'multirange_cmp(anymultirange, anymultirange) int4', bind('compare')),
	bound(3914, 'int4range_canonical(int4range) int4range', bind('same')),
	bound(3928, 'int8range_canonical(int8range) int8range', bind('same')),
	bound(3915, 'daterange_canonical(daterange) daterange', bind('same')),
];

export const rangeCasts: readonly CastEntry[] = CONSTRUCTORS.map(([, range, , , multirange, , one]) =>
	cast(range, multirange, 'explicit', bound(one, `${multirange}(${range}) ${multirange}`, bind('makeMultirange'))),
);

export const rangeSets: readonly SetFunction[] = [
	boundSet(1293, 'unnest(anymultirange) anyrange', () => (value: { readonly ranges: readonly unknown[] }) => value.ranges),
];

export const rangeAggregates: readonly AggregateFunction[] = [
	boundAggregate(4301, 'range_agg(anyrange) anymultirange', (info) => evaluators.get().gathering(info)),
	boundAggregate(6227, 'range_agg(anymultirange) anymultirange', (info) => evaluators.get().gathering(info)),
	boundAggregate(4450, 'range_intersect_agg(anyrange) anyrange', (info) => evaluators.get().intersecting(info)),
	boundAggregate(4389, 'range_intersect_agg(anymultirange) anymultirange', (info) => evaluators.get().intersecting(info)),
];
