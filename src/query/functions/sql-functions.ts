/**
 * SQL's library: every function, operator, aggregate, window function and cast, gathered from the files beside this one and found
 * by name, with PostgreSQL's signatures.
 */
import { builtinTypes } from '../../value/builtin-types.ts';
import { aggregateFunctions } from './aggregate-functions.ts';
import { arrayFunctions, arrayOperators } from './array-functions.ts';
import { bitFunctions, bitOperators } from './bit-functions.ts';
import { booleanFunctions } from './boolean-functions.ts';
import { byteaFunctions, byteaOperators } from './bytea-functions.ts';
import { arrayCast, castEntries, castFunctionsOf, inputOf, outputOf, typmodCastOf } from './cast-functions.ts';
import { comparisonFunctions, comparisonOperators } from './comparison-functions.ts';
import type { AnyFunction, CastEntry, FunctionLibrary, OperatorEntry } from './contracts.ts';
import { dateTimeFieldFunctions } from './date-time-fields.ts';
import { dateTimeFunctions, dateTimeOperators } from './date-time-functions.ts';
import { enumFunctions } from './enum-functions.ts';
import { floatFunctions, floatOperators } from './float-functions.ts';
import { formatFunctions } from './format-functions.ts';
import { geometryCasts, geometryFunctions, geometryOperators } from './geometry-functions.ts';
import { hashFunctions } from './hash-functions.ts';
import { identifierCasts, identifierFunctions, identifierOperators } from './identifier-functions.ts';
import { inetCasts, inetFunctions, inetOperators } from './inet-functions.ts';
import { integerFunctions, integerOperators } from './integer-functions.ts';
import { jsonAggregates, jsonConstructionFunctions } from './json-construction.ts';
import { jsonFunctions, jsonOperators, jsonSets } from './json-functions.ts';
import { jsonPathFunctions, jsonPathOperators, jsonPathSets } from './json-path-functions.ts';
import { jsonbFunctions, jsonbOperators, jsonbSets } from './jsonb-functions.ts';
import { moneyAggregates, moneyCasts, moneyFunctions, moneyOperators } from './money-functions.ts';
import { numericFunctions, numericOperators } from './numeric-functions.ts';
import { patternFunctions, patternOperators, patternSets } from './pattern-functions.ts';
import { propertiesCasts, propertiesFunctions, propertiesOperators } from './properties-functions.ts';
import { rangeAggregates, rangeCasts, rangeFunctions, rangeOperators, rangeSets } from './range-functions.ts';
import { rdfFunctions } from './rdf-functions.ts';
import { recordImageOperators } from './record-image.ts';
import { sendFunctions } from './send-functions.ts';
import { servedFunctions } from './served-functions.ts';
import { setFunctions } from './set-functions.ts';
import { sketchAggregates, sketchFunctions } from './sketch/sketch-aggregates.ts';
import { spatialFunctions } from './spatial-functions.ts';
import { statisticalAggregates } from './statistical-aggregates.ts';
import { systemFunctions } from './system-functions.ts';
import { textFunctions, textOperators } from './text-functions.ts';
import { equalityOf, orderingOf } from './type-comparison.ts';
import { uuidFunctions } from './uuid-functions.ts';
import { windowFunctions } from './window-functions.ts';

const ALL_OPERATORS: readonly OperatorEntry[] = [
	...comparisonOperators,
	...integerOperators,
	...floatOperators,
	...numericOperators,
	...textOperators,
	...dateTimeOperators,
	...patternOperators,
	...arrayOperators,
	...bitOperators,
	...byteaOperators,
	...jsonOperators,
	...jsonbOperators,
	...moneyOperators,
	...recordImageOperators,
	...propertiesOperators,
	...inetOperators,
	...identifierOperators,
	...jsonPathOperators,
	...geometryOperators,
	...rangeOperators,
];

