/**
 * The Hilbert curve through a grid of 2^32 cells a side in 2 to 4 dimensions: cells ↔ places on the curve, and the next place
 * within a window.
 *
 * Format: a place is `4 × dimensions` bytes, compared as bytes: 32 digits of `dimensions` bits, most significant first. A digit
 * says which of the 2^dimensions parts of a cube comes next; how the parts are ordered follows from a state of which there are
 * `dimensions × 2^dimensions`, kept in tables.
 *
 * Invariants: (1) neighbours on the curve differ by one in exactly one coordinate; (2) a cube whose side is a power of two, on
 * the grid of that side, is one unbroken run of the curve.
 *
 * Cost: a conversion is 32 table look-ups; `nextWithin` at most 32 × 2^dimensions comparisons of a cube with the window, and no
 * allocation.
 *
 * Source: C. H. Hamilton, "Compact Hilbert Indices" (Dalhousie University, CS-2006-07), algorithms 2 and 4. Why not Z-order: its
 * steps jump, and a window is cut into about twice as many runs.
 */

const LEVELS = 32;
export const DIMENSIONS_MIN = 2;
export const DIMENSIONS_MAX = 4;

export class HilbertCurve {
	readonly dimensions: number;
	/** Bytes of a place. */
	readonly placeBytes: number;
	/** Digit of a part, by (state, position of the part). */
	readonly #digits: Uint8Array;
	/** Position of a part, by (state, digit): bit j is the coordinate's bit in dimension j. */
	readonly #parts: Uint8Array;
	/** State within a part, by (state, digit). */
	readonly #states: Uint8Array;
	/** What `nextWithin` works on: digits of the place asked for and of the place found, and the cube it is in. */
	readonly #from = new Uint8Array(LEVELS);
	readonly #found = new Uint8Array(LEVELS);
	readonly #origin: Uint32Array;

	constructor(dimensions: number) {
		if (!(dimensions >= DIMENSIONS_MIN && dimensions <= DIMENSIONS_MAX)) throw new RangeError(`dimensions must be 2 to 4, is ${dimensions}`);
		this.dimensions = dimensions;
		this.placeBytes = 4 * dimensions;
		const parts = 1 << dimensions;
		const count = dimensions * parts;
		this.#digits = new Uint8Array(count * parts);
		this.#parts = new Uint8Array(count * parts);
		this.#states = new Uint8Array(count * parts);
		this.#origin = new Uint32Array(dimensions);
		for (let state = 0; state < count; state++) this.#fillState(state);
	}

