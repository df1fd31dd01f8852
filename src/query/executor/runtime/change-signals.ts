/** What generated code throws while it changes tables. */

import { StatementRestart } from '../../../model/table/contracts.ts';
import { sqlError } from '../../../platform/errors.ts';

/** The row changed after the statement's snapshot. */
export function restartStatement(): never {
	throw new StatementRestart();
}

export function viewCheckFailed(viewName: string): never {
	throw sqlError('44000', `new row violates check option for view "${viewName}"`);
}

/** ON CONFLICT DO UPDATE could not lock its row: another transaction changed it, or this very statement did. */
export function conflictRefused(outcome: 'changed' | 'skipped'): never {
	if (outcome === 'changed') throw new StatementRestart();
	throw sqlError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time', {
		hint: 'Ensure that no rows proposed for insertion within the same command have duplicate constrained values.',
	});
}
