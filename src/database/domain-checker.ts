/** Whether a value may be of a domain, by converting it from the domain's base type as a cast would. */
import { coerceType } from '../language/sql/coercion.ts';
import { StatementContext } from '../language/sql/statement-context.ts';
import { PolylogError } from '../platform/errors.ts';
import { RowEvaluator } from '../query/executor/row-evaluator.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { Type } from '../value/type.ts';
import { analysisContext } from './analysis.ts';
import { RunContext } from './run-context.ts';
import type { DatabaseSession } from './session.ts';

export function domainChecker(session: DatabaseSession, transaction: OwnedTransaction, domain: Type): (value: unknown) => boolean {
	const context = new StatementContext({ ...analysisContext(session, [], false), catalog: transaction.catalog }, '');
	const base = context.type(domain.baseOid);
	const column = context.newColumn('value', base, domain.baseTypmod);
	const converted = coerceType(context, { kind: 'column', id: column.id, type: base }, domain, -1, 'explicit');
	const evaluator = new RowEvaluator([converted], [column], transaction.catalog, (row) => new RunContext(session, transaction, row));
	return (value) => {
		try {
			evaluator.evaluate([value]);
			return true;
		} catch (error) {
			if (error instanceof PolylogError && (error.sqlstate === '23514' || error.sqlstate === '23502')) return false;
			throw error;
		}
	};
}
