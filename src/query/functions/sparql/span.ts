/** Values of xsd:duration and the two datatypes derived from it: months, and microseconds. */

export class Span {
	readonly months: number;
	readonly us: number;

	constructor(months: number, us: number) {
		this.months = months;
		this.us = us;
	}
}

const DURATION = /^(-?)P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Reads a form of the datatype named (`duration`, `dayTimeDuration`, `yearMonthDuration`); null when it is none. */
export function parseSpan(text: string, datatype: string): Span | null {
	const match = DURATION.exec(text);
	if (match === null) return null;
	const [, sign, years, months, days, hours, minutes, seconds] = match;
	if (datatype === 'dayTimeDuration' && (years !== undefined || months !== undefined)) return null;
	if (datatype === 'yearMonthDuration' && (days !== undefined || text.includes('T'))) return null;
	const number = (part: string | undefined): number => Number(part ?? 0);
	const us = ((number(days) * 24 + number(hours)) * 60 + number(minutes)) * 60_000_000 + Math.round(number(seconds) * 1_000_000);
	const factor = sign === '-' ? -1 : 1;
	return new Span(factor * (number(years) * 12 + number(months)) + 0, factor * us + 0);
}

/** Negative, 0, positive; null for durations of which months decide against days. */
export function compareSpans(left: Span, right: Span): number | null {
	const months = left.months - right.months;
	const us = left.us - right.us;
	if (months === 0) return us;
	return us === 0 || us > 0 === months > 0 ? months : null;
}

/** The canonical form of a span of days and smaller units: `-PT5H`. */
export function dayTimeText(minutes: number): string {
	if (minutes === 0) return 'PT0S';
	const size = Math.abs(minutes);
	const hours = Math.floor(size / 60);
	const rest = size % 60;
	return `${minutes < 0 ? '-' : ''}PT${hours > 0 ? `${hours}H` : ''}${rest > 0 ? `${rest}M` : ''}`;
}
