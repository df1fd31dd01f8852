/**
 * Insert, update, delete and row locks. Targets are collected first when the input reads the table that is changed, unless it is
 * one row found by its whole key; new values are computed with them, so that nothing of a statement sees its own changes.
 */

import { hasTriggers } from '../../../model/table/triggered-writer.ts';
import type { TableObject } from '../../../transaction/catalog-objects.ts';
import { columnOf } from '../../algebra/build.ts';
import type { Column, ColumnId, Expression } from '../../algebra/expression.ts';
import type { DeletePlan, InsertPlan, Plan, RowCheck, UpdatePlan } from '../../algebra/plan.ts';
import { columnsRead } from '../../algebra/traverse.ts';
import { isSimpleInput, readsTable } from '../plan-facts.ts';
import { conflictRefused, restartStatement, viewCheckFailed } from '../runtime/change-signals.ts';
import { collect, openKept, readRows } from './kept-rows.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { bindItems, emitFilter } from './row-operators.ts';
import { accessOf } from './table-sources.ts';

/** What a statement does to a table, which its triggers are told before the first row. */
interface Beginning {
	readonly events: readonly ('insert' | 'update' | 'delete')[];
	readonly assigned: readonly number[];
}

/** Emits a change that triggers may keep from happening. */
function emitChange(pipeline: PipelineBuilder, table: TableObject, call: string): void {
	pipeline.emit(hasTriggers(pipeline.program.catalog, table) ? `if (!${call}) ${pipeline.skip()}` : `${call};`);
}

/** The statement's writer for a table: a constant of the pipeline. Made when the pipeline opens, finished with the statement. */
function writerOf(pipeline: PipelineBuilder, table: TableObject, begins?: Beginning): string {
	const { program } = pipeline;
	const field = program.writerField(table);
	pipeline.emitAtOpen(`if (S.${field} === null) S.${field} = S.context.tables.writer(S.transaction, ${program.slot(table)});`);
	if (begins !== undefined && hasTriggers(program.catalog, table))
		for (const event of begins.events) pipeline.emitAtOpen(`S.${field}.begin?.('${event}', ${program.slot(begins.assigned)});`);
	return pipeline.constant('w', `S.${field}`);
}

function liveColumns(table: TableObject): readonly number[] {
	return table.columns.filter((c) => !c.dropped).map((c) => c.number);
}

/** Makes a row array's values known under the ids of `columns`. */
function bindRowArray(pipeline: PipelineBuilder, columns: readonly Column[], row: string): void {
	const array = pipeline.assigned(row, false);
	columns.forEach((column, i) => {
		pipeline.bind(
			column.id,
			pipeline.lazy('v', true, () => `${array.use()}[${i}]`),
		);
	});
}

function emitViewChecks(pipeline: PipelineBuilder, checks: readonly RowCheck[]): void {
	for (const check of checks) {
		const { program } = pipeline;
		pipeline.emit(`if (!${pipeline.expressions.condition(check.expression)}) ${program.slot(viewCheckFailed)}(${program.slot(check.viewName)});`);
	}
}

/** Counts the change and gives RETURNING's row. */
function emitReturning(pipeline: PipelineBuilder, plan: InsertPlan | UpdatePlan | DeletePlan, row: string, consume: Consume): void {
	if (plan.counted === true || pipeline.program.isStatement(plan)) pipeline.emit('S.changed++;');
	if (plan.viewChecks.length === 0 && plan.returning === null) return;
	bindRowArray(pipeline, plan.newRow, row);
	emitViewChecks(pipeline, plan.viewChecks);
	if (plan.returning === null) return;
	bindItems(pipeline, plan.returning);
	consume();
}

export function produceInsert(pipeline: PipelineBuilder, plan: InsertPlan, consume: Consume): void {
	const update = plan.conflict?.update ?? null;
	const writer = writerOf(pipeline, plan.table, {
		events: update === null ? ['insert'] : ['insert', 'update'],
		assigned: update?.assignments.map((a) => a.number) ?? [],
	});
	const insertRow = (): void => {
		const values = plan.values.map((e) => pipeline.expressions.ready(e).text);
		const row = pipeline.temporary('v');
		pipeline.emit(`${row} = [${values.join(', ')}];`);
		if (plan.conflict === null) emitChange(pipeline, plan.table, `${writer}.insert(${row})`);
		else emitConflict(pipeline, plan, plan.conflict, writer, row);
		emitReturning(pipeline, plan, row, consume);
	};
	if (!readsTable(plan, plan.table.id)) {
		produce(pipeline, plan.input, insertRow);
		return;
	}
	const kept = collect(pipeline, plan.input, pipeline.neededOf(plan.input.columns));
	openKept(pipeline, true, kept.pipeline);
	readRows(
		pipeline,
		kept,
		kept.columns.map((c) => c.id),
		insertRow,
	);
}

