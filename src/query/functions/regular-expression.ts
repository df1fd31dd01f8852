/**
 * PostgreSQL's advanced regular expressions, translated to JavaScript's. A pattern is parsed to a tree, adjusted, and written as the
 * source of a RegExp with the flag `u`.
 *
 * Where the two differ in what they match first, the tree is adjusted: PostgreSQL takes the longest (or, when the first quantifier
 * is non-greedy, the shortest) match of the whole expression, JavaScript the first in order of preference. So quantifiers after a
 * leading non-greedy one become non-greedy, a trailing non-greedy one after a greedy one becomes greedy, and of plain alternatives
 * the longer come first. Expressions whose length depends on a choice deeper inside may still match another length.
 *
 * Letters and cases are Unicode's. Source: PostgreSQL manual §9.7.3. Basic regular expressions (option b) are refused.
 */
import { sqlError } from '../../platform/errors.ts';
import { guardedRegExp, type Repetition } from './guarded-regular-expression.ts';
import { escapeRegExp } from './like-pattern.ts';

type Node =
	| { readonly kind: 'text'; readonly text: string }
	/** Source that matches one character, or an assertion. */
	| { readonly kind: 'source'; readonly source: string; readonly assertion: boolean }
	| { readonly kind: 'group'; readonly open: string; readonly body: Node; readonly assertion: boolean }
	| { readonly kind: 'repeat'; readonly body: Node; readonly min: number; readonly max: number; greedy: boolean; readonly isExact: boolean }
	| { readonly kind: 'sequence'; readonly items: readonly Node[] }
	| { readonly kind: 'choice'; readonly branches: readonly Node[] };

/** Least and most repetitions; the third says that the form was `{m}`, which has no greed of its own. */
type Quantity = readonly [number, number] | readonly [number, number, true];

/** What the letters of a flags argument or of a leading `(?…)` say. */
interface RegexOptions {
	ignoreCase: boolean;
	/** `.` and `[^…]` stop at a newline. */
	dotStops: boolean;
	/** `^` and `$` match at lines. */
	lines: boolean;
	expanded: boolean;
	literal: boolean;
	global: boolean;
}

export interface CompiledRegex {
	/** Sticky to nothing, global: `lastIndex` says where a search begins. */
	readonly regExp: RegExp;
	readonly groupCount: number;
	readonly global: boolean;
	readonly repetition: Repetition;
}

const WORD = '\\p{L}\\p{Nd}_';
const REPEAT_MAX = 255;

const POSIX_CLASSES: ReadonlyMap<string, string> = new Map([
	['alpha', '\\p{L}'],
	['digit', '0-9'],
	['alnum', '\\p{L}\\p{Nd}'],
	['upper', '\\p{Lu}'],
	['lower', '\\p{Ll}'],
	['space', '\\s'],
	['blank', ' \\t'],
	['punct', '!-\\/:-@\\[-`{-~\\p{P}'],
	['cntrl', '\\x00-\\x1f\\x7f'],
	['graph', '!-~\\p{L}\\p{N}\\p{P}\\p{S}\\p{M}'],
	['print', ' -~\\p{L}\\p{N}\\p{P}\\p{S}\\p{M}'],
	['xdigit', '0-9A-Fa-f'],
	['word', WORD],
	['ascii', '\\x00-\\x7f'],
]);

function regexError(what: string): Error {
	return sqlError('2201B', `invalid regular expression: ${what}`);
}

const CACHE_MAX = 512;
const cache = new Map<string, CompiledRegex>();

/** Compiles a pattern under the letters of a flags argument; results are cached. */
export function compileRegex(pattern: string, flags = ''): CompiledRegex {
	const key = `${flags}/${pattern}`;
	const known = cache.get(key);
	if (known !== undefined) return known;
	const options: RegexOptions = { ignoreCase: false, dotStops: false, lines: false, expanded: false, literal: false, global: false };
	for (const flag of flags) applyFlag(options, flag);
	const made = compile(pattern, options);
	if (cache.size >= CACHE_MAX) cache.clear();
	cache.set(key, made);
	return made;
}

