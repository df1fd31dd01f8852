/**
 * Values of PostgreSQL's geometric types: numbers in a list, and for a path whether it is closed.
 *
 * | type | numbers |
 * |---|---|
 * | point | x, y |
 * | lseg | x, y of both ends |
 * | line | A, B, C of Ax + By + C = 0 |
 * | box | x, y of the upper right corner, then of the lower left |
 * | path, polygon | x, y of each point |
 * | circle | x, y of the center, radius |
 *
 * They have no order, and the equality of their operators is up to a small difference: they are no keys.
 * Texts are read as PostgreSQL's input functions read them (its manual, 8.8), with brackets that may be left out.
 */
import { PolylogError, sqlError } from '../platform/errors.ts';
import { formatFloat8, parseFloat8 } from './float-text.ts';

export type GeometryKind = 'point' | 'lseg' | 'line' | 'box' | 'path' | 'polygon' | 'circle';

export const GEOMETRY_KINDS: readonly GeometryKind[] = ['point', 'lseg', 'line', 'box', 'path', 'polygon', 'circle'];

export class Geometry {
	readonly kind: GeometryKind;
	readonly numbers: readonly number[];
	/** Of a path; true for all others. */
	readonly isClosed: boolean;

	constructor(kind: GeometryKind, numbers: readonly number[], isClosed = true) {
		this.kind = kind;
		this.numbers = numbers;
		this.isClosed = isClosed;
	}
}

/** Differences up to this are none. */
const EPSILON = 1e-6;

export function isNearZero(value: number): boolean {
	return Math.abs(value) <= EPSILON;
}

export function isNear(left: number, right: number): boolean {
	return left === right || Math.abs(left - right) <= EPSILON;
}

/** left < right, by more than a small difference. */
export function isBelow(left: number, right: number): boolean {
	return left + EPSILON < right;
}

/** left ≤ right, or greater by a small difference. */
export function isUpTo(left: number, right: number): boolean {
	return left <= right + EPSILON;
}

/** A line through a point, of a slope. */
export function lineThrough(x: number, y: number, slope: number): Geometry {
	if (!Number.isFinite(slope) && !Number.isNaN(slope)) return new Geometry('line', [-1, 0, x]);
	if (slope === 0) return new Geometry('line', [0, -1, y]);
	// Adding 0 makes of −0 a 0.
	return new Geometry('line', [slope, -1, y - slope * x + 0]);
}

export function slopeOf(x1: number, y1: number, x2: number, y2: number): number {
	if (isNear(x1, x2)) return Number.POSITIVE_INFINITY;
	return isNear(y1, y2) ? 0 : (y1 - y2) / (x1 - x2);
}

/** The box of two opposite corners. */
export function boxOf(x1: number, y1: number, x2: number, y2: number): Geometry {
	const [right, left] = isGreater(x1, x2) ? [x1, x2] : [x2, x1];
	const [upper, lower] = isGreater(y1, y2) ? [y1, y2] : [y2, y1];
	return new Geometry('box', [right, upper, left, lower]);
}

/** NaN is greatest. */
function isGreater(left: number, right: number): boolean {
	return left > right || (Number.isNaN(left) && !Number.isNaN(right));
}

export function formatGeometry(value: Geometry, extraFloatDigits = 1): string {
	const { kind, numbers } = value;
	const number = (index: number): string => formatFloat8(numbers[index]!, extraFloatDigits);
	if (kind === 'line') return `{${number(0)},${number(1)},${number(2)}}`;
	const points: string[] = [];
	for (let index = 0; index + 1 < numbers.length; index += 2) points.push(`(${number(index)},${number(index + 1)})`);
	switch (kind) {
		case 'point':
		case 'box':
			return points.join(',');
		case 'circle':
			return `<${points[0]},${number(2)}>`;
		case 'lseg':
			return `[${points.join(',')}]`;
		default:
			return value.isClosed ? `(${points.join(',')})` : `[${points.join(',')}]`;
	}
}

export function parseGeometry(kind: GeometryKind, text: string): Geometry {
	return new GeometryReader(kind, text).read();
}

const NUMBER = /\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)\s*/iy;

class GeometryReader {
	readonly #kind: GeometryKind;
	readonly #text: string;
	#at = 0;

	constructor(kind: GeometryKind, text: string) {
		this.#kind = kind;
		this.#text = text;
	}

