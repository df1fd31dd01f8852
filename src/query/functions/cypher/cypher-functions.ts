/**
 * Cypher's library: functions and aggregates by name and count of arguments, operators by symbol, and the relations by which
 * values are compared, grouped and sorted. For the front end; nothing is looked up while a query runs.
 *
 * Arguments are of type dynamic; a value whose static type is bool, int8 or text is a dynamic value as it is, and a result says by
 * its type (`returnOid`) when it is one of these. Strict functions give null for a null argument without being called.
 *
 * How constructs that are no functions are said in the algebra: `coalesce` is `coalesce`; `x IS NULL` and `exists(x.y)` are
 * `is-null`; AND, OR and NOT are `and`, `or` and `not` of operands of type bool (`AS_BOOLEAN` makes them so); `[x IN l WHERE p | e]`
 * is `list-transform`, quantifiers `list-test`, `reduce` is `list-fold`, each over `AS_LIST(l)`; `x IN [constants]` may be
 * `in-list` with `CYPHER_EQUIVALENCE` when no constant is a list, a map or NaN.
 */
import type { AggregateFunction, ScalarFunction } from '../contracts.ts';
import { aggregateFunctions } from './aggregate-functions.ts';
import { collectionFunctions } from './collection-functions.ts';
import { conversionFunctions } from './conversion-functions.ts';
import { graphFunctions } from './graph-functions.ts';
import { mathFunctions } from './math-functions.ts';
import { IS_EMPTY } from './predicate-functions.ts';
import { propertyFunctions } from './property-functions.ts';
import { spatialFunctions } from './spatial-functions.ts';
import { stringFunctions } from './string-functions.ts';
import { temporalFunctions } from './temporal-functions.ts';

export type CypherFunction = ScalarFunction | AggregateFunction;

/** A function of the catalogue, with the name as it is written in the manual. */
export interface CypherFunctionEntry {
	readonly name: string;
	readonly argumentCount: number;
	readonly definition: CypherFunction;
}

const ALL: readonly CypherFunction[] = [
	...aggregateFunctions,
	...collectionFunctions,
	...conversionFunctions,
	...graphFunctions,
	...mathFunctions,
	IS_EMPTY,
	...propertyFunctions,
	...spatialFunctions,
	...stringFunctions,
	...temporalFunctions,
];

const byName = new Map<string, Map<number, CypherFunction>>();
for (const definition of ALL) {
	const name = definition.name.toLowerCase();
	let byCount = byName.get(name);
	if (byCount === undefined) byName.set(name, (byCount = new Map()));
	byCount.set(definition.argumentOids.length, definition);
}

/** The function of a name, in any case, with so many arguments. */
export function cypherFunction(name: string, argumentCount: number): CypherFunction | undefined {
	return byName.get(name.toLowerCase())?.get(argumentCount);
}

/** Whether there is a function of that name, whatever its arguments. */
export function isCypherFunction(name: string): boolean {
	return byName.has(name.toLowerCase());
}

/** All functions, for SHOW FUNCTIONS. */
export function* cypherFunctions(): Iterable<CypherFunctionEntry> {
	for (const definition of ALL) yield { name: definition.name, argumentCount: definition.argumentOids.length, definition };
}