function applyFlag(options: RegexOptions, flag: string): void {
	switch (flag) {
		case 'g':
			options.global = true;
			break;
		case 'i':
			options.ignoreCase = true;
			break;
		case 'c':
			options.ignoreCase = false;
			break;
		case 'n':
		case 'm':
			options.dotStops = options.lines = true;
			break;
		case 'p':
			options.dotStops = true;
			options.lines = false;
			break;
		case 'w':
			options.dotStops = false;
			options.lines = true;
			break;
		case 's':
			options.dotStops = options.lines = false;
			break;
		case 'x':
			options.expanded = true;
			break;
		case 't':
			options.expanded = false;
			break;
		case 'q':
			options.literal = true;
			break;
		case 'e':
			break;
		case 'b':
			throw sqlError('0A000', 'basic regular expressions are not supported');
		default:
			throw sqlError('22023', `invalid regular expression option: "${flag}"`);
	}
}

const EMBEDDED = /^\(\?([a-z]+)\)/;

function compile(text: string, options: RegexOptions): CompiledRegex {
	let pattern = text;
	if (pattern.startsWith('***=')) {
		options.literal = true;
		pattern = pattern.slice(4);
	} else if (pattern.startsWith('***:')) pattern = pattern.slice(4);
	else if (pattern.startsWith('***')) throw regexError('invalid regexp (reg version 0.8)');
	if (options.literal) return finish(escapeRegExp(pattern), 0, options, PLAIN);
	const embedded = EMBEDDED.exec(pattern);
	if (embedded !== null) {
		for (const flag of embedded[1]!) {
			if (flag === 'g') throw regexError('invalid embedded option');
			applyFlag(options, flag);
		}
		pattern = pattern.slice(embedded[0].length);
		if (options.literal) return finish(escapeRegExp(pattern), 0, options, PLAIN);
	}
	const parser = new RegexParser(pattern, options);
	const tree = adjustGreed(parser.parse());
	return finish(write(tree), parser.groupCount, options, repetitionOf(tree));
}

const PLAIN: Repetition = { isNested: false, unboundedCount: 0 };

