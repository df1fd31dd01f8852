/** Intervals. */
import type { Int8 } from './int8.ts';
export class Interval {
	readonly months: number;
	readonly days: number;
	/** Number iff safe. */
	readonly microseconds: Int8;
	constructor(months: number, days: number, microseconds: Int8) {
		this.months = months;
		this.days = days;
		this.microseconds = microseconds;
	}
}
export function compareInterval(left: Interval, right: Interval): number {
	throw new Error('value: not built yet');
}
/** Microseconds with 30-day months and 24-hour days: equal for equal intervals. */
export function intervalKey(value: Interval): Int8 {
	throw new Error('value: not built yet');
}
export function addIntervals(left: Interval, right: Interval): Interval {
	throw new Error('value: not built yet');
}
export function subtractIntervals(left: Interval, right: Interval): Interval {
	throw new Error('value: not built yet');
}
export function negateInterval(value: Interval): Interval {
	throw new Error('value: not built yet');
}
export function multiplyInterval(value: Interval, factor: number): Interval {
	throw new Error('value: not built yet');
}
export function divideInterval(value: Interval, divisor: number): Interval {
	throw new Error('value: not built yet');
}
export function justifyHours(value: Interval): Interval {
	throw new Error('value: not built yet');
}
export function justifyDays(value: Interval): Interval {
	throw new Error('value: not built yet');
}
export function justifyInterval(value: Interval): Interval {
	throw new Error('value: not built yet');
}
/** Cuts fields and rounds fractional seconds as interval(p), interval day to second … say. */
export function applyIntervalTypmod(value: Interval, typmod: number): Interval {
	throw new Error('value: not built yet');
}
