/** SET, RESET, SHOW, DISCARD. */
import type { DiscardStmt, VariableSetStmt, VariableShowStmt } from 'libpg-query';
import type { AstNode } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Isolation } from '../../transaction/contracts.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';
import { allSettings, settingDefinition } from '../settings.ts';
import type { TransactionBlock } from '../transaction-block.ts';
import type { UtilityHandler } from './handler.ts';
import { textColumns } from './handler.ts';
import { transactionOptions } from './transaction-control.ts';

/** One argument of SET as text. Lists are joined by commas, names in them quoted where they must be. */
function argumentText(node: AstNode, several: boolean): string {
	const constant = node.A_Const ?? (node.TypeCast?.arg as AstNode | undefined)?.A_Const;
	// SET TIME ZONE INTERVAL: hours east of UTC, unlike the POSIX texts that look the same.
	const interval = node.TypeCast === undefined ? null : /^\s*([+-]?)(\d{1,3})(?::(\d{2}))?\s*$/.exec(constant?.sval?.sval ?? '');
	if (interval !== null) return String((interval[1] === '-' ? -1 : 1) * (Number(interval[2]) + Number(interval[3] ?? 0) / 60));
	if (constant === undefined) throw sqlError('42601', 'SET takes constants only');
	if (constant.sval !== undefined) {
		const text = constant.sval.sval ?? '';
		return several && !/^[a-z_][a-z0-9_$]*$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
	}
	if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
	if (constant.fval !== undefined) return constant.fval.fval ?? '';
	if (constant.boolval !== undefined) return constant.boolval.boolval ? 'on' : 'off';
	return '';
}

function setTransaction(session: DatabaseSession, node: VariableSetStmt): UtilityOutcome {
	if (node.name === 'TRANSACTION SNAPSHOT') throw sqlError('0A000', 'snapshots of other transactions cannot be imported');
	const options = transactionOptions(node.args as AstNode[] | undefined);
	if (node.name === 'SESSION CHARACTERISTICS') {
		if (options.isolation !== undefined) session.settings.set('default_transaction_isolation', options.isolation, false);
		if (options.readOnly !== undefined) session.settings.set('default_transaction_read_only', options.readOnly ? 'on' : 'off', false);
		if (options.deferrable !== undefined) session.settings.set('default_transaction_deferrable', options.deferrable ? 'on' : 'off', false);
		return { tag: 'SET' };
	}
	const block = session.block;
	if (block === null || !session.inBlock) {
		session.notice('WARNING', '25P01', 'SET TRANSACTION can only be used in transaction blocks');
		return { tag: 'SET' };
	}
	if (options.deferrable !== undefined) block.isDeferrable = options.deferrable;
	changeTransaction(session, block, options.isolation ?? block.transaction.isolation, options.readOnly ?? block.transaction.refusesWrites);
	return { tag: 'SET' };
}

/** Before its first query a transaction is begun anew with what is asked; afterwards it can only be made to refuse writes. */
function changeTransaction(session: DatabaseSession, block: TransactionBlock, isolation: Isolation, readOnly: boolean): void {
	const { transaction } = block;
	if (isolation !== transaction.isolation) {
		if (block.used) throw sqlError('25001', 'SET TRANSACTION ISOLATION LEVEL must be called before any query');
		if (block.hasSavepoints) throw sqlError('25001', 'SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction');
	}
	if (!readOnly && transaction.refusesWrites) {
		if (block.hasSavepoints) throw sqlError('25001', 'cannot set transaction read-write mode inside a read-only transaction');
		if (block.used) throw sqlError('25001', 'transaction read-write mode must be set before any query');
	}
	if (block.used || block.hasSavepoints) transaction.refusesWrites = readOnly;
	else if (isolation !== transaction.isolation || readOnly !== transaction.refusesWrites) session.replaceTransaction(block, isolation, readOnly);
}

