/** CREATE, DROP and ALTER TRIGGER; ENABLE and DISABLE TRIGGER; the triggers of TRUNCATE. */
import type { AlterTableCmd, CreateTrigStmt, RenameStmt } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { sqlError } from '../../platform/errors.ts';
import type { FunctionObject, ObjectId, TableObject, TriggerEvent, TriggerObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { TRIGGER } from '../../value/builtin-types.ts';
import { procedural } from '../procedural/load-procedural.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { listName, lookupSchemas, rangeName, requireRelation, shownName } from './names.ts';

const TIMINGS: Readonly<Record<number, TriggerObject['timing']>> = { 0: 'after', 2: 'before', 64: 'instead' };
const EVENTS: readonly (readonly [bit: number, event: TriggerEvent])[] = [
	[4, 'insert'],
	[8, 'delete'],
	[16, 'update'],
	[32, 'truncate'],
];

function triggerFunction(ddl: DdlContext, node: CreateTrigStmt): FunctionObject {
	const name = listName(namesOf(node.funcname as AstNode[] | undefined));
	for (const schema of lookupSchemas(ddl.session, name)) {
		const found = ddl.catalog.functions(schema.id, name.name).find((f): f is FunctionObject => f.kind === 'function' && f.argumentOids.length === 0);
		if (found === undefined) continue;
		if (found.returnOid !== TRIGGER.oid) throw sqlError('42P17', `function ${shownName(name)} must return type trigger`);
		return found;
	}
	throw sqlError('42883', `function ${shownName(name)}() does not exist`);
}

export function triggersOfRelation(ddl: DdlContext, relation: TableObject | ViewObject): TriggerObject[] {
	return ddl.catalog.dependents(relation.id).filter((o): o is TriggerObject => o.kind === 'trigger' && o.tableId === relation.id);
}

function requireTrigger(ddl: DdlContext, relation: TableObject | ViewObject, name: string): TriggerObject {
	const found = triggersOfRelation(ddl, relation).find((t) => t.name === name);
	if (found === undefined) throw sqlError('42704', `trigger "${name}" for table "${relation.name}" does not exist`);
	return found;
}

interface Shape {
	readonly timing: TriggerObject['timing'];
	readonly isRow: boolean;
	readonly events: readonly TriggerEvent[];
}

/** What PostgreSQL does not let be said together. */
function checkShape(relation: TableObject | ViewObject, node: CreateTrigStmt, { timing, isRow, events }: Shape): void {
	const wrong = (message: string, detail?: string): Error => sqlError('42809', message, detail === undefined ? {} : { detail });
	if (relation.kind === 'view') {
		if (relation.materializedTableId !== 0)
			throw wrong(`relation "${relation.name}" cannot have triggers`, 'This operation is not supported for materialized views.');
		if (timing !== 'instead' && isRow) throw wrong(`"${relation.name}" is a view`, 'Views cannot have row-level BEFORE or AFTER triggers.');
		if (events.includes('truncate')) throw wrong(`"${relation.name}" is a view`, 'Views cannot have TRUNCATE triggers.');
		if (timing !== 'instead') throw sqlError('0A000', 'statement-level triggers of views are not supported');
	} else if (timing === 'instead') throw wrong(`"${relation.name}" is a table`, 'Tables cannot have INSTEAD OF triggers.');
	if (timing === 'instead') {
		if (!isRow) throw sqlError('0A000', 'INSTEAD OF triggers must be FOR EACH ROW');
		if (node.whenClause !== undefined) throw sqlError('0A000', 'INSTEAD OF triggers cannot have WHEN conditions');
		if ((node.columns?.length ?? 0) > 0) throw sqlError('0A000', 'INSTEAD OF triggers cannot have column lists');
	}
	if (isRow && events.includes('truncate')) throw sqlError('0A000', 'TRUNCATE FOR EACH ROW triggers are not supported');
}

interface Transitions {
	readonly oldTable: string | null;
	readonly newTable: string | null;
}

function transitionsOf(relation: TableObject | ViewObject, node: CreateTrigStmt, { timing, isRow, events }: Shape): Transitions {
	const found: { oldTable: string | null; newTable: string | null } = { oldTable: null, newTable: null };
	for (const { TriggerTransition: transition } of nodesOf(node.transitionRels)) {
		if (!transition!.isTable)
			throw sqlError('0A000', 'ROW variable naming in the REFERENCING clause is not supported', {
				hint: 'Use OLD TABLE or NEW TABLE for naming transition tables.',
			});
		if (timing !== 'after') throw sqlError('42P17', 'transition table name can only be specified for an AFTER trigger');
		if (events.includes('truncate')) throw sqlError('42P17', 'TRUNCATE triggers with transition tables are not supported');
		if (events.length > 1) throw sqlError('0A000', 'transition tables cannot be specified for triggers with more than one event');
		if ((node.columns?.length ?? 0) > 0) throw sqlError('0A000', 'transition tables cannot be specified for triggers with column lists');
		const key = transition!.isNew ? 'newTable' : 'oldTable';
		if (key === 'newTable' && !events.includes('insert') && !events.includes('update'))
			throw sqlError('42P17', 'NEW TABLE can only be specified for an INSERT or UPDATE trigger');
		if (key === 'oldTable' && !events.includes('delete') && !events.includes('update'))
			throw sqlError('42P17', 'OLD TABLE can only be specified for a DELETE or UPDATE trigger');
		if (found[key] !== null) throw sqlError('42P17', `${key === 'newTable' ? 'NEW' : 'OLD'} TABLE cannot be specified multiple times`);
		found[key] = transition!.name ?? '';
	}
	if (found.oldTable === null && found.newTable === null) return found;
	if (found.oldTable === found.newTable) throw sqlError('42P17', 'OLD TABLE name and NEW TABLE name cannot be the same');
	if (relation.kind === 'table' && (relation.partitionBy !== undefined || relation.partitionOf !== undefined || relation.isInherited))
		throw sqlError(
			'0A000',
			`transition tables of partitioned and inherited tables are not supported`,
			isRow ? { detail: 'Triggers of rows cannot have them at all.' } : {},
		);
	return found;
}

function columnNumbers(relation: TableObject | ViewObject, names: readonly string[]): number[] {
	if (relation.kind !== 'table') return [];
	const numbers = names.map((name) => {
		const column = relation.columns.find((c) => !c.dropped && c.name === name);
		if (column === undefined) throw sqlError('42703', `column "${name}" of relation "${relation.name}" does not exist`);
		return column.number;
	});
	const twice = names.find((name, i) => names.indexOf(name) !== i);
	if (twice !== undefined) throw sqlError('42701', `column "${twice}" specified more than once`);
	return numbers;
}

function whenOf(ddl: DdlContext, relation: TableObject | ViewObject, node: CreateTrigStmt, { isRow, events }: Shape): string | null {
	if (node.whenClause === undefined) return null;
	const text = deparseExpression(node.whenClause as AstNode);
	const names = rowNames(node.whenClause);
	if (!isRow && names.size > 0) throw sqlError('42P17', "statement trigger's WHEN condition cannot reference column values");
	if (names.has('old') && events.includes('insert')) throw sqlError('42P17', "INSERT trigger's WHEN condition cannot reference OLD values");
	if (names.has('new') && events.includes('delete')) throw sqlError('42P17', "DELETE trigger's WHEN condition cannot reference NEW values");
	if (hasSubLink(node.whenClause)) throw sqlError('0A000', 'cannot use subquery in trigger WHEN condition');
	if (relation.kind === 'table') procedural().compileCondition(ddl.session, relation, text);
	return text;
}

function rowNames(node: unknown, found = new Set<string>()): Set<string> {
	if (typeof node !== 'object' || node === null) return found;
	const fields = (node as { ColumnRef?: { fields?: AstNode[] } }).ColumnRef?.fields;
	const name = fields?.[0]?.String?.sval;
	if (name === 'old' || name === 'new') found.add(name);
	for (const value of Object.values(node)) rowNames(value, found);
	return found;
}

function hasSubLink(node: unknown): boolean {
	if (typeof node !== 'object' || node === null) return false;
	return 'SubLink' in node || Object.values(node).some(hasSubLink);
}

const create = ddlHandler<CreateTrigStmt>('CREATE TRIGGER', (ddl, node) => {
	const relation = requireRelation(ddl.session, rangeName(node.relation!), ['table', 'view']) as TableObject | ViewObject;
	if (relation.kind === 'table') ddl.lock(relation.id, 'exclusive');
	const name = node.trigname ?? '';
	const bits = node.events ?? 0;
	const shape: Shape = {
		timing: TIMINGS[node.timing ?? 0] ?? 'after',
		isRow: node.row ?? false,
		events: EVENTS.filter(([bit]) => (bits & bit) !== 0).map(([, event]) => event),
	};
	checkShape(relation, node, shape);
	const called = triggerFunction(ddl, node);
	const before = triggersOfRelation(ddl, relation).find((t) => t.name === name);
	if (before !== undefined && !node.replace) throw sqlError('42710', `trigger "${name}" for relation "${relation.name}" already exists`);
	if (before !== undefined && (before.constraint !== null || node.isconstraint))
		throw sqlError('42710', `trigger "${name}" for relation "${relation.name}" is a constraint trigger`);
	const id = before?.id ?? ddl.newId();
	const foreign = node.constrrel === undefined ? 0 : requireRelation(ddl.session, rangeName(node.constrrel), ['table']).id;
	const made: TriggerObject = {
		kind: 'trigger',
		id,
		name,
		schemaId: 0,
		tableId: relation.id,
		functionId: called.id,
		...shape,
		columns: columnNumbers(relation, namesOf(node.columns as AstNode[] | undefined)),
		whenText: whenOf(ddl, relation, node, shape),
		arguments: namesOf(node.args as AstNode[] | undefined),
		...transitionsOf(relation, node, shape),
		constraint: node.isconstraint ? { deferrable: node.deferrable ?? false, initiallyDeferred: node.initdeferred ?? false, foreignTableId: foreign } : null,
		enabled: 'O',
		dependsOn: foreign === 0 ? [called.id] : [called.id, foreign],
	};
	ddl.put(made);
	if (relation.kind === 'table' && before === undefined) putTriggers(ddl, relation.id, [...(relation.triggers ?? []), id]);
	else if (relation.kind === 'table') putTriggers(ddl, relation.id, relation.triggers ?? []);
});

/** A table is another version of itself when its triggers change: statements made for it are made anew. */
export function putTriggers(ddl: DdlContext, tableId: ObjectId, triggers: readonly ObjectId[]): void {
	const { triggers: _, ...rest } = ddl.table(tableId);
	ddl.put(triggers.length === 0 ? rest : { ...rest, triggers });
}

/** The trigger that DROP TRIGGER names; null when there is none and that is no error. */
export function triggerNamed(ddl: DdlContext, node: AstNode, missingOk: boolean): TriggerObject | null {
	const names = namesOf(node.List?.items as AstNode[] | undefined);
	const name = names.at(-1)!;
	const relation = requireRelation(ddl.session, listName(names.slice(0, -1)), ['table', 'view']) as TableObject | ViewObject;
	if (missingOk && !triggersOfRelation(ddl, relation).some((t) => t.name === name)) {
		ddl.session.notice('NOTICE', '00000', `trigger "${name}" for relation "${relation.name}" does not exist, skipping`);
		return null;
	}
	return requireTrigger(ddl, relation, name);
}

export function renameTrigger(ddl: DdlContext, node: RenameStmt): void {
	const relation = requireRelation(ddl.session, rangeName(node.relation!), ['table', 'view']) as TableObject | ViewObject;
	const trigger = requireTrigger(ddl, relation, node.subname ?? '');
	const name = node.newname ?? '';
	if (triggersOfRelation(ddl, relation).some((t) => t.name === name))
		throw sqlError('42710', `trigger "${name}" for relation "${relation.name}" already exists`);
	ddl.put({ ...trigger, name });
	if (relation.kind === 'table') putTriggers(ddl, relation.id, relation.triggers ?? []);
}

const MODES: Readonly<Record<string, TriggerObject['enabled']>> = {
	AT_EnableTrig: 'O',
	AT_EnableAlwaysTrig: 'A',
	AT_EnableReplicaTrig: 'R',
	AT_DisableTrig: 'D',
	AT_EnableTrigAll: 'O',
	AT_DisableTrigAll: 'D',
	AT_EnableTrigUser: 'O',
	AT_DisableTrigUser: 'D',
};

/** ENABLE and DISABLE TRIGGER. Foreign keys are no triggers here, and stay in force. */
export function enableTriggers(ddl: DdlContext, table: TableObject, command: AlterTableCmd): void {
	const enabled = MODES[command.subtype ?? '']!;
	const isAll = /All$|User$/.test(command.subtype ?? '');
	const chosen = isAll ? triggersOfRelation(ddl, table) : [requireTrigger(ddl, table, command.name ?? '')];
	for (const trigger of chosen) ddl.put({ ...trigger, enabled });
	putTriggers(ddl, table.id, table.triggers ?? []);
}

export const triggerCommands: readonly string[] = Object.keys(MODES);

/** BEFORE or AFTER triggers of TRUNCATE. */
export function truncateTriggers(ddl: DdlContext, table: TableObject, timing: 'before' | 'after'): void {
	if (table.triggers === undefined) return;
	const chosen = triggersOfRelation(ddl, table).filter((t) => t.timing === timing && t.events.includes('truncate') && (t.enabled === 'O' || t.enabled === 'A'));
	for (const trigger of chosen.sort((a, b) => (a.name < b.name ? -1 : 1)))
		procedural().callTrigger(ddl.session, ddl.transaction, table, trigger, { event: 'truncate', oldRow: null, newRow: null, transitions: null });
}

export const triggerHandlers = { CreateTrigStmt: create };
