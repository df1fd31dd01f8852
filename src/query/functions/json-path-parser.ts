/**
 * Reads the text of a jsonpath: a scanner, and recursive descent by the priorities of operators (|| < && < comparison < + - <
 * * / % < sign < accessors). Trees are cached by text.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import {
	type ArithmeticOperator,
	type ComparisonOperator,
	isPredicate,
	type JsonPath,
	type PathExpression,
	type PathMethod,
	type PathStep,
} from './json-path-tree.ts';
import { compileRegex } from './regular-expression.ts';

const CACHE_MAX = 256;
const cache = new Map<string, JsonPath>();

/** The tree of a path; 42601 where the text is none. */
export function parseJsonPath(text: string): JsonPath {
	const known = cache.get(text);
	if (known !== undefined) return known;
	if (text.trim() === '') throw sqlError('22P02', `invalid input syntax for type jsonpath: "${text}"`);
	const made = new PathParser(text).parse();
	if (cache.size >= CACHE_MAX) cache.clear();
	cache.set(text, made);
	return made;
}

type Token =
	| { readonly kind: 'mark'; readonly text: string }
	| { readonly kind: 'word'; readonly text: string; readonly isEscaped: boolean }
	| { readonly kind: 'string' | 'variable'; readonly text: string }
	| { readonly kind: 'number'; readonly text: string }
	| { readonly kind: 'end'; readonly text: '' };

const MARKS = ['==', '!=', '<>', '<=', '>=', '&&', '||', '**', '<', '>', '!', '?', '(', ')', '[', ']', '{', '}', '.', ',', '*', '+', '-', '/', '%', '@', '$'];
const NUMBER = /(?:0[xob][0-9a-f]+|(?:0|[1-9]\d*)(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)/iy;
const SPACE = /(?:\s+|\/\*[\s\S]*?\*\/)*/y;
/** Ends an unquoted word. */
const SPECIAL = /[?%$.[\]{}()|&!=<>@#,*:\-+/"\s]/;

class PathScanner {
	readonly text: string;
	at = 0;

	constructor(text: string) {
		this.text = text;
	}

	next(): Token {
		SPACE.lastIndex = this.at;
		this.at += SPACE.exec(this.text)![0].length;
		if (this.at >= this.text.length) return { kind: 'end', text: '' };
		const character = this.text[this.at]!;
		if (character === '"') return { kind: 'string', text: this.#quoted() };
		if (character === '$' && this.#startsVariable()) return this.#variable();
		if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(this.text[this.at + 1] ?? ''))) return this.#number();
		const mark = MARKS.find((candidate) => this.text.startsWith(candidate, this.at));
		if (mark !== undefined) {
			this.at += mark.length;
			return { kind: 'mark', text: mark };
		}
		return this.#word();
	}

	#startsVariable(): boolean {
		const next = this.text[this.at + 1];
		return next === '"' || (next !== undefined && (!SPECIAL.test(next) || next === '\\'));
	}

	#variable(): Token {
		this.at++;
		const text = this.text[this.at] === '"' ? this.#quoted() : this.#word().text;
		return { kind: 'variable', text };
	}

	#number(): Token {
		NUMBER.lastIndex = this.at;
		const text = NUMBER.exec(this.text)![0];
		this.at += text.length;
		const next = this.text[this.at];
		if (next !== undefined && /[A-Za-z0-9_]/.test(next)) {
			throw sqlError('42601', `trailing junk after numeric literal at or near "${text}${next}" of jsonpath input`);
		}
		return { kind: 'number', text };
	}

	#word(): Token {
		let text = '';
		let isEscaped = false;
		while (this.at < this.text.length && !SPECIAL.test(this.text[this.at]!)) {
			if (this.text[this.at] === '\\') {
				isEscaped = true;
				text += this.#escape();
			} else text += this.text[this.at++];
		}
		if (text === '') throw this.failure(this.text[this.at]!);
		return { kind: 'word', text, isEscaped };
	}

	#quoted(): string {
		let text = '';
		this.at++;
		for (;;) {
			const character = this.text[this.at];
			if (character === undefined) throw sqlError('42601', `unterminated quoted string at end of jsonpath input`);
			if (character === '"') break;
			if (character === '\\') text += this.#escape();
			else {
				text += character;
				this.at++;
			}
		}
		this.at++;
		return text;
	}

	/** The character of a backslash sequence. */
	#escape(): string {
		const match = /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^ux])|([\s\S]))/y;
		match.lastIndex = this.at;
		const found = match.exec(this.text);
		if (found === null) throw sqlError('42601', 'unexpected end after backslash at end of jsonpath input');
		if (found[5] !== undefined) {
			throw sqlError('42601', `invalid ${found[5] === 'u' ? 'Unicode' : 'hexadecimal character'} escape sequence at or near "${found[0]}" of jsonpath input`);
		}
		this.at += found[0].length;
		const code = found[1] ?? found[2] ?? found[3];
		if (code === undefined) return CONTROL_ESCAPES.get(found[4]!) ?? found[4]!;
		const number = Number.parseInt(code, 16);
		if (number === 0) throw sqlError('22P05', 'unsupported Unicode escape sequence', { detail: '\\u0000 cannot be converted to text.' });
		return number >= 0xd800 && number <= 0xdfff ? String.fromCharCode(number) : String.fromCodePoint(number);
	}

	failure(near: string): Error {
		return sqlError('42601', near === '' ? 'syntax error at end of jsonpath input' : `syntax error at or near "${near}" of jsonpath input`);
	}
}

