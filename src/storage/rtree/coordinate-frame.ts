/**
 * Numbers → cells of a grid of 2^32 a side, keeping their order: one `CoordinateFrame` for each dimension of an index.
 *
 * A frame is a stretch of the number line, `centre ± reach` (the reach is a power of two), in which cells are equally wide:
 * 2^31 of them, so that a frame of ±180 degrees has cells of 0.02 metres. Outside, cells double in width with each doubling of
 * the distance from the centre, 2^24 to a doubling, up to 2^64 reaches; what lies beyond shares the last ones. A frame that
 * fits its data badly costs speed, never a wrong answer: numbers in one cell are told apart by the row.
 *
 *     cell                       holds
 *     0                          −Infinity
 *     2 … 2^32 − 3               finite numbers
 *     2^32 − 2                   Infinity, NaN (which SQL orders above it)
 *     2^32 − 1                   null
 *
 * Invariants: (1) x ≤ y implies cell(x) ≤ cell(y): every step of the computation is monotone, rounding included; (2) a number in
 * cell c is at least `lowEdge(c)` and at most `highEdge(c)`.
 */

export const CELL_NEGATIVE_INFINITY = 0;
export const CELL_INFINITY = 0xffff_fffe;
export const CELL_NULL = 0xffff_ffff;

const MIDDLE = 2 ** 31;
const LINEAR_CELLS = 2 ** 30;
const DOUBLING_BITS = 24;
const MAGNITUDE_MAX = 2 ** 31 - 3;
/** Of finite numbers. */
const CELL_LEAST = MIDDLE - 1 - MAGNITUDE_MAX;

/** Reach of a frame about which nothing is known: degrees and the like lie within, with cells of a millionth. */
const REACH_UNKNOWN = 1024;
/** Of the centre and of the distance from it: more than the roundings of `lowEdge` can add up to. */
const ROUNDING = 2 ** -48;
/** Of the reach: more than what is lost near zero. */
const UNDERFLOW = 2 ** -60;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** The word of a double with its exponent. */
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** What is kept of a frame in the catalog. */
export interface FrameShape {
	readonly centre: number;
	/** A power of two. */
	readonly reach: number;
}

export const UNKNOWN_FRAME: FrameShape = { centre: 0, reach: REACH_UNKNOWN };

export class CoordinateFrame {
	readonly shape: FrameShape;
	readonly #centre: number;
	readonly #reach: number;
	readonly #scale: number;

	constructor(shape: FrameShape) {
		this.shape = shape;
		this.#centre = shape.centre;
		this.#reach = shape.reach;
		this.#scale = 1 / shape.reach;
	}

	/** The cell of a number; of null when it is null. */
	cell(value: number | null): number {
		if (value === null) return CELL_NULL;
		if (value === Number.NEGATIVE_INFINITY) return CELL_NEGATIVE_INFINITY;
		if (!(value < Number.POSITIVE_INFINITY)) return CELL_INFINITY;
		const distance = (value - this.#centre) * this.#scale;
		return distance >= 0 ? MIDDLE + magnitude(distance) : MIDDLE - 1 - magnitude(-distance);
	}

	/** A number that is not above any of the cell's. */
	lowEdge(cell: number): number {
		if (cell <= CELL_LEAST) return Number.NEGATIVE_INFINITY;
		return cell >= CELL_INFINITY ? Number.POSITIVE_INFINITY : this.#edge(cell, -1);
	}

	/** A number that is not below any of the cell's. */
	highEdge(cell: number): number {
		if (cell === CELL_NEGATIVE_INFINITY) return Number.NEGATIVE_INFINITY;
		if (cell >= CELL_INFINITY - 1) return Number.POSITIVE_INFINITY;
		return this.#edge(cell + 1, 1);
	}

	/** Where a cell begins, moved outwards by more than roundings can amount to. */
	#edge(cell: number, direction: 1 | -1): number {
		const distance = (cell >= MIDDLE ? distanceOf(cell - MIDDLE) : -distanceOf(MIDDLE - cell)) * this.#reach;
		// Cells that begin where doubles end hold none.
		if (!Number.isFinite(distance)) return direction === Math.sign(distance) ? distance : Math.sign(distance) * Number.MAX_VALUE;
		return this.#centre + distance + direction * (ROUNDING * (Math.abs(this.#centre) + Math.abs(distance)) + this.#reach * UNDERFLOW);
	}
}

/** Cells between the centre and a distance from it, counted in reaches. */
function magnitude(distance: number): number {
	if (distance < 1) return Math.floor(distance * LINEAR_CELLS);
	float[0] = distance;
	const high = words[HIGH_WORD]!;
	const doublings = (high >>> 20) - 1023;
	const fraction = ((high & 0xf_ffff) << 4) | (words[1 - HIGH_WORD]! >>> 28);
	return Math.min(LINEAR_CELLS + doublings * 2 ** DOUBLING_BITS + fraction, MAGNITUDE_MAX);
}

/** The least distance that many cells from the centre. */
function distanceOf(cells: number): number {
	if (cells <= LINEAR_CELLS) return cells / LINEAR_CELLS;
	const beyond = cells - LINEAR_CELLS;
	const doublings = Math.floor(beyond / 2 ** DOUBLING_BITS);
	return 2 ** doublings * (1 + (beyond % 2 ** DOUBLING_BITS) / 2 ** DOUBLING_BITS);
}

/** The least and greatest finite number of a dimension; `low` above `high` while there is none. */
export interface Extent {
	low: number;
	high: number;
}

/**
 * Frames for data of these extents. Dimensions whose extents lie mostly over one another share a frame: they are of one kind,
 * such as the two ends of intervals, which then lie along a diagonal of the grid.
 */
export function framesOf(extents: readonly Extent[]): FrameShape[] {
	const merged = extents.map((extent) => ({ ...extent }));
	for (const a of merged) {
		for (const b of merged) {
			const common = Math.min(a.high, b.high) - Math.max(a.low, b.low);
			if (a === b || !(common > 0 && common * 2 >= Math.max(a.high - a.low, b.high - b.low))) continue;
			a.low = b.low = Math.min(a.low, b.low);
			a.high = b.high = Math.max(a.high, b.high);
		}
	}
	return merged.map(frameOf);
}

function frameOf({ low, high }: Extent): FrameShape {
	if (!(low <= high)) return UNKNOWN_FRAME;
	const middle = low / 2 + high / 2;
	const span = Math.max(high / 2 - low / 2, Math.abs(middle) * 2 ** -20, 2 ** -500);
	let reach = 2 ** Math.min(Math.ceil(Math.log2(span)), 1000);
	// A centre with few digits keeps frames of similar data equal.
	const step = reach / 8;
	const rounded = Math.round(middle / step) * step;
	const centre = Number.isFinite(rounded) ? rounded : middle;
	while (reach < 2 ** 1000 && (high - centre > reach || centre - low > reach)) reach *= 2;
	return { centre, reach };
}