	read(): Geometry {
		this.#skipSpace();
		switch (this.#kind) {
			case 'point': {
				const numbers = this.#pair();
				this.#end();
				return new Geometry('point', numbers);
			}
			case 'line':
				return this.#line();
			case 'circle':
				return this.#circle();
			case 'path':
				return this.#path();
			case 'polygon':
				return new Geometry('polygon', this.#points(this.#pairCount(), false).numbers);
			case 'lseg':
				return new Geometry('lseg', this.#points(2, true).numbers);
			case 'box': {
				const [x1, y1, x2, y2] = this.#points(2, false).numbers as [number, number, number, number];
				return boxOf(x1, y1, x2, y2);
			}
		}
	}

	#malformed(): Error {
		return sqlError('22P02', `invalid input syntax for type ${this.#kind}: "${this.#text}"`);
	}

	#skipSpace(): void {
		while (/[ \t\n\v\f\r]/.test(this.#text.charAt(this.#at))) this.#at++;
	}

	/** Passes over the character, if it stands here. */
	#accept(character: string): boolean {
		if (this.#text[this.#at] !== character) return false;
		this.#at++;
		return true;
	}

	#expect(character: string): void {
		if (!this.#accept(character)) throw this.#malformed();
	}

	#end(): void {
		this.#skipSpace();
		if (this.#at < this.#text.length) throw this.#malformed();
	}

	#number(): number {
		NUMBER.lastIndex = this.#at;
		const match = NUMBER.exec(this.#text);
		if (match === null) throw this.#malformed();
		this.#at = NUMBER.lastIndex;
		try {
			return parseFloat8(match[0]);
		} catch (error) {
			throw error instanceof PolylogError && error.sqlstate === '22003' ? error : this.#malformed();
		}
	}

	#pair(): [number, number] {
		this.#skipSpace();
		const hasBrackets = this.#accept('(');
		const x = this.#number();
		this.#expect(',');
		const y = this.#number();
		if (hasBrackets) {
			this.#expect(')');
			this.#skipSpace();
		}
		return [x, y];
	}

	/** As many as there are pairs of numbers between commas. */
	#pairCount(): number {
		const commas = this.#text.split(',').length - 1;
		if (commas % 2 === 0) throw this.#malformed();
		return (commas + 1) / 2;
	}

	/** `count` points within brackets, or without; square ones are of what is open. The text ends behind them, unless `goesOn`. */
	#points(count: number, mayBeOpen: boolean, goesOn = false): { numbers: number[]; isOpen: boolean } {
		const text = this.#text;
		let depth = 0;
		const isOpen = text[this.#at] === '[';
		if (isOpen) {
			if (!mayBeOpen) throw this.#malformed();
			depth++;
			this.#at++;
		} else if (text[this.#at] === '(') {
			const next = this.#at + 1 + (/^[ \t\n\v\f\r]*/.exec(text.slice(this.#at + 1))?.[0].length ?? 0);
			if (text[next] === '(' || text.lastIndexOf('(') === this.#at) {
				depth++;
				this.#at = next;
			}
		}
		const numbers: number[] = [];
		for (let index = 0; index < count; index++) {
			numbers.push(...this.#pair());
			this.#accept(',');
		}
		for (; depth > 0; depth--) {
			if (!this.#accept(')') && !(isOpen && depth === 1 && this.#accept(']'))) throw this.#malformed();
			this.#skipSpace();
		}
		if (!goesOn) this.#end();
		return { numbers, isOpen };
	}

	#path(): Geometry {
		const count = this.#pairCount();
		const isBracketed = this.#text[this.#at] === '(' && this.#text.lastIndexOf('(') === this.#at;
		if (isBracketed) this.#at++;
		const { numbers, isOpen } = this.#points(count, true, true);
		if (isBracketed) this.#expect(')');
		this.#end();
		return new Geometry('path', numbers, !isOpen);
	}

	#line(): Geometry {
		if (!this.#accept('{')) {
			const [x1, y1, x2, y2] = this.#points(2, true).numbers as [number, number, number, number];
			if (isNear(x1, x2) && isNear(y1, y2)) throw sqlError('22P02', 'invalid line specification: must be two distinct points');
			return lineThrough(x1, y1, slopeOf(x1, y1, x2, y2));
		}
		const a = this.#number();
		this.#expect(',');
		const b = this.#number();
		this.#expect(',');
		const c = this.#number();
		this.#expect('}');
		this.#end();
		if (isNearZero(a) && isNearZero(b)) throw sqlError('22P02', 'invalid line specification: A and B cannot both be zero');
		return new Geometry('line', [a, b, c]);
	}

	#circle(): Geometry {
		let depth = 0;
		if (this.#accept('<')) depth++;
		else if (/^\([ \t\n\v\f\r]*\(/.test(this.#text.slice(this.#at))) {
			depth++;
			this.#at++;
			this.#skipSpace();
		}
		const [x, y] = this.#pair();
		this.#accept(',');
		const radius = this.#number();
		if (radius < 0) throw this.#malformed();
		for (; depth > 0; depth--) {
			if (!this.#accept(')') && !(depth === 1 && this.#accept('>'))) throw this.#malformed();
			this.#skipSpace();
		}
		this.#end();
		return new Geometry('circle', [x, y, radius]);
	}
}
