/**
 * Types of functions, as far as the checks need them: what an argument must be for a call to make sense at all, and what comes out. A function that is not here
 * takes and gives anything; whether there is a function of a name, and for how many arguments, the library says.
 */
import {
	ANY_TYPE,
	BOOLEAN_TYPE,
	type CypherType,
	FLOAT_TYPE,
	INTEGER_TYPE,
	listOf,
	MAP_TYPE,
	NODE_TYPE,
	NUMBER_TYPE,
	PATH_TYPE,
	POINT_TYPE,
	RELATIONSHIP_TYPE,
	STRING_TYPE,
} from './cypher-type.ts';

export interface FunctionSignature {
	/** What each argument may be, any of the types; arguments beyond are not looked at. */
	readonly arguments: readonly (readonly CypherType[])[];
	readonly result: CypherType | ((items: readonly CypherType[]) => CypherType);
}

const LIST_TYPE = listOf(ANY_TYPE);
const ENTITY = [NODE_TYPE, RELATIONSHIP_TYPE];

function takes(result: FunctionSignature['result'], ...items: readonly (readonly CypherType[])[]): FunctionSignature {
	return { arguments: items, result };
}

function elementOf([list]: readonly CypherType[]): CypherType {
	return list?.kind === 'list' ? list.element : ANY_TYPE;
}

function sameList([list]: readonly CypherType[]): CypherType {
	return list?.kind === 'list' ? list : LIST_TYPE;
}

function same([value]: readonly CypherType[]): CypherType {
	return value ?? ANY_TYPE;
}

const NUMERIC_TO_FLOAT = takes(FLOAT_TYPE, [NUMBER_TYPE]);
const TEXT_TO_TEXT = takes(STRING_TYPE, [STRING_TYPE]);
const DATE_TYPE: CypherType = { kind: 'date' };
const LOCAL_TIME_TYPE: CypherType = { kind: 'localTime' };
const TIME_TYPE: CypherType = { kind: 'time' };
const LOCAL_DATE_TIME_TYPE: CypherType = { kind: 'localDateTime' };
const DATE_TIME_TYPE: CypherType = { kind: 'dateTime' };
const DURATION_TYPE: CypherType = { kind: 'duration' };

/** By name in lower case. */
export const functionSignatures: ReadonlyMap<string, FunctionSignature> = new Map<string, FunctionSignature>([
	['labels', takes(listOf(STRING_TYPE), [NODE_TYPE])],
	['type', takes(STRING_TYPE, [RELATIONSHIP_TYPE])],
	['id', takes(INTEGER_TYPE, ENTITY)],
	['elementid', takes(STRING_TYPE, ENTITY)],
	['startnode', takes(NODE_TYPE, [RELATIONSHIP_TYPE])],
	['endnode', takes(NODE_TYPE, [RELATIONSHIP_TYPE])],
	['properties', takes(MAP_TYPE, [...ENTITY, MAP_TYPE])],
	['keys', takes(listOf(STRING_TYPE), [...ENTITY, MAP_TYPE])],
	['nodes', takes(listOf(NODE_TYPE), [PATH_TYPE])],
	['relationships', takes(listOf(RELATIONSHIP_TYPE), [PATH_TYPE])],
	['length', takes(INTEGER_TYPE, [PATH_TYPE])],
	['size', takes(INTEGER_TYPE, [LIST_TYPE, STRING_TYPE])],
	['head', takes(elementOf, [LIST_TYPE])],
	['last', takes(elementOf, [LIST_TYPE])],
	['tail', takes(sameList, [LIST_TYPE])],
	['reverse', takes(same, [LIST_TYPE, STRING_TYPE])],
	['range', takes(listOf(INTEGER_TYPE))],
	['split', takes(listOf(STRING_TYPE))],
	['tointeger', takes(INTEGER_TYPE)],
	['tofloat', takes(FLOAT_TYPE)],
	['tostring', takes(STRING_TYPE)],
	['toboolean', takes(BOOLEAN_TYPE)],
	['abs', takes(NUMBER_TYPE, [NUMBER_TYPE])],
	['sign', takes(INTEGER_TYPE, [NUMBER_TYPE])],
	...['ceil', 'floor', 'round', 'sqrt', 'exp', 'log', 'log10', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'cot', 'degrees', 'radians', 'haversin'].map(
		(name) => [name, NUMERIC_TO_FLOAT] as const,
	),
	['rand', takes(FLOAT_TYPE)],
	['pi', takes(FLOAT_TYPE)],
	['e', takes(FLOAT_TYPE)],
	...['tolower', 'toupper', 'trim', 'ltrim', 'rtrim', 'replace', 'substring', 'left', 'right'].map((name) => [name, TEXT_TO_TEXT] as const),
	['count', takes(INTEGER_TYPE)],
	['collect', takes(([value]) => listOf(value ?? ANY_TYPE))],
	['min', takes(same)],
	['max', takes(same)],
	['timestamp', takes(INTEGER_TYPE)],
	['point', takes(POINT_TYPE)],
	['date', takes(DATE_TYPE)],
	['localtime', takes(LOCAL_TIME_TYPE)],
	['time', takes(TIME_TYPE)],
	['localdatetime', takes(LOCAL_DATE_TIME_TYPE)],
	['datetime', takes(DATE_TIME_TYPE)],
	['duration', takes(DURATION_TYPE)],
]);
