/**
 * ALTER TABLE. What only changes the definition (add, drop, rename a column; defaults; dropping constraints) is done in the
 * catalog, in the same time on any size of table: rows carry their schema version. What must look at rows checks them in steps;
 * what changes how rows are kept (a column's type, the primary key) writes them anew into a fresh keyspace.
 */
import type { AlterTableCmd, AlterTableStmt, ColumnDef, PartitionBoundSpec } from 'libpg-query';
import { analyzeColumnConversion, analyzeExpressionOf, analyzeGenerated } from '../../language/sql/analyze-statement.ts';
import type { AstNode } from '../../language/sql/ast.ts';
import { resolveTypeName } from '../../language/sql/type-names.ts';
import { heirsOf, partitionsOf } from '../../model/table/partitions.ts';
import { sqlError } from '../../platform/errors.ts';
import { isVolatile } from '../../query/algebra/traverse.ts';
import type { ColumnObject, ConstraintObject, TableObject } from '../../transaction/catalog-objects.ts';
import { INT8 } from '../../value/builtin-types.ts';
import { formatText } from '../../value/value-text.ts';
import { analysisContext } from '../analysis.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { columnDraft, defaultText, nextvalText } from './columns.ts';
import { addConstraint, foldAttributes, isObjectConstraint } from './constraints.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { columnObject, engineOf, typeObjectIds } from './create-table.ts';
import { dropObjects } from './drop.ts';
import { isMerged, requireOwnColumn, requireOwnConstraint, startInheriting, stopInheriting } from './inheritance.ts';
import { alterRefresh } from './kept-views.ts';
import { findRelation, freeName, rangeName, relationNameTaken, requireRelation, requireTable } from './names.ts';
import { attachIndex, attachPartition, detachPartition, isSameIndex, numberIn } from './partitions.ts';
import { alterRelationOwner } from './roles.ts';
import { createSequence, ownSequence, sequenceOptions } from './sequences.ts';
import { requireCoordinate } from './spatial-indexes.ts';
import { checkCompaction, checkStorageOptions, storageOptions } from './storage-options.ts';
import { enableTriggers, triggerCommands } from './triggers.ts';

type Step = void | Promise<void>;

export function liveColumn(table: TableObject, name: string): ColumnObject {
	const column = table.columns.find((c) => c.name === name && !c.dropped);
	if (column === undefined) throw sqlError('42703', `column "${name}" of relation "${table.name}" does not exist`);
	return column;
}

function changeColumn(ddl: DdlContext, table: TableObject, number: number, change: Partial<ColumnObject>): void {
	ddl.put({ ...table, columns: table.columns.map((c) => (c.number === number ? { ...c, ...change } : c)) });
}

// ---- columns ----

function addColumn(ddl: DdlContext, table: TableObject, command: AlterTableCmd): Step {
	const node = (command.def as AstNode).ColumnDef as ColumnDef;
	const name = node.colname ?? '';
	if (table.columns.some((c) => c.name === name && !c.dropped)) {
		if (!command.missing_ok) throw sqlError('42701', `column "${name}" of relation "${table.name}" already exists`);
		ddl.session.notice('NOTICE', '42701', `column "${name}" of relation "${table.name}" already exists, skipping`);
		return;
	}
	const schema = ddl.catalog.get(table.schemaId)!;
	if (schema.kind !== 'schema') throw new TypeError('a table is in a schema');
	const draft = columnDraft(ddl, node, table.name, schema);
	const version = table.schemaVersion + 1;
	const column = columnObject(draft, table.columns.length + 1, version);
	const filling = fillingOf(ddl, column, draft.sequenceId !== 0 || draft.generatedNode !== null);
	const added: TableObject = {
		...table,
		schemaVersion: version,
		columns: [...table.columns, { ...column, missingText: filling.missingText }],
		dependsOn: [...new Set([...(table.dependsOn ?? []), ...typeObjectIds(ddl, [column.typeOid])])],
	};
	ddl.put(added);
	if (draft.sequenceId !== 0) ownSequence(ddl, draft.sequenceId, table.id, column.number);
	if (draft.generatedNode !== null) analyzeGenerated(draft.generatedNode, ddl.analysis(), added, name);
	const constraints = foldAttributes(draft.constraints).filter(isObjectConstraint);
	const finish = (): Step => {
		let done = chain(undefined, () => undefined);
		for (const c of constraints) done = chain(done, () => addChecked(ddl, table.id, c, name));
		return chain(done, () =>
			column.notNull && filling.missingText === null && !filling.rewrite
				? ddl.session.engine.checkNotNull(ddl.session, ddl.transaction, ddl.table(table.id), column.number)
				: undefined,
		);
	};
	if (!filling.rewrite) return finish();
	return chain(ddl.session.engine.fillColumn(ddl.session, ddl.transaction, table.id, column.number), finish);
}

