/**
 * Constraints: from their definition to catalog objects. The same code serves CREATE TABLE (where no row exists yet) and ALTER
 * TABLE ADD CONSTRAINT (where rows are checked first, `validate.ts`).
 */
import type { Constraint } from 'libpg-query';
import { analyzeCheckExpression } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf, stringOf } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { sqlError } from '../../platform/errors.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { orderedBeside } from '../../storage/engine-abilities.ts';
import type { ColumnObject, ConstraintObject, IndexObject, ReferentialAction, TableObject } from '../../transaction/catalog-objects.ts';
import { formatTypeName } from '../../value/typmod.ts';
import type { DdlContext } from './context.ts';
import { nodesOf } from './context.ts';
import { freeName, rangeName, relationNameTaken, requireTable } from './names.ts';

export interface ConstraintDraft {
	readonly node: Constraint;
	/** The column that it was written at, or null for a table constraint. */
	readonly column: string | null;
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' };

/** True for constraints that become objects of their own. */
export function isObjectConstraint(node: Constraint): boolean {
	return ['CONSTR_PRIMARY', 'CONSTR_UNIQUE', 'CONSTR_CHECK', 'CONSTR_FOREIGN', 'CONSTR_EXCLUSION'].includes(node.contype ?? '');
}

/** Column constraints are followed by attributes (DEFERRABLE …) as nodes of their own: folds them into the constraint before. */
export function foldAttributes(nodes: readonly Constraint[]): Constraint[] {
	const folded: Constraint[] = [];
	for (const node of nodes) {
		const last = folded[folded.length - 1];
		if (node.contype === 'CONSTR_ATTR_DEFERRABLE' && last !== undefined) folded[folded.length - 1] = { ...last, deferrable: true };
		else if (node.contype === 'CONSTR_ATTR_DEFERRED' && last !== undefined) folded[folded.length - 1] = { ...last, deferrable: true, initdeferred: true };
		else if (node.contype?.startsWith('CONSTR_ATTR')) continue;
		else folded.push(node);
	}
	return folded;
}

export function columnOf(table: TableObject, name: string): ColumnObject {
	const column = table.columns.find((c) => c.name === name && !c.dropped);
	if (column === undefined) throw sqlError('42703', `column "${name}" named in key does not exist`);
	return column;
}

function constraintNames(ddl: DdlContext, table: TableObject): Set<string> {
	return new Set(ddl.constraintsOf(table).map((c) => c.name));
}

function chooseName(ddl: DdlContext, table: TableObject, given: string | undefined, columns: string, label: string, isIndex: boolean): string {
	const names = constraintNames(ddl, table);
	const relationTaken = relationNameTaken(ddl.session, table.schemaId);
	const taken = (name: string): boolean => names.has(name) || (isIndex && relationTaken(name));
	if (given !== undefined && given !== '') {
		if (names.has(given)) throw sqlError('42710', `constraint "${given}" for relation "${table.name}" already exists`);
		if (isIndex && relationTaken(given)) throw sqlError('42P07', `relation "${given}" already exists`);
		return given;
	}
	return freeName(table.name, columns, label, taken);
}

const NO_CONSTRAINT = {
	indexId: 0,
	checkText: null,
	foreignTableId: 0,
	foreignColumns: [],
	onDelete: 'no action',
	onUpdate: 'no action',
	matchFull: false,
} as const;

/** Adds the constraint's objects to the catalog; returns the constraint, for validation of rows that are there. */
export function addConstraint(ddl: DdlContext, tableId: number, draft: ConstraintDraft): ConstraintObject {
	switch (draft.node.contype) {
		case 'CONSTR_PRIMARY':
			return addKey(ddl, ddl.table(tableId), draft, true);
		case 'CONSTR_UNIQUE':
			return addKey(ddl, ddl.table(tableId), draft, false);
		case 'CONSTR_CHECK':
			return addCheck(ddl, ddl.table(tableId), draft);
		case 'CONSTR_FOREIGN':
			return addForeignKey(ddl, ddl.table(tableId), draft);
		default:
			throw sqlError('0A000', 'exclusion constraints are not supported');
	}
}

function addObject(ddl: DdlContext, constraint: ConstraintObject, changes: Partial<TableObject> = {}): ConstraintObject {
	const table = ddl.table(constraint.tableId);
	ddl.put(constraint);
	ddl.put({ ...table, ...changes, constraintIds: [...table.constraintIds, constraint.id] });
	return constraint;
}

// ---- keys ----

/** A primary key clusters its table's rows, unless they are a heap, or it is deferrable (rows of one key may then stand side by side for a while): then it is an index beside them. */
function addKey(ddl: DdlContext, table: TableObject, draft: ConstraintDraft, primary: boolean): ConstraintObject {
	const node = draft.node;
	if (node.indexname) return adoptIndex(ddl, table, node, primary);
	const clusters = primary && !(node.deferrable ?? false) && table.options.organization !== 'heap' && table.sortBy === undefined;
	const names = draft.column === null ? namesOf(node.keys as AstNode[] | undefined) : [draft.column];
	const duplicate = names.find((n, i) => names.indexOf(n) !== i);
	if (duplicate !== undefined) throw sqlError('42701', `column "${duplicate}" appears twice in ${primary ? 'primary key' : 'unique'} constraint`);
	const columns = names.map((n) => columnOf(table, n));
	if (primary && ddl.constraintsOf(table).some((c) => c.type === 'primary'))
		throw sqlError('42P16', `multiple primary keys for table "${table.name}" are not allowed`);
	for (const column of columns) requireOrdering(ddl, column);
	const name = chooseName(ddl, table, node.conname, primary ? '' : names.join('_'), primary ? 'pkey' : 'key', true);
	const numbers = columns.map((c) => c.number);
	requireKeyColumns(table, numbers, primary ? 'PRIMARY KEY' : 'UNIQUE');
	const include = namesOf(node.including as AstNode[] | undefined).map((n) => columnOf(table, n).number);
	const index: IndexObject = {
		kind: 'index',
		id: ddl.newId(),
		name,
		schemaId: table.schemaId,
		tableId: table.id,
		keyspaceId: clusters ? table.keyspaceId : ddl.newId(),
		unique: true,
		nullsNotDistinct: node.nulls_not_distinct ?? false,
		primary: clusters,
		columns: numbers.map((column) => ({ column, expressionText: null, descending: false, nullsFirst: false })),
		include,
		predicateText: null,
		ready: true,
		method: 'btree',
		...(clusters ? {} : { engine: orderedBeside(table.engine) }),
	};
	ddl.put(index);
	const constraint = keyConstraint(ddl, table, index, node, primary, numbers);
	return addObject(ddl, constraint, {
		indexIds: clusters ? [index.id, ...table.indexIds] : [...table.indexIds, index.id],
		...(clusters ? { primaryKey: numbers } : {}),
		...(primary ? { columns: withoutNulls(table, numbers) } : {}),
	});
}

function withoutNulls(table: TableObject, numbers: readonly number[]): readonly ColumnObject[] {
	return table.columns.map((c) => (numbers.includes(c.number) ? { ...c, notNull: true } : c));
}

function keyConstraint(
	ddl: DdlContext,
	table: TableObject,
	index: IndexObject,
	node: Constraint,
	primary: boolean,
	columns: readonly number[],
): ConstraintObject {
	return {
		...NO_CONSTRAINT,
		kind: 'constraint',
		id: ddl.newId(),
		name: index.name,
		schemaId: table.schemaId,
		tableId: table.id,
		type: primary ? 'primary' : 'unique',
		columns,
		indexId: index.id,
		deferrable: node.deferrable ?? false,
		initiallyDeferred: node.initdeferred ?? false,
		validated: true,
	};
}

/** ADD CONSTRAINT … USING INDEX. The index stays beside the table, also as its primary key. One that becomes deferrable is made anew by the caller. */
function adoptIndex(ddl: DdlContext, table: TableObject, node: Constraint, primary: boolean): ConstraintObject {
	const index = ddl.indexesOf(table).find((i) => i.name === node.indexname);
	if (index === undefined) throw sqlError('42704', `index "${node.indexname}" does not exist`);
	checkAdoptable(ddl, table, index, primary);
	const numbers = index.columns.map((c) => c.column);
	const name = node.conname ? node.conname : index.name;
	if (name !== index.name) ddl.session.notice('NOTICE', '00000', `ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index "${index.name}" to "${name}"`);
	const adopted = { ...index, name, keyspaceId: node.deferrable ? ddl.newId() : index.keyspaceId };
	ddl.put(adopted);
	return addObject(ddl, keyConstraint(ddl, table, adopted, node, primary, numbers), primary ? { columns: withoutNulls(table, numbers) } : {});
}

function checkAdoptable(ddl: DdlContext, table: TableObject, index: IndexObject, primary: boolean): void {
	const refuse = (message: string): never => {
		throw sqlError('42809', message, { detail: 'Cannot create a primary key or unique constraint using such an index.' });
	};
	const constraints = ddl.constraintsOf(table);
	if (primary && constraints.some((c) => c.type === 'primary')) throw sqlError('42P16', `multiple primary keys for table "${table.name}" are not allowed`);
	if (constraints.some((c) => c.indexId === index.id && c.type !== 'foreign'))
		throw sqlError('55000', `index "${index.name}" is already associated with a constraint`);
	if (!index.unique) refuse(`"${index.name}" is not a unique index`);
	if (index.columns.some((c) => c.column === 0)) refuse(`index "${index.name}" contains expressions`);
	if (index.predicateText !== null) refuse(`"${index.name}" is a partial index`);
	index.columns.forEach((c, i) => {
		if (c.descending || c.nullsFirst) refuse(`index "${index.name}" column number ${i + 1} does not have default sorting behavior`);
	});
}

/** A type without an order cannot be in an index. */
export function requireOrdering(ddl: DdlContext, column: ColumnObject): void {
	const type = ddl.catalog.typeByOid(column.typeOid);
	if (type !== undefined && sqlFunctions.ordering(type, ddl.catalog) !== undefined) return;
	throw sqlError(
		'42704',
		`data type ${type === undefined ? '???' : formatTypeName(type, -1, ddl.catalog)} has no default operator class for access method "btree"`,
		{
			hint: 'You must specify an operator class for the index or define a default operator class for the data type.',
		},
	);
}

/** A unique key of a partitioned table must tell the partition: keys are unique within each. */
export function requireKeyColumns(table: TableObject, columns: readonly number[], what: string): void {
	const missing = table.partitionBy?.columns.find((number) => !columns.includes(number));
	if (missing === undefined) return;
	const name = table.columns.find((c) => c.number === missing)!.name;
	throw sqlError('0A000', 'unique constraint on partitioned table must include all partitioning columns', {
		detail: `${what} constraint on table "${table.name}" lacks column "${name}" which is part of the partition key.`,
	});
}

// ---- checks ----

function addCheck(ddl: DdlContext, table: TableObject, draft: ConstraintDraft): ConstraintObject {
	const node = draft.node;
	const expression = node.raw_expr as AstNode;
	const { columns, dependencies } = analyzeCheckExpression(expression, ddl.analysis(), table);
	const live = columns.filter((n) => n > 0);
	const only = live.length === 1 ? table.columns.find((c) => c.number === live[0])!.name : '';
	const name = chooseName(ddl, table, node.conname, draft.column ?? only, 'check', false);
	return addObject(ddl, {
		...NO_CONSTRAINT,
		kind: 'constraint',
		id: ddl.newId(),
		name,
		schemaId: table.schemaId,
		tableId: table.id,
		type: 'check',
		columns: live,
		checkText: deparseExpression(expression),
		deferrable: false,
		initiallyDeferred: false,
		validated: !(node.skip_validation ?? false),
		dependsOn: dependencies,
	});
}

// ---- foreign keys ----

function addForeignKey(ddl: DdlContext, table: TableObject, draft: ConstraintDraft): ConstraintObject {
	const node = draft.node;
	const parent = requireTable(ddl.session, rangeName(node.pktable!));
	if (parent.partitionBy !== undefined)
		throw sqlError('0A000', 'foreign keys that refer to partitioned tables are not supported', {
			hint: `Refer to a partition of "${parent.name}", or to a table of keys.`,
		});
	// No writer of the parent may go on without knowing of the new key.
	ddl.lock(parent.id, 'exclusive');
	if (table.persistence === 'p' && parent.persistence === 't') throw sqlError('42P16', 'constraints on permanent tables may reference only permanent tables');
	const names = draft.column === null ? namesOf(node.fk_attrs as AstNode[] | undefined) : [draft.column];
	const columns = names.map((n) => {
		const column = table.columns.find((c) => c.name === n && !c.dropped);
		if (column === undefined) throw sqlError('42703', `column "${n}" referenced in foreign key constraint does not exist`);
		return column;
	});
	const wanted = namesOf(node.pk_attrs as AstNode[] | undefined);
	const { index, foreign } = referencedKey(ddl, parent, wanted);
	if (foreign.length !== columns.length) throw sqlError('42830', 'number of referencing and referenced columns for foreign key disagree');
	columns.forEach((c, i) => {
		checkComparable(ddl, c, foreign[i]!, node.conname ?? '', table, draft);
	});
	const setColumns = nodesOf(node.fk_del_set_cols).map((n) => {
		const column = columns.find((c) => c.name === stringOf(n));
		if (column === undefined) throw sqlError('42P10', `column "${stringOf(n)}" referenced in ON DELETE SET action must be part of foreign key`);
		return column.number;
	});
	if (node.fk_matchtype === 'p') throw sqlError('0A000', 'MATCH PARTIAL not yet implemented');
	return addObject(ddl, {
		kind: 'constraint',
		id: ddl.newId(),
		name: chooseName(ddl, table, node.conname, names.join('_'), 'fkey', false),
		schemaId: table.schemaId,
		tableId: table.id,
		type: 'foreign',
		columns: columns.map((c) => c.number),
		indexId: index.id,
		checkText: null,
		foreignTableId: parent.id,
		foreignColumns: foreign.map((c) => c.number),
		onDelete: ACTIONS[node.fk_del_action ?? 'a'] ?? 'no action',
		onUpdate: ACTIONS[node.fk_upd_action ?? 'a'] ?? 'no action',
		...(setColumns.length > 0 ? { onDeleteColumns: setColumns } : {}),
		matchFull: node.fk_matchtype === 'f',
		deferrable: node.deferrable ?? false,
		initiallyDeferred: node.initdeferred ?? false,
		validated: !(node.skip_validation ?? false),
		dependsOn: [index.id],
	});
}

function referencedKey(ddl: DdlContext, parent: TableObject, wanted: readonly string[]): { index: IndexObject; foreign: ColumnObject[] } {
	const indexes = ddl.indexesOf(parent).filter((i) => i.unique && i.predicateText === null && i.columns.every((c) => c.column !== 0));
	const byNumber = (n: number): ColumnObject => parent.columns.find((c) => c.number === n)!;
	if (wanted.length === 0) {
		const constraint = ddl.constraintsOf(parent).find((c) => c.type === 'primary');
		if (constraint?.deferrable) throw sqlError('55000', `cannot use a deferrable primary key for referenced table "${parent.name}"`);
		const primary = indexes.find((i) => i.id === constraint?.indexId);
		if (primary === undefined) throw sqlError('42704', `there is no primary key for referenced table "${parent.name}"`);
		return { index: primary, foreign: primary.columns.map((c) => byNumber(c.column)) };
	}
	const foreign = wanted.map((n) => {
		const column = parent.columns.find((c) => c.name === n && !c.dropped);
		if (column === undefined) throw sqlError('42703', `column "${n}" referenced in foreign key constraint does not exist`);
		return column;
	});
	const numbers = new Set(foreign.map((c) => c.number));
	const index = indexes.find((i) => i.columns.length === foreign.length && numbers.size === foreign.length && i.columns.every((c) => numbers.has(c.column)));
	if (index === undefined) throw sqlError('42830', `there is no unique constraint matching given keys for referenced table "${parent.name}"`);
	if (ddl.constraintsOf(parent).some((c) => c.indexId === index.id && c.type !== 'foreign' && c.deferrable))
		throw sqlError('55000', `cannot use a deferrable unique constraint for referenced table "${parent.name}"`);
	return { index, foreign };
}

function checkComparable(ddl: DdlContext, own: ColumnObject, other: ColumnObject, given: string, table: TableObject, draft: ConstraintDraft): void {
	const a = ddl.catalog.typeByOid(own.typeOid)!;
	const b = ddl.catalog.typeByOid(other.typeOid)!;
	const base = (t: typeof a): number => (t.kind === 'domain' ? t.baseOid : t.oid);
	if (base(a) === base(b)) return;
	const comparable =
		sqlFunctions.operators('=').some((o) => o.leftOid === base(b) && o.rightOid === base(a)) || sqlFunctions.cast(base(a), base(b))?.context === 'implicit';
	if (comparable) return;
	const name = given !== '' ? given : freeName(table.name, draft.column ?? own.name, 'fkey', () => false);
	throw sqlError('42804', `foreign key constraint "${name}" cannot be implemented`, {
		detail: `Key columns "${own.name}" and "${other.name}" are of incompatible types: ${formatTypeName(a, own.typmod, ddl.catalog)} and ${formatTypeName(b, other.typmod, ddl.catalog)}.`,
	});
}
