/** Functions made by CREATE FUNCTION, as candidates of overload resolution beside the library's. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { AnyFunction } from '../../query/functions/contracts.ts';
import type { ResolvedCall } from './resolve-function.ts';
import type { QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

/** The user's functions of a name, in one schema or along the search path. */
export function userFunctions(_context: StatementContext, _schema: string | null, _name: string): readonly AnyFunction[] {
	return [];
}

/** The body of a user's function in place of its call; null for the library's. */
export function expandUserFunction(_level: QueryLevel, _resolved: ResolvedCall, _position: number): Expression | null {
	return null;
}

/** A user's function in FROM as the plan of its body; null for the library's. */
export function userFunctionPlan(
	_level: QueryLevel,
	_resolved: ResolvedCall,
	_definitions: readonly Column[],
	_name: string,
	_position: number,
): { readonly plan: Plan; readonly scalar: boolean } | null {
	return null;
}
