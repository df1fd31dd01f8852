/**
 * Reads JSON text into jsonb trees, with PostgreSQL's errors (22P02 and its DETAIL and CONTEXT lines, 22P05 for \u0000), and
 * checks values of type json. Numbers stay exact. Nesting deeper than 1,000 is refused with 54001: readers, writers and comparisons recurse.
 */
import { type PolylogError, sqlError } from '../platform/errors.ts';
import { Decimal } from './decimal.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from './jsonb.ts';

export const JSON_DEPTH_MAX = 1000;

export function parseJsonb(text: string): Jsonb {
	return new JsonParser(text, true).parse();
}

/** Checks a json (text) value: throws 22P02. */
export function checkJson(text: string): void {
	try {
		// The runtime's parser accepts the same grammar; ours is only needed to say what is wrong.
		JSON.parse(text);
	} catch {
		new JsonParser(text, false).parse();
	}
}

class JsonParser {
	readonly #text: string;
	/** jsonb: escapes must make sense. json keeps its text, and so does not look into them. */
	readonly #decode: boolean;
	#at = 0;
	#depth = 0;

	constructor(text: string, decode: boolean) {
		this.#text = text;
		this.#decode = decode;
	}

	parse(): Jsonb {
		const value = this.#value('Expected JSON value');
		if (this.#next() !== -1) throw this.#unexpected('Expected end of input');
		return value;
	}

	/** Code of the next character that is no blank, or −1 at the end. */
	#next(): number {
		const text = this.#text;
		for (; this.#at < text.length; this.#at++) {
			const code = text.charCodeAt(this.#at);
			if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code;
		}
		return -1;
	}

	#value(expected: string): Jsonb {
		const code = this.#next();
		if (code === 34) return this.#string();
		if (code === 123) return this.#object();
		if (code === 91) return this.#array();
		if (code === 45 || (code >= 48 && code <= 57)) return this.#number();
		if (this.#word('true')) return true;
		if (this.#word('false')) return false;
		if (this.#word('null')) return JSON_NULL;
		throw this.#unexpected(expected);
	}

	#word(word: string): boolean {
		if (!this.#text.startsWith(word, this.#at) || isWordCode(this.#text.charCodeAt(this.#at + word.length))) return false;
		this.#at += word.length;
		return true;
	}

	#array(): Jsonb {
		this.#enter();
		const items: Jsonb[] = [];
		if (this.#next() === 93) this.#at++;
		else {
			for (;;) {
				items.push(this.#value('Expected JSON value'));
				const code = this.#next();
				if (code === 93) break;
				if (code !== 44) throw this.#unexpected('Expected "," or "]"');
				this.#at++;
			}
			this.#at++;
		}
		this.#depth--;
		return new JsonbArray(items);
	}

	#object(): Jsonb {
		this.#enter();
		const entries: [string, Jsonb][] = [];
		if (this.#next() === 125) this.#at++;
		else {
			for (;;) {
				if (this.#next() !== 34) throw this.#unexpected(entries.length === 0 ? 'Expected string or "}"' : 'Expected string');
				const key = this.#string();
				if (this.#next() !== 58) throw this.#unexpected('Expected ":"');
				this.#at++;
				entries.push([key, this.#value('Expected JSON value')]);
				const code = this.#next();
				if (code === 125) break;
				if (code !== 44) throw this.#unexpected('Expected "," or "}"');
				this.#at++;
			}
			this.#at++;
		}
		this.#depth--;
		return JsonbObject.from(entries);
	}

	#enter(): void {
		this.#at++;
		if (++this.#depth > JSON_DEPTH_MAX) {
			throw sqlError('54001', 'stack depth limit exceeded', { detail: `JSON text is nested more than ${JSON_DEPTH_MAX} levels deep.` });
		}
	}

	#number(): Decimal {
		NUMBER.lastIndex = this.#at;
		const match = NUMBER.exec(this.#text);
		const end = match === null ? -1 : this.#at + match[0].length;
		// A point without digits after it, an exponent without any, or a letter is a malformed number.
		if (match === null || isWordCode(this.#text.charCodeAt(end)) || (this.#text[end] === '.' && !/[.eE]/.test(match[0]))) throw this.#invalidToken();
		this.#at = end;
		// −0 is 0 in jsonb, as in numeric.
		return this.#decode ? Decimal.parse(match[0]) : Decimal.zero;
	}

	#string(): string {
		const text = this.#text;
		const start = this.#at;
		let begin = start + 1;
		let result = '';
		for (this.#at = begin; ; ) {
			const code = text.charCodeAt(this.#at);
			if (code === 34) break;
			if (code === 92) {
				result += text.slice(begin, this.#at) + this.#escape();
				begin = this.#at;
			} else if (code >= 32) this.#at++;
			else if (Number.isNaN(code)) throw this.#syntax(`Token "${text.slice(start)}" is invalid.`, text.length);
			else throw this.#syntax(`Character with value 0x${code.toString(16).padStart(2, '0')} must be escaped.`, this.#at);
		}
		result = begin === start + 1 ? text.slice(begin, this.#at) : result + text.slice(begin, this.#at);
		this.#at++;
		return result;
	}

	/** From a backslash to after its escape. */
	#escape(): string {
		const code = this.#text.charAt(this.#at + 1);
		const plain = ESCAPES[code];
		if (plain !== undefined) {
			this.#at += 2;
			return plain;
		}
		if (code !== 'u') {
			const character = code === '' ? '' : String.fromCodePoint(this.#text.codePointAt(this.#at + 1)!);
			throw this.#syntax(`Escape sequence "\\${character}" is invalid.`, this.#at + 1 + character.length);
		}
		const first = this.#unit();
		if (!this.#decode) return '';
		if (first === 0) {
			throw sqlError('22P05', 'unsupported Unicode escape sequence', { detail: '\\u0000 cannot be converted to text.', where: this.#context(this.#at) });
		}
		if (first >= 0xdc00 && first < 0xe000) throw this.#syntax('Unicode low surrogate must follow a high surrogate.', this.#at);
		if (first < 0xd800 || first > 0xdbff) return String.fromCharCode(first);
		if (this.#text[this.#at] !== '\\' || this.#text[this.#at + 1] !== 'u')
			throw this.#syntax('Unicode low surrogate must follow a high surrogate.', this.#at + 1);
		const second = this.#unit();
		if (second >= 0xd800 && second < 0xdc00) throw this.#syntax('Unicode high surrogate must not follow a high surrogate.', this.#at);
		if (second < 0xdc00 || second > 0xdfff) throw this.#syntax('Unicode low surrogate must follow a high surrogate.', this.#at);
		return String.fromCharCode(first, second);
	}

	/** The unit of a \uXXXX at the current place, moving past it. */
	#unit(): number {
		const digits = this.#text.slice(this.#at + 2, this.#at + 6);
		if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
			const good = /^[0-9a-fA-F]*/.exec(digits)![0].length;
			throw this.#syntax('"\\u" must be followed by four hexadecimal digits.', Math.min(this.#at + 3 + good, this.#text.length));
		}
		this.#at += 6;
		return Number.parseInt(digits, 16);
	}

	#unexpected(expected: string): PolylogError {
		const code = this.#next();
		if (code === -1) return this.#syntax('The input string ended unexpectedly.', this.#text.length);
		const token = this.#token();
		if (!VALID_TOKEN.test(token)) return this.#invalidToken();
		return this.#syntax(`${expected}, but found "${token}".`, this.#at + token.length);
	}

	#invalidToken(): PolylogError {
		const token = this.#token();
		return this.#syntax(`Token "${token}" is invalid.`, this.#at + token.length);
	}

	/** The token at the current place, for messages. */
	#token(): string {
		const rest = this.#text.slice(this.#at);
		const match = TOKEN.exec(rest);
		return match === null ? rest : match[0];
	}

	#syntax(detail: string, contextEnd: number): PolylogError {
		return sqlError('22P02', 'invalid input syntax for type json', { detail, where: this.#context(contextEnd) });
	}

	#context(end: number): string {
		const before = this.#text.slice(0, end);
		const lineStart = before.lastIndexOf('\n') + 1;
		const line = before.split('\n').length;
		const rest = this.#text.slice(end);
		const shown = before.slice(lineStart);
		const start = shown.length > 50 ? `...${shown.slice(-50)}` : shown;
		return `JSON data, line ${line}: ${start}${rest === '' || rest.startsWith('\n') ? '' : '...'}`;
	}
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const TOKEN = /^(?:"(?:[^"\\]|\\.)*"?|-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?[a-zA-Z0-9_\u0080-\uffff]*|[a-zA-Z0-9_\u0080-\uffff]+|.)/su;
const VALID_TOKEN = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|"(?:[^"\\]|\\.)*"|[{}[\],:])$/s;
const ESCAPES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
	'"': '"',
	'\\': '\\',
	'/': '/',
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
});

function isWordCode(code: number): boolean {
	return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code >= 0x80;
}