/** How the tree repeats; a repetition of at most one is none. */
function repetitionOf(tree: Node): Repetition {
	let isNested = false;
	let unboundedCount = 0;
	const visit = (node: Node, isInside: boolean): void => {
		switch (node.kind) {
			case 'text':
				return;
			case 'source':
				if (/^\(\?:\\\d/.test(node.source)) isNested = true;
				return;
			case 'group':
				visit(node.body, isInside);
				return;
			case 'repeat': {
				const repeats = node.max > 1;
				if (isInside && node.min !== node.max) isNested = true;
				if (repeats && node.max > REPEAT_MAX) unboundedCount++;
				visit(node.body, isInside || repeats);
				return;
			}
			case 'sequence':
				for (const item of node.items) visit(item, isInside);
				return;
			case 'choice':
				// Alternatives inside a repetition may overlap.
				if (isInside && node.branches.length > 1) isNested = true;
				for (const branch of node.branches) visit(branch, isInside);
		}
	};
	visit(tree, false);
	return { isNested, unboundedCount };
}

function finish(source: string, groupCount: number, options: RegexOptions, repetition: Repetition): CompiledRegex {
	let regExp: RegExp;
	try {
		regExp = guardedRegExp(source, options.ignoreCase ? 'gui' : 'gu', repetition);
	} catch (error) {
		throw sqlError('2201B', 'invalid regular expression: expression is too complex', { cause: error });
	}
	return { regExp, groupCount, global: options.global, repetition };
}

/** Recursive descent over the pattern's characters. */
class RegexParser {
	readonly characters: readonly string[];
	readonly options: RegexOptions;
	at = 0;
	groupCount = 0;
	closedGroups: number[] = [];
	lookaroundDepth = 0;

	constructor(pattern: string, options: RegexOptions) {
		this.characters = Array.from(pattern);
		this.options = options;
	}

	parse(): Node {
		const tree = this.choice();
		if (this.at < this.characters.length) throw regexError('parentheses () not balanced');
		return tree;
	}

	choice(): Node {
		const branches = [this.sequence()];
		while (this.peek() === '|') {
			this.at++;
			branches.push(this.sequence());
		}
		return branches.length === 1 ? branches[0]! : { kind: 'choice', branches: longerFirst(branches) };
	}

	sequence(): Node {
		const items: Node[] = [];
		for (;;) {
			if (this.options.expanded) this.skipBlanks();
			const next = this.peek();
			if (next === undefined || next === '|' || next === ')') break;
			if (this.skipComment()) continue;
			items.push(this.quantified(this.atom()));
		}
		return items.length === 1 ? items[0]! : { kind: 'sequence', items };
	}

	peek(): string | undefined {
		return this.characters[this.at];
	}

	startsWith(text: string): boolean {
		for (let index = 0; index < text.length; index++) if (this.characters[this.at + index] !== text[index]) return false;
		return true;
	}

	skipBlanks(): void {
		for (;;) {
			const next = this.peek();
			if (next !== undefined && /\s/.test(next)) this.at++;
			else if (next === '#') while (this.at < this.characters.length && this.characters[this.at] !== '\n') this.at++;
			else return;
		}
	}

	skipComment(): boolean {
		if (!this.startsWith('(?#')) return false;
		const end = this.characters.indexOf(')', this.at);
		if (end < 0) throw regexError('parentheses () not balanced');
		this.at = end + 1;
		return true;
	}

	quantified(atom: Node): Node {
		if (this.options.expanded) this.skipBlanks();
		const range = this.quantifier();
		if (range === null) return atom;
		if (atom.kind !== 'text' && 'assertion' in atom && atom.assertion) throw regexError('quantifier operand invalid');
		const greedy = this.peek() !== '?';
		if (!greedy) this.at++;
		const after = this.peek();
		if (after === '*' || after === '+' || after === '?' || (after === '{' && this.isBound())) throw regexError('quantifier operand invalid');
		return { kind: 'repeat', body: atom, min: range[0], max: range[1], greedy, isExact: range.length === 3 };
	}

	quantifier(): Quantity | null {
		switch (this.peek()) {
			case '*':
				this.at++;
				return [0, Number.POSITIVE_INFINITY];
			case '+':
				this.at++;
				return [1, Number.POSITIVE_INFINITY];
			case '?':
				this.at++;
				return [0, 1];
			case '{':
				return this.isBound() ? this.bound() : null;
			default:
				return null;
		}
	}

	/** A brace not followed by a digit is a plain character. */
	isBound(): boolean {
		return /[0-9]/.test(this.characters[this.at + 1] ?? '');
	}

	bound(): Quantity {
		const end = this.characters.indexOf('}', this.at);
		if (end < 0) throw regexError('braces {} not balanced');
		const match = /^([0-9]+)(,)?([0-9]+)?$/.exec(this.characters.slice(this.at + 1, end).join(''));
		if (match === null) throw regexError('invalid repetition count(s)');
		this.at = end + 1;
		const min = Number(match[1]);
		const max = match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
		if (min > REPEAT_MAX || (max > REPEAT_MAX && max !== Number.POSITIVE_INFINITY) || max < min) throw regexError('invalid repetition count(s)');
		return match[2] === undefined ? [min, max, true] : [min, max];
	}

	atom(): Node {
		const character = this.characters[this.at++]!;
		switch (character) {
			case '(':
				return this.group();
			case '[':
				return this.bracket();
			case '.':
				return matches(this.options.dotStops ? '[^\\n]' : '[^]');
			case '^':
				return asserts(this.options.lines ? '(?<![^\\n])' : '^');
			case '$':
				return asserts(this.options.lines ? '(?![^\\n])' : '$');
			case '\\':
				return this.escape();
			case '*':
			case '+':
			case '?':
				throw regexError('quantifier operand invalid');
			case '{':
				this.at--;
				if (this.isBound()) throw regexError('quantifier operand invalid');
				this.at++;
				return { kind: 'text', text: '{' };
			default:
				return { kind: 'text', text: character };
		}
	}

	group(): Node {
		const open = this.groupOpening();
		const isLookaround = open !== '(' && open !== '(?:';
		let number = 0;
		if (open === '(') number = ++this.groupCount;
		if (isLookaround) this.lookaroundDepth++;
		const body = this.choice();
		if (isLookaround) this.lookaroundDepth--;
		if (this.peek() !== ')') throw regexError('parentheses () not balanced');
		this.at++;
		if (number > 0) this.closedGroups.push(number);
		return { kind: 'group', open, body, assertion: isLookaround };
	}

	/** Groups inside a lookaround do not capture. */
	groupOpening(): string {
		if (this.peek() !== '?') return this.lookaroundDepth > 0 ? '(?:' : '(';
		for (const open of ['?:', '?=', '?!', '?<=', '?<!']) {
			if (this.startsWith(open)) {
				this.at += open.length;
				return `(${open}`;
			}
		}
		throw regexError('quantifier operand invalid');
	}

	escape(): Node {
		const character = this.characters[this.at++];
		if (character === undefined) throw regexError('invalid escape \\ sequence');
		switch (character) {
			case 'd':
				return matches('[0-9]');
			case 'D':
				return matches(this.options.dotStops ? '[^0-9\\n]' : '[^0-9]');
			case 's':
				return matches('\\s');
			case 'S':
				return matches('\\S');
			case 'w':
				return matches(`[${WORD}]`);
			case 'W':
				return matches(this.options.dotStops ? `[^${WORD}\\n]` : `[^${WORD}]`);
			case 'A':
				return asserts('(?<![^])');
			case 'Z':
				return asserts('(?![^])');
			case 'm':
				return asserts(`(?<![${WORD}])(?=[${WORD}])`);
			case 'M':
				return asserts(`(?<=[${WORD}])(?![${WORD}])`);
			case 'y':
				return asserts(`(?:(?<![${WORD}])(?=[${WORD}])|(?<=[${WORD}])(?![${WORD}]))`);
			case 'Y':
				return asserts(`(?:(?<![${WORD}])(?![${WORD}])|(?<=[${WORD}])(?=[${WORD}]))`);
			default:
				return this.backReference(character) ?? { kind: 'text', text: this.characterEscape(character) };
		}
	}

	/** `\1` to `\9`, or more digits where that many groups are closed. */
	backReference(first: string): Node | undefined {
		if (first < '1' || first > '9') return undefined;
		if (this.lookaroundDepth > 0) throw regexError('invalid backreference number');
		let digits = first;
		while (/[0-9]/.test(this.peek() ?? '') && Number(digits + this.peek()) <= this.groupCount) digits += this.characters[this.at++];
		if (!this.closedGroups.includes(Number(digits))) {
			if (digits.length === 1 && !/[0-7]/.test(this.peek() ?? '')) throw regexError('invalid backreference number');
			return undefined;
		}
		return { kind: 'source', source: `(?:\\${digits})`, assertion: false };
	}

	/** The character that an escape stands for. */
	characterEscape(character: string): string {
		const simple = SIMPLE_ESCAPES.get(character);
		if (simple !== undefined) return simple;
		switch (character) {
			case 'u':
				return this.hexadecimal(4, 4);
			case 'U':
				return this.hexadecimal(8, 8);
			case 'x':
				return this.hexadecimal(1, 255);
			case 'c': {
				const control = this.characters[this.at++];
				if (control === undefined) throw regexError('invalid escape \\ sequence');
				return String.fromCharCode(control.codePointAt(0)! & 31);
			}
			default:
				if (/[0-7]/.test(character)) return this.octal(character);
				if (/[\p{L}\p{Nd}]/u.test(character)) throw regexError('invalid escape \\ sequence');
				return character;
		}
	}

	hexadecimal(min: number, max: number): string {
		let digits = '';
		while (digits.length < max && /[0-9a-fA-F]/.test(this.peek() ?? '')) digits += this.characters[this.at++];
		const code = Number.parseInt(digits, 16);
		if (digits.length < min || !(code <= 0x10ffff)) throw regexError('invalid escape \\ sequence');
		return String.fromCodePoint(code);
	}

	octal(first: string): string {
		let digits = first;
		while (digits.length < 3 && /[0-7]/.test(this.peek() ?? '')) digits += this.characters[this.at++];
		return String.fromCharCode(Number.parseInt(digits, 8));
	}

	bracket(): Node {
		if (this.startsWith('[:<:]]')) {
			this.at += 6;
			return asserts(`(?<![${WORD}])(?=[${WORD}])`);
		}
		if (this.startsWith('[:>:]]')) {
			this.at += 6;
			return asserts(`(?<=[${WORD}])(?![${WORD}])`);
		}
		const negated = this.peek() === '^';
		if (negated) this.at++;
		let source = '';
		for (let first = true; ; first = false) {
			const next = this.peek();
			if (next === undefined) throw regexError('brackets [] not balanced');
			if (next === ']' && !first) break;
			source += this.bracketItem();
		}
		this.at++;
		if (negated) return matches(`[^${source}${this.options.dotStops ? '\\n' : ''}]`);
		return matches(`[${source}]`);
	}

	/** A class, or a character, perhaps the first of a range. */
	bracketItem(): string {
		const item = this.bracketElement();
		if (item.length > 1 && item.startsWith('!class')) return item.slice(6);
		if (this.peek() !== '-' || this.characters[this.at + 1] === ']' || this.characters[this.at + 1] === undefined) return classCharacter(item);
		this.at++;
		const end = this.bracketElement();
		if (end.startsWith('!class') || end.codePointAt(0)! < item.codePointAt(0)!) throw regexError('invalid character range');
		return `${classCharacter(item)}-${classCharacter(end)}`;
	}

	/** One character, or `!class` and the source of a class. */
	bracketElement(): string {
		const character = this.characters[this.at++]!;
		if (character === '[') {
			const mark = this.peek();
			if (mark === ':' || mark === '.' || mark === '=') return this.namedElement(mark);
		}
		if (character !== '\\') return character;
		const escaped = this.characters[this.at++];
		if (escaped === undefined) throw regexError('invalid escape \\ sequence');
		if (escaped === 'd') return '!class0-9';
		if (escaped === 's') return '!class\\s';
		if (escaped === 'w') return `!class${WORD}`;
		if (escaped === 'D') return '!class\\D';
		if (escaped === 'S') return '!class\\S';
		if (escaped === 'W') throw regexError('invalid escape \\ sequence');
		return this.characterEscape(escaped);
	}

	namedElement(mark: string): string {
		const end = this.characters.findIndex((character, index) => index > this.at && character === mark && this.characters[index + 1] === ']');
		if (end < 0) throw regexError('brackets [] not balanced');
		const name = this.characters.slice(this.at + 1, end).join('');
		this.at = end + 2;
		if (mark === ':') {
			const known = POSIX_CLASSES.get(name);
			if (known === undefined) throw regexError('invalid character class');
			return `!class${known}`;
		}
		if (Array.from(name).length !== 1) throw regexError('invalid collating element');
		return name;
	}
}

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
	['a', '\x07'],
	['b', '\b'],
	['B', '\\'],
	['e', '\x1b'],
	['f', '\f'],
	['n', '\n'],
	['r', '\r'],
	['t', '\t'],
	['v', '\v'],
]);

