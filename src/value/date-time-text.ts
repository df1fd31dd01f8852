/** Text of dates and times, PostgreSQL's input grammar and output styles. */
import type { TimeTz } from './date-time.ts';
import type { Int8 } from './int8.ts';
import type { TextSettings } from './text-settings.ts';
export function parseDate(text: string, settings: TextSettings): number {
	throw new Error('value: not built yet');
}
export function parseTime(text: string, typmod: number, settings: TextSettings): number {
	throw new Error('value: not built yet');
}
export function parseTimeTz(text: string, typmod: number, settings: TextSettings): TimeTz {
	throw new Error('value: not built yet');
}
export function parseTimestamp(text: string, typmod: number, settings: TextSettings): Int8 {
	throw new Error('value: not built yet');
}
export function parseTimestamptz(text: string, typmod: number, settings: TextSettings): Int8 {
	throw new Error('value: not built yet');
}
export function formatDate(days: number, settings: TextSettings): string {
	throw new Error('value: not built yet');
}
export function formatTime(time: number): string {
	throw new Error('value: not built yet');
}
export function formatTimeTz(value: TimeTz): string {
	throw new Error('value: not built yet');
}
export function formatTimestamp(timestamp: Int8, settings: TextSettings): string {
	throw new Error('value: not built yet');
}
export function formatTimestamptz(instant: Int8, settings: TextSettings): string {
	throw new Error('value: not built yet');
}
