/** Values of the options that utility statements take in parentheses: EXPLAIN (ANALYZE), VACUUM (VERBOSE off). */
import type { AstNode } from '../../language/sql/ast.ts';

/** The value as text; '' where none is given. */
export function optionText(value: AstNode | undefined): string {
	return value?.String?.sval ?? value?.A_Const?.sval?.sval ?? '';
}

/** Whether an option is switched on: by its name alone, or by any value but 0, off and false. */
export function isSwitchedOn(value: AstNode | undefined): boolean {
	if (value === undefined) return true;
	if (value.Integer !== undefined) return (value.Integer.ival ?? 0) !== 0;
	return !['off', 'false', '0'].includes(optionText(value));
}