const NAMED_FUNCTIONS: readonly AnyFunction[] = [
	...aggregateFunctions,
	...booleanFunctions,
	...castFunctionsOf(castEntries),
	...comparisonFunctions,
	...dateTimeFieldFunctions,
	...dateTimeFunctions,
	...floatFunctions,
	...integerFunctions,
	...numericFunctions,
	...servedFunctions,
	...setFunctions,
	...rdfFunctions,
	...spatialFunctions,
	...propertiesFunctions,
	...sketchAggregates,
	...sketchFunctions,
	...statisticalAggregates,
	...systemFunctions,
	...sendFunctions,
	...moneyAggregates,
	...moneyFunctions,
	...inetFunctions,
	...identifierFunctions,
	...hashFunctions,
	...geometryFunctions,
	...rangeFunctions,
	...rangeSets,
	...rangeAggregates,
	...castFunctionsOf([...moneyCasts, ...inetCasts, ...identifierCasts, ...geometryCasts]),
	...jsonPathFunctions,
	...jsonPathSets,
	...formatFunctions,
	...jsonAggregates,
	...jsonConstructionFunctions,
	...jsonFunctions,
	...jsonSets,
	...jsonbFunctions,
	...jsonbSets,
	...arrayFunctions,
	...bitFunctions,
	...byteaFunctions,
	...enumFunctions,
	...patternFunctions,
	...patternSets,
	...uuidFunctions,
	...textFunctions,
	...windowFunctions,
];

const functionsByName = new Map<string, AnyFunction[]>();
const operatorsByName = new Map<string, OperatorEntry[]>();
const castsByPair = new Map<string, CastEntry>();

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [value]);
	else list.push(value);
}

/** Functions that have a name of their own, and those behind operators, which can be called by name too; each oid once. */
function registerFunctions(): AnyFunction[] {
	const known = new Set<number>();
	const all: AnyFunction[] = [];
	for (const entry of [...NAMED_FUNCTIONS, ...ALL_OPERATORS.map((operator) => operator.function)]) {
		if (entry.oid !== 0) {
			if (known.has(entry.oid)) continue;
			known.add(entry.oid);
		}
		all.push(entry);
		push(functionsByName, entry.name, entry);
	}
	return all;
}

const ALL_FUNCTIONS = registerFunctions();
for (const entry of ALL_OPERATORS) push(operatorsByName, entry.name, entry);
const ALL_CASTS: readonly CastEntry[] = [...castEntries, ...moneyCasts, ...inetCasts, ...identifierCasts, ...propertiesCasts, ...geometryCasts, ...rangeCasts];
for (const entry of ALL_CASTS) castsByPair.set(`${entry.sourceOid}>${entry.targetOid}`, entry);

/** A listed cast, or one of arrays whose elements have a listed cast. */
function findCast(sourceOid: number, targetOid: number): CastEntry | undefined {
	const key = `${sourceOid}>${targetOid}`;
	const known = castsByPair.get(key);
	if (known !== undefined) return known;
	const source = builtinTypes.typeByOid(sourceOid);
	const target = builtinTypes.typeByOid(targetOid);
	if (source?.kind !== 'array' || target?.kind !== 'array') return undefined;
	const element = castsByPair.get(`${source.elementOid}>${target.elementOid}`);
	if (element === undefined) return undefined;
	const made = arrayCast(source, target, element);
	castsByPair.set(key, made);
	return made;
}

const NONE: readonly never[] = [];

export const sqlFunctions: FunctionLibrary = {
	functions: (name) => functionsByName.get(name) ?? NONE,
	operators: (name) => operatorsByName.get(name) ?? NONE,
	cast: findCast,
	typmodCast: typmodCastOf,
	input: inputOf,
	output: outputOf,
	equality: equalityOf,
	ordering: orderingOf,
	allFunctions: () => ALL_FUNCTIONS,
	allOperators: () => ALL_OPERATORS,
	allCasts: () => ALL_CASTS,
};
