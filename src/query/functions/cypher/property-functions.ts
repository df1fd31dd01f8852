/**
 * Properties by name: of nodes, relationships and maps, and the named parts of temporal values and points. What does not exist is
 * null. Values without properties are a TypeError.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicMap, type DynamicValue, Edge, isTemporalValue, kindName, Vertex } from '../../../value/dynamic.ts';
import { PropertyKey, readMapValue } from '../../../value/dynamic-binary.ts';
import { PropertyMap } from '../../../value/property-map.ts';
import { Point } from '../../../value/spatial/point.ts';
import { temporalComponent } from '../../../value/temporal/temporal-components.ts';
import type { ScalarFunction } from '../contracts.ts';
import { scalar } from '../define.ts';
import { pointComponent } from './spatial-functions.ts';

const KEYS_MAX = 4096;
const known = new Map<string, PropertyKey>();

/** The key of a name: the same object for the same name, so that it remembers where it was found. */
export function propertyKey(name: string): PropertyKey {
	let key = known.get(name);
	if (key === undefined) {
		if (known.size >= KEYS_MAX) known.clear();
		known.set(name, (key = new PropertyKey(name)));
	}
	return key;
}

/** `value.name`, of any value but null. */
export function propertyOf(value: DynamicValue, name: string): DynamicValue {
	if (value instanceof Map) return (value as DynamicMap).get(name) ?? null;
	if (value instanceof Vertex || value instanceof Edge) return value.properties.find(propertyKey(name));
	if (isTemporalValue(value)) return temporalComponent(value, name);
	if (value instanceof Point) return pointComponent(value, name);
	throw cypherError('TypeError', `${kindName(value)} has no property '${name}'`);
}

/** `property(value, 'name')` of any value. */
export const PROPERTY: ScalarFunction = scalar(0, 'property(dynamic, text) dynamic', propertyOf);

/** `property(properties, 'name')`: of a column of properties. */
export const COLUMN_PROPERTY: ScalarFunction = scalar(
	0,
	'property(properties, text) dynamic',
	(properties: PropertyMap, name: string) => properties.find(propertyKey(name)),
	{
		stored: ([name]) => {
			const key = new PropertyKey(name as string);
			return (bytes, start) => readMapValue(bytes, start, key);
		},
	},
);

/** All properties of a node or relationship, or a map itself, as a map. */
function propertiesOf(value: DynamicValue): DynamicMap {
	if (value instanceof Vertex || value instanceof Edge) return value.properties.entries();
	if (value instanceof Map) return value as DynamicMap;
	throw cypherError('TypeError', `properties() takes a node, a relationship or a map, not ${kindName(value)}`);
}

/** The map of a value, for `n {.*}`. */
export const MAP_OF: ScalarFunction = scalar(0, 'mapOf(dynamic) dynamic', propertiesOf);

function keysOf(value: DynamicValue | PropertyMap): readonly string[] {
	if (value instanceof PropertyMap) return value.keys();
	if (value instanceof Vertex || value instanceof Edge) return value.properties.keys();
	if (value instanceof Map) return [...(value as DynamicMap).keys()];
	throw cypherError('TypeError', `keys() takes a node, a relationship or a map, not ${kindName(value)}`);
}

export const propertyFunctions: readonly ScalarFunction[] = [
	scalar(0, 'properties(dynamic) dynamic', propertiesOf),
	scalar(0, 'keys(dynamic) dynamic', keysOf),
];

/** The keys of a column of properties. */
export const COLUMN_KEYS: ScalarFunction = scalar(0, 'keys(properties) dynamic', keysOf);