function chain(before: Step, next: () => Step): Step {
	return before instanceof Promise ? before.then(next) : next();
}

/** What rows that are there show in a new column: a constant kept in the catalog, or values that must be written row by row. */
function fillingOf(ddl: DdlContext, column: ColumnObject, always: boolean): { missingText: string | null; rewrite: boolean } {
	if (always) return { missingText: null, rewrite: true };
	if (column.defaultText === null) return { missingText: null, rewrite: false };
	const type = ddl.catalog.typeByOid(column.typeOid)!;
	const context = analysisContext(ddl.session, [], false);
	const expression = analyzeExpressionOf(parseExpression(ddl, column.defaultText), column.defaultText, context, type, column.typmod);
	if (isVolatile(expression)) return { missingText: null, rewrite: true };
	const value = ddl.session.evaluate(expression);
	return { missingText: value === null ? null : formatText(type, value, ddl.catalog, ddl.session.engine.storedTextSettings), rewrite: false };
}

function parseExpression(ddl: DdlContext, text: string): AstNode {
	return ddl.session.engine.parseExpression(text);
}

function dropColumn(ddl: DdlContext, table: TableObject, command: AlterTableCmd): Step {
	const name = command.name ?? '';
	const column = table.columns.find((c) => c.name === name && !c.dropped);
	if (column === undefined) {
		if (!command.missing_ok) throw sqlError('42703', `column "${name}" of relation "${table.name}" does not exist`);
		ddl.session.notice('NOTICE', '00000', `column "${name}" of relation "${table.name}" does not exist, skipping`);
		return;
	}
	const cascade = command.behavior === 'DROP_CASCADE';
	const wasKey = table.primaryKey.includes(column.number);
	const uses = columnUses(ddl, table, column);
	const outside = uses.filter((u) => u.kind === 'view' || (u.kind === 'constraint' && u.tableId !== table.id));
	if (outside.length > 0 && !cascade) {
		throw sqlError('2BP01', `cannot drop column ${name} of table ${table.name} because other objects depend on it`, {
			detail: outside.map((o) => `${o.kind === 'view' ? 'view' : 'constraint'} ${o.name} depends on column ${name} of table ${table.name}`).join('\n'),
			hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
		});
	}
	const generated = table.columns.find((c) => !c.dropped && c.number !== column.number && c.generatedText !== null && mentions(c.generatedText, name));
	if (generated !== undefined && !cascade) {
		throw sqlError('2BP01', `cannot drop column ${name} of table ${table.name} because other objects depend on it`, {
			detail: `column ${generated.name} of table ${table.name} depends on column ${name} of table ${table.name}`,
			hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
		});
	}
	dropObjects(ddl, uses, true);
	const sequence = column.sequenceId === 0 ? undefined : ddl.catalog.get(column.sequenceId);
	if (sequence?.kind === 'sequence' && sequence.ownerColumn === column.number) dropObjects(ddl, [sequence], true);
	const current = ddl.table(table.id);
	const keyLost = wasKey && current.primaryKey.includes(column.number);
	const dropped: TableObject = {
		...current,
		schemaVersion: current.schemaVersion + 1,
		columns: current.columns.map((c) =>
			c.number === column.number || (cascade && c.number === generated?.number)
				? { ...c, dropped: true, notNull: false, defaultText: null, generatedText: null, identity: '' as const, sequenceId: 0 }
				: c,
		),
	};
	ddl.put(dropped);
	if (keyLost || wasKey) return ddl.session.engine.rewriteTable(ddl, table, { ...dropped, primaryKey: [] }, null);
}

function mentions(text: string, name: string): boolean {
	return new RegExp(`(^|[^\\w$])"?${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"?([^\\w$]|$)`).test(text);
}

