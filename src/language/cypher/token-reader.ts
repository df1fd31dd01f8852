/**
 * The parser's place in the tokens: looking ahead, taking what is expected, going back, and saying what was expected where nothing fits.
 *
 * Each question (`isWord`, `isSymbol`) at the furthest token reached is remembered, so that an error lists what could have stood there. Trying a reading and giving it up
 * (`attempt`) costs no more than the reading: places where a try failed are remembered by the parser, see `parse-pattern.ts`.
 */
import type { PolylogError } from '../../platform/errors.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Identifier, Spanned } from './ast.ts';
import { lineAndColumn } from './position.ts';
import { errorAt } from './syntax-error.ts';
import type { Token } from './token.ts';

/** How deep expressions, lists, maps, patterns and subqueries may be nested. */
export const DEPTH_MAX = 200;
/** How many operators of one level may follow each other; AND and OR are without limit. */
export const CHAIN_MAX = 1000;

/** What ends a reading that is only tried: nobody sees it. */
const MISMATCH = new Error('the tokens do not match');

/** More would not be read. */
const EXPECTED_MAX = 12;

export class TokenReader {
	readonly text: string;
	readonly #tokens: readonly Token[];
	#index = 0;
	#depth = 0;
	/** Readings under way that may be given up. */
	#attempts = 0;
	/** The furthest token at which something was asked, and what. */
	#furthest = 0;
	readonly #expected = new Set<string>();
	/** Tokens at which a relationship pattern was tried as an expression, in vain. */
	readonly noPattern = new Set<number>();
	/** Names that were bound somewhere before: a keyword among them may be meant as a variable. */
	readonly boundNames = new Set<string>();
	/** Inside `[x IN list WHERE … | …]` and kin, where `|` ends a label expression. */
	barEnds = false;

	constructor(text: string, tokens: readonly Token[]) {
		this.text = text;
		this.#tokens = tokens;
	}

	/** The place among the tokens, to go back to. */
	get index(): number {
		return this.#index;
	}

	get current(): Token {
		return this.#tokens[this.#index]!;
	}

	/** The token `distance` after the current one. */
	peek(distance: number): Token {
		return this.#tokens[Math.min(this.#index + distance, this.#tokens.length - 1)]!;
	}

	/** Where the last token taken ended. */
	get lastEnd(): number {
		return this.#index === 0 ? 0 : this.#tokens[this.#index - 1]!.end;
	}

	goTo(index: number): void {
		this.#index = index;
	}

	advance(): Token {
		const token = this.current;
		if (token.kind !== 'end') this.#index++;
		return token;
	}

	/** From a start to the last token taken. */
	from(start: number): Spanned {
		return { start, end: this.lastEnd };
	}

