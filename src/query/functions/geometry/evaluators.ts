/** What the functions of `geometry-functions.ts` do, by their oids. */
import { invariant } from '../../../platform/errors.ts';
import type { Evaluate } from '../define.ts';
import { areaEvaluators } from './area-functions.ts';
import { pointEvaluators } from './point-functions.ts';

const evaluators = new Map<number, Evaluate>([...pointEvaluators, ...areaEvaluators]);

export function evaluatorOf(oid: number): Evaluate {
	const found = evaluators.get(oid);
	invariant(found !== undefined, `function ${oid} of geometric types has no implementation`);
	return found;
}