/** ON CONFLICT: leaves the stored row in `row`, or gives the proposed one up. */
function emitConflict(pipeline: PipelineBuilder, plan: InsertPlan, conflict: NonNullable<InsertPlan['conflict']>, writer: string, row: string): void {
	const { program } = pipeline;
	const indexes = conflict.indexes.length === 0 ? 'null' : program.slot(conflict.indexes);
	const key = pipeline.temporary('k');
	pipeline.emit(`${key} = ${writer}.findConflict(${row}, ${indexes});`);
	if (conflict.update === null) {
		pipeline.emit(`if (${key} !== null) ${pipeline.skip()}`);
		emitChange(pipeline, plan.table, `${writer}.insert(${row})`);
		return;
	}
	const isSingle = plan.input.kind === 'values' && plan.input.rows.length === 1;
	const names = { writer, row, key, isSingle };
	pipeline.conditional(
		`${key} !== null`,
		() => emitConflictUpdate(pipeline, plan.table, conflict.update!, names),
		() => emitChange(pipeline, plan.table, `${writer}.insert(${row})`),
	);
}

interface ConflictNames {
	readonly writer: string;
	readonly row: string;
	readonly key: string;
	/** One row is proposed: it cannot meet a row that this statement has changed, and `update` takes the lock. */
	readonly isSingle: boolean;
}

function emitConflictUpdate(
	pipeline: PipelineBuilder,
	table: TableObject,
	update: NonNullable<NonNullable<InsertPlan['conflict']>['update']>,
	names: ConflictNames,
): void {
	const { writer, row, key } = names;
	const [old, proposed] = [pipeline.temporary('v'), pipeline.temporary('v')];
	const { program } = pipeline;
	if (!names.isSingle) {
		const outcome = pipeline.temporary('t');
		pipeline.emit(`${outcome} = ${writer}.lock(${key}, 'no key update', 'wait');`);
		pipeline.emit(`if (${outcome} !== 'granted') ${program.slot(conflictRefused)}(${outcome});`);
	}
	pipeline.emit(`${old} = ${writer}.fetch(${key}); ${proposed} = ${row};`);
	pipeline.emit(`if (${old} === null) ${program.slot(restartStatement)}();`);
	bindRowArray(pipeline, update.existing, old);
	bindRowArray(pipeline, update.excluded, proposed);
	emitFilter(pipeline, update.where);
	const live = liveColumns(table);
	const values = live.map((number, i) => {
		const assignment = update.assignments.find((a) => a.number === number);
		return assignment === undefined ? `${old}[${i}]` : pipeline.expressions.ready(assignment.expression).text;
	});
	pipeline.emit(`${row} = [${values.join(', ')}];`);
	emitChange(pipeline, table, `${writer}.update(${key}, ${old}, ${row}, ${program.slot(update.assignments.map((a) => a.number))})`);
}

/** A plan whose rows are the targets, each with what is needed to change it. */
interface Targets {
	readonly plan: UpdatePlan | DeletePlan;
	/** Columns with the new values, parallel to the assignments. */
	readonly assigned: readonly Column[];
}

/** Runs `change` for each target: at once for one row found by its key, else after all have been collected. */
function produceTargets(pipeline: PipelineBuilder, targets: Targets, input: Plan, change: () => void): void {
	const { plan } = targets;
	if (findsOneRow(pipeline, plan.input)) {
		produce(pipeline, input, change);
		return;
	}
	const wanted = targetColumns(plan);
	for (const column of targets.assigned) wanted.add(column.id);
	const kept = collect(
		pipeline,
		input,
		input.columns.filter((c) => wanted.has(c.id)),
	);
	openKept(pipeline, true, kept.pipeline);
	readRows(
		pipeline,
		kept,
		kept.columns.map((c) => c.id),
		change,
	);
}

/** Columns of a change's input that are read once a target is there. */
function targetColumns(plan: UpdatePlan | DeletePlan): Set<ColumnId> {
	const wanted = new Set<ColumnId>([plan.keyColumn, ...plan.oldRow]);
	for (const item of plan.returning ?? []) columnsRead(item.expression, wanted);
	return wanted;
}

/** An access by a whole unique key under filters and projections. */
function findsOneRow(pipeline: PipelineBuilder, plan: Plan): boolean {
	if (plan.kind === 'filter' || plan.kind === 'project') return findsOneRow(pipeline, plan.input);
	if (plan.kind !== 'access' || plan.bounds.length !== 1) return false;
	const isPrimary = plan.index === null || plan.index.primary;
	const columnCount = isPrimary ? plan.table.primaryKey.length : plan.index!.columns.length;
	const bounds = plan.bounds[0]!;
	return (
		(isPrimary || accessOf(pipeline, plan.table).indexAccess(plan.index!).hasUniqueKeys) &&
		bounds.equal.length === columnCount &&
		!(bounds.equalNulls ?? []).includes(true)
	);
}