const matches = (source: string): Node => ({ kind: 'source', source, assertion: false });
const asserts = (source: string): Node => ({ kind: 'source', source, assertion: true });
const classCharacter = (character: string): string => character.replace(/[\\\]^[-]/, '\\$&');

/** Of alternatives that each match one length, the longer are tried first. */
function longerFirst(branches: readonly Node[]): readonly Node[] {
	const widths = branches.map(fixedWidth);
	if (widths.includes(null)) return branches;
	return branches
		.map((branch, index) => ({ branch, width: widths[index]! }))
		.sort((a, b) => b.width - a.width)
		.map(({ branch }) => branch);
}

/** How many characters a node always matches; null where that depends. */
function fixedWidth(node: Node): number | null {
	switch (node.kind) {
		case 'text':
			return 1;
		case 'source':
			return node.assertion ? 0 : node.source.startsWith('(?:\\') ? null : 1;
		case 'group':
			return node.assertion ? 0 : fixedWidth(node.body);
		case 'repeat': {
			const width = node.min === node.max ? fixedWidth(node.body) : null;
			return width === null ? null : width * node.min;
		}
		case 'sequence':
			return node.items.reduce<number | null>((sum, item) => {
				const width = sum === null ? null : fixedWidth(item);
				return width === null ? null : sum! + width;
			}, 0);
		case 'choice': {
			const widths = new Set(node.branches.map(fixedWidth));
			return widths.size === 1 ? [...widths][0]! : null;
		}
	}
}

