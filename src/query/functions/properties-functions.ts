/**
 * Properties of nodes and relationships in SQL: columns of type `polylog.properties` are jsonb wherever jsonb is wanted, so that
 * `properties->>'name'` is written as of any jsonb, and jsonb objects are properties where they are assigned.
 */
import { propertiesFromJsonb, propertiesToJsonb } from '../../value/dynamic-json.ts';
import type { CastEntry } from './contracts.ts';
import { cast, scalar } from './define.ts';

export const propertiesCasts: readonly CastEntry[] = [
	cast('properties', 'jsonb', 'implicit', scalar(0, 'jsonb(properties) jsonb', propertiesToJsonb)),
	cast('jsonb', 'properties', 'assignment', scalar(0, 'properties(jsonb) properties', propertiesFromJsonb)),
];
