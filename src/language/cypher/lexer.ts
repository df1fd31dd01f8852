/**
 * A Cypher text cut into tokens: words, names in backticks, numbers, strings, parameters and signs, without blanks and comments.
 *
 * Signs are cut short where a longer one would hide another reading: an arrow is `-`, `-`, `>`, since `a<-1` compares with a negative number;
 * the parser puts arrows together. Dashes and arrow heads beyond ASCII are refused, inside patterns too.
 *
 * Source: the openCypher 9 grammar for names and numbers; Neo4j's manual for `_` between digits. Octal numbers are `0o17`; a leading zero is refused, as
 * it has meant octal in some versions and decimal in others.
 */
import type { PolylogError } from '../../platform/errors.ts';
import { fromBigInt } from '../../value/int8.ts';
import { errorAt } from './syntax-error.ts';
import type { Token } from './token.ts';

const BLANKS = /\s+/uy;
const WORD = /[\p{ID_Start}\p{Pc}][\p{ID_Continue}\p{Sc}]*/uy;
const PARAMETER_NAME = /[\p{ID_Continue}]+/uy;
const NUMBER = /0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|(?:[0-9][0-9_]*)?(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?/uy;
/** Longer ones first. */
const SYMBOL = /\.\.|<>|<=|>=|=~|\+=|\|\||::|[()[\]{},;.:+\-*/%^=<>|&!]/y;

export function tokenize(text: string): Token[] {
	return new Lexer(text).all();
}

class Lexer {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	all(): Token[] {
		const tokens: Token[] = [];
		for (;;) {
			this.#skipBlanks();
			if (this.#at >= this.#text.length) break;
			tokens.push(this.#next());
		}
		tokens.push({ kind: 'end', text: '', start: this.#text.length, end: this.#text.length });
		return tokens;
	}

	#skipBlanks(): void {
		for (;;) {
			this.#match(BLANKS);
			if (this.#text.startsWith('//', this.#at)) {
				while (this.#at < this.#text.length && !isLineEnd(this.#text.charCodeAt(this.#at))) this.#at++;
			} else if (this.#text.startsWith('/*', this.#at)) {
				const end = this.#text.indexOf('*/', this.#at + 2);
				if (end === -1) throw this.#error('UnexpectedSyntax', 'comment without its end: expected */', this.#at);
				this.#at = end + 2;
			} else return;
		}
	}

	#next(): Token {
		const start = this.#at;
		const code = this.#text.charCodeAt(start);
		if (code === QUOTE || code === DOUBLE_QUOTE) return this.#string(code);
		if (code === BACKTICK) return { kind: 'name', text: this.#backticked(), start, end: this.#at };
		if (code === DOLLAR) return this.#parameter();
		if (isDigit(code) || (code === DOT && isDigit(this.#text.charCodeAt(start + 1)))) return this.#number();
		const word = this.#match(WORD);
		if (word !== '') return { kind: 'word', text: word, upper: word.toUpperCase(), start, end: this.#at };
		const symbol = this.#match(SYMBOL);
		if (symbol !== '') return { kind: 'symbol', text: symbol, start, end: this.#at };
		const character = String.fromCodePoint(this.#text.codePointAt(start)!);
		const detail = character > '\x7f' ? 'InvalidUnicodeCharacter' : 'UnexpectedSyntax';
		throw this.#error(detail, `invalid input ${quoted(character)}`, start);
	}

	/** What a sticky pattern finds here; '' for nothing. */
	#match(pattern: RegExp): string {
		pattern.lastIndex = this.#at;
		const found = pattern.exec(this.#text)?.[0] ?? '';
		this.#at += found.length;
		return found;
	}

	/** A backtick inside is written twice. */
	#backticked(): string {
		const start = this.#at;
		let name = '';
		for (;;) {
			const end = this.#text.indexOf('`', this.#at + 1);
			if (end === -1) throw this.#error('UnexpectedSyntax', 'name without its end: expected `', start);
			name += this.#text.slice(this.#at + 1, end);
			this.#at = end + 1;
			if (this.#text.charCodeAt(this.#at) !== BACKTICK) return name;
			name += '`';
		}
	}

	#parameter(): Token {
		const start = this.#at++;
		if (this.#text.charCodeAt(this.#at) === BACKTICK) return { kind: 'parameter', text: this.#backticked(), start, end: this.#at };
		const text = this.#match(PARAMETER_NAME);
		if (text === '') throw this.#error('UnexpectedSyntax', 'expected the name of a parameter after $', start);
		return { kind: 'parameter', text, start, end: this.#at };
	}

	#number(): Token {
		const start = this.#at;
		const text = this.#match(NUMBER);
		this.#match(WORD);
		const written = this.#text.slice(start, this.#at);
		const bare = text.replaceAll('_', '');
		const isPrefixed = /^0[xo]/iu.test(bare);
		if (written !== text || text.endsWith('_') || text.includes('__') || (isPrefixed && bare.length === 2))
			throw this.#error('InvalidNumberLiteral', `invalid number ${quoted(written)}`, start);
		if (!isPrefixed && /[.eE]/u.test(bare)) return this.#float(bare, start);
		if (/^0[0-9]/u.test(bare)) throw this.#error('InvalidNumberLiteral', `invalid number ${quoted(written)}: write octal numbers as 0o17`, start);
		const value = BigInt(bare.toLowerCase());
		if (value > 0x8000000000000000n) throw this.#overflow(written, start);
		return { kind: 'integer', text: written, value: fromBigInt(value), start, end: this.#at };
	}

	#float(bare: string, start: number): Token {
		const value = Number(bare);
		if (!Number.isFinite(value)) throw this.#error('FloatingPointOverflow', `floating point number ${bare} is too large`, start);
		return { kind: 'float', text: bare, value, start, end: this.#at };
	}

	#overflow(written: string, start: number): PolylogError {
		return this.#error('IntegerOverflow', `integer ${written} is too large: integers have 64 bits`, start);
	}

	#string(quote: number): Token {
		const start = this.#at++;
		let value = '';
		let runStart = this.#at;
		for (;;) {
			if (this.#at >= this.#text.length) throw this.#error('UnexpectedSyntax', `string without its end: expected ${String.fromCharCode(quote)}`, start);
			const code = this.#text.charCodeAt(this.#at);
			if (code === quote) break;
			if (code === BACKSLASH) {
				value += this.#text.slice(runStart, this.#at) + this.#escape();
				runStart = this.#at;
			} else this.#at++;
		}
		value += this.#text.slice(runStart, this.#at);
		this.#at++;
		return { kind: 'string', text: value, start, end: this.#at };
	}

	#escape(): string {
		const start = this.#at;
		const letter = this.#text.charAt(start + 1);
		this.#at += 2;
		const plain = ESCAPES.get(letter);
		if (plain !== undefined) return plain;
		if (letter === 'u' || letter === 'U') return this.#unicode(letter === 'u' ? 4 : 8, start);
		throw this.#error(
			'UnexpectedSyntax',
			`invalid escape ${quoted(`\\${letter}`)}: expected one of \\\\ \\' \\" \\\` \\b \\f \\n \\r \\t \\uXXXX \\UXXXXXXXX`,
			start,
		);
	}

	#unicode(digits: number, start: number): string {
		const hex = this.#text.slice(this.#at, this.#at + digits);
		const point = /^[0-9a-fA-F]+$/u.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
		if (point < 0 || point > 0x10ffff)
			throw this.#error('InvalidUnicodeLiteral', `invalid escape: expected ${digits} hexadecimal digits of a character of Unicode`, start);
		this.#at += digits;
		return String.fromCodePoint(point);
	}

	#error(detail: string, message: string, at: number): PolylogError {
		return errorAt(this.#text, 'SyntaxError', detail, message, at);
	}
}

const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKTICK = 96;
const BACKSLASH = 92;
const DOLLAR = 36;
const DOT = 46;

const ESCAPES = new Map([
	['\\', '\\'],
	["'", "'"],
	['"', '"'],
	['`', '`'],
	['b', '\b'],
	['f', '\f'],
	['n', '\n'],
	['r', '\r'],
	['t', '\t'],
]);

function isDigit(code: number): boolean {
	return code >= 48 && code <= 57;
}

function isLineEnd(code: number): boolean {
	return code === 10 || code === 13;
}

function quoted(text: string): string {
	return `'${text}'`;
}