/** Whether a node prefers the longest match (true), the shortest (false), or has no preference (null). */
function preferenceOf(node: Node): boolean | null {
	switch (node.kind) {
		case 'repeat':
			return node.isExact ? preferenceOf(node.body) : node.greedy;
		case 'group':
			return node.assertion ? null : preferenceOf(node.body);
		case 'choice':
			return true;
		case 'sequence':
			for (const item of node.items) {
				const preference = preferenceOf(item);
				if (preference !== null) return preference;
			}
			return null;
		default:
			return null;
	}
}

/** See the header. */
function adjustGreed(tree: Node): Node {
	forceSingleRepeats(tree);
	const preference = preferenceOf(tree);
	// Where the end is fixed by `$` the length is not open: each part keeps its own preference.
	if (preference === false && !endsAtEnd(tree)) setGreed(tree, false);
	else if (preference === true) makeTrailingGreedy(tree);
	return tree;
}

function setGreed(node: Node, greedy: boolean): void {
	if (node.kind === 'repeat') {
		node.greedy = greedy;
		setGreed(node.body, greedy);
	} else if (node.kind === 'group' && !node.assertion) setGreed(node.body, greedy);
	else if (node.kind === 'sequence') for (const item of node.items) setGreed(item, greedy);
}

function endsAtEnd(tree: Node): boolean {
	const last = tree.kind === 'sequence' ? tree.items[tree.items.length - 1] : tree;
	return last?.kind === 'source' && last.source === '$';
}

