/**
 * json values as the text they are: finds members and elements by their places in it, so that what is taken out keeps its spacing,
 * order and repeated keys. The text was checked when it became a json value; nothing is checked again.
 */

export type JsonTextKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** A value within a json text. */
export interface JsonSpan {
	readonly kind: JsonTextKind;
	readonly start: number;
	readonly end: number;
	/** Keys of an object, unescaped, in order, repetitions included; empty otherwise. */
	readonly keys: readonly string[];
	/** Values of an object, or items of an array. */
	readonly items: readonly JsonSpan[];
}

const NO_KEYS: readonly string[] = [];
const NO_ITEMS: readonly JsonSpan[] = [];

/** The places of everything in a json text. */
export function scanJson(text: string): JsonSpan {
	return new JsonScanner(text).value();
}

class JsonScanner {
	readonly text: string;
	at = 0;

	constructor(text: string) {
		this.text = text;
	}

	value(): JsonSpan {
		this.skipBlanks();
		const start = this.at;
		switch (this.text.charCodeAt(start)) {
			case 123:
				return this.object(start);
			case 91:
				return this.array(start);
			case 34:
				this.skipString();
				return { kind: 'string', start, end: this.at, keys: NO_KEYS, items: NO_ITEMS };
			default:
				return this.word(start);
		}
	}

	skipBlanks(): void {
		for (;;) {
			const code = this.text.charCodeAt(this.at);
			if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
			this.at++;
		}
	}

	skipString(): void {
		this.at++;
		while (this.text.charCodeAt(this.at) !== 34) this.at += this.text.charCodeAt(this.at) === 92 ? 2 : 1;
		this.at++;
	}

	word(start: number): JsonSpan {
		const first = this.text.charCodeAt(start);
		while (this.at < this.text.length && !/[\s,\]}]/.test(this.text[this.at]!)) this.at++;
		const kind = first === 116 || first === 102 ? 'boolean' : first === 110 ? 'null' : 'number';
		return { kind, start, end: this.at, keys: NO_KEYS, items: NO_ITEMS };
	}

	object(start: number): JsonSpan {
		const keys: string[] = [];
		const items: JsonSpan[] = [];
		this.at++;
		for (;;) {
			this.skipBlanks();
			const code = this.text.charCodeAt(this.at);
			if (code === 125) break;
			if (code === 44) {
				this.at++;
				continue;
			}
			const keyStart = this.at;
			this.skipString();
			keys.push(JSON.parse(this.text.slice(keyStart, this.at)) as string);
			this.skipBlanks();
			this.at++;
			items.push(this.value());
		}
		this.at++;
		return { kind: 'object', start, end: this.at, keys, items };
	}

	array(start: number): JsonSpan {
		const items: JsonSpan[] = [];
		this.at++;
		for (;;) {
			this.skipBlanks();
			const code = this.text.charCodeAt(this.at);
			if (code === 93) break;
			if (code === 44) {
				this.at++;
				continue;
			}
			items.push(this.value());
		}
		this.at++;
		return { kind: 'array', start, end: this.at, keys: NO_KEYS, items };
	}
}

/** The text of a value. */
export function spanText(text: string, span: JsonSpan): string {
	return text.slice(span.start, span.end);
}

/** As ->> gives it: a string without quotes, null for null, the text of all else. */
export function spanAsText(text: string, span: JsonSpan): string | null {
	if (span.kind === 'null') return null;
	const own = spanText(text, span);
	return span.kind === 'string' ? (JSON.parse(own) as string) : own;
}

/** The member of a key, the last of equal ones. */
export function memberOf(span: JsonSpan, key: string): JsonSpan | undefined {
	if (span.kind !== 'object') return undefined;
	const index = span.keys.lastIndexOf(key);
	return index < 0 ? undefined : span.items[index];
}

/** An element counted from 0, or from the end if negative. */
export function elementOf(span: JsonSpan, index: number): JsonSpan | undefined {
	if (span.kind !== 'array') return undefined;
	return span.items[index < 0 ? span.items.length + index : index];
}

const INTEGER = /^\s*[+-]?\d+$/;

/** An index of a path: a whole number within int4; undefined for other texts. */
export function pathIndex(step: string): number | undefined {
	if (!INTEGER.test(step)) return undefined;
	const index = Number(step);
	return index >= -2147483648 && index <= 2147483647 ? index : undefined;
}

/** One step of a path: a key of an object or an index of an array. */
export function stepInto(span: JsonSpan, step: string): JsonSpan | undefined {
	if (span.kind === 'object') return memberOf(span, step);
	const index = pathIndex(step);
	return index === undefined ? undefined : elementOf(span, index);
}
