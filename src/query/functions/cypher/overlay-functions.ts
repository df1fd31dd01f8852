/**
 * Functions by which rows of ordinary tables are nodes and relationships of a graph (`model/graph/overlay-graph.ts`): their ids, and
 * their columns as properties.
 */
import { PLACES_MAX } from '../../../model/graph/overlay-graph.ts';
import { sqlError } from '../../../platform/errors.ts';
import { builtinTypes, INT2, INT4, INT8 } from '../../../value/builtin-types.ts';
import type { DynamicValue } from '../../../value/dynamic.ts';
import { fromBigInt } from '../../../value/int8.ts';
import { PropertyMap } from '../../../value/property-map.ts';
import { toDynamic } from '../../../value/sql-dynamic.ts';
import type { CallInfo, ScalarFunction } from '../contracts.ts';
import { bound, scalar } from '../define.ts';

type Id = number | bigint;

const KEY_MAX = Math.floor(Number.MAX_SAFE_INTEGER / PLACES_MAX);
const PAIR_BITS = 28n;
const PAIR_KEY_MAX = 2 ** 28 - 1;

/** (key, place of the table) → id. */
export const scaledId: ScalarFunction = scalar(0, 'scaled_id(int8, int4) int8', (key: Id, place: number) => {
	if (key < 0 || key > KEY_MAX) throw sqlError('22003', `the key ${key} is out of the range of a graph over tables: 0 to ${KEY_MAX}`);
	return Number(key) * PLACES_MAX + place;
});

function unscaled(typeName: string, most: number): ScalarFunction {
	return scalar(0, `unscaled_id(int8, int4) ${typeName}`, (id: Id, place: number) => {
		const plain = Number(id);
		if (plain < 0 || plain % PLACES_MAX !== place) return null;
		const key = (plain - place) / PLACES_MAX;
		return key <= most ? key : null;
	});
}

/** (id, place of the table) → key, of the type of the column that it is looked for in; null when the id is of another table. By oid. */
export const unscaledIds: ReadonlyMap<number, ScalarFunction> = new Map([
	[INT2.oid, unscaled('int2', 32767)],
	[INT4.oid, unscaled('int4', 2 ** 31 - 1)],
	[INT8.oid, unscaled('int8', KEY_MAX)],
]);

/** (key of the first node, of the second, place of the table) → id of a relationship that has no key of its own. */
export const pairId: ScalarFunction = scalar(0, 'pair_id(int8, int8, int4) int8', (from: Id, to: Id, place: number) => {
	for (const key of [from, to])
		if (key < 0 || key > PAIR_KEY_MAX) throw sqlError('22003', `the key ${key} is out of the range of pairs in a graph over tables: 0 to ${PAIR_KEY_MAX}`);
	return fromBigInt((BigInt(place) << (2n * PAIR_BITS)) | (BigInt(from) << PAIR_BITS) | BigInt(to));
});

/** (key, value, key, value, …), values of any types of SQL. */
export const propertiesOfColumns: ScalarFunction = bound(
	0,
	'properties_of_columns(variadic any) properties',
	(info: CallInfo) => {
		const converts = info.argumentTypes.map((type) => toDynamic(type, info.types ?? builtinTypes));
		return (...values: unknown[]) => {
			const entries: [string, DynamicValue][] = [];
			for (let at = 0; at + 1 < values.length; at += 2) entries.push([values[at] as string, converts[at + 1]!(values[at + 1])]);
			return PropertyMap.of(entries);
		};
	},
	{ strict: false },
);
