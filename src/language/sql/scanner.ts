/**
 * A scanner of SQL's lexical level, just enough to find the ends of statements and of rows of VALUES without parsing: quotes,
 * dollar quotes, comments (nested), identifiers, numbers, symbols. Strings follow standard_conforming_strings = on. Indexes are
 * those of the JavaScript string. Unterminated tokens end at the end of the text; the parser reports them.
 */

export type TokenKind = 'space' | 'string' | 'quoted' | 'word' | 'number' | 'parameter' | 'symbol' | 'end';

export interface StatementText {
	readonly text: string;
	/** Index of the first character in the whole text. */
	readonly start: number;
}

export class SqlScanner {
	readonly text: string;
	kind: TokenKind = 'space';
	start = 0;
	end = 0;

	constructor(text: string, at = 0) {
		this.text = text;
		this.end = at;
	}

	/** Moves to the next token; white space and comments are tokens of kind 'space'. */
	next(): TokenKind {
		const text = this.text;
		const at = this.end;
		this.start = at;
		if (at >= text.length) return (this.kind = 'end');
		const code = text.charCodeAt(at);
		if (isSpace(code)) return this.#to('space', skipSpaces(text, at));
		if (code === 0x2d && text.charCodeAt(at + 1) === 0x2d) return this.#to('space', lineEnd(text, at));
		if (code === 0x2f && text.charCodeAt(at + 1) === 0x2a) {
			const end = commentEnd(text, at);
			return this.#to('space', end < 0 ? text.length : end);
		}
		if (code === 0x27) return this.#to('string', quoteEnd(text, at, 0x27, false));
		if (code === 0x22) return this.#to('quoted', quoteEnd(text, at, 0x22, false));
		if (code === 0x24) return this.#dollar(at);
		if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(at + 1)))) return this.#to('number', numberEnd(text, at));
		if (isWordStart(code)) return this.#word(at);
		return this.#to('symbol', at + 1);
	}

	/** The next token that is not white space. */
	nextSolid(): TokenKind {
		while (this.next() === 'space');
		return this.kind;
	}

	/** True when the token is this word, in any case. */
	isWord(upper: string): boolean {
		return this.kind === 'word' && this.end - this.start === upper.length && this.text.slice(this.start, this.end).toUpperCase() === upper;
	}

	isSymbol(symbol: string): boolean {
		return this.kind === 'symbol' && this.text[this.start] === symbol;
	}

	/** A comment without an end belongs to its statement, so that the parser reports it. */
	isUnterminatedComment(): boolean {
		return this.end === this.text.length && this.text.startsWith('/*', this.start) && commentEnd(this.text, this.start) < 0;
	}

	#to(kind: TokenKind, end: number): TokenKind {
		this.end = end;
		return (this.kind = kind);
	}

	#word(at: number): TokenKind {
		const text = this.text;
		let end = at + 1;
		while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
		// A prefix glued to a quote belongs to the string: E'…' has backslash escapes; B, X, N and U& have not.
		if (end === at + 1 && text.charCodeAt(end) === 0x27) {
			const prefix = text[at]!.toLowerCase();
			if (prefix === 'e') return this.#to('string', quoteEnd(text, end, 0x27, true));
			if (prefix === 'b' || prefix === 'x' || prefix === 'n') return this.#to('string', quoteEnd(text, end, 0x27, false));
		}
		return this.#to('word', end);
	}

	#dollar(at: number): TokenKind {
		const text = this.text;
		if (isDigit(text.charCodeAt(at + 1))) {
			let end = at + 1;
			while (isDigit(text.charCodeAt(end))) end++;
			return this.#to('parameter', end);
		}
		let tag = at + 1;
		while (tag < text.length && isWordPart(text.charCodeAt(tag)) && text.charCodeAt(tag) !== 0x24) tag++;
		if (text.charCodeAt(tag) !== 0x24) return this.#to('symbol', at + 1);
		const delimiter = text.slice(at, tag + 1);
		const close = text.indexOf(delimiter, tag + 1);
		return this.#to('string', close < 0 ? text.length : close + delimiter.length);
	}
}