/** Indexes, constraints and views that need a column. */
function columnUses(
	ddl: DdlContext,
	table: TableObject,
	column: ColumnObject,
): (ConstraintObject | import('../../transaction/catalog-objects.ts').IndexObject | import('../../transaction/catalog-objects.ts').ViewObject)[] {
	const indexes = ddl
		.indexesOf(table)
		.filter(
			(i) =>
				i.columns.some((c) => c.column === column.number || (c.expressionText !== null && mentions(c.expressionText, column.name))) ||
				i.include.includes(column.number) ||
				(i.predicateText !== null && mentions(i.predicateText, column.name)),
		);
	const indexIds = new Set(indexes.map((i) => i.id));
	const constraints = ddl.constraintsOf(table).filter((c) => c.columns.includes(column.number) || indexIds.has(c.indexId));
	const foreign = ddl.catalog
		.dependents(table.id)
		.filter(
			(o): o is ConstraintObject =>
				o.kind === 'constraint' && o.foreignTableId === table.id && o.tableId !== table.id && o.foreignColumns.includes(column.number),
		);
	const views = ddl.catalog
		.dependents(table.id)
		.filter((o): o is import('../../transaction/catalog-objects.ts').ViewObject => o.kind === 'view' && mentions(o.text, column.name));
	return [...constraints, ...foreign, ...indexes, ...views];
}

function alterType(ddl: DdlContext, table: TableObject, command: AlterTableCmd): Step {
	const definition = (command.def as AstNode).ColumnDef as ColumnDef;
	const column = liveColumn(table, command.name ?? '');
	const { type, typmod } = resolveTypeName(definition.typeName!, ddl.analysis());
	const view = ddl.catalog.dependents(table.id).find((o) => o.kind === 'view' && mentions(o.text, column.name));
	if (view !== undefined)
		throw sqlError('0A000', 'cannot alter type of a column used by a view or rule', {
			detail: `rule _RETURN on view ${view.name} depends on column "${column.name}"`,
		});
	const generated = table.columns.find((c) => !c.dropped && c.generatedText !== null && c.number !== column.number && mentions(c.generatedText, column.name));
	if (generated !== undefined)
		throw sqlError('42601', 'cannot alter type of a column used by a generated column', {
			detail: `Column "${column.name}" is used by generated column "${generated.name}".`,
		});
	if (ddl.indexesOf(table).some((i) => i.method === 'rtree' && i.columns.some((c) => c.column === column.number))) requireCoordinate(ddl, type);
	const using = definition.raw_default as AstNode | undefined;
	const conversion = analyzeColumnConversion(using ?? null, ddl.analysis(), table, column, type, typmod);
	if (column.typeOid === type.oid && (typmod === -1 || typmod === column.typmod) && using === undefined) {
		changeColumn(ddl, table, column.number, { typmod });
		return;
	}
	const version = table.schemaVersion + 1;
	const changed: TableObject = {
		...table,
		schemaVersion: version,
		columns: table.columns.map((c) => (c.number === column.number ? { ...c, typeOid: type.oid, typmod, addedIn: version, missingText: null } : c)),
	};
	if (column.defaultText !== null && column.generatedText === null && column.sequenceId === 0) {
		const context = analysisContext(ddl.session, [], false);
		analyzeExpressionOf(parseExpression(ddl, column.defaultText), column.defaultText, context, type, typmod);
	}
	return ddl.session.engine.rewriteTable(ddl, table, changed, {
		number: column.number,
		expression: conversion.expression,
		columns: conversion.columns,
	});
}

function setDefault(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const column = liveColumn(table, command.name ?? '');
	if (column.generatedText !== null) throw sqlError('42601', `column "${column.name}" of relation "${table.name}" is a generated column`);
	if (column.identity !== '')
		throw sqlError('42601', `column "${column.name}" of relation "${table.name}" is an identity column`, {
			hint: 'Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.',
		});
	const type = ddl.catalog.typeByOid(column.typeOid)!;
	const text = command.def === undefined ? null : defaultText(ddl, command.def as AstNode, type, column.typmod, column.name);
	changeColumn(ddl, table, column.number, { defaultText: text });
}

function setNotNull(ddl: DdlContext, table: TableObject, command: AlterTableCmd): Step {
	const column = liveColumn(table, command.name ?? '');
	if (column.notNull) return;
	changeColumn(ddl, table, column.number, { notNull: true });
	return ddl.session.engine.checkNotNull(ddl.session, ddl.transaction, ddl.table(table.id), column.number);
}