const set: UtilityHandler<VariableSetStmt> = {
	command: (node) => (node.kind === 'VAR_RESET' || node.kind === 'VAR_RESET_ALL' ? 'RESET' : 'SET'),
	run({ session, node }) {
		const local = node.is_local ?? false;
		const name = node.name ?? '';
		if (local && !session.inBlock) session.notice('WARNING', '25P01', 'SET LOCAL can only be used in transaction blocks');
		switch (node.kind) {
			case 'VAR_RESET_ALL':
				session.settings.resetAll();
				return { tag: 'RESET' };
			case 'VAR_RESET':
				session.settings.reset(name);
				return { tag: 'RESET' };
			case 'VAR_SET_DEFAULT': {
				const value = session.settings.default(name);
				session.setChecked(name, value ?? '', local);
				return { tag: 'SET' };
			}
			case 'VAR_SET_MULTI':
				return setTransaction(session, node);
			case 'VAR_SET_VALUE': {
				const args = (node.args ?? []) as AstNode[];
				const value = args.map((a) => argumentText(a, args.length > 1 || name === 'search_path')).join(', ');
				if (OF_TRANSACTION.has(name.toLowerCase())) return setOne(session, name.toLowerCase(), value);
				if (!local || session.inBlock) session.setChecked(name, value, local);
				return { tag: 'SET' };
			}
			default:
				throw sqlError('0A000', 'SET … FROM CURRENT is not supported');
		}
	},
};

/** Properties of the transaction that can be set like settings. */
const OF_TRANSACTION: ReadonlySet<string> = new Set(['transaction_isolation', 'transaction_read_only', 'transaction_deferrable']);

function setOne(session: DatabaseSession, name: string, value: string): UtilityOutcome {
	const string = (sval: string): AstNode => ({ A_Const: { sval: { sval } } }) as AstNode;
	const isFlag = name !== 'transaction_isolation';
	const arg = isFlag ? ({ A_Const: { ival: { ival: value === 'on' || value === 'true' || value === '1' ? 1 : 0 } } } as AstNode) : string(value);
	return setTransaction(session, { args: [{ DefElem: { defname: name, arg } }] } as VariableSetStmt);
}

/** The name under which SHOW shows a setting; some have a spelling of several words. */
const show: UtilityHandler<VariableShowStmt> = {
	command: () => 'SHOW',
	columns: (_session, node) =>
		node.name === 'all' ? textColumns('name', 'setting', 'description') : textColumns(settingDefinition(node.name ?? '')?.name ?? node.name ?? ''),
	run({ session, node }) {
		if (node.name === 'all') {
			const rows = allSettings()
				.map((d) => [d.name, session.settings.get(d.name) ?? '', d.description])
				.sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
			return { tag: 'SHOW', rows };
		}
		const value = session.settings.get(node.name ?? '');
		if (value === undefined) throw sqlError('42704', `unrecognized configuration parameter "${node.name}"`);
		return { tag: 'SHOW', rows: [[value]] };
	},
};

const discard: UtilityHandler<DiscardStmt> = {
	command: (node) =>
		({ DISCARD_ALL: 'DISCARD ALL', DISCARD_PLANS: 'DISCARD PLANS', DISCARD_SEQUENCES: 'DISCARD SEQUENCES', DISCARD_TEMP: 'DISCARD TEMP' })[
			node.target ?? 'DISCARD_ALL'
		] ?? 'DISCARD',
	run({ session, node }) {
		const all = node.target === 'DISCARD_ALL';
		if (all && session.inBlock) throw sqlError('25001', 'DISCARD ALL cannot run inside a transaction block');
		if (all) {
			session.settings.resetAll();
			session.preparedStatements.clear();
			for (const cursor of session.cursors.values()) cursor.close();
			session.cursors.clear();
			session.engine.notifications.unlistenAll(session);
			session.engine.advisoryLocks.releaseSession(session.processId);
		}
		if (all || node.target === 'DISCARD_SEQUENCES') session.sequences.forget();
		const tag = discard.command(node);
		if (!all && node.target !== 'DISCARD_TEMP') return { tag };
		const dropped = session.temporary.drop();
		return dropped instanceof Promise ? dropped.then(() => ({ tag })) : { tag };
	},
};

export const settingHandlers = { VariableSetStmt: set, VariableShowStmt: show, DiscardStmt: discard };
