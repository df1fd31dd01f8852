/** One branch of a CASE of the algebra. */
import type { Expression } from '../../query/algebra/expression.ts';

export function caseBranch(when: Expression, result: Expression): { readonly when: Expression; readonly then: Expression } {
	// biome-ignore lint/suspicious/noThenProperty: the algebra's name for the result
	return { when, then: result };
}