const CONTROL_ESCAPES: ReadonlyMap<string, string> = new Map([
	['b', '\b'],
	['f', '\f'],
	['n', '\n'],
	['r', '\r'],
	['t', '\t'],
	['v', '\v'],
]);

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map<string, ComparisonOperator>([
	['==', '=='],
	['!=', '!='],
	['<>', '!='],
	['<', '<'],
	['<=', '<='],
	['>', '>'],
	['>=', '>='],
]);

const METHODS: ReadonlySet<string> = new Set(['type', 'size', 'abs', 'floor', 'ceiling', 'double', 'keyvalue', 'datetime']);

class PathParser {
	readonly scanner: PathScanner;
	token: Token;
	/** How many filters and how many subscripts are open: `@` and `last` need one. */
	filterDepth = 0;
	subscriptDepth = 0;

	constructor(text: string) {
		this.scanner = new PathScanner(text);
		this.token = this.scanner.next();
	}

	parse(): JsonPath {
		const isStrict = this.acceptWord('strict');
		if (!isStrict) this.acceptWord('lax');
		const expression = this.disjunction();
		if (this.token.kind !== 'end') throw this.scanner.failure(this.token.text);
		return { isStrict, expression };
	}

	advance(): Token {
		const token = this.token;
		this.token = this.scanner.next();
		return token;
	}

	accept(mark: string): boolean {
		if (this.token.kind !== 'mark' || this.token.text !== mark) return false;
		this.advance();
		return true;
	}

	/** Key words are known in lower case only for true, false and null; others in any case. */
	acceptWord(word: string): boolean {
		if (!this.isWord(word)) return false;
		this.advance();
		return true;
	}

	isWord(word: string): boolean {
		return this.token.kind === 'word' && !this.token.isEscaped && this.token.text.toLowerCase() === word;
	}

	expect(mark: string): void {
		if (!this.accept(mark)) throw this.scanner.failure(this.token.text);
	}

	expectWord(word: string): void {
		if (!this.acceptWord(word)) throw this.scanner.failure(this.token.text);
	}

	disjunction(): PathExpression {
		let left = this.conjunction();
		while (this.accept('||')) left = { kind: 'or', left: this.predicate(left), right: this.predicate(this.conjunction()) };
		return left;
	}

	conjunction(): PathExpression {
		let left = this.comparison();
		while (this.accept('&&')) left = { kind: 'and', left: this.predicate(left), right: this.predicate(this.comparison()) };
		return left;
	}

