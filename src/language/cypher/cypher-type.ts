/**
 * What is known of a Cypher value before it is computed: the coarse types by which the checker refuses what can never be right, and by which the compiler
 * chooses functions. `any` is what nothing is known of; null is a value of every type.
 */

export type CypherType =
	| SimpleType
	/** Its elements have this type, as far as known. */
	| { readonly kind: 'list'; readonly element: CypherType };

interface SimpleType {
	readonly kind:
		| 'any'
		| 'null'
		| 'boolean'
		| 'integer'
		| 'float'
		/** Integer or float. */
		| 'number'
		| 'string'
		| 'map'
		| 'node'
		| 'relationship'
		| 'path'
		| 'point'
		| 'date'
		| 'localTime'
		| 'time'
		| 'localDateTime'
		| 'dateTime'
		| 'duration';
}

export const ANY_TYPE: CypherType = { kind: 'any' };
export const NULL_TYPE: CypherType = { kind: 'null' };
export const BOOLEAN_TYPE: CypherType = { kind: 'boolean' };
export const INTEGER_TYPE: CypherType = { kind: 'integer' };
export const FLOAT_TYPE: CypherType = { kind: 'float' };
export const NUMBER_TYPE: CypherType = { kind: 'number' };
export const STRING_TYPE: CypherType = { kind: 'string' };
export const MAP_TYPE: CypherType = { kind: 'map' };
export const NODE_TYPE: CypherType = { kind: 'node' };
export const RELATIONSHIP_TYPE: CypherType = { kind: 'relationship' };
export const PATH_TYPE: CypherType = { kind: 'path' };
export const POINT_TYPE: CypherType = { kind: 'point' };

export function listOf(element: CypherType): CypherType {
	return { kind: 'list', element };
}

/** As messages say it: `List<Integer>`. */
export function typeName(type: CypherType): string {
	if (type.kind === 'list') return `List<${typeName(type.element)}>`;
	return type.kind.slice(0, 1).toUpperCase() + type.kind.slice(1);
}

/** The type of a value that is of one or of the other. */
export function commonType(left: CypherType, right: CypherType): CypherType {
	if (left.kind === 'null') return right;
	if (right.kind === 'null') return left;
	if (left.kind === 'list' && right.kind === 'list') return listOf(commonType(left.element, right.element));
	if (left.kind === right.kind) return left;
	return isNumeric(left) && isNumeric(right) ? NUMBER_TYPE : ANY_TYPE;
}

export function isNumeric(type: CypherType): boolean {
	return type.kind === 'integer' || type.kind === 'float' || type.kind === 'number';
}

/** False when no value but null is of both. */
export function mayBe(type: CypherType, wanted: CypherType): boolean {
	if (type.kind === 'any' || type.kind === 'null' || wanted.kind === 'any') return true;
	if (type.kind === 'list') return wanted.kind === 'list' && mayBe(type.element, wanted.element);
	if (isNumeric(type) && isNumeric(wanted)) return type.kind === 'number' || wanted.kind === 'number' || type.kind === wanted.kind;
	return type.kind === wanted.kind;
}
