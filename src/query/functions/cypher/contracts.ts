/**
 * What the compiler of Cypher (`language/cypher`) asks of its library of functions. `cypher-library.ts` is the library.
 *
 * All arguments and results are of type `dynamic` where nothing else is said. bool, int8 and text are static types whose values are dynamic values as they stand, so
 * that an expression of such a type is handed over where dynamic is wanted without a conversion; the other way goes through `asBoolean` and its like.
 * Functions that are wrong for their argument throw `cypherError('TypeError' | 'ArgumentError' | …)`.
 */
import type { AggregateFunction, Equality, Ordering, ScalarFunction, SetFunction } from '../contracts.ts';

export interface CypherLibrary {
	/** The functions and aggregates that a query can call, by name in lower case with its namespace: `tostring`, `point.distance`, `count`. Empty: there is none. Told apart by the count of their arguments. */
	functions(name: string): readonly (ScalarFunction | AggregateFunction)[];
	readonly operators: CypherOperators;
	/** Under which values are the same for DISTINCT, grouping and `collect(DISTINCT …)`: 1 and 1.0 are, NaN is itself, lists and maps go by element. Never asked about null itself. */
	readonly equivalence: Equality;
	/** The order of ORDER BY, min and max over values of all types (openCypher's orderability), without null, which comes last. */
	readonly ordering: Ordering;
	/** Rows of UNWIND: a list's elements; nothing for null; any other value is one row. One column, dynamic. */
	readonly unwind: SetFunction;
	/** What gives the elements of a function's list as rows without making the list; undefined: there is no such thing. */
	elementsOf(listing: ScalarFunction): SetFunction | undefined;
	/** `count(*)`: int8. */
	readonly countRows: AggregateFunction;
	/** A list of all values, nulls too: pattern comprehensions. */
	readonly collectAll: AggregateFunction;
	/** Any one of the values (of any type, `any` → `any`): for what is the same in all rows of a group. */
	readonly anyValue: AggregateFunction;
}

/** The functions that stand for syntax. */
export interface CypherOperators {
	/** (dynamic, dynamic) → bool, three-valued: null where an inner null leaves it open. */
	readonly equal: ScalarFunction;
	readonly notEqual: ScalarFunction;
	readonly less: ScalarFunction;
	readonly lessOrEqual: ScalarFunction;
	readonly greater: ScalarFunction;
	readonly greaterOrEqual: ScalarFunction;
	/** (value, list) → bool; not strict: `null IN []` is false. */
	readonly in: ScalarFunction;
	/** → bool; null unless both are strings. */
	readonly startsWith: ScalarFunction;
	readonly endsWith: ScalarFunction;
	readonly contains: ScalarFunction;
	/** `=~`: the whole string matches. */
	readonly matches: ScalarFunction;
	/** (bool, bool) → bool. */
	readonly xor: ScalarFunction;

	readonly add: ScalarFunction;
	readonly subtract: ScalarFunction;
	readonly multiply: ScalarFunction;
	readonly divide: ScalarFunction;
	readonly modulo: ScalarFunction;
	readonly power: ScalarFunction;
	/** Signs: one argument. */
	readonly negate: ScalarFunction;
	readonly plus: ScalarFunction;
	/** `||`: strings or lists. */
	readonly concatenate: ScalarFunction;

	/** (value, key text): `value.key` of a map, node, relationship, temporal value or point. */
	readonly property: ScalarFunction;
	/** (properties, key text) → dynamic: of the property map of a node or relationship. */
	readonly propertyOfMap: ScalarFunction;
	/** (value, index): of a list by integer, of a map, node or relationship by string. */
	readonly index: ScalarFunction;
	/** (list, from, to), (list, from), (list, to): the bounds that were written; one that is null makes the result null. */
	readonly slice: ScalarFunction;
	readonly sliceFrom: ScalarFunction;
	readonly sliceTo: ScalarFunction;
	/** (element, …): any number of arguments, not strict. */
	readonly list: ScalarFunction;
	/** (key text, value, key text, value, …): any number of pairs, not strict; of equal keys the last counts. */
	readonly map: ScalarFunction;
	/** (map, map) → the entries of both, of equal keys those of the second; `variable {.*, key: …}`. */
	readonly mergeMaps: ScalarFunction;
	/** (map or node or relationship) → its map; `variable {.*}`. */
	readonly mapOf: ScalarFunction;

	/** (id int8, labels text[], properties) → node. */
	readonly vertex: ScalarFunction;
	/** (id int8, type text, tail int8, head int8, properties) → relationship. */
	readonly edge: ScalarFunction;
	/** (value, …) → path, of nodes and relationships in turn, or of nodes and lists of relationships. */
	readonly path: ScalarFunction;
	/** (labels text[], label text) → bool. */
	readonly labelsContain: ScalarFunction;
	/** (properties) → list of the keys. */
	readonly keysOfMap: ScalarFunction;
	/** (labels text[]) → bool: whether there is one. */
	readonly hasAnyLabel: ScalarFunction;
	/** (node or relationship, label or type text) → bool. */
	readonly hasLabel: ScalarFunction;
	/** (text[]) → list of strings. */
	readonly labelList: ScalarFunction;

	/** (dynamic) → bool; TypeError for anything but a boolean and null. */
	readonly asBoolean: ScalarFunction;
	/** (dynamic) → list; TypeError for anything but a list and null. */
	readonly asList: ScalarFunction;
	/** (dynamic) → int8: how many rows SKIP or LIMIT mean; SyntaxError for what is no integer, is negative, or null. Not strict. */
	readonly rowCount: ScalarFunction;
}
