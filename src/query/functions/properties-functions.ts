/**
 * Properties of nodes and relationships in SQL: columns of type `polylog.properties` are jsonb wherever jsonb is wanted, so that
 * `properties->>'name'` is written as of any jsonb, and jsonb objects are properties where they are assigned. `->` and `->>` have
 * forms of their own, which decode one property and not all.
 */
import type { DynamicValue } from '../../value/dynamic.ts';
import { PropertyKey, readMapValue } from '../../value/dynamic-binary.ts';
import { dynamicToJsonb, propertiesFromJsonb, propertiesToJsonb } from '../../value/dynamic-json.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import type { CastEntry, OperatorEntry, ScalarFunction } from './contracts.ts';
import { LABELS_CONTAIN } from './cypher/graph-functions.ts';
import { COLUMN_PROPERTY } from './cypher/property-functions.ts';
import { cast, operator, scalar } from './define.ts';
import { textOfJsonb } from './json-conversion.ts';

export const propertiesCasts: readonly CastEntry[] = [
	cast('properties', 'jsonb', 'implicit', scalar(0, 'jsonb(properties) jsonb', propertiesToJsonb)),
	cast('jsonb', 'properties', 'assignment', scalar(0, 'properties(jsonb) properties', propertiesFromJsonb)),
];

/** What indexes and constraints of graphs are made of: the functions that Cypher's patterns compile to, so that it can use them. */
export const propertiesFunctions: readonly ScalarFunction[] = [
	{ ...COLUMN_PROPERTY, name: 'polylog.property' },
	{ ...LABELS_CONTAIN, name: 'polylog.has_label' },
];

/** A property by its name: from the map, or from the bytes of the row that holds it. Null is the JSON null only inside of values: no property is null. */
function byName(signature: string, convert: (value: Exclude<DynamicValue, null>) => unknown): ScalarFunction {
	const converted = (value: DynamicValue): unknown => (value === null ? null : convert(value));
	return scalar(0, signature, (properties: PropertyMap, name: string) => converted(properties.get(name)), {
		stored: ([name]) => {
			const key = new PropertyKey(name as string);
			return (bytes, start) => converted(readMapValue(bytes, start, key));
		},
	});
}

const field = byName('properties_field(properties, text) jsonb', dynamicToJsonb);
const fieldText = byName('properties_field_text(properties, text) text', (value) => textOfJsonb(dynamicToJsonb(value)));

export const propertiesOperators: readonly OperatorEntry[] = [operator(0, 'properties -> text', field), operator(0, 'properties ->> text', fieldText)];
