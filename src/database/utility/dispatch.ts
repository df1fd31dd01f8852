/** The table of utility statements, by the kind of their parse tree node. */

import { type AstNode, nodeKind } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import { LazyModule } from '../../platform/lazy-module.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { Analysed, Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from './handler.ts';
import { notifyHandlers } from './notify.ts';
import { preparedHandlers } from './prepared-statements.ts';
import { settingHandlers } from './set-statement.ts';
import { transactionHandlers } from './transaction-control.ts';

const onDemand = new LazyModule<typeof import('./statements-on-demand.ts')>(new URL('./statements-on-demand.ts', import.meta.url));

const handlers: ReadonlyMap<string, UtilityHandler> = new Map(
	Object.entries({
		...transactionHandlers,
		...settingHandlers,
		...preparedHandlers,
		...notifyHandlers,
	} as Record<string, UtilityHandler>),
);

function handlerOf(node: AstNode): { handler: UtilityHandler; payload: never } {
	const kind = nodeKind(node);
	const handler = handlers.get(kind) ?? onDemand.get().handlersOnDemand.get(kind);
	if (handler === undefined) throw sqlError('0A000', `${statementName(kind)} is not supported`);
	return { handler, payload: (node as Record<string, never>)[kind]! };
}

/** `CreateTrigStmt` → `CREATE TRIG`: good enough for a statement that nobody has heard of. */
function statementName(kind: string): string {
	return kind
		.replace(/Stmt$/, '')
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.toUpperCase();
}

export function describeUtility(session: DatabaseSession, node: AstNode, text: string, _parameterOids: readonly number[]): Analysed {
	const { handler, payload } = handlerOf(node);
	return {
		kind: 'utility',
		node,
		command: handler.command(payload),
		columns: session.block?.failed ? null : (handler.columns?.(session, payload, text) ?? null),
		parameterTypes: [],
		copy: handler.copy?.(session, payload, text) ?? null,
	};
}

export function runUtilityStatement(
	session: DatabaseSession,
	node: AstNode,
	statement: Prepared,
	parameters: readonly unknown[],
): UtilityOutcome | Promise<UtilityOutcome> {
	if (nodeKind(node) === '') return { tag: '' };
	const { handler, payload } = handlerOf(node);
	if (handler.outsideBlock && session.inBlock) throw sqlError('25001', `${handler.command(payload)} cannot run inside a transaction block`);
	return handler.run({ session, node: payload, statement, parameters });
}
