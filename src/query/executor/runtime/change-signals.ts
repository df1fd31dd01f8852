/** What generated code throws while it changes tables. */

import { StatementRestart } from '../../../model/table/contracts.ts';
import { sqlError } from '../../../platform/errors.ts';
import type { RowSet } from './row-set.ts';
import { keyString } from './scan-key.ts';

/** The row changed after the statement's snapshot. */
export function restartStatement(): never {
	throw new StatementRestart();
}

export function viewCheckFailed(viewName: string): never {
	throw sqlError('44000', `new row violates check option for view "${viewName}"`);
}

/** Remembers a row that ON CONFLICT DO UPDATE has inserted or updated; a second change of it in one statement is an error. */
export function touchRow(touched: RowSet, key: Uint8Array): void {
	if (!touched.add(keyString(key)))
		throw sqlError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time', {
			hint: 'Ensure that no rows proposed for insertion within the same command have duplicate constrained values.',
		});
}