function dropNotNull(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const column = liveColumn(table, command.name ?? '');
	if (ddl.constraintsOf(table).some((c) => c.type === 'primary' && c.columns.includes(column.number)))
		throw sqlError('42P16', `column "${column.name}" is in a primary key`);
	if (column.identity !== '') throw sqlError('42601', `column "${column.name}" of relation "${table.name}" is an identity column`);
	changeColumn(ddl, table, column.number, { notNull: false });
}

function dropExpression(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const column = liveColumn(table, command.name ?? '');
	if (column.generatedText === null) {
		if (!command.missing_ok) throw sqlError('55000', `column "${column.name}" of relation "${table.name}" is not a stored generated column`);
		ddl.session.notice('NOTICE', '00000', `column "${column.name}" of relation "${table.name}" is not a stored generated column, skipping`);
		return;
	}
	changeColumn(ddl, table, column.number, { generatedText: null });
}

function addIdentity(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const column = liveColumn(table, command.name ?? '');
	if (!column.notNull) throw sqlError('55000', `column "${column.name}" of relation "${table.name}" must be declared NOT NULL before identity can be added`);
	if (column.identity !== '') throw sqlError('55000', `column "${column.name}" of relation "${table.name}" is already an identity column`);
	if (column.defaultText !== null) throw sqlError('55000', `column "${column.name}" of relation "${table.name}" already has a default value`);
	const constraint = (command.def as AstNode).Constraint!;
	const schema = ddl.catalog.get(table.schemaId)!;
	if (schema.kind !== 'schema') throw new TypeError('a table is in a schema');
	const type = ddl.catalog.typeByOid(column.typeOid) ?? INT8;
	const name = freeName(table.name, column.name, 'seq', relationNameTaken(ddl.session, schema.id));
	const sequenceId = createSequence(ddl, { name, schema, options: sequenceOptions(nodesOf(constraint.options), type, null), persistence: 'p' });
	changeColumn(ddl, table, column.number, { identity: constraint.generated_when === 'a' ? 'a' : 'd', sequenceId, defaultText: nextvalText(sequenceId) });
	ownSequence(ddl, sequenceId, table.id, column.number);
}

function dropIdentity(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const column = liveColumn(table, command.name ?? '');
	if (column.identity === '') {
		if (!command.missing_ok) throw sqlError('55000', `column "${column.name}" of relation "${table.name}" is not an identity column`);
		ddl.session.notice('NOTICE', '00000', `column "${column.name}" of relation "${table.name}" is not an identity column, skipping`);
		return;
	}
	changeColumn(ddl, table, column.number, { identity: '', defaultText: null, sequenceId: 0 });
	const sequence = ddl.catalog.get(column.sequenceId);
	if (sequence !== undefined) dropObjects(ddl, [sequence], true);
}

// ---- constraints ----

function addChecked(ddl: DdlContext, tableId: number, node: import('libpg-query').Constraint, column: string | null): Step {
	const before = ddl.table(tableId);
	const constraint = addConstraint(ddl, tableId, { node, column });
	const after = ddl.table(tableId);
	const engine = ddl.session.engine;
	switch (constraint.type) {
		case 'primary':
			if (after.primaryKey.length > before.primaryKey.length) return engine.rewriteTable(ddl, before, after, null);
			return chain(requireNotNull(ddl, before, constraint.columns), () => buildKey(ddl, constraint, node));
		case 'unique':
			return buildKey(ddl, constraint, node);
		default:
			return constraint.validated ? engine.validateConstraint(ddl.session, ddl.transaction, after, constraint) : undefined;
	}
}

/** The index of a key: an index that is there is kept, but for one whose entries become those of a deferrable constraint. */
function buildKey(ddl: DdlContext, constraint: ConstraintObject, node: import('libpg-query').Constraint): Step {
	if (node.indexname && !constraint.deferrable) return;
	return ddl.session.engine.buildIndexNow(ddl.session, ddl.transaction, constraint.tableId, constraint.indexId);
}

/** Rows that are there must have values in columns that could be null before. */
function requireNotNull(ddl: DdlContext, before: TableObject, numbers: readonly number[]): Step {
	let done = chain(undefined, () => undefined);
	for (const number of numbers) {
		if (before.columns.find((c) => c.number === number)?.notNull) continue;
		done = chain(done, () => ddl.session.engine.checkNotNull(ddl.session, ddl.transaction, ddl.table(before.id), number));
	}
	return done;
}

