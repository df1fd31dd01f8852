/** Random dynamic values for property tests: every kind, with the numbers and strings at which forms change. */
import * as fc from 'fast-check';
import { type DynamicValue, Edge, floatValue, GraphPath, Vertex } from './dynamic.ts';
import { PropertyMap } from './property-map.ts';
import { Point } from './spatial/point.ts';
import { CypherDate } from './temporal/cypher-date.ts';
import { CypherDateTime } from './temporal/cypher-date-time.ts';
import { CypherDuration } from './temporal/cypher-duration.ts';
import { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from './temporal/cypher-local-time.ts';
import { CypherTime } from './temporal/cypher-time.ts';

const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
const integer = fc.oneof(
	fc.integer({ min: -3, max: 3 }),
	fc.integer(),
	fc.maxSafeInteger(),
	wide,
	fc.constantFrom(2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)),
);
const float = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.constantFrom(-0, 2 ** 53, 2 ** 63, -(2 ** 63), 1e300, Number.NaN)).map(floatValue);
const text = fc
	.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('', 'a', 'ab', 'b', '\0', 'a\0', '\u{1f600}', '\uffff'))
	.filter((s) => Buffer.from(s, 'utf8').toString('utf8') === s);

const day = fc.integer({ min: -365_000_000_000, max: 365_000_000_000 });
const nanosecond = fc.integer({ min: 0, max: 86_399_999_999_999 });
const offset = fc.integer({ min: -64_800, max: 64_800 });
const temporal = fc.oneof(
	day.map((days) => new CypherDate(days)),
	nanosecond.map((time) => new CypherLocalTime(time)),
	fc.tuple(nanosecond, offset).map(([time, seconds]) => new CypherTime(time, seconds)),
	fc.tuple(day, nanosecond).map(([days, time]) => new CypherLocalDateTime(days, time)),
	fc
		.tuple(day, nanosecond, offset, fc.constantFrom(null, 'Europe/Berlin', 'UTC'))
		.map(([days, time, seconds, name]) => new CypherDateTime(days, time, seconds, name)),
	fc
		.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer({ min: 0, max: 999_999_999 }))
		.map(([months, days, seconds, nanoseconds]) => new CypherDuration(months, days, seconds, nanoseconds)),
);
const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true });
const point = fc.oneof(
	fc.tuple(fc.constantFrom(7203 as const, 4326 as const), coordinate, coordinate).map(([srid, x, y]) => new Point(srid, x, y, Number.NaN)),
	fc.tuple(fc.constantFrom(9157 as const, 4979 as const), coordinate, coordinate, coordinate).map(([srid, x, y, z]) => new Point(srid, x, y, z)),
);

/** What a property may hold, and nulls and maps. */
export const arbitraryData: fc.Arbitrary<DynamicValue> = fc.letrec<{ value: DynamicValue }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 3, withCrossShrink: true },
		fc.constant(null),
		fc.boolean(),
		integer,
		float,
		text,
		fc.uint8Array({ maxLength: 4 }),
		temporal,
		point,
		fc.array(tie('value'), { maxLength: 4 }),
		fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
	),
})).value;

const properties = fc.array(fc.tuple(text, arbitraryData), { maxLength: 3 }).map((entries) => PropertyMap.of(new Map(entries)));
const id = fc.integer({ min: 0, max: 5 });
const vertex = fc.tuple(id, fc.array(text, { maxLength: 2 }), properties).map(([number, labels, map]) => new Vertex(number, labels, map));
const edge = fc.tuple(id, text, id, id, properties).map(([number, type, tail, head, map]) => new Edge(number, type, tail, head, map));
const path = fc
	.integer({ min: 0, max: 2 })
	.chain((count) => fc.tuple(fc.tuple(...Array.from({ length: count + 1 }, () => vertex)), fc.tuple(...Array.from({ length: count }, () => edge))))
	.map(([vertices, edges]) => new GraphPath(vertices, edges));

/** Any value of Cypher. */
export const arbitraryDynamic: fc.Arbitrary<DynamicValue> = fc.oneof(
	{ weight: 6, arbitrary: arbitraryData },
	{ weight: 1, arbitrary: vertex },
	{ weight: 1, arbitrary: edge },
	{ weight: 1, arbitrary: path },
	{ weight: 1, arbitrary: fc.array(fc.oneof(vertex, edge, path, integer), { maxLength: 3 }) },
);

/** Maps of properties as they are stored. */
export const arbitraryProperties: fc.Arbitrary<PropertyMap> = properties;
