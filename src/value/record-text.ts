/** Text of records: `(1,"a b",)`, an empty place for NULL (PostgreSQL's manual, 8.16). */
import { sqlError } from '../platform/errors.ts';

/** The texts of the fields; null for NULL. `count` is how many there must be. */
export function parseRecord(text: string, count: number): (string | null)[] {
	const malformed = (detail: string): Error => sqlError('22P02', `malformed record literal: "${text}"`, { detail });
	let at = text.search(/[^ \t\n\v\f\r]/);
	if (at < 0 || text[at] !== '(') throw malformed('Missing left parenthesis.');
	at++;
	const fields: (string | null)[] = [];
	if (count === 0) at = text[at] === ')' ? at + 1 : -1;
	while (fields.length < count) {
		const field = readField(text, at, malformed);
		fields.push(field.value);
		const separator = text[field.end];
		at = field.end + 1;
		if (separator === ')') break;
		if (fields.length === count) throw malformed('Too many columns.');
	}
	if (at < 0) throw malformed('Too many columns.');
	if (fields.length < count) throw malformed('Too few columns.');
	if (/[^ \t\n\v\f\r]/.test(text.slice(at))) throw malformed('Junk after right parenthesis.');
	return fields;
}

/** One field up to its comma or closing parenthesis, which stands at `end`. */
function readField(text: string, start: number, malformed: (detail: string) => Error): { value: string | null; end: number } {
	if (text[start] === ',' || text[start] === ')') return { value: null, end: start };
	let value = '';
	let quoted = false;
	for (let at = start; ; at++) {
		const character = text[at];
		if (character === undefined) throw malformed('Unexpected end of input.');
		if (character === '\\') {
			const next = text[++at];
			if (next === undefined) throw malformed('Unexpected end of input.');
			value += next;
		} else if (character === '"') {
			if (quoted && text[at + 1] === '"') {
				value += '"';
				at++;
			} else quoted = !quoted;
		} else if (!quoted && (character === ',' || character === ')')) return { value, end: at };
		else value += character;
	}
}

export function formatRecord(fields: readonly (string | null)[]): string {
	return `(${fields.map((field) => (field === null ? '' : quoteField(field))).join(',')})`;
}

function quoteField(text: string): string {
	if (text !== '' && !/[ \t\n\v\f\r"\\(),]/.test(text)) return text;
	return `"${text.replace(/["\\]/g, '$&$&')}"`;
}
