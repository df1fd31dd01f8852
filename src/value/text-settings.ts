/** Settings of a session on which the text forms of values depend, with PostgreSQL's names and defaults. */
import { type TimeZone, utc } from './time-zone.ts';

export type DateStyle = 'ISO' | 'SQL' | 'Postgres' | 'German';
export type DateOrder = 'MDY' | 'DMY' | 'YMD';
export type IntervalStyle = 'postgres' | 'postgres_verbose' | 'sql_standard' | 'iso_8601';

/** Names of catalog objects for regclass, regtype, regproc, regnamespace, regrole; implemented by the database. */
export interface ObjectNames {
	/** Name to show, or undefined: the oid is shown. */
	nameOf(typeOid: number, oid: number): string | undefined;
	/** oid of a name; throws 42P01, 42704 or 42883 itself when there is none. */
	oidOf(typeOid: number, name: string): number;
}

export interface TextSettings {
	readonly timeZone: TimeZone;
	readonly dateStyle: DateStyle;
	readonly dateOrder: DateOrder;
	readonly intervalStyle: IntervalStyle;
	readonly byteaOutput: 'hex' | 'escape';
	readonly extraFloatDigits: number;
	/** Start of the transaction, microseconds since 1970: 'now', 'today'. */
	readonly nowUs: () => number;
	readonly names: ObjectNames | null;
}

export const defaultTextSettings: TextSettings = {
	timeZone: utc,
	dateStyle: 'ISO',
	dateOrder: 'MDY',
	intervalStyle: 'postgres',
	byteaOutput: 'hex',
	extraFloatDigits: 1,
	nowUs: () => 0,
	names: null,
};

/** The DateStyle setting, such as 'ISO, DMY', over the style before it; undefined if it is not valid. */
export function parseDateStyle(
	text: string,
	before: { dateStyle: DateStyle; dateOrder: DateOrder },
): { dateStyle: DateStyle; dateOrder: DateOrder } | undefined {
	let style: DateStyle | null = null;
	let order: DateOrder | null = null;
	for (const part of text.split(',')) {
		const word = part.trim().toLowerCase().replace(/^"|"$/g, '');
		const wordStyle = STYLES.get(word);
		const wordOrder = ORDERS.get(word);
		if (word === 'default') {
			style ??= 'ISO';
			order ??= 'MDY';
		} else if (wordStyle !== undefined) {
			if (style !== null && style !== wordStyle) return undefined;
			style = wordStyle;
			// German dates are day first unless told otherwise.
			if (wordStyle === 'German' && order === null && !/mdy|ymd|us|noneuro|dmy|euro/i.test(text)) order = 'DMY';
		} else if (wordOrder !== undefined) {
			if (order !== null && order !== wordOrder) return undefined;
			order = wordOrder;
		} else return undefined;
	}
	return { dateStyle: style ?? before.dateStyle, dateOrder: order ?? before.dateOrder };
}

const STYLES: ReadonlyMap<string, DateStyle> = new Map([
	['iso', 'ISO'],
	['sql', 'SQL'],
	['postgres', 'Postgres'],
	['postgresql', 'Postgres'],
	['german', 'German'],
]);

const ORDERS: ReadonlyMap<string, DateOrder> = new Map([
	['ymd', 'YMD'],
	['dmy', 'DMY'],
	['euro', 'DMY'],
	['european', 'DMY'],
	['mdy', 'MDY'],
	['us', 'MDY'],
	['noneuro', 'MDY'],
	['noneuropean', 'MDY'],
]);
