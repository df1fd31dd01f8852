/** Integer arithmetic with PostgreSQL's overflow rules. int8 values are numbers up to 2^53 − 1 and bigints beyond. */
export type Int8 = number | bigint;
export function fromBigInt(value: bigint): Int8 {
	throw new Error('value: not built yet');
}
/** Normalises and checks the range: 22003 "bigint out of range". */
export function checkInt8(value: bigint): Int8 {
	throw new Error('value: not built yet');
}
export function addInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function subtractInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function multiplyInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
/** Truncates; 22012 for zero. */
export function divideInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function moduloInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function negateInt8(value: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function absInt8(value: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function compareInt8(left: Int8, right: Int8): number {
	throw new Error('value: not built yet');
}
export function andInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function orInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function xorInt8(left: Int8, right: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function notInt8(value: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function shiftLeftInt8(value: Int8, count: number): Int8 {
	throw new Error('value: not built yet');
}
export function shiftRightInt8(value: Int8, count: number): Int8 {
	throw new Error('value: not built yet');
}
export function parseInt8(text: string): Int8 {
	throw new Error('value: not built yet');
}
export function parseInt4(text: string): number {
	throw new Error('value: not built yet');
}
export function parseInt2(text: string): number {
	throw new Error('value: not built yet');
}
export function parseOid(text: string): number {
	throw new Error('value: not built yet');
}
/** The value if it is in range, else 22003 "integer out of range". */
export function checkInt4(value: number): number {
	throw new Error('value: not built yet');
}
export function checkInt2(value: number): number {
	throw new Error('value: not built yet');
}
export function addInt4(left: number, right: number): number {
	throw new Error('value: not built yet');
}
export function subtractInt4(left: number, right: number): number {
	throw new Error('value: not built yet');
}
export function multiplyInt4(left: number, right: number): number {
	throw new Error('value: not built yet');
}
export function divideInt4(left: number, right: number): number {
	throw new Error('value: not built yet');
}
export function moduloInt4(left: number, right: number): number {
	throw new Error('value: not built yet');
}
export function int8ToInt4(value: Int8): number {
	throw new Error('value: not built yet');
}
/** float8 → int8 by rounding half to even, 22003 out of range; same for int4 and int2. */
export function floatToInt8(value: number): Int8 {
	throw new Error('value: not built yet');
}
export function floatToInt4(value: number): number {
	throw new Error('value: not built yet');
}
export function floatToInt2(value: number): number {
	throw new Error('value: not built yet');
}