	/** Only predicates may be combined. */
	predicate(expression: PathExpression): PathExpression {
		if (!isPredicate(expression)) throw this.scanner.failure(this.token.text);
		return expression;
	}

	comparison(): PathExpression {
		const left = this.sum();
		const operator = this.token.kind === 'mark' ? COMPARISONS.get(this.token.text) : undefined;
		if (operator !== undefined) {
			this.advance();
			return { kind: 'comparison', operator, left, right: this.sum() };
		}
		if (this.acceptWord('starts')) {
			this.expectWord('with');
			return { kind: 'starts-with', operand: left, prefix: this.startsWithOperand() };
		}
		if (this.acceptWord('like_regex')) return this.likeRegex(left);
		return left;
	}

	startsWithOperand(): PathExpression {
		const token = this.advance();
		if (token.kind === 'string') return { kind: 'string', value: token.text };
		if (token.kind === 'variable') return { kind: 'variable', name: token.text };
		throw this.scanner.failure(token.text);
	}

	likeRegex(operand: PathExpression): PathExpression {
		const pattern = this.advance();
		if (pattern.kind !== 'string') throw this.scanner.failure(pattern.text);
		let flags = '';
		if (this.acceptWord('flag')) {
			const token = this.advance();
			if (token.kind !== 'string') throw this.scanner.failure(token.text);
			flags = normalFlags(token.text);
		}
		compileRegex(pattern.text, regexFlags(flags));
		return { kind: 'like-regex', operand, pattern: pattern.text, flags };
	}

	sum(): PathExpression {
		let left = this.product();
		for (;;) {
			const operator = this.token.kind === 'mark' && (this.token.text === '+' || this.token.text === '-') ? this.token.text : null;
			if (operator === null) return left;
			this.advance();
			left = { kind: 'arithmetic', operator, left, right: this.product() };
		}
	}

	product(): PathExpression {
		let left = this.signed();
		for (;;) {
			const text = this.token.kind === 'mark' ? this.token.text : '';
			if (text !== '*' && text !== '/' && text !== '%') return left;
			this.advance();
			left = { kind: 'arithmetic', operator: text as ArithmeticOperator, left, right: this.signed() };
		}
	}

	signed(): PathExpression {
		for (const operator of ['-', '+'] as const) {
			if (!this.accept(operator)) continue;
			const operand = this.signed();
			if (operand.kind !== 'number') return { kind: 'unary', operator, operand };
			return operator === '-' ? { kind: 'number', value: operand.value.negate() } : operand;
		}
		return this.accessors();
	}

	accessors(): PathExpression {
		const start = this.primary();
		const steps: PathStep[] = [];
		for (let step = this.step(); step !== null; step = this.step()) steps.push(step);
		return steps.length === 0 ? start : { kind: 'steps', start, steps };
	}

	primary(): PathExpression {
		const token = this.advance();
		switch (token.kind) {
			case 'string':
				return { kind: 'string', value: token.text };
			case 'variable':
				return { kind: 'variable', name: token.text };
			case 'number':
				return { kind: 'number', value: Decimal.parse(token.text) };
			case 'mark':
				return this.markPrimary(token.text);
			case 'word':
				return this.wordPrimary(token.text);
			default:
				throw this.scanner.failure('');
		}
	}

	markPrimary(mark: string): PathExpression {
		switch (mark) {
			case '$':
				return { kind: 'root' };
			case '@':
				if (this.filterDepth === 0) throw sqlError('42601', '@ is not allowed in root expressions');
				return { kind: 'current' };
			case '(':
				return this.brackets();
			case '!':
				return this.negation();
			default:
				throw this.scanner.failure(mark);
		}
	}

	brackets(): PathExpression {
		const inner = this.disjunction();
		this.expect(')');
		if (isPredicate(inner) && this.acceptWord('is')) {
			this.expectWord('unknown');
			return { kind: 'is-unknown', operand: inner };
		}
		return inner;
	}

	negation(): PathExpression {
		if (this.accept('(')) {
			const operand = this.predicate(this.disjunction());
			this.expect(')');
			return { kind: 'not', operand };
		}
		this.expectWord('exists');
		return { kind: 'not', operand: this.existence() };
	}

