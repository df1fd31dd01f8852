/**
 * Properties of nodes and relationships in SQL: columns of type `polylog.properties` are jsonb wherever jsonb is wanted, so that
 * `properties->>'name'` is written as of any jsonb, and jsonb objects are properties where they are assigned.
 */
import { propertiesFromJsonb, propertiesToJsonb } from '../../value/dynamic-json.ts';
import type { CastEntry, ScalarFunction } from './contracts.ts';
import { LABELS_CONTAIN } from './cypher/graph-functions.ts';
import { COLUMN_PROPERTY } from './cypher/property-functions.ts';
import { cast, scalar } from './define.ts';

export const propertiesCasts: readonly CastEntry[] = [
	cast('properties', 'jsonb', 'implicit', scalar(0, 'jsonb(properties) jsonb', propertiesToJsonb)),
	cast('jsonb', 'properties', 'assignment', scalar(0, 'properties(jsonb) properties', propertiesFromJsonb)),
];

/** What indexes and constraints of graphs are made of: the functions that Cypher's patterns compile to, so that it can use them. */
export const propertiesFunctions: readonly ScalarFunction[] = [
	{ ...COLUMN_PROPERTY, name: 'polylog.property' },
	{ ...LABELS_CONTAIN, name: 'polylog.has_label' },
];
