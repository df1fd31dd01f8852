/** The error of a reader whose state the adjacency does not hold any more. */
import { sqlError } from '../../platform/errors.ts';
import type { Offset } from '../contracts.ts';

export function snapshotTooOld(offset: Offset): Error {
	return sqlError('72000', 'snapshot too old', {
		detail: `The adjacency of the graph does not hold the state at offset ${offset} any more.`,
		hint: 'Run the statement again.',
		retryable: true,
	});
}
