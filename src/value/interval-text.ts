/** Text of intervals. */
import type { Interval } from './interval.ts';
import type { IntervalStyle } from './text-settings.ts';
export function parseInterval(text: string, typmod: number, style: IntervalStyle): Interval {
	throw new Error('value: not built yet');
}
export function formatInterval(value: Interval, style: IntervalStyle): string {
	throw new Error('value: not built yet');
}
