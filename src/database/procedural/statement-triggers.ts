/**
 * The triggers of a table while one statement changes it: BEFORE triggers when it begins and with each row, AFTER triggers at its end,
 * from what was noted of its rows. Triggers of one kind run in the order of their names.
 */
import { analyzeValue, type DatumType } from '../../language/sql/procedural/analyze-text.ts';
import type { Routine, Scope } from '../../language/sql/procedural/syntax.ts';
import { LockWait, type StatementTriggers, type TriggerScope } from '../../model/table/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Program } from '../../query/executor/contracts.ts';
import type { FunctionObject, TableObject, TriggerEvent, TriggerObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { BOOL, RECORD, TRIGGER } from '../../value/builtin-types.ts';
import { PgArray } from '../../value/pg-array.ts';
import { analysisContext } from '../analysis.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import { fieldsOf, runValue } from './frame.ts';
import type { Interpreter } from './interpreter.ts';
import type { Procedure } from './procedure.ts';
import { makeProcedure } from './procedure-maker.ts';
import { invoke, runNow } from './steps.ts';
import { TRIGGER_DATUMS } from './trigger-variables.ts';

type Change = 'insert' | 'update' | 'delete';
type Row = readonly unknown[];

interface Noted {
	readonly event: Change;
	readonly oldRow: Row | null;
	readonly newRow: Row | null;
	readonly triggers: readonly TriggerObject[];
}

/** The table's triggers and those of rows of the tables above it, by name; all of them, or those of a part of a statement. */
export function triggersOf(catalog: CatalogVersion, table: TableObject, scope: TriggerScope): TriggerObject[] {
	const found: TriggerObject[] = [];
	for (let at: TableObject | null = table; at !== null; ) {
		for (const id of at.triggers ?? []) {
			const trigger = catalog.get(id);
			if (trigger?.kind !== 'trigger') continue;
			const isWanted = scope === 'all' ? at === table || trigger.isRow : scope === 'statement' ? at === table && !trigger.isRow : trigger.isRow;
			if (isWanted) found.push(trigger);
		}
		const parent: unknown = at.partitionOf === undefined ? undefined : catalog.get(at.partitionOf.parentId);
		at = (parent as TableObject | undefined) ?? null;
	}
	return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
}

export class RunningTriggers implements StatementTriggers {
	readonly #session: DatabaseSession;
	readonly #transaction: OwnedTransaction;
	readonly #table: TableObject;
	readonly #triggers: readonly TriggerObject[];
	readonly #begun = new Map<Change, readonly number[]>();
	#noted: Noted[] = [];
	/** For transition tables: null where no trigger wants them. */
	readonly #transitions: Record<Change, { readonly oldRows: Row[]; readonly newRows: Row[] }> | null;

	constructor(session: DatabaseSession, transaction: OwnedTransaction, table: TableObject, triggers: readonly TriggerObject[]) {
		this.#session = session;
		this.#transaction = transaction;
		this.#table = table;
		this.#triggers = triggers.filter((t) => runs(session, t));
		const wants = this.#triggers.some((t) => t.oldTable !== null || t.newTable !== null);
		const none = (): { oldRows: Row[]; newRows: Row[] } => ({ oldRows: [], newRows: [] });
		this.#transitions = wants ? { insert: none(), update: none(), delete: none() } : null;
	}

	#of(timing: TriggerObject['timing'], isRow: boolean, event: TriggerEvent, assigned: readonly number[]): TriggerObject[] {
		return this.#triggers.filter((t) => {
			if (t.timing !== timing || t.isRow !== isRow || !t.events.includes(event)) return false;
			return event !== 'update' || t.columns.length === 0 || this.#namesOf(t).some((number) => assigned.includes(number));
		});
	}

	/** The numbers that the columns of UPDATE OF have in this table. */
	#namesOf(trigger: TriggerObject): readonly number[] {
		if (trigger.tableId === this.#table.id) return trigger.columns;
		const above = this.#session.catalog.get(trigger.tableId) as TableObject;
		const names = trigger.columns.map((number) => above.columns.find((c) => c.number === number)?.name);
		return this.#table.columns.filter((c) => !c.dropped && names.includes(c.name)).map((c) => c.number);
	}

	begin(event: Change, assigned: readonly number[]): void {
		if (this.#begun.has(event)) return;
		this.#begun.set(event, assigned);
		for (const trigger of this.#of('before', false, event, assigned)) if (this.#isWanted(trigger, null, null)) this.#call(trigger, event, null, null);
	}

	beforeInsert(row: unknown[]): boolean {
		return this.#before('insert', null, row, []);
	}

	beforeUpdate(oldRow: Row, newRow: unknown[], assigned: readonly number[]): boolean {
		return this.#before('update', oldRow, newRow, assigned);
	}

	beforeDelete(oldRow: Row): boolean {
		return this.#before('delete', oldRow, null, []);
	}

	#before(event: Change, oldRow: Row | null, newRow: unknown[] | null, assigned: readonly number[]): boolean {
		for (const trigger of this.#of('before', true, event, assigned)) {
			if (!this.#isWanted(trigger, oldRow, newRow)) continue;
			const given = this.#call(trigger, event, oldRow, newRow);
			if (given === null) return false;
			if (newRow !== null && given !== undefined) for (let i = 0; i < newRow.length; i++) newRow[i] = given[i];
		}
		return true;
	}

	instead(event: Change, oldRow: Row | null, newRow: unknown[] | null): boolean {
		for (const trigger of this.#of('instead', true, event, [])) {
			const given = this.#call(trigger, event, oldRow, newRow);
			if (given === null) return false;
			if (newRow !== null && given !== undefined) for (let i = 0; i < newRow.length; i++) newRow[i] = given[i];
		}
		return true;
	}

	inserted(row: Row): void {
		this.#note('insert', null, row, []);
	}

	updated(oldRow: Row, newRow: Row, assigned: readonly number[]): void {
		this.#note('update', oldRow, newRow, assigned);
	}

	deleted(oldRow: Row): void {
		this.#note('delete', oldRow, null, []);
	}

	#note(event: Change, oldRow: Row | null, newRow: Row | null, assigned: readonly number[]): void {
		if (this.#transitions !== null) {
			const { oldRows, newRows } = this.#transitions[event];
			if (oldRow !== null) oldRows.push(oldRow);
			if (newRow !== null) newRows.push(newRow);
		}
		const triggers = this.#of('after', true, event, assigned).filter((t) => this.#isWanted(t, oldRow, newRow));
		if (triggers.length > 0) this.#noted.push({ event, oldRow, newRow, triggers });
	}

	finish(): void {
		const noted = this.#noted;
		this.#noted = [];
		for (const { event, oldRow, newRow, triggers } of noted) for (const trigger of triggers) this.#callOrDefer(trigger, event, oldRow, newRow);
		for (const [event, assigned] of [...this.#begun].reverse())
			for (const trigger of this.#of('after', false, event, assigned)) if (this.#isWanted(trigger, null, null)) this.#call(trigger, event, null, null);
		this.#begun.clear();
	}

	#callOrDefer(trigger: TriggerObject, event: Change, oldRow: Row | null, newRow: Row | null): void {
		const { constraint } = trigger;
		const deferred = this.#session.engine.tables.deferred(this.#transaction);
		const shape = constraint === null ? null : { id: trigger.id, ...constraint };
		if (shape === null || !deferred.isDeferred(shape)) {
			this.#call(trigger, event, oldRow, newRow);
			return;
		}
		deferred.add(shape, () => {
			// At the commit no statement is around that would be undone to wait.
			const savepoint = this.#transaction.savepoint('');
			try {
				this.#call(trigger, event, oldRow, newRow);
			} catch (error) {
				if (error instanceof LockWait) this.#transaction.rollbackTo(savepoint);
				throw error;
			}
		});
	}

	/** The row that the function gives: null for none, undefined where it does not matter. */
	#call(trigger: TriggerObject, event: Change, oldRow: Row | null, newRow: Row | null): Row | null | undefined {
		const transitions = this.#transitions === null ? null : this.#transitions[event];
		return callTrigger(this.#session, this.#transaction, this.#table, trigger, { event, oldRow, newRow, transitions });
	}

	#isWanted(trigger: TriggerObject, oldRow: Row | null, newRow: Row | null): boolean {
		if (trigger.whenText === null) return true;
		const program = conditionOf(this.#session, this.#table, trigger);
		return runValue(program, new RunContext(this.#session, this.#transaction, [newRow, oldRow])) === true;
	}
}

/** Whether a trigger runs in a session: as session_replication_role says. */
function runs(session: DatabaseSession, { enabled }: TriggerObject): boolean {
	if (enabled === 'D') return false;
	return enabled === 'A' || (enabled === 'R') === (session.setting('session_replication_role') === 'replica');
}

const rowTypes = new WeakMap<CatalogVersion, Map<number, DatumType>>();

function rowTypeOf(session: DatabaseSession, tableId: number): DatumType {
	const { catalog } = session;
	let known = rowTypes.get(catalog);
	if (known === undefined) rowTypes.set(catalog, (known = new Map()));
	let type = known.get(tableId);
	if (type === undefined) known.set(tableId, (type = { type: catalog.typeByOid(tableId)!, typmod: -1 }));
	return type;
}

const conditions = new WeakMap<CatalogVersion, Map<TriggerObject, Program>>();

function conditionOf(session: DatabaseSession, table: TableObject, trigger: TriggerObject): Program {
	const { catalog } = session;
	let known = conditions.get(catalog);
	if (known === undefined) conditions.set(catalog, (known = new Map()));
	let program = known.get(trigger);
	if (program === undefined) known.set(trigger, (program = compileCondition(session, table, trigger.whenText!)));
	return program;
}

/** A condition over the rows NEW and OLD, which are its parameters. */
export function compileCondition(session: DatabaseSession, table: TableObject, text: string): Program {
	const names = new Map([
		['new', 0],
		['old', 1],
	]);
	const scope: Scope = { parent: null, label: null, names };
	const datum = { line: 0, type: 'row', scope, isConstant: true, isNotNull: false, initial: null, cursor: null };
	const routine = {
		datums: [
			{ ...datum, number: 0, name: 'new' },
			{ ...datum, number: 1, name: 'old' },
		],
		conflict: 'use_column',
	} as unknown as Routine;
	const type = rowTypeOf(session, table.id);
	const { plan } = analyzeValue(analysisContext(session, [], false), text, scope, { routine, types: [type, type] }, { type: BOOL, typmod: -1 });
	return session.engine.compilePlan(plan, session.catalog, false);
}

export interface TriggerCall {
	readonly event: TriggerEvent;
	readonly oldRow: Row | null;
	readonly newRow: Row | null;
	readonly transitions: { readonly oldRows: readonly Row[]; readonly newRows: readonly Row[] } | null;
}

const procedures = new WeakMap<FunctionObject, Map<number, Procedure>>();

function procedureFor(session: DatabaseSession, trigger: TriggerObject): Procedure {
	const object = session.catalog.get(trigger.functionId) as FunctionObject;
	let known = procedures.get(object);
	if (known === undefined) procedures.set(object, (known = new Map()));
	let procedure = known.get(trigger.id);
	if (procedure === undefined) known.set(trigger.id, (procedure = makeProcedure(session.catalog, object, { argumentTypes: [], returnType: TRIGGER })));
	return procedure;
}

/** Runs a trigger's function. The row that it gives for BEFORE and INSTEAD OF each row; undefined for all others. */
export function callTrigger(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	table: { readonly id: number; readonly name: string; readonly schemaId: number },
	trigger: TriggerObject,
	call: TriggerCall,
): Row | null | undefined {
	const procedure = procedureFor(session, trigger);
	const type = rowTypeOf(session, table.id);
	session.nested.triggerDepth++;
	try {
		return runNow(
			session,
			invoke(
				session,
				procedure,
				transaction,
				(running) => setVariables(running, table, trigger, call, type),
				(running) => (trigger.isRow && trigger.timing !== 'after' ? rowGiven(running, type) : undefined),
			),
		);
	} finally {
		session.nested.triggerDepth--;
	}
}

function setVariables(
	{ frame, session }: Interpreter,
	table: { readonly id: number; readonly name: string; readonly schemaId: number },
	trigger: TriggerObject,
	call: TriggerCall,
	type: DatumType,
): void {
	const { values, types } = frame;
	const at = TRIGGER_DATUMS;
	const give = (datum: number, row: Row | null): void => {
		values[datum] = row === null ? null : [...row];
		// Triggers of rows can read the fields of a row that is not there: they are null.
		types[datum] = trigger.isRow ? type : null;
	};
	give(at.new, call.newRow);
	give(at.old, call.oldRow);
	values[at.name] = trigger.name;
	values[at.when] = trigger.timing === 'instead' ? 'INSTEAD OF' : trigger.timing.toUpperCase();
	values[at.level] = trigger.isRow ? 'ROW' : 'STATEMENT';
	values[at.op] = call.event.toUpperCase();
	values[at.relid] = table.id;
	values[at.relname] = table.name;
	values[at.tableName] = table.name;
	values[at.tableSchema] = session.catalog.get(table.schemaId)?.name ?? '';
	values[at.nargs] = trigger.arguments.length;
	values[at.argv] = trigger.arguments.length === 0 ? PgArray.empty : new PgArray([trigger.arguments.length], [0], [...trigger.arguments]);
	const tables: { name: string; datum: number; type: DatumType['type'] }[] = [];
	if (trigger.newTable !== null) tables.push({ name: trigger.newTable, datum: at.newRows, type: type.type });
	if (trigger.oldTable !== null) tables.push({ name: trigger.oldTable, datum: at.oldRows, type: type.type });
	values[at.newRows] = call.transitions?.newRows ?? [];
	values[at.oldRows] = call.transitions?.oldRows ?? [];
	frame.tables = tables;
}

function rowGiven({ results, session }: Interpreter, type: DatumType): Row | null {
	const { value } = results;
	if (value === null) return null;
	const given = results.type;
	if (given === null || given.oid === type.type.oid) return value as Row;
	const [from, to] = [fieldsOf(session, given), fieldsOf(session, type.type)];
	if (given.oid !== RECORD.oid && from.length === 0) throw sqlError('42804', 'cannot return non-composite value from function returning composite type');
	if (from.length !== to.length || from.some((f, i) => f.type.oid !== to[i]!.type.oid))
		throw sqlError('42804', 'returned row structure does not match the structure of the triggering table', {
			...(from.length === to.length ? {} : { detail: `Number of returned columns (${from.length}) does not match expected column count (${to.length}).` }),
		});
	return value as Row;
}