function findConstraint(ddl: DdlContext, table: TableObject, name: string): ConstraintObject | undefined {
	return ddl.constraintsOf(table).find((c) => c.name === name);
}

function requireConstraint(ddl: DdlContext, table: TableObject, name: string): ConstraintObject {
	const constraint = findConstraint(ddl, table, name);
	if (constraint === undefined) throw sqlError('42704', `constraint "${name}" of relation "${table.name}" does not exist`);
	return constraint;
}

function dropConstraint(ddl: DdlContext, table: TableObject, command: AlterTableCmd): Step {
	const name = command.name ?? '';
	if (command.missing_ok && findConstraint(ddl, table, name) === undefined) {
		ddl.session.notice('NOTICE', '00000', `constraint "${name}" of relation "${table.name}" does not exist, skipping`);
		return;
	}
	const constraint = requireConstraint(ddl, table, name);
	const index = constraint.type === 'foreign' ? undefined : ddl.catalog.get(constraint.indexId);
	dropObjects(ddl, index === undefined ? [constraint] : [constraint, index], command.behavior === 'DROP_CASCADE');
	const current = ddl.table(table.id);
	if (constraint.type !== 'primary' || current.primaryKey.length === 0) return;
	return ddl.session.engine.rewriteTable(ddl, current, { ...current, primaryKey: [] }, null);
}

function validate(ddl: DdlContext, table: TableObject, command: AlterTableCmd): Step {
	const constraint = requireConstraint(ddl, table, command.name ?? '');
	if (constraint.validated) return;
	const valid = { ...constraint, validated: true };
	ddl.put(valid);
	return ddl.session.engine.validateConstraint(ddl.session, ddl.transaction, table, valid);
}

function alterConstraint(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const change = (command.def as AstNode).ATAlterConstraint;
	const constraint = requireConstraint(ddl, table, change?.conname ?? '');
	if (constraint.type !== 'foreign') throw sqlError('42809', `constraint "${constraint.name}" of relation "${table.name}" is not a foreign key constraint`);
	ddl.put({ ...constraint, deferrable: change?.deferrable ?? false, initiallyDeferred: change?.initdeferred ?? false });
}

// ---- the statement ----

type Command = (ddl: DdlContext, table: TableObject, command: AlterTableCmd) => Step;

const storageParameters: Command = (ddl, table, command) => {
	const named = storageOptions(nodesOf((command.def as AstNode | undefined)?.List?.items));
	const options = { ...table.options };
	if (command.subtype === 'AT_ResetRelOptions') for (const name of Object.keys(named)) delete options[name];
	else Object.assign(options, named);
	checkStorageOptions('table', options);
	checkCompaction(table.engine, options);
	if (options.sort !== table.options.sort)
		throw sqlError('0A000', 'the order of a columnar table cannot be changed', { hint: 'Make a new table with the order and copy the rows.' });
	ddl.put({ ...table, options });
	if ((options.organization ?? 'clustered') !== (table.options.organization ?? 'clustered')) return reorganize(ddl, { ...table, options });
};

/** Rows become a heap beside their primary key, or are clustered by it. A deferrable key stays beside them. */
function reorganize(ddl: DdlContext, table: TableObject): Step {
	const constraint = ddl.constraintsOf(table).find((c) => c.type === 'primary' && !c.deferrable);
	const index = constraint === undefined ? undefined : ddl.catalog.get(constraint.indexId);
	if (constraint === undefined || index?.kind !== 'index') return;
	const clusters = table.options.organization !== 'heap' && table.sortBy === undefined;
	if (index.primary === clusters) return;
	ddl.put({ ...index, primary: clusters, keyspaceId: clusters ? table.keyspaceId : ddl.newId() });
	return ddl.session.engine.rewriteTable(ddl, table, { ...table, primaryKey: clusters ? constraint.columns : [] }, null);
}