	/** Remembers that `what` could stand here. */
	expecting(what: string): void {
		if (this.#index > this.#furthest) {
			this.#furthest = this.#index;
			this.#expected.clear();
		}
		if (this.#index === this.#furthest) this.#expected.add(what);
	}

	/** True at a keyword, given in capitals. */
	isWord(word: string): boolean {
		this.expecting(word);
		const token = this.current;
		return token.kind === 'word' && token.upper === word;
	}

	/** True when the tokens from here are these keywords. */
	areWords(...words: readonly string[]): boolean {
		this.expecting(words.join(' '));
		return words.every((word, i) => this.wordAt(i, word));
	}

	/** True when the token at a distance is this keyword; nothing is remembered. */
	wordAt(distance: number, word: string): boolean {
		const token = this.peek(distance);
		return token.kind === 'word' && token.upper === word;
	}

	isSymbol(symbol: string): boolean {
		this.expecting(`'${symbol}'`);
		return this.symbolAt(0, symbol);
	}

	symbolAt(distance: number, symbol: string): boolean {
		const token = this.peek(distance);
		return token.kind === 'symbol' && token.text === symbol;
	}

	/** Takes the keywords if they stand here. */
	takeWords(...words: readonly string[]): boolean {
		if (!this.areWords(...words)) return false;
		this.#index += words.length;
		return true;
	}

	takeSymbol(symbol: string): boolean {
		if (!this.isSymbol(symbol)) return false;
		this.#index++;
		return true;
	}

	expectWords(...words: readonly string[]): void {
		if (!this.takeWords(...words)) throw this.unexpected();
	}

	expectSymbol(symbol: string): void {
		if (!this.takeSymbol(symbol)) throw this.unexpected();
	}

	/** A name of any kind: a bare word, a keyword too, or one in backticks. */
	isName(): boolean {
		return this.current.kind === 'word' || this.current.kind === 'name';
	}

	/** Takes a label, type, property key or the like. */
	name(what: string): Identifier {
		this.expecting(what);
		if (!this.isName()) throw this.unexpected();
		const token = this.advance();
		return { kind: 'identifier', name: token.text, start: token.start, end: token.end };
	}

	/** Takes the name of a variable that is bound here. */
	bindingName(what = 'a variable'): Identifier {
		const identifier = this.name(what);
		this.boundNames.add(identifier.name);
		return identifier;
	}

	/** Items parted by commas, at least one. */
	list<T>(item: () => T): T[] {
		const items = [item()];
		while (this.takeSymbol(',')) items.push(item());
		return items;
	}

	/** The error that nothing fits at the furthest token that was looked at. */
	unexpected(): Error {
		if (this.#attempts > 0) return MISMATCH;
		if (this.#index > this.#furthest) {
			this.#furthest = this.#index;
			this.#expected.clear();
		}
		const token = this.#tokens[this.#furthest]!;
		const met = token.kind === 'end' ? 'unexpected end of the query' : `invalid input '${shortened(this.text.slice(token.start, token.end))}'`;
		const expected = [...this.#expected];
		const wanted = expected.length === 0 ? '' : `: expected ${listed(expected)}`;
		return errorAt(this.text, 'SyntaxError', 'UnexpectedSyntax', met + wanted, token.start);
	}

	/** An error about what has been read, with openCypher's name for it. */
	error(detail: string, message: string, at: Spanned): Error {
		if (this.#attempts > 0) return MISMATCH;
		return errorAt(this.text, 'SyntaxError', detail, message, at.start);
	}

	/** Runs `read` one level deeper. */
	nested<T>(read: () => T): T {
		if (this.#depth === DEPTH_MAX) throw this.#tooDeep();
		this.#depth++;
		const result = read();
		this.#depth--;
		return result;
	}

	/** Tries a reading; null, with the place as it was before, where its syntax is not met. */
	attempt<T>(read: () => T): T | null {
		const index = this.#index;
		const depth = this.#depth;
		this.#attempts++;
		try {
			return read();
		} catch (error) {
			if (error !== MISMATCH) throw error;
			this.#index = index;
			this.#depth = depth;
			return null;
		} finally {
			this.#attempts--;
		}
	}

	/** Reads with `|` as the end of a label expression, or not. */
	withBar<T>(barEnds: boolean, read: () => T): T {
		const before = this.barEnds;
		this.barEnds = barEnds;
		try {
			return read();
		} finally {
			this.barEnds = before;
		}
	}

	#tooDeep(): PolylogError {
		const start = this.current.start;
		const { line, column } = lineAndColumn(this.text, start);
		return sqlError('54001', `the query is nested too deeply: more than ${DEPTH_MAX} levels (line ${line}, column ${column} (offset: ${start}))`, {
			position: start + 1,
			hint: 'Bind inner parts to variables with WITH.',
		});
	}

	tooLong(at: Spanned): PolylogError {
		const { line, column } = lineAndColumn(this.text, at.start);
		return sqlError('54001', `more than ${CHAIN_MAX} operators follow each other (line ${line}, column ${column} (offset: ${at.start}))`, {
			position: at.start + 1,
			hint: 'Use a list and reduce() or a parameter.',
		});
	}
}

function shortened(text: string): string {
	return text.length <= 30 ? text : `${text.slice(0, 30)}…`;
}

function listed(items: readonly string[]): string {
	const shown = items.length > EXPECTED_MAX ? [...items.slice(0, EXPECTED_MAX), '…'] : items;
	return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}