/** The statements of a script, without their semicolons, white space and comments around them; empty ones are left out. */
export function splitStatements(text: string): readonly StatementText[] {
	const statements: StatementText[] = [];
	const scanner = new SqlScanner(text);
	let start = -1;
	let end = 0;
	let depth = 0;
	const body = new AtomicBody();
	while (scanner.next() !== 'end') {
		if (scanner.kind === 'space' && !scanner.isUnterminatedComment()) continue;
		if (depth === 0 && body.depth === 0 && scanner.isSymbol(';')) {
			if (start >= 0) statements.push({ text: text.slice(start, end), start });
			start = -1;
			body.reset();
			continue;
		}
		if (start < 0) start = scanner.start;
		end = scanner.end;
		if (scanner.kind === 'symbol') {
			if (scanner.isSymbol('(')) depth++;
			else if (scanner.isSymbol(')') && depth > 0) depth--;
		} else if (scanner.kind === 'word') body.word(text.slice(scanner.start, scanner.end).toUpperCase());
	}
	if (start >= 0) statements.push({ text: text.slice(start, end), start });
	return statements;
}

/** Follows CREATE FUNCTION … BEGIN ATOMIC … END, whose body holds semicolons. */
class AtomicBody {
	depth = 0;
	#words = 0;
	#routine = false;
	#create = false;
	#previous = '';

	reset(): void {
		this.depth = 0;
		this.#words = 0;
		this.#routine = false;
		this.#create = false;
		this.#previous = '';
	}

	word(word: string): void {
		if (this.#words++ === 0) this.#create = word === 'CREATE';
		else if (this.#create && this.#words <= 4 && (word === 'FUNCTION' || word === 'PROCEDURE')) this.#routine = true;
		if (this.#routine) {
			if (word === 'ATOMIC' && this.#previous === 'BEGIN') this.depth++;
			else if (this.depth > 0 && word === 'CASE') this.depth++;
			else if (this.depth > 0 && word === 'END') this.depth--;
		}
		this.#previous = word;
	}
}

function isSpace(code: number): boolean {
	return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isDigit(code: number): boolean {
	return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number): boolean {
	return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code >= 0x80;
}

function isWordPart(code: number): boolean {
	return isWordStart(code) || isDigit(code) || code === 0x24;
}

function skipSpaces(text: string, at: number): number {
	let end = at + 1;
	while (end < text.length && isSpace(text.charCodeAt(end))) end++;
	return end;
}

function lineEnd(text: string, at: number): number {
	let end = at + 2;
	while (end < text.length && text.charCodeAt(end) !== 0x0a && text.charCodeAt(end) !== 0x0d) end++;
	return end;
}

/** −1 when it does not end. */
function commentEnd(text: string, at: number): number {
	let depth = 1;
	let end = at + 2;
	while (end < text.length && depth > 0) {
		const code = text.charCodeAt(end);
		const following = text.charCodeAt(end + 1);
		if (code === 0x2f && following === 0x2a) {
			depth++;
			end += 2;
		} else if (code === 0x2a && following === 0x2f) {
			depth--;
			end += 2;
		} else end++;
	}
	return depth > 0 ? -1 : end;
}

/** `at` is the opening quote. A doubled quote stands for itself. */
function quoteEnd(text: string, at: number, quote: number, backslashes: boolean): number {
	let end = at + 1;
	while (end < text.length) {
		const code = text.charCodeAt(end);
		if (backslashes && code === 0x5c) end += 2;
		else if (code === quote) {
			if (text.charCodeAt(end + 1) !== quote) return end + 1;
			end += 2;
		} else end++;
	}
	return text.length;
}

function numberEnd(text: string, at: number): number {
	let end = at;
	while (end < text.length) {
		const code = text.charCodeAt(end);
		if (isDigit(code) || code === 0x2e || isWordStart(code)) {
			end++;
			if ((code === 0x65 || code === 0x45) && (text.charCodeAt(end) === 0x2b || text.charCodeAt(end) === 0x2d)) end++;
		} else break;
	}
	return end;
}
