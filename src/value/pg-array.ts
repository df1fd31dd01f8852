/** Arrays: dimensions, lower bounds, flat elements in row-major order. */
export class PgArray {
	/** Length of each dimension; empty for the empty array. */
	readonly dimensions: readonly number[];
	readonly lowerBounds: readonly number[];
	readonly elements: readonly unknown[];
	constructor(dimensions: readonly number[], lowerBounds: readonly number[], elements: readonly unknown[]) {
		this.dimensions = dimensions;
		this.lowerBounds = lowerBounds;
		this.elements = elements;
	}
	static readonly empty: PgArray = new PgArray([], [], []);
	/** One dimension, lower bound 1. */
	static of(elements: readonly unknown[]): PgArray {
		throw new Error('value: not built yet');
	}
}
/** Reads an array literal; each element's text goes through `parseElement`. */
export function parseArray(text: string, parseElement: (text: string) => unknown): PgArray {
	throw new Error('value: not built yet');
}
export function formatArray(array: PgArray, formatElement: (value: unknown) => string): string {
	throw new Error('value: not built yet');
}
