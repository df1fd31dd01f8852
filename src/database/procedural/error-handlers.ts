/** Which errors a handler of EXCEPTION takes. */
import type { Handler } from '../../language/sql/procedural/syntax.ts';
import { PolylogError } from '../../platform/errors.ts';
import { statesOf } from './condition-facts.ts';

/** OTHERS lets pass what asks the statement to stop. */
const NOT_OTHERS: ReadonlySet<string> = new Set(['57014', 'P0004']);

export function catches(handler: Handler, error: unknown): boolean {
	if (!(error instanceof PolylogError)) return false;
	const { sqlstate } = error;
	// Errors that are none of a statement (a closed session, a disk that failed) are nothing to go on from.
	if (sqlstate === undefined || sqlstate === '57P01') return false;
	return handler.conditions.some(({ name, isState }) => {
		if (isState) return matches(name, sqlstate);
		if (name === 'others') return !NOT_OTHERS.has(sqlstate);
		return statesOf(name)?.some((state) => matches(state, sqlstate)) ?? false;
	});
}

/** A state that ends in 000 stands for its class. */
function matches(state: string, sqlstate: string): boolean {
	return state === sqlstate || (state.endsWith('000') && state.slice(0, 2) === sqlstate.slice(0, 2));
}
