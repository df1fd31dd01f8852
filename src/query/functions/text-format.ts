/**
 * format(): a template with %s, %I, %L and %%, each with an optional argument position, `-` flag and width.
 *
 * Source: PostgreSQL manual §9.4.1.
 */
import { sqlError } from '../../platform/errors.ts';
import { quoteIdentifier, quoteLiteral } from './quote-identifier.ts';

const SPECIFIER = /^(?:(\d+)\$)?(-)?(?:(\d+)|\*(?:(\d+)\$)?)?(.)/su;

/** Arguments are given as texts; null is SQL's null. */
export function formatText(template: string, values: readonly (string | null)[]): string {
	let result = '';
	let at = 0;
	let next = 0;
	const take = (position: string | undefined): string | null => {
		if (position !== undefined) {
			if (Number(position) === 0) throw sqlError('22023', 'format specifies argument 0, but arguments are numbered from 1');
			next = Number(position) - 1;
		}
		if (next >= values.length) throw sqlError('22023', 'too few arguments for format()');
		return values[next++]!;
	};
	while (at < template.length) {
		const percent = template.indexOf('%', at);
		if (percent < 0) break;
		result += template.slice(at, percent);
		if (template[percent + 1] === '%') {
			result += '%';
			at = percent + 2;
			continue;
		}
		const match = SPECIFIER.exec(template.slice(percent + 1));
		if (match === null) throw unterminated();
		const [all, position, minus, digits, starPosition, conversion] = match;
		let width = digits === undefined ? 0 : Number(digits);
		let leftAligned = minus !== undefined;
		if (digits === undefined && all.includes('*')) {
			width = Number(take(starPosition) ?? 0);
			if (width < 0) {
				width = -width;
				leftAligned = true;
			}
		}
		result += pad(
			convert(conversion!, () => take(position)),
			width,
			leftAligned,
		);
		at = percent + 1 + all.length;
	}
	return result + template.slice(at);
}

function unterminated(): Error {
	return sqlError('22023', 'unterminated format() type specifier', { hint: 'For a single "%" use "%%".' });
}

function convert(conversion: string, take: () => string | null): string {
	switch (conversion) {
		case 's':
			return take() ?? '';
		case 'I': {
			const name = take();
			if (name === null) throw sqlError('22004', 'null values cannot be formatted as an SQL identifier');
			return quoteIdentifier(name);
		}
		case 'L': {
			const text = take();
			return text === null ? 'NULL' : quoteLiteral(text);
		}
		default:
			throw sqlError('22023', `unrecognized format() type specifier "${conversion}"`, { hint: 'For a single "%" use "%%".' });
	}
}

function pad(text: string, width: number, leftAligned: boolean): string {
	const missing = width - Array.from(text).length;
	if (missing <= 0) return text;
	return leftAligned ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}