const commands: Readonly<Record<string, Command>> = {
	AT_AddColumn: addColumn,
	AT_DropColumn: dropColumn,
	AT_AlterColumnType: alterType,
	AT_ColumnDefault: setDefault,
	AT_SetNotNull: setNotNull,
	AT_DropNotNull: dropNotNull,
	AT_DropExpression: dropExpression,
	AT_AddIdentity: addIdentity,
	AT_DropIdentity: dropIdentity,
	AT_AddConstraint: (ddl, table, command) => {
		const node = (command.def as AstNode).Constraint!;
		if (!isObjectConstraint(node)) throw sqlError('0A000', 'this kind of constraint cannot be added');
		return addChecked(ddl, table.id, node, null);
	},
	AT_DropConstraint: dropConstraint,
	AT_ValidateConstraint: validate,
	AT_AlterConstraint: alterConstraint,
	AT_ChangeOwner: (ddl, table, command) => alterRelationOwner(ddl, table, command.newowner),
	AT_SetRelOptions: storageParameters,
	AT_ResetRelOptions: storageParameters,
	AT_AttachPartition: (ddl, table, command) => {
		const { table: child, bound } = partitionNamed(ddl, command);
		return attachPartition(ddl, table, child, bound!);
	},
	AT_DetachPartition: (ddl, table, command) => detachPartition(ddl, table, partitionNamed(ddl, command).table),
	AT_AddInherit: (ddl, table, command) => startInheriting(ddl, table, requireTable(ddl.session, rangeName((command.def as AstNode).RangeVar!))),
	AT_DropInherit: (ddl, table, command) => stopInheriting(ddl, table, requireTable(ddl.session, rangeName((command.def as AstNode).RangeVar!))),
	...Object.fromEntries(triggerCommands.map((name) => [name, enableTriggers])),
	AT_SetAccessMethod: (ddl, table, command) => {
		const engine = engineOf(ddl, command.name);
		checkCompaction(engine, table.options);
		return engine === table.engine ? undefined : ddl.session.engine.rewriteTable(ddl, table, { ...table, engine }, null);
	},
};

const alter: UtilityHandler<AlterTableStmt> = ddlHandler<AlterTableStmt>(
	(node) => `ALTER ${(node.objtype ?? 'OBJECT_TABLE').replace('OBJECT_', '').replace('MATVIEW', 'MATERIALIZED VIEW')}`,
	(ddl, node) => {
		const name = rangeName(node.relation!);
		if (node.missing_ok && findRelation(ddl.session, name) === undefined) {
			ddl.session.notice('NOTICE', '42P01', `relation "${name.name}" does not exist, skipping`);
			return;
		}
		const relation = requireRelation(ddl.session, name, ['table', 'view', 'index', 'sequence']);
		if (relation.kind !== 'table')
			return alterOther(
				ddl,
				relation,
				nodesOf(node.cmds).map((c) => c.AlterTableCmd!),
			);
		ddl.lock(relation.id, 'exclusive');
		const isOnly = node.relation!.inh === false || node.relation!.inh === undefined;
		ddl.isWhole = nodesOf(node.cmds).length === 1 && ddl.session.block?.transaction !== ddl.transaction;
		let done = chain(undefined, () => undefined);
		for (const item of nodesOf(node.cmds)) {
			const command = item.AlterTableCmd!;
			const run = commands[command.subtype ?? ''];
			if (run === undefined)
				throw sqlError(
					'0A000',
					`ALTER TABLE ${(command.subtype ?? '')
						.replace('AT_', '')
						.replace(/([a-z])([A-Z])/g, '$1 $2')
						.toUpperCase()} is not supported`,
				);
			requireOwn(ddl, relation, command);
			refuseOfStore(ddl, relation, command);
			if (isOnly) refuseOnly(ddl, relation, command);
			done = chain(done, () => (isOnly ? run(ddl, ddl.table(relation.id), command) : everyTable(ddl, ddl.table(relation.id), command, run)));
		}
		return done;
	},
);

/** What would leave the tables of a triple store without the columns and keys that it needs. */
const SHAPING: ReadonlySet<string> = new Set([
	'AT_AddColumn',
	'AT_DropColumn',
	'AT_AlterColumnType',
	'AT_DropNotNull',
	'AT_DropConstraint',
	'AT_AddIdentity',
	'AT_AddInherit',
	'AT_AttachPartition',
]);

function refuseOfStore(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	if (!SHAPING.has(command.subtype ?? '')) return;
	const store = ddl.catalog.dependents(table.id).find((dependent) => dependent.kind === 'triple store');
	if (store !== undefined) throw sqlError('42809', `table "${table.name}" belongs to triple store "${store.name}": its columns and keys cannot be changed`);
}

