/** BEGIN, COMMIT, ROLLBACK, savepoints, SET TRANSACTION's options, LOCK TABLE, SET CONSTRAINTS. */
import type { ConstraintsSetStmt, LockStmt, TransactionStmt } from 'libpg-query';
import type { AstNode } from '../../language/sql/ast.ts';
import { LockWait } from '../../model/table/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Isolation } from '../../transaction/contracts.ts';
import { rangeName, requireRelation } from '../ddl/names.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';
import type { SavepointMarks } from '../transaction-block.ts';
import type { UtilityCall, UtilityHandler } from './handler.ts';

const COMMANDS: Readonly<Record<string, string>> = {
	TRANS_STMT_BEGIN: 'BEGIN',
	TRANS_STMT_START: 'START TRANSACTION',
	TRANS_STMT_COMMIT: 'COMMIT',
	TRANS_STMT_ROLLBACK: 'ROLLBACK',
	TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
	TRANS_STMT_RELEASE: 'RELEASE',
	TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO',
	TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
	TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
	TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

function commandOf(node: TransactionStmt): string {
	return COMMANDS[node.kind ?? ''] ?? 'TRANSACTION';
}

/** Options of BEGIN and SET TRANSACTION, as the parser lists them. */
export function transactionOptions(options: readonly AstNode[] | undefined): { isolation?: Isolation; readOnly?: boolean; deferrable?: boolean } {
	const found: { isolation?: Isolation; readOnly?: boolean; deferrable?: boolean } = {};
	for (const option of options ?? []) {
		const { defname, arg } = option.DefElem ?? {};
		const constant = (arg as AstNode | undefined)?.A_Const;
		if (defname === 'transaction_isolation') found.isolation = isolationOf(constant?.sval?.sval ?? '');
		else if (defname === 'transaction_read_only') found.readOnly = (constant?.ival?.ival ?? 0) !== 0;
		else if (defname === 'transaction_deferrable') found.deferrable = (constant?.ival?.ival ?? 0) !== 0;
	}
	return found;
}

function isolationOf(text: string): Isolation {
	return text === 'serializable' || text === 'repeatable read' ? text : 'read committed';
}

function begin(session: DatabaseSession, node: TransactionStmt): UtilityOutcome {
	const tag = commandOf(node) === 'BEGIN' ? 'BEGIN' : 'START TRANSACTION';
	const options = transactionOptions(node.options as AstNode[] | undefined);
	if (session.inBlock) {
		session.notice('WARNING', '25001', 'there is already a transaction in progress');
		return { tag };
	}
	if (session.block !== null) session.block.explicit = true;
	else session.openBlock(true, options);
	if (options.deferrable !== undefined) session.block!.isDeferrable = options.deferrable;
	return { tag };
}

function end(session: DatabaseSession, node: TransactionStmt, commit: boolean): UtilityOutcome | Promise<UtilityOutcome> {
	const block = session.block;
	if (!session.inBlock && node.chain) throw sqlError('25P01', `${commit ? 'COMMIT' : 'ROLLBACK'} AND CHAIN can only be used in transaction blocks`);
	if (!session.inBlock) session.notice('WARNING', '25P01', 'there is no transaction in progress');
	const options = { isolation: block?.transaction.isolation, readOnly: block?.transaction.refusesWrites };
	const isDeferrable = block?.isDeferrable ?? null;
	const tag = commit && !block?.failed ? 'COMMIT' : 'ROLLBACK';
	const wait = session.closeBlock(commit);
	if (node.chain) {
		session.openBlock(true, options).isDeferrable = isDeferrable;
	}
	const outcome = { tag };
	return wait === null ? outcome : wait.then(() => outcome);
}

/** Where what is the session's own stands. */
export function marksOf(session: DatabaseSession): SavepointMarks {
	const advisoryCount = session.engine.advisoryLocks.takenCount(session.processId);
	return { settings: session.settings.mark(), noticeCount: session.notices.count, advisoryCount };
}

/** What is the session's own goes back to where it was at a savepoint. */
export function goBack(session: DatabaseSession, marks: SavepointMarks): void {
	session.settings.rollbackTo(marks.settings);
	session.notices.truncate(marks.noticeCount);
	session.engine.advisoryLocks.releaseSince(session.processId, marks.advisoryCount);
}

function savepointCommand(session: DatabaseSession, node: TransactionStmt): UtilityOutcome {
	const command = commandOf(node);
	const block = session.block;
	if (block === null || !session.inBlock)
		throw sqlError(
			'25P01',
			`${command === 'ROLLBACK TO' ? 'ROLLBACK TO SAVEPOINT' : command === 'RELEASE' ? 'RELEASE SAVEPOINT' : command} can only be used in transaction blocks`,
		);
	const name = node.savepoint_name ?? '';
	if (command === 'SAVEPOINT') block.savepoint(name, marksOf(session));
	else if (command === 'RELEASE') block.release(name);
	else goBack(session, block.rollbackTo(name));
	return { tag: command === 'ROLLBACK TO' ? 'ROLLBACK' : command };
}

const transaction: UtilityHandler<TransactionStmt> = {
	command: commandOf,
	run({ session, node }) {
		switch (node.kind) {
			case 'TRANS_STMT_BEGIN':
			case 'TRANS_STMT_START':
				return begin(session, node);
			case 'TRANS_STMT_COMMIT':
				return end(session, node, true);
			case 'TRANS_STMT_ROLLBACK':
				return end(session, node, false);
			case 'TRANS_STMT_SAVEPOINT':
			case 'TRANS_STMT_RELEASE':
			case 'TRANS_STMT_ROLLBACK_TO':
				return savepointCommand(session, node);
			default:
				throw sqlError('0A000', 'prepared transactions are not supported', { hint: 'Commit in one step.' });
		}
	},
};

/** Modes that let no other writer in; the weaker ones only keep DDL out. */
const EXCLUSIVE_FROM = 5;

const lock: UtilityHandler<LockStmt> = {
	command: () => 'LOCK TABLE',
	run({ session, node }: UtilityCall<LockStmt>) {
		if (!session.inBlock) throw sqlError('25P01', 'LOCK TABLE can only be used in transaction blocks');
		return session.inTransaction((tx) => {
			for (const relation of (node.relations ?? []) as AstNode[]) {
				const target = requireRelation(session, rangeName(relation.RangeVar!), ['table', 'view']);
				const outcome = tx.lockObject(target.id, (node.mode ?? 0) >= EXCLUSIVE_FROM ? 'exclusive' : 'shared', node.nowait ?? false);
				if (outcome === 'wait') throw new LockWait();
				if (outcome === 'refused') throw sqlError('55P03', `could not obtain lock on relation "${target.name}"`);
			}
			return { tag: 'LOCK TABLE' };
		});
	},
};

function constraintId(session: DatabaseSession, name: string): number {
	for (const object of session.catalog.objects()) {
		if (object.name !== name) continue;
		if (object.kind === 'trigger' && object.constraint?.deferrable) return object.id;
		if (object.kind !== 'constraint') continue;
		if (!object.deferrable) throw sqlError('42809', `constraint "${name}" is not deferrable`);
		return object.id;
	}
	throw sqlError('42704', `constraint "${name}" does not exist`);
}

const constraints: UtilityHandler<ConstraintsSetStmt> = {
	command: () => 'SET CONSTRAINTS',
	run({ session, node }) {
		if (!session.inBlock) {
			session.notice('WARNING', '25P01', 'SET CONSTRAINTS can only be used in transaction blocks');
			return { tag: 'SET CONSTRAINTS' };
		}
		return session.inTransaction((tx) => {
			const named = (node.constraints ?? []) as AstNode[];
			session.engine.tables.setConstraints(
				tx,
				named.length === 0 ? null : named.map((n) => constraintId(session, n.RangeVar?.relname ?? '')),
				node.deferred ?? false,
			);
			return { tag: 'SET CONSTRAINTS' };
		});
	},
};

export const transactionHandlers = { TransactionStmt: transaction, LockStmt: lock, ConstraintsSetStmt: constraints };
