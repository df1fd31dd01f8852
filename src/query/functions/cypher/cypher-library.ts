/**
 * Cypher's library: the functions of the files beside this one by name, and those that stand for syntax (`contracts.ts` says what
 * each is). Nothing is looked up while a query runs.
 */
import type { AggregateFunction, ScalarFunction } from '../contracts.ts';
import { aggregateFunctions, anyValue, COUNT_ROWS, collectAll } from './aggregate-functions.ts';
import { ARITHMETIC, NEGATE, PLUS } from './arithmetic-functions.ts';
import { AT, collectionFunctions, elementsOf, LIST, MAP, MERGE_MAPS, SLICES, unwind } from './collection-functions.ts';
import { COMPARISONS } from './comparison-functions.ts';
import type { CypherLibrary, CypherOperators } from './contracts.ts';
import { conversionFunctions } from './conversion-functions.ts';
import { CYPHER_EQUIVALENCE, CYPHER_ORDERING } from './cypher-comparison.ts';
import { EDGE, graphFunctions, HAS_ANY_LABEL, HAS_LABEL, LABEL_LIST, LABELS_CONTAIN, PATH, VERTEX } from './graph-functions.ts';
import { mathFunctions } from './math-functions.ts';
import { AS_BOOLEAN, AS_LIST, IN, IS_EMPTY, ROW_COUNT, STRING_PREDICATES, XOR } from './predicate-functions.ts';
import { COLUMN_KEYS, COLUMN_PROPERTY, MAP_OF, PROPERTY, propertyFunctions } from './property-functions.ts';
import { spatialFunctions } from './spatial-functions.ts';
import { stringFunctions } from './string-functions.ts';
import { temporalFunctions } from './temporal-functions.ts';

const ALL: readonly (ScalarFunction | AggregateFunction)[] = [
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

const byName = new Map<string, (ScalarFunction | AggregateFunction)[]>();
for (const definition of ALL) {
	const name = definition.name.toLowerCase();
	const known = byName.get(name);
	if (known === undefined) byName.set(name, [definition]);
	else known.push(definition);
}

const operators: CypherOperators = {
	equal: COMPARISONS['='],
	notEqual: COMPARISONS['<>'],
	less: COMPARISONS['<'],
	lessOrEqual: COMPARISONS['<='],
	greater: COMPARISONS['>'],
	greaterOrEqual: COMPARISONS['>='],
	in: IN,
	startsWith: STRING_PREDICATES['STARTS WITH'],
	endsWith: STRING_PREDICATES['ENDS WITH'],
	contains: STRING_PREDICATES.CONTAINS,
	matches: STRING_PREDICATES['=~'],
	xor: XOR,
	add: ARITHMETIC['+'],
	subtract: ARITHMETIC['-'],
	multiply: ARITHMETIC['*'],
	divide: ARITHMETIC['/'],
	modulo: ARITHMETIC['%'],
	power: ARITHMETIC['^'],
	negate: NEGATE,
	plus: PLUS,
	concatenate: ARITHMETIC['||'],
	property: PROPERTY,
	propertyOfMap: COLUMN_PROPERTY,
	index: AT,
	slice: SLICES.both,
	sliceFrom: SLICES.from,
	sliceTo: SLICES.to,
	list: LIST,
	map: MAP,
	mergeMaps: MERGE_MAPS,
	mapOf: MAP_OF,
	vertex: VERTEX,
	edge: EDGE,
	path: PATH,
	labelsContain: LABELS_CONTAIN,
	keysOfMap: COLUMN_KEYS,
	hasAnyLabel: HAS_ANY_LABEL,
	hasLabel: HAS_LABEL,
	labelList: LABEL_LIST,
	asBoolean: AS_BOOLEAN,
	asList: AS_LIST,
	rowCount: ROW_COUNT,
};

const NONE: readonly (ScalarFunction | AggregateFunction)[] = [];

export const cypherLibrary: CypherLibrary = {
	functions: (name) => byName.get(name) ?? NONE,
	operators,
	equivalence: CYPHER_EQUIVALENCE,
	ordering: CYPHER_ORDERING,
	unwind,
	elementsOf,
	countRows: COUNT_ROWS,
	collectAll,
	anyValue,
};

/** All functions that a query can call, for SHOW FUNCTIONS. */
export function cypherFunctions(): readonly (ScalarFunction | AggregateFunction)[] {
	return ALL;
}
