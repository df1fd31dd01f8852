/**
 * Takes the literals out of a statement's text, so that texts that differ in them alone share one plan: a program that puts values
 * into its texts (psql, ORMs, the simple protocol) is then spared parser, analysis and code generation.
 *
 * Only where a parameter means what the literal means: one that stands alone on one side of a comparison, or in the row of a VALUES list. A
 * number has its own type, a string takes that of its place, exactly as an unknown literal does. Anything out of the ordinary in
 * the text (parameters, comments, escapes, GROUP BY, DISTINCT, system tables) and it is left as it is; so is a literal followed by more of an expression.
 *
 * Cost: one pass over the text.
 */
import { INT4, INT8, NUMERIC } from '../value/builtin-types.ts';

/** The text with parameters in the place of literals; what they stand for, as text; and their types, 0 for that of the place. */
export interface LiftedText {
	readonly text: string;
	readonly literals: readonly string[];
	readonly oids: readonly number[];
}

/** Longer texts are data more than statements. */
const TEXT_CHARACTERS_MAX = 4096;
const LITERALS_MAX = 100;
const STATEMENTS = /^\s*(?:select|insert|update|delete)\b/i;
/** Clauses that compare expressions with each other, and tables that are computed for what a query asks. */
const LEFT_ALONE = /\b(?:group|distinct|returning\s+old|pg_\w+|information_schema|polylog)\b|u&['"]|\$|--|\/\*|\\/i;
const TOKEN = /\s+|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*'?|"(?:[^"]|"")*"|'(?:[^']|'')*'|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|[-+*/<>=~!@#%^&|`?]+|::|./giy;
const COMPARISONS = new Set(['=', '<', '>', '<=', '>=', '<>', '!=']);
/** What may stand behind a literal that is all of its side of a comparison. */
const ENDS = new Set([')', ';', ',', '', 'and', 'or', 'order', 'limit', 'offset', 'returning', 'where', 'for', 'from']);
/** What may stand before a literal that is all of the left side of a comparison. */
const LEADS = new Set(['where', 'and', 'or', 'on', 'not', '(']);
/** As PostgreSQL reads dates, these words may stand beside a time: 'tomorrow 05:00'. */
const SPECIAL_TIME = /\b(?:now|today|tomorrow|yesterday|allballs|epoch|infinity)\b/i;
const INT4_MAX = 2 ** 31 - 1;

/** Null when there is nothing to lift, or the text is better left alone. */
export function liftLiterals(text: string): LiftedText | null {
	if (text.length > TEXT_CHARACTERS_MAX || !STATEMENTS.test(text) || LEFT_ALONE.test(text)) return null;
	const tokens = tokensOf(text);
	if (tokens === null) return null;
	const literals: string[] = [];
	const oids: number[] = [];
	const parts: string[] = [];
	let valuesDepth = -1;
	let depth = 0;
	let before = '';
	let isAfterValues = false;
	for (let i = 0; i < tokens.length; i++) {
		const token = tokens[i]!;
		if (isSpace(token)) {
			parts.push(token);
			continue;
		}
		if (token === '(') {
			depth++;
			if (before === 'values') valuesDepth = depth;
		} else if (token === ')') {
			if (depth === valuesDepth) {
				valuesDepth = -1;
				isAfterValues = true;
			}
			depth--;
		} else if (token === ',' && isAfterValues)
			return null; // a list of rows is data
		else if (token !== ',' && isAfterValues) isAfterValues = false;
		const inRow = depth === valuesDepth && (before === '(' || before === ',');
		const isRight = COMPARISONS.has(before) || inRow;
		if (isLiteral(token) && (isRight ? endsAt(tokens, i + 1, inRow) : LEADS.has(before) && COMPARISONS.has(nextOf(tokens, i + 1)))) {
			const oid = oidOf(token);
			if (oid < 0 || literals.length === LITERALS_MAX) return null;
			literals.push(oid === 0 ? token.slice(1, -1).replaceAll("''", "'") : token);
			oids.push(oid);
			parts.push(`$${literals.length}`);
		} else {
			parts.push(token);
		}
		before = token.toLowerCase();
	}
	return literals.length === 0 ? null : { text: parts.join(''), literals, oids };
}

/** Null for a text with something that this scanner does not know, or a literal of another kind than plain strings and numbers. */
function tokensOf(text: string): string[] | null {
	const tokens: string[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.length) {
		const found = TOKEN.exec(text);
		if (found === null) return null;
		const token = found[0];
		const last = tokens.at(-1);
		// E'…', X'…', a quote that does not end, 5abc, strings that are continued.
		if (token === "'" || token === '"' || (/^[a-z_]/i.test(token) && (token.endsWith("'") || (last !== undefined && /^[\d']/.test(last))))) return null;
		if (token.startsWith("'") && tokens.findLast((one) => !isSpace(one))?.startsWith("'") === true) return null;
		tokens.push(token);
	}
	return tokens;
}

function isSpace(token: string): boolean {
	return /^\s/.test(token);
}

function isLiteral(token: string): boolean {
	return /^(?:'|\d)/.test(token);
}

/** The literal is followed by the end of its side of the comparison, or of its place in the row. */
function endsAt(tokens: readonly string[], from: number, inRow: boolean): boolean {
	const next = nextOf(tokens, from);
	return inRow ? next === ',' || next === ')' : ENDS.has(next);
}

/** The next token that is no space, in lower case; empty at the end. */
function nextOf(tokens: readonly string[], from: number): string {
	let i = from;
	while (i < tokens.length && isSpace(tokens[i]!)) i++;
	return (tokens[i] ?? '').toLowerCase();
}

/** The type of a literal, 0 for a string; -1 for a string that means the time at which it is read. */
function oidOf(token: string): number {
	if (token.startsWith("'")) return SPECIAL_TIME.test(token.slice(1, -1)) ? -1 : 0;
	if (!/^\d+$/.test(token)) return NUMERIC.oid;
	const value = Number(token);
	if (value <= INT4_MAX) return INT4.oid;
	return BigInt(token) <= 0x7fffffffffffffffn ? INT8.oid : NUMERIC.oid;
}