	/** State = entry corner × dimensions + direction. */
	#fillState(state: number): void {
		const n = this.dimensions;
		const entry = Math.floor(state / n);
		const direction = state % n;
		for (let digit = 0; digit < 1 << n; digit++) {
			const part = rotateLeft(gray(digit), direction + 1, n) ^ entry;
			this.#parts[(state << n) | digit] = part;
			this.#digits[(state << n) | part] = digit;
			const entryWithin = entry ^ rotateLeft(entryCorner(digit), direction + 1, n);
			const directionWithin = (direction + innerDirection(digit, n) + 1) % n;
			this.#states[(state << n) | digit] = entryWithin * n + directionWithin;
		}
	}

	/** Writes the place of a cell to `target` at `at`. */
	encode(cell: Uint32Array, target: Uint8Array, at: number): void {
		const n = this.dimensions;
		let state = 0;
		let bits = 0;
		let pending = 0;
		let end = at;
		for (let level = LEVELS - 1; level >= 0; level--) {
			let part = 0;
			for (let j = 0; j < n; j++) part |= ((cell[j]! >>> level) & 1) << j;
			const digit = this.#digits[(state << n) | part]!;
			state = this.#states[(state << n) | digit]!;
			pending = (pending << n) | digit;
			bits += n;
			if (bits >= 8) {
				bits -= 8;
				target[end++] = pending >>> bits;
				pending &= (1 << bits) - 1;
			}
		}
	}

	/** Reads the cell of the place at `bytes[start]`. */
	decode(bytes: Uint8Array, start: number, cell: Uint32Array): void {
		const n = this.dimensions;
		const mask = (1 << n) - 1;
		let state = 0;
		let bits = 0;
		let pending = 0;
		let at = start;
		for (let j = 0; j < n; j++) cell[j] = 0;
		for (let level = LEVELS - 1; level >= 0; level--) {
			if (bits < n) {
				pending = ((pending << 8) | bytes[at++]!) & 0xffff;
				bits += 8;
			}
			bits -= n;
			const digit = (pending >>> bits) & mask;
			const part = this.#parts[(state << n) | digit]!;
			state = this.#states[(state << n) | digit]!;
			for (let j = 0; j < n; j++) cell[j] = (cell[j]! << 1) | ((part >>> j) & 1);
		}
	}

	/**
	 * Writes to `target` the first place at or after `bytes[start]` whose cell lies within the window [low, high] (both
	 * inclusive); false when there is none.
	 */
	nextWithin(bytes: Uint8Array, start: number, low: Uint32Array, high: Uint32Array, target: Uint8Array): boolean {
		for (let j = 0; j < this.dimensions; j++) if (low[j]! > high[j]!) return false;
		this.#readDigits(bytes, start);
		this.#origin.fill(0);
		if (!this.#descend(0, 0, true, low, high)) return false;
		this.#writeDigits(target);
		return true;
	}

	/**
	 * Looks for the first place within the cube at `level`, above which `#found` and `#origin` are set. `tight`: the digits so
	 * far are those of `#from`, so the place must not come before the rest of it. Where they are not, a cube that meets the
	 * window always holds a place: only the tight path turns back.
	 */
	#descend(level: number, state: number, tight: boolean, low: Uint32Array, high: Uint32Array): boolean {
		if (level === LEVELS) return true;
		const n = this.dimensions;
		const origin = this.#origin;
		const bit = (1 << (LEVELS - 1 - level)) >>> 0;
		const rest = bit - 1;
		const first = tight ? this.#from[level]! : 0;
		for (let digit = first; digit < 1 << n; digit++) {
			const part = this.#parts[(state << n) | digit]!;
			let meets = true;
			for (let j = 0; j < n; j++) {
				const at = ((part >>> j) & 1) === 1 ? (origin[j]! | bit) >>> 0 : (origin[j]! & ~bit) >>> 0;
				origin[j] = at;
				if (at > high[j]! || at + rest < low[j]!) meets = false;
			}
			if (!meets) continue;
			this.#found[level] = digit;
			if (this.#descend(level + 1, this.#states[(state << n) | digit]!, tight && digit === first, low, high)) return true;
			// What lies below was set while looking there.
			for (let j = 0; j < n; j++) origin[j] = (origin[j]! & ~rest) >>> 0;
		}
		return false;
	}

	#readDigits(bytes: Uint8Array, start: number): void {
		const n = this.dimensions;
		const mask = (1 << n) - 1;
		let bits = 0;
		let pending = 0;
		let at = start;
		for (let level = 0; level < LEVELS; level++) {
			if (bits < n) {
				pending = ((pending << 8) | bytes[at++]!) & 0xffff;
				bits += 8;
			}
			bits -= n;
			this.#from[level] = (pending >>> bits) & mask;
		}
	}

	#writeDigits(target: Uint8Array): void {
		const n = this.dimensions;
		let bits = 0;
		let pending = 0;
		let end = 0;
		for (let level = 0; level < LEVELS; level++) {
			pending = (pending << n) | this.#found[level]!;
			bits += n;
			if (bits >= 8) {
				bits -= 8;
				target[end++] = pending >>> bits;
				pending &= (1 << bits) - 1;
			}
		}
	}
}

const curves = new Map<number, HilbertCurve>();

/** The curve of so many dimensions; its tables are made once. It is not to be used from within itself. */
export function hilbertCurve(dimensions: number): HilbertCurve {
	let curve = curves.get(dimensions);
	if (curve === undefined) curves.set(dimensions, (curve = new HilbertCurve(dimensions)));
	return curve;
}

function gray(value: number): number {
	return value ^ (value >>> 1);
}

function rotateLeft(value: number, by: number, width: number): number {
	const turn = by % width;
	return ((value << turn) | (value >>> (width - turn))) & ((1 << width) - 1);
}

/** The corner at which the curve enters the part of a digit. */
function entryCorner(digit: number): number {
	return digit === 0 ? 0 : gray(2 * Math.floor((digit - 1) / 2));
}

/** The direction of the curve within the part of a digit. */
function innerDirection(digit: number, width: number): number {
	if (digit === 0) return 0;
	return trailingOnes(digit % 2 === 0 ? digit - 1 : digit) % width;
}

function trailingOnes(value: number): number {
	let count = 0;
	for (let rest = value; (rest & 1) === 1; rest >>>= 1) count++;
	return count;
}
