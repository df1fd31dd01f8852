/** The parameters of plans of SPARQL, made of the constants of a query when it begins to run. */
import type { CompiledQuery } from '../../language/sparql/compile-request.ts';
import type { PlanConstant } from '../../language/sparql/plan-context.ts';
import type { TripleStore } from '../../model/triple/contracts.ts';
import type { FunctionContext } from '../../query/functions/contracts.ts';
import { comparableNumber } from '../../query/functions/sparql/inline-functions.ts';
import { type TermSource, TermSpace } from '../../query/functions/sparql/term-space.ts';

/** What a constant of a query is to its plan. */
export function parameterOf(space: TermSpace, { term, as }: PlanConstant): unknown {
	return as === 'id' ? space.id(term) : as === 'term' ? term : comparableNumber(term);
}

/** The parameters of a plan, for one execution within a transaction. */
export function parametersOf(functions: FunctionContext, store: TripleStore, compiled: CompiledQuery, base: string): unknown[] {
	const space = new TermSpace(() => functions.service('triples.reader', store.id) as TermSource, base);
	return [space, ...compiled.constants.map((constant) => parameterOf(space, constant))];
}
