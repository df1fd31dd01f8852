/**
 * Frames of window calls: for each row of a partition, the stretch [start, end) of it that the frame covers, and what is excluded.
 * Positions count rows of the partition in its order.
 */
import { sqlError } from '../../../platform/errors.ts';
import type { FrameBound, WindowFrame } from '../../algebra/expression.ts';

/** The partition as frames need it. */
export interface FramedRows {
	readonly count: number;
	/** First position of the peers of a row, and the one behind the last. */
	peerStart(position: number): number;
	peerEnd(position: number): number;
	/** Number of a row's peer group, and where a group starts (the row count for numbers past the last). */
	groupOf(position: number): number;
	groupStart(group: number): number;
	groupCount: number;
	/** First position whose sort value is not before (`after`: is after) the row's own moved by `offset` in the given direction. */
	rangeBound(position: number, offset: unknown, forward: boolean, after: boolean): number;
}

/** What an offset may be: checked once per execution. */
export function checkFrameOffset(value: unknown, isStart: boolean, mode: WindowFrame['mode'], isNegative: (value: unknown) => boolean): unknown {
	const which = isStart ? 'starting' : 'ending';
	if (value === null) throw sqlError('22004', `frame ${which} offset must not be null`);
	if (mode === 'range') {
		if (isNegative(value)) throw sqlError('22013', 'invalid preceding or following size in window function');
		return value;
	}
	const count = Number(value);
	if (count < 0) throw sqlError('22013', `frame ${which} offset must not be negative`);
	return count;
}

export class FrameCursor {
	readonly #frame: WindowFrame;
	readonly #startOffset: unknown;
	readonly #endOffset: unknown;
	#rows: FramedRows;
	start = 0;
	end = 0;
	/** Rows [excludeStart, excludeEnd) do not belong to the frame, but for `keep` (−1: none). */
	excludeStart = 0;
	excludeEnd = 0;
	keep = -1;

	constructor(frame: WindowFrame, rows: FramedRows, startOffset: unknown, endOffset: unknown) {
		this.#frame = frame;
		this.#rows = rows;
		this.#startOffset = startOffset;
		this.#endOffset = endOffset;
	}

	moveTo(position: number): void {
		const rows = this.#rows;
		const { start, end, exclude } = this.#frame;
		this.start = this.#bound(start, this.#startOffset, position, false);
		this.end = Math.max(this.start, this.#bound(end, this.#endOffset, position, true));
		this.keep = -1;
		if (exclude === 'no others') {
			this.excludeStart = 0;
			this.excludeEnd = 0;
			return;
		}
		this.excludeStart = exclude === 'current row' ? position : rows.peerStart(position);
		this.excludeEnd = exclude === 'current row' ? position + 1 : rows.peerEnd(position);
		if (exclude === 'ties') this.keep = position;
	}

	includes(position: number): boolean {
		return position < this.excludeStart || position >= this.excludeEnd || position === this.keep;
	}

	/** Position of a frame's edge; for the end, the one behind its last row. */
	#bound(bound: FrameBound, offset: unknown, position: number, isEnd: boolean): number {
		const rows = this.#rows;
		switch (bound.kind) {
			case 'unbounded preceding':
				return 0;
			case 'unbounded following':
				return rows.count;
			case 'current row':
				if (this.#frame.mode === 'rows') return isEnd ? position + 1 : position;
				return isEnd ? rows.peerEnd(position) : rows.peerStart(position);
			default:
				return this.#offsetBound(offset, bound.kind === 'following', position, isEnd);
		}
	}

	#offsetBound(offset: unknown, forward: boolean, position: number, isEnd: boolean): number {
		const rows = this.#rows;
		if (this.#frame.mode === 'range') return rows.rangeBound(position, offset, forward, isEnd);
		const count = forward ? (offset as number) : -(offset as number);
		if (this.#frame.mode === 'rows') return clamp(position + count + (isEnd ? 1 : 0), rows.count);
		const group = rows.groupOf(position) + count + (isEnd ? 1 : 0);
		return group <= 0 ? 0 : group >= rows.groupCount ? rows.count : rows.groupStart(group);
	}
}

function clamp(position: number, count: number): number {
	return position < 0 ? 0 : Math.min(position, count);
}
