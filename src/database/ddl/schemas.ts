/** CREATE SCHEMA (with what it may hold), TRUNCATE, CREATE and DROP DATABASE. */
import type { CreateSchemaStmt, TruncateStmt } from 'libpg-query';
import { type AstNode, nodeKind } from '../../language/sql/ast.ts';
import { rowTablesOf } from '../../model/table/partitions.ts';
import { sqlError } from '../../platform/errors.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import { withSearchPath } from '../search-path.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { DdlContext, ddlHandler, nodesOf } from './context.ts';
import { rangeName, requireTable } from './names.ts';
import { roleName } from './roles.ts';
import { truncateTriggers } from './triggers.ts';

const createSchema: UtilityHandler<CreateSchemaStmt> = {
	command: () => 'CREATE SCHEMA',
	run({ session, node, statement }) {
		return session.inNestedBlock((transaction) => {
			const ddl = new DdlContext(session, transaction, statement.text);
			const name = node.schemaname ? node.schemaname : roleName(session, node.authrole);
			if (name.startsWith('pg_')) throw sqlError('42939', `unacceptable schema name "${name}"`, { detail: 'The prefix "pg_" is reserved for system schemas.' });
			if (ddl.catalog.findSchema(name) !== undefined) {
				if (!node.if_not_exists) throw sqlError('42P06', `schema "${name}" already exists`);
				session.notice('NOTICE', '42P06', `schema "${name}" already exists, skipping`);
				return { tag: 'CREATE SCHEMA' };
			}
			ddl.put({
				kind: 'schema',
				id: ddl.newId(),
				name,
				schemaId: 0,
				owner: node.authrole === undefined ? session.currentUser : roleName(session, node.authrole),
			});
			const elements = nodesOf(node.schemaElts);
			const run = (at: number): { tag: string } | Promise<{ tag: string }> => {
				for (let i = at; i < elements.length; i++) {
					const done = withSearchPath(session, [name], () => session.runNode(withSchema(elements[i]!, name), statement));
					if (done instanceof Promise) return done.then(() => run(i + 1));
				}
				return { tag: 'CREATE SCHEMA' };
			};
			return run(0);
		});
	},
};

/** An element of CREATE SCHEMA must be in that schema; unqualified names go there by the search path. */
function withSchema(element: AstNode, schema: string): AstNode {
	const kind = nodeKind(element);
	const payload = (element as Record<string, { relation?: { schemaname?: string }; view?: { schemaname?: string }; sequence?: { schemaname?: string } }>)[kind];
	const named = payload?.relation?.schemaname ?? payload?.view?.schemaname ?? payload?.sequence?.schemaname;
	if (named !== undefined && named !== schema) throw sqlError('42P15', `CREATE specifies a schema (${named}) different from the one being created (${schema})`);
	return element;
}

const truncate = ddlHandler<TruncateStmt>('TRUNCATE TABLE', (ddl, node) => {
	const tables = new Map<number, TableObject>();
	for (const item of nodesOf(node.relations)) {
		const table = requireTable(ddl.session, rangeName(item.RangeVar!));
		tables.set(table.id, table);
		if (item.RangeVar!.inh) for (const below of rowTablesOf(ddl.catalog, table)) tables.set(below.id, below);
	}
	const cascade = node.behavior === 'DROP_CASCADE';
	for (const table of tables.values()) {
		for (const other of ddl.catalog.dependents(table.id)) {
			if (other.kind !== 'constraint' || other.type !== 'foreign' || other.foreignTableId !== table.id || tables.has(other.tableId)) continue;
			const child = ddl.table(other.tableId);
			if (!cascade) {
				throw sqlError('0A000', 'cannot truncate a table referenced in a foreign key constraint', {
					detail: `Table "${child.name}" references "${table.name}".`,
					hint: `Truncate table "${child.name}" at the same time, or use TRUNCATE ... CASCADE.`,
				});
			}
			ddl.session.notice('NOTICE', '00000', `truncate cascades to table "${child.name}"`);
			tables.set(child.id, child);
		}
	}
	for (const table of tables.values()) truncateTriggers(ddl, table, 'before');
	for (const id of tables.keys()) {
		ddl.lock(id, 'exclusive');
		ddl.session.engine.tables.truncate(ddl.transaction, ddl.table(id));
		if (node.restart_seqs) restartSequences(ddl, ddl.table(id));
	}
	for (const id of tables.keys()) truncateTriggers(ddl, ddl.table(id), 'after');
});

function restartSequences(ddl: DdlContext, table: TableObject): void {
	for (const column of table.columns) {
		const sequence = column.sequenceId === 0 ? undefined : ddl.catalog.get(column.sequenceId);
		if (sequence?.kind === 'sequence') ddl.session.engine.manager.setval(sequence.id, BigInt(sequence.start), false, ddl.catalog, ddl.transaction);
	}
}

function databaseCommand(command: string): UtilityHandler {
	return {
		command: () => command,
		run() {
			throw sqlError('0A000', `${command} is not supported: one directory is one database`, { hint: 'Open another directory, or use CREATE SCHEMA.' });
		},
	};
}

export const schemaHandlers = {
	CreateSchemaStmt: createSchema,
	TruncateStmt: truncate,
	CreatedbStmt: databaseCommand('CREATE DATABASE'),
	DropdbStmt: databaseCommand('DROP DATABASE'),
};
