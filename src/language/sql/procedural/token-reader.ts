/**
 * The tokens of a PL/pgSQL body, one ahead at a time, and the pieces of SQL text between them: a piece ends at the first of some
 * words or symbols that stands outside of parentheses and brackets.
 */
import { sqlError } from '../../../platform/errors.ts';
import { SqlScanner, type TokenKind } from '../scanner.ts';

export interface Token {
	readonly kind: TokenKind;
	/** Upper case of a plain word; '' for others. */
	readonly word: string;
	/** As an identifier: folded, or between its quotes; '' for others. */
	readonly name: string;
	readonly start: number;
	readonly end: number;
	readonly text: string;
}

const PAIRS: ReadonlySet<string> = new Set([':=', '..', '<<', '>>', '<=', '>=', '<>', '!=', '=>', '::']);

export class TokenReader {
	readonly text: string;
	readonly #tokens: Token[] = [];
	#at = 0;
	/** Places of line ends. */
	readonly #lineStarts: number[] = [0];

	constructor(text: string) {
		this.text = text;
		for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 10) this.#lineStarts.push(i + 1);
		const scanner = new SqlScanner(text);
		while (scanner.nextSolid() !== 'end') this.#take(scanner);
		this.#tokens.push({ kind: 'end', word: '', name: '', start: text.length, end: text.length, text: '' });
	}

	#take(scanner: SqlScanner): void {
		const { text } = this;
		let { start, end } = scanner;
		const { kind } = scanner;
		const before = this.#tokens.at(-1);
		if (kind === 'number') this.#takeNumber(start, end);
		else if (kind === 'symbol' && before !== undefined && before.kind === 'symbol' && before.end === start && PAIRS.has(before.text + text[start]!)) {
			this.#tokens.pop();
			start = before.start;
			this.#push(kind, start, end);
		} else {
			end = scanner.end;
			this.#push(kind, start, end);
		}
	}

	/** `1..10` is two numbers and a range. */
	#takeNumber(start: number, end: number): void {
		const range = this.text.slice(start, end).indexOf('..');
		if (range < 0) {
			this.#push('number', start, end);
			return;
		}
		if (range > 0) this.#push('number', start, start + range);
		this.#push('symbol', start + range, start + range + 2);
		const rest = new SqlScanner(this.text.slice(0, end), start + range + 2);
		while (rest.nextSolid() !== 'end') this.#take(rest);
	}

	#push(kind: TokenKind, start: number, end: number): void {
		const text = this.text.slice(start, end);
		const name = kind === 'word' ? text.toLowerCase() : kind === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : kind === 'parameter' ? text : '';
		this.#tokens.push({ kind, word: kind === 'word' ? text.toUpperCase() : '', name, start, end, text });
	}

	get token(): Token {
		return this.#tokens[this.#at]!;
	}

	peek(ahead = 1): Token {
		return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
	}

	next(): Token {
		const token = this.#tokens[this.#at]!;
		if (token.kind !== 'end') this.#at++;
		return token;
	}

	/** Where the next token is: to be given to `goTo`. */
	get place(): number {
		return this.#at;
	}

	goTo(place: number): void {
		this.#at = place;
	}

	lineOf(position: number): number {
		let low = 0;
		let high = this.#lineStarts.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#lineStarts[middle]! <= position) low = middle;
			else high = middle - 1;
		}
		return low + 1;
	}

	get line(): number {
		return this.lineOf(this.token.start);
	}

	isWord(...words: readonly string[]): boolean {
		const { word } = this.token;
		return word !== '' && words.includes(word);
	}

	isSymbol(symbol: string): boolean {
		const { token } = this;
		return token.kind === 'symbol' && token.text === symbol;
	}

	acceptWord(word: string): boolean {
		if (!this.isWord(word)) return false;
		this.next();
		return true;
	}

	acceptSymbol(symbol: string): boolean {
		if (!this.isSymbol(symbol)) return false;
		this.next();
		return true;
	}

	expectWord(word: string): void {
		if (!this.acceptWord(word)) throw this.syntaxError();
	}

	expectSymbol(symbol: string): void {
		if (!this.acceptSymbol(symbol)) throw this.syntaxError();
	}

	/** A name, quoted or not. */
	identifier(): string {
		const { token } = this;
		if (token.kind !== 'word' && token.kind !== 'quoted') throw this.syntaxError();
		this.next();
		return token.name;
	}

	syntaxError(token = this.token): Error {
		return sqlError('42601', token.kind === 'end' ? 'syntax error at end of input' : `syntax error at or near "${token.text}"`);
	}

	/**
	 * The text from here up to the first of these words or symbols, which is not taken; `missing` is what the error says is expected.
	 * CASE … END inside is passed over as a whole.
	 */
	until(words: readonly string[], symbols: readonly string[], missing: string): { readonly text: string; readonly start: number } {
		const { start } = this.token;
		let end = start;
		let depth = 0;
		let cases = 0;
		for (;;) {
			const { token } = this;
			if (token.kind === 'end') throw this.#missing(missing);
			if (depth === 0 && cases === 0 && this.#isStop(token, words, symbols)) break;
			if (token.kind === 'symbol') {
				if (token.text === '(' || token.text === '[') depth++;
				else if (token.text === ')' || token.text === ']') depth--;
				if (token.text === ';' && !symbols.includes(';')) throw this.#missing(missing);
				if (depth < 0) throw sqlError('42601', 'mismatched parentheses');
				if (token.text === ';' && depth > 0) throw sqlError('42601', 'mismatched parentheses');
			}
			if (token.word === 'CASE') cases++;
			else if (token.word === 'END' && cases > 0) cases--;
			end = token.end;
			this.next();
		}
		if (end === start && end === this.token.start)
			throw sqlError('42601', this.isSymbol(';') ? 'missing expression at or near ";"' : `missing expression at or near "${this.token.text}"`);
		return { text: this.text.slice(start, end), start };
	}

	#missing(missing: string): Error {
		return sqlError('42601', `missing "${missing}" at end of SQL expression`);
	}

	#isStop(token: Token, words: readonly string[], symbols: readonly string[]): boolean {
		return token.word !== '' ? words.includes(token.word) : token.kind === 'symbol' && symbols.includes(token.text);
	}
}