/** What a partitioned table shares with its partitions is changed in all of them. */
const SHARED: ReadonlySet<string> = new Set([
	'AT_AddColumn',
	'AT_DropColumn',
	'AT_AlterColumnType',
	'AT_ColumnDefault',
	'AT_SetNotNull',
	'AT_DropNotNull',
	'AT_DropExpression',
	'AT_AddConstraint',
	'AT_DropConstraint',
	'AT_ValidateConstraint',
]);

function everyTable(ddl: DdlContext, table: TableObject, command: AlterTableCmd, run: Command): Step {
	if (table.partitionBy !== undefined) refuseForPartitioned(table, command);
	if (table.isInherited === true) return everyHeir(ddl, table, command, run);
	if (table.partitionBy === undefined || !SHARED.has(command.subtype ?? '')) return run(ddl, table, command);
	const before = table.indexIds;
	const parts = partitionsOf(ddl.catalog, table).map((partition) => (): Step => {
		ddl.lock(partition.id, 'exclusive');
		return everyTable(ddl, ddl.table(partition.id), partCommand(ddl, table, partition, command), run);
	});
	const own = (): Step => run(ddl, ddl.table(table.id), command);
	// What is dropped goes from below, so that each partition is done with it by itself.
	const steps = command.subtype === 'AT_DropConstraint' ? [...parts, own] : [own, ...parts];
	const done = steps.reduce<Step>((before, step) => chain(before, step), undefined);
	return chain(done, () => linkIndexes(ddl, table.id, before));
}

/** What a table has from above is changed there. */
function requireOwn(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const name = command.name ?? '';
	if (command.subtype === 'AT_DropColumn') requireOwnColumn(ddl, table, name, 'drop');
	else if (command.subtype === 'AT_AlterColumnType') requireOwnColumn(ddl, table, name, 'alter');
	else if (command.subtype === 'AT_DropConstraint') requireOwnConstraint(ddl, table, name);
}

/** ONLY cannot leave those below with fewer columns or checks. */
function refuseOnly(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	if (partitionsOf(ddl.catalog, table).length + heirsOf(ddl.catalog, table).length === 0) return;
	if (command.subtype === 'AT_AddColumn') throw sqlError('42P16', 'column must be added to child tables too');
	if (command.subtype === 'AT_AlterColumnType') throw sqlError('42P16', `type of inherited column "${command.name}" must be changed in child tables too`);
	const constraint = (command.def as AstNode | undefined)?.Constraint;
	if (command.subtype === 'AT_AddConstraint' && constraint?.contype === 'CONSTR_CHECK' && !constraint.is_no_inherit)
		throw sqlError('42P16', 'constraint must be added to child tables too');
}

/** Columns and checks of a table are those of its heirs; keys are its own. */
function everyHeir(ddl: DdlContext, table: TableObject, command: AlterTableCmd, run: Command): Step {
	const node = (command.def as AstNode | undefined)?.Constraint;
	const isShared = SHARED.has(command.subtype ?? '') && (command.subtype !== 'AT_AddConstraint' || (node?.contype === 'CONSTR_CHECK' && !node.is_no_inherit));
	const dropped = command.subtype === 'AT_DropConstraint' ? findConstraint(ddl, table, command.name ?? '') : undefined;
	let done: Step = run(ddl, table, command);
	if (!isShared || (dropped !== undefined && dropped.type !== 'check')) return done;
	for (const { id } of heirsOf(ddl.catalog, table)) {
		done = chain(done, () => {
			ddl.lock(id, 'exclusive');
			const heir = ddl.table(id);
			if (command.subtype === 'AT_AddColumn' && hasColumn(ddl, heir, command)) return;
			if (command.subtype === 'AT_AddConstraint' && isMerged(ddl, heir, ddl.constraintsOf(ddl.table(table.id)).at(-1)!)) return;
			return everyTable(ddl, heir, { ...command, missing_ok: true }, run);
		});
	}
	return done;
}

/** ADD COLUMN meets a column that an heir has of its own, or through another ancestor. */
function hasColumn(ddl: DdlContext, heir: TableObject, command: AlterTableCmd): boolean {
	const name = ((command.def as AstNode).ColumnDef as ColumnDef).colname ?? '';
	if (!heir.columns.some((c) => c.name === name && !c.dropped)) return false;
	ddl.session.notice('NOTICE', '00000', `merging definition of column "${name}" for child "${heir.name}"`);
	return true;
}