/** Columns whose change asks for the stronger lock: those of the primary key and of unique indexes. */
function changesKey(pipeline: PipelineBuilder, plan: UpdatePlan): boolean {
	const { catalog } = pipeline.program;
	const keyed = new Set(plan.table.primaryKey);
	for (const id of plan.table.indexIds) {
		const index = catalog.get(id);
		if (index?.kind === 'index' && index.unique) for (const column of index.columns) keyed.add(column.column);
	}
	return plan.assignments.some((a) => keyed.has(a.number));
}

/** Locks a target that the input may give twice, or that other parts of the statement may have changed: it is changed once. Others the writer locks itself. */
function emitLock(pipeline: PipelineBuilder, plan: UpdatePlan | DeletePlan, writer: string, key: string, strength: string): void {
	if (isSimpleInput(plan.input) && !pipeline.program.changesInside) return;
	const outcome = pipeline.temporary('t');
	pipeline.emit(`${outcome} = ${writer}.lock(${key}, '${strength}', 'wait');`);
	pipeline.emit(`if (${outcome} === 'changed') ${pipeline.program.slot(restartStatement)}();`);
	pipeline.emit(`if (${outcome} === 'skipped') ${pipeline.skip()}`);
}

export function produceUpdate(pipeline: PipelineBuilder, plan: UpdatePlan, consume: Consume): void {
	const { program } = pipeline;
	const numbers = plan.assignments.map((a) => a.number);
	const writer = writerOf(pipeline, plan.table, { events: ['update'], assigned: numbers });
	const assigned = plan.assignments.map((a): Column => ({ id: program.newColumnId(), name: '', type: a.expression.type, typmod: -1 }));
	const wanted = targetColumns(plan);
	const items = [
		...plan.input.columns.filter((c) => wanted.has(c.id)).map((column) => ({ column, expression: columnOf(column) as Expression })),
		...plan.assignments.map((a, i) => ({ column: assigned[i]!, expression: a.expression })),
	];
	const input: Plan = { kind: 'project', input: plan.input, items, columns: items.map((i) => i.column) };
	const strength = changesKey(pipeline, plan) ? 'update' : 'no key update';
	produceTargets(pipeline, { plan, assigned }, input, () => {
		const key = pipeline.use(plan.keyColumn);
		const old = plan.oldRow.map((id) => pipeline.use(id));
		const values = liveColumns(plan.table).map((number, i) => {
			const at = plan.assignments.findIndex((a) => a.number === number);
			return at < 0 ? old[i] : pipeline.use(assigned[at]!.id);
		});
		const row = pipeline.temporary('v');
		emitLock(pipeline, plan, writer, key, strength);
		pipeline.emit(`${row} = [${values.join(', ')}];`);
		emitChange(pipeline, plan.table, `${writer}.update(${key}, [${old.join(', ')}], ${row}, ${program.slot(numbers)})`);
		emitReturning(pipeline, plan, row, consume);
	});
}

export function produceDelete(pipeline: PipelineBuilder, plan: DeletePlan, consume: Consume): void {
	const writer = writerOf(pipeline, plan.table, { events: ['delete'], assigned: [] });
	produceTargets(pipeline, { plan, assigned: [] }, plan.input, () => {
		const key = pipeline.use(plan.keyColumn);
		const row = pipeline.temporary('v');
		emitLock(pipeline, plan, writer, key, 'update');
		pipeline.emit(`${row} = [${plan.oldRow.map((id) => pipeline.use(id)).join(', ')}];`);
		emitChange(pipeline, plan.table, `${writer}.delete(${key}, ${row})`);
		emitReturning(pipeline, plan, row, consume);
	});
}

export function produceLockRows(pipeline: PipelineBuilder, plan: PlanOf<'lock-rows'>, consume: Consume): void {
	const { program } = pipeline;
	const targets = plan.targets.map((target) => ({ ...target, writer: writerOf(pipeline, target.table) }));
	produce(pipeline, plan.input, () => {
		for (const { writer, key, strength, wait } of targets) {
			const text = pipeline.use(key);
			const outcome = pipeline.temporary('t');
			pipeline.emit(`${outcome} = ${text} === null ? 'granted' : ${writer}.lock(${text}, '${strength}', '${wait}');`);
			pipeline.emit(`if (${outcome} === 'changed') ${program.slot(restartStatement)}();`);
			if (wait === 'skip') pipeline.emit(`if (${outcome} === 'skipped') ${pipeline.skip()}`);
		}
		consume();
	});
}
