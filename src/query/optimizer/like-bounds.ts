/**
 * Bounds of an index range for `column LIKE pattern`: every text that matches begins with the pattern's literal start, so it
 * lies at or after that start and before its successor in UTF-8 order. The predicate itself is still checked.
 */
import { TEXT } from '../../value/builtin-types.ts';
import type { Expression } from '../algebra/expression.ts';
import type { ScalarFunction } from '../functions/contracts.ts';

/** Texts of the greatest character sort after everything that occurs: the upper bound for a pattern that begins with a wildcard. */
const GREATEST = '\u{10ffff}'.repeat(64);
const LIKE_NAMES = new Set(['textlike', 'like', '~~']);

/** The part of a LIKE pattern before its first wildcard, escapes undone. */
export function likePrefix(pattern: string): string {
	let prefix = '';
	for (let i = 0; i < pattern.length; i++) {
		const c = pattern[i]!;
		if (c === '%' || c === '_') break;
		if (c === '\\') {
			i++;
			if (i >= pattern.length) break;
		}
		prefix += pattern[i]!;
	}
	return prefix;
}

/** The least text that is greater than every text beginning with `prefix`. */
export function prefixSuccessor(prefix: string): string {
	const points = Array.from(prefix, (c) => c.codePointAt(0)!);
	while (points.length > 0) {
		const last = points.pop()!;
		if (last >= 0x10ffff) continue;
		points.push(last + 1 >= 0xd800 && last + 1 <= 0xdfff ? 0xe000 : last + 1);
		return String.fromCodePoint(...points);
	}
	return GREATEST;
}

function internal(name: string, evaluate: (pattern: string) => string): ScalarFunction {
	return {
		kind: 'scalar',
		name,
		argumentOids: [TEXT.oid],
		returnOid: TEXT.oid,
		variadicOid: 0,
		volatility: 'immutable',
		oid: 0,
		strict: true,
		context: false,
		evaluate,
	};
}

const lowerFunction = internal('like_lower_bound', likePrefix);
const upperFunction = internal('like_upper_bound', (pattern) => prefixSuccessor(likePrefix(pattern)));

/** Lower (inclusive) and upper (exclusive) bound of a call of LIKE, or null when it is another function or says nothing. */
export function likeBounds(call: Extract<Expression, { kind: 'call' }>, pattern: Expression): [Expression, Expression] | null {
	if (!LIKE_NAMES.has(call.function.name)) return null;
	if (pattern.kind === 'constant') {
		if (typeof pattern.value !== 'string') return null;
		const prefix = likePrefix(pattern.value);
		if (prefix === '') return null;
		return [
			{ kind: 'constant', value: prefix, type: TEXT },
			{ kind: 'constant', value: prefixSuccessor(prefix), type: TEXT },
		];
	}
	const bound = (f: ScalarFunction): Expression => ({ kind: 'call', function: f, arguments: [pattern], typmod: -1, type: TEXT });
	return [bound(lowerFunction), bound(upperFunction)];
}