/** Names of keys are those of each partition's own. */
function partCommand(ddl: DdlContext, table: TableObject, partition: TableObject, command: AlterTableCmd): AlterTableCmd {
	if (command.subtype === 'AT_AddConstraint') {
		const node = (command.def as AstNode).Constraint!;
		if (node.contype !== 'CONSTR_PRIMARY' && node.contype !== 'CONSTR_UNIQUE') return command;
		const { conname: _own, ...rest } = node;
		return { ...command, def: { Constraint: rest } as never };
	}
	if (command.subtype !== 'AT_DropConstraint') return command;
	const dropped = ddl.constraintsOf(table).find((c) => c.name === command.name);
	const index = ddl.indexesOf(partition).find((i) => dropped !== undefined && i.parentIndexId === dropped.indexId);
	const part = ddl.constraintsOf(partition).find((c) => c.type !== 'foreign' && c.indexId === index?.id);
	return { ...command, missing_ok: true, ...(part === undefined ? {} : { name: part.name }) };
}

function refuseForPartitioned(table: TableObject, command: AlterTableCmd): void {
	const isKey = table.partitionBy!.columns.some((number) => table.columns.find((c) => c.number === number)?.name === command.name);
	if (isKey && command.subtype === 'AT_DropColumn')
		throw sqlError('42P16', `cannot drop column "${command.name}" because it is part of the partition key of relation "${table.name}"`);
	if (isKey && command.subtype === 'AT_AlterColumnType')
		throw sqlError('42P16', `cannot alter column "${command.name}" because it is part of the partition key of relation "${table.name}"`);
	if ((command.def as AstNode | undefined)?.Constraint?.indexname)
		throw sqlError('0A000', 'ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables');
}

/** Indexes that a command has just made in a table and its partitions belong together. */
function linkIndexes(ddl: DdlContext, tableId: number, before: readonly number[]): void {
	const table = ddl.table(tableId);
	for (const index of ddl.indexesOf(table)) {
		if (before.includes(index.id)) continue;
		for (const partition of partitionsOf(ddl.catalog, table)) {
			const part = ddl.indexesOf(partition).find((i) => i.parentIndexId === undefined && i.unique && isSameIndex(i, index, numberIn(table, partition)));
			if (part !== undefined) ddl.put({ ...part, parentIndexId: index.id, dependsOn: [...(part.dependsOn ?? []), index.id] });
		}
	}
}

function partitionNamed(ddl: DdlContext, command: AlterTableCmd): { readonly table: TableObject; readonly bound: PartitionBoundSpec | undefined } {
	const { name, bound } = (command.def as AstNode).PartitionCmd!;
	return { table: requireTable(ddl.session, rangeName(name!)), bound };
}

function alterOther(ddl: DdlContext, relation: ReturnType<typeof requireRelation>, list: readonly AlterTableCmd[]): void {
	for (const command of list) {
		if (command.subtype === 'AT_AttachPartition' && relation.kind === 'index')
			attachIndex(ddl, relation, requireRelation(ddl.session, rangeName((command.def as AstNode).PartitionCmd!.name!), ['index']));
		else if (command.subtype === 'AT_ChangeOwner') alterRelationOwner(ddl, relation, command.newowner);
		else if (relation.kind === 'view' && relation.materializedTableId !== 0 && /^AT_(Set|Reset)RelOptions$/.test(command.subtype ?? ''))
			alterRefresh(ddl, relation, storageOptions(nodesOf((command.def as AstNode | undefined)?.List?.items)), command.subtype === 'AT_ResetRelOptions');
		else if (relation.kind === 'view' && command.subtype === 'AT_ColumnDefault') throw sqlError('0A000', 'defaults of view columns are not supported');
		else
			throw sqlError('42809', `ALTER action ${(command.subtype ?? '').replace('AT_', '').toUpperCase()} cannot be performed on relation "${relation.name}"`, {
				detail: `This operation is not supported for ${relation.kind === 'index' ? 'indexes' : `${relation.kind}s`}.`,
			});
	}
}

export const alterTableHandlers = { AlterTableStmt: alter };