	existence(): PathExpression {
		this.expect('(');
		const operand = this.disjunction();
		this.expect(')');
		return { kind: 'exists', operand };
	}

	wordPrimary(word: string): PathExpression {
		switch (word) {
			case 'true':
				return { kind: 'boolean', value: true };
			case 'false':
				return { kind: 'boolean', value: false };
			case 'null':
				return { kind: 'null' };
		}
		if (word.toLowerCase() === 'exists') return this.existence();
		if (word.toLowerCase() === 'last') {
			if (this.subscriptDepth === 0) throw sqlError('42601', 'LAST is allowed only in array subscripts');
			return { kind: 'last' };
		}
		throw this.scanner.failure(word);
	}

	step(): PathStep | null {
		if (this.accept('[')) return this.subscripts();
		if (this.accept('?')) return this.filter();
		if (!this.accept('.')) return null;
		if (this.accept('*')) return { kind: 'any-key' };
		if (this.accept('**')) return this.levels();
		const token = this.advance();
		if (token.kind === 'string' || token.kind === 'variable') return { kind: 'key', name: token.kind === 'variable' ? `$${token.text}` : token.text };
		if (token.kind !== 'word') throw this.scanner.failure(token.text);
		if (!token.isEscaped && METHODS.has(token.text.toLowerCase()) && this.accept('(')) return this.method(token.text.toLowerCase() as PathMethod);
		return { kind: 'key', name: token.text };
	}

	method(name: PathMethod): PathStep {
		let argument: string | null = null;
		if (name === 'datetime' && this.token.kind === 'string') argument = this.advance().text;
		this.expect(')');
		return { kind: 'method', name, argument };
	}

	filter(): PathStep {
		this.expect('(');
		this.filterDepth++;
		const predicate = this.predicate(this.disjunction());
		this.filterDepth--;
		this.expect(')');
		return { kind: 'filter', predicate };
	}

	subscripts(): PathStep {
		if (this.accept('*')) {
			this.expect(']');
			return { kind: 'any-element' };
		}
		this.subscriptDepth++;
		const ranges: { from: PathExpression; to: PathExpression | null }[] = [];
		do {
			const from = this.sum();
			ranges.push({ from, to: this.acceptWord('to') ? this.sum() : null });
		} while (this.accept(','));
		this.subscriptDepth--;
		this.expect(']');
		return { kind: 'elements', ranges };
	}

	levels(): PathStep {
		if (!this.accept('{')) return { kind: 'any-level', first: 0, last: Number.POSITIVE_INFINITY };
		const first = this.level();
		const last = this.acceptWord('to') ? this.level() : first;
		this.expect('}');
		return { kind: 'any-level', first, last };
	}

	level(): number {
		if (this.acceptWord('last')) return Number.POSITIVE_INFINITY;
		const token = this.advance();
		if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw this.scanner.failure(token.text);
		return Number(token.text);
	}
}

/** Flags in the order they are printed. */
function normalFlags(flags: string): string {
	for (const flag of flags) {
		if (!'ismxq'.includes(flag)) {
			throw sqlError('42601', 'invalid input syntax for type jsonpath', { detail: `Unrecognized flag character "${flag}" in LIKE_REGEX predicate.` });
		}
	}
	if (flags.includes('x') && !flags.includes('q')) {
		throw sqlError('0A000', 'XQuery "x" flag (expanded regular expressions) is not implemented');
	}
	return [...'ismxq'].filter((flag) => flags.includes(flag)).join('');
}

/** The letters of our own regular expressions: without `s` a dot stops at newlines, with `m` anchors match at lines. */
export function regexFlags(flags: string): string {
	if (flags.includes('q')) return flags.includes('i') ? 'qi' : 'q';
	const lines = flags.includes('m') ? (flags.includes('s') ? 'w' : 'n') : flags.includes('s') ? 's' : 'p';
	return flags.includes('i') ? `${lines}i` : lines;
}