/** The preference of a quantifier holds for a single quantified atom inside it: `(l*?){1,1}` takes all it can. */
function forceSingleRepeats(node: Node): void {
	if (node.kind === 'repeat') {
		let inner = node.body;
		while (inner.kind === 'group' && !inner.assertion) inner = inner.body;
		if (inner.kind === 'repeat' && !node.isExact) inner.greedy = node.greedy;
		forceSingleRepeats(node.body);
	} else if (node.kind === 'group') forceSingleRepeats(node.body);
	else if (node.kind === 'sequence') for (const item of node.items) forceSingleRepeats(item);
	else if (node.kind === 'choice') for (const branch of node.branches) forceSingleRepeats(branch);
}

function makeTrailingGreedy(node: Node): void {
	if (node.kind === 'repeat') node.greedy = true;
	else if (node.kind === 'group' && !node.assertion) makeTrailingGreedy(node.body);
	else if (node.kind === 'choice') for (const branch of node.branches) makeTrailingGreedy(branch);
	else if (node.kind === 'sequence') {
		const last = node.items[node.items.length - 1];
		if (last !== undefined) makeTrailingGreedy(last);
	}
}

function write(node: Node): string {
	switch (node.kind) {
		case 'text':
			return escapeRegExp(node.text);
		case 'source':
			return node.source;
		case 'group':
			return `${node.open}${write(node.body)})`;
		case 'repeat':
			return `${writeAtom(node.body)}${writeQuantifier(node.min, node.max)}${node.greedy ? '' : '?'}`;
		case 'sequence':
			return node.items.map((item) => (item.kind === 'choice' ? `(?:${write(item)})` : write(item))).join('');
		case 'choice':
			return node.branches.map(write).join('|');
	}
}

function writeAtom(node: Node): string {
	const source = write(node);
	return node.kind === 'text' || node.kind === 'group' || (node.kind === 'source' && !node.assertion) ? source : `(?:${source})`;
}

function writeQuantifier(min: number, max: number): string {
	if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
	if (min === 0 && max === 1) return '?';
	return min === max ? `{${min}}` : `{${min},${max}}`;
}
