/** The built side of a hash join: the pipeline that fills its table, and what is put aside of both sides in a join that spills. */
import { INT4 } from '../../../value/builtin-types.ts';
import { columnOf } from '../../algebra/build.ts';
import type { Column, Expression } from '../../algebra/expression.ts';
import { carriedKind } from '../runtime/carried-values.ts';
import { ColumnJoinTable, type JoinTableChoice, type TableColumn } from '../runtime/column-join-table.ts';
import { mixPart } from '../runtime/int-key-map.ts';
import { JoinOverflow } from '../runtime/join-overflow.ts';
import { JoinTable } from '../runtime/join-table.ts';
import { produceColumnBatches } from './column-sources.ts';
import type { Operand } from './expression-compiler.ts';
import { spillArgument } from './kept-rows.ts';
import { isIntKey, keyText } from './keys.ts';
import { canOverflow, produceOverflowing, RowLocals } from './overflowing-rows.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type PlanOf, produce } from './produce.ts';
import { bindItems } from './row-operators.ts';
import { isNullable } from './table-sources.ts';

export type HashJoin = PlanOf<'hash-join'>;
export type JoinKey = HashJoin['keys'][number];

/** The built side as the probing pipeline knows it. */
export interface BuiltTable {
	readonly field: string;
	readonly columns: readonly Column[];
	readonly nullable: readonly boolean[];
	readonly pipeline: PipelineBuilder;
	/** The keys by which rows are found; none where each row must be compared. */
	readonly keys: readonly JoinKey[];
	readonly spill: JoinSpill | null;
	/** Rows are found by a hash of the key's parts, all integers, which must be compared. */
	readonly isMixed: boolean;
	/** Of a table that can be parted: whether the rows that probe it can be as well. */
	readonly choice: JoinTableChoice | null;
}

/** Rows of both sides that are put aside when the table is full. */
export interface JoinSpill {
	/** Field: 0 while the table holds what came first; 1: a partition. */
	readonly mode: string;
	/** Field with the `JoinOverflow`. */
	readonly overflow: string;
	/** What is put aside of a left row. */
	readonly left: readonly Expression[];
	/** What is kept and put aside of a right row: the table's columns, then parts of the key that are none of them. */
	readonly right: readonly Expression[];
}

/** Null tests of the key's parts that make a key equal to nothing. */
export function keyNulls(parts: readonly Operand[], keys: readonly JoinKey[]): string[] {
	return parts.filter((part, i) => part.nullable && !keys[i]!.nullsEqual).map((part) => `${part.text} === null`);
}

/** The table's keys are 32-bit integers. */
export function isTableOfIntegers(keys: readonly JoinKey[]): boolean {
	return isIntKey(
		keys.map((k) => k.right),
		keys.map((k) => k.equality),
	);
}

export function buildTable(pipeline: PipelineBuilder, plan: HashJoin, given: readonly JoinKey[], spills: boolean): BuiltTable {
	const { program } = pipeline;
	const builder = new PipelineBuilder(program, pipeline);
	builder.isLate ||= program.isDependent(plan.right);
	const isMixed = plan.nullAware !== true && isMixedKey(given);
	const { keys, computed } = isMixed ? withColumns(builder, given) : { keys: given, computed: [] };
	const columns = [...keptColumns(builder, plan, keys, isMixed), ...computed.map(({ column }) => column)];
	const spill = spills ? joinSpill(pipeline, plan, columns, keys) : null;
	const isInt = isMixed || isTableOfIntegers(keys);
	const batched = spill === null ? batchedBuild(builder, plan, columns, keys, isMixed) : null;
	if (batched !== null) {
		program.addFunction(builder.finish());
		return { ...batched, columns, pipeline: builder, keys, spill: null, isMixed };
	}
	const field = program.objectField('h', `new ${program.slot(JoinTable)}(${spill === null ? columns.length : spill.right.length}, ${isInt})`);
	const entering = new Entering(builder, plan, keys, field, isInt, isMixed);
	if (spill === null) {
		builder.emitAtOpen(`S.${field}.open(S.memory);`);
		produce(builder, plan.right, () => {
			bindItems(builder, computed);
			const parts = keys.map((k) => builder.expressions.named(k.right));
			entering.emit(
				columns.map((c) => ({ text: builder.use(c.id), nullable: builder.column(c.id).nullable, atomic: true })),
				parts,
				null,
			);
		});
	} else produceSpilled(builder, plan, keys, entering, spill, computed);
	program.addFunction(builder.finish());
	return { field, columns, nullable: entering.nullable, pipeline: builder, keys, spill, isMixed, choice: null };
}

/** Several integers: rows are found by their hash, and the parts compared. */
function isMixedKey(keys: readonly JoinKey[]): boolean {
	return (
		keys.length > 1 &&
		keys.every(({ left, right, equality, nullsEqual }) => nullsEqual !== true && isIntKey([left], [equality]) && isIntKey([right], [equality]))
	);
}

/** A part of a key that is computed from a right row, and the column that it is kept as. */
interface ComputedPart {
	readonly column: Column;
	readonly expression: Expression;
}

/** The keys with columns on their right sides. */
function withColumns(builder: PipelineBuilder, given: readonly JoinKey[]): { keys: readonly JoinKey[]; computed: readonly ComputedPart[] } {
	const computed: ComputedPart[] = [];
	const keys = given.map((key) => {
		if (key.right.kind === 'column') return key;
		const column: Column = { id: builder.program.newColumnId(), name: '', type: key.right.type, typmod: -1 };
		computed.push({ column, expression: key.right });
		return { ...key, right: columnOf(column) };
	});
	return { keys, computed };
}

/** What the table keeps of a right row: what is needed of it, and the parts of the key where they are compared. */
function keptColumns(builder: PipelineBuilder, plan: HashJoin, keys: readonly JoinKey[], isMixed: boolean): readonly Column[] {
	const needed = builder.neededOf(plan.right.columns);
	if (!isMixed) return needed;
	const isPart = (column: Column): boolean => keys.some(({ right }) => right.kind === 'column' && right.id === column.id);
	return plan.right.columns.filter((column) => needed.includes(column) || isPart(column));
}

/** The hash of a key of several integers, as text. */
export function mixedKeyText(pipeline: PipelineBuilder, parts: readonly Operand[]): string {
	const mix = pipeline.program.slot(mixPart);
	return parts.reduce((hash, part) => `${mix}(${hash}, ${part.text})`, '0');
}

/** The table of a right side that is a scan by columns, filled by whole batches; null where rows must come one by one. */
function batchedBuild(
	builder: PipelineBuilder,
	plan: HashJoin,
	columns: readonly Column[],
	keys: readonly JoinKey[],
	isMixed: boolean,
): Pick<BuiltTable, 'field' | 'nullable' | 'choice'> | null {
	const { program } = builder;
	const { right: scan } = plan;
	if (scan.kind !== 'column-scan' || plan.type === 'right' || plan.type === 'full' || builder.isLate || program.instrument) return null;
	if (!keys.every(({ right }) => right.kind === 'column' && scan.columns.some(({ id }) => right.kind === 'column' && id === right.id))) return null;
	if (!isMixed && (keys.length !== 1 || keys[0]!.right.kind !== 'column' || keys[0]!.nullsEqual === true || !isTableOfIntegers(keys))) return null;
	const ids = keys.map(({ right }) => (right.kind === 'column' ? right.id : 0));
	const placeOf = (id: number): number => scan.scan.findIndex(({ column }) => column.id === id);
	const nullable = columns.map(({ id }) => isNullable(scan.table, scan.scan[placeOf(id)]!.number));
	const shape = columns.map(({ id, type }, i): TableColumn => {
		return { place: placeOf(id), carried: carriedKind(type.name, nullable[i]!) };
	});
	const choice: JoinTableChoice = { canPart: false };
	const make = [shape, ids.map(placeOf), choice].map((value) => program.slot(value)).join(', ');
	const field = program.objectField('h', `new ${program.slot(ColumnJoinTable)}(${make})`);
	builder.emitAtOpen(`S.${field}.open(S.memory, S.spill);`);
	produceColumnBatches(builder, scan, (batch) => builder.emit(`S.${field}.addBatch(${batch});`));
	builder.emitWhenDone(`S.${field}.finish();`);
	return { field, nullable, choice: shape.every(({ carried }) => carried !== null) ? choice : null };
}

/** What a join that spills puts aside; null when rows of these types cannot be written. */
function joinSpill(pipeline: PipelineBuilder, plan: HashJoin, columns: readonly Column[], keys: readonly JoinKey[]): JoinSpill | null {
	const { program } = pipeline;
	const right: Expression[] = columns.map(columnOf);
	for (const { right: part } of keys) if (storedAt(right, part) < 0) right.push(part);
	const left: Expression[] = pipeline.neededOf(plan.left.columns).map(columnOf);
	// A row of no columns is a row all the same.
	for (const stored of [left, right]) if (stored.length === 0) stored.push({ kind: 'constant', value: 0, type: INT4 });
	const [leftTypes, rightTypes] = [left.map((e) => e.type), right.map((e) => e.type)];
	if (!canOverflow(leftTypes) || !canOverflow(rightTypes)) return null;
	const needsLeft = plan.type !== 'right' && plan.type !== 'full';
	const needsRight = plan.type === 'inner' || plan.type === 'semi' || plan.type === 'right';
	const sides = [left.length, spillArgument(pipeline, leftTypes), right.length, spillArgument(pipeline, rightTypes), needsLeft, needsRight];
	const overflow = program.objectField('o', `${program.slot(JoinOverflow)}.of(${sides.join(', ')})`);
	return { mode: program.field(program.name('m'), '0', { atStart: '0' }), overflow, left, right };
}

/** Where an expression is among those stored, or −1. */
function storedAt(stored: readonly Expression[], wanted: Expression): number {
	return stored.findIndex((e) => e === wanted || (e.kind === 'column' && wanted.kind === 'column' && e.id === wanted.id));
}

/** The code that puts a right row into the table. */
class Entering {
	readonly nullable: boolean[] = [];
	readonly #builder: PipelineBuilder;
	readonly #plan: HashJoin;
	readonly #keys: readonly JoinKey[];
	readonly field: string;
	readonly #isInt: boolean;
	readonly #isMixed: boolean;

	constructor(builder: PipelineBuilder, plan: HashJoin, keys: readonly JoinKey[], field: string, isInt: boolean, isMixed: boolean) {
		this.#builder = builder;
		this.#plan = plan;
		this.#keys = keys;
		this.field = field;
		this.#isInt = isInt;
		this.#isMixed = isMixed;
	}

	get table(): string {
		return this.#builder.constant('h', `S.${this.field}`);
	}

	/** `values`: of all columns; `parts`: of the key; `refused`: the overflow for rows for which there is no room. */
	emit(values: readonly Operand[], parts: readonly Operand[], refused: string | null): void {
		const builder = this.#builder;
		const { table } = this;
		const nulls = keyNulls(parts, this.#keys).join(' || ');
		const isMissing = nulls !== '' && (this.#plan.type === 'right' || this.#plan.type === 'full') ? nulls : 'false';
		if (this.#plan.nullAware === true) builder.emit(`${table}.hasRows = true;`);
		if (nulls !== '' && isMissing === 'false') builder.emit(`if (${nulls}) { ${table}.hasNull = true; ${builder.skip()} }`);
		const equalities = this.#keys.map((k) => k.equality);
		let key = this.#isMixed ? mixedKeyText(builder, parts) : keyText(builder, parts, equalities);
		if (refused !== null) {
			const name = builder.temporary('k');
			const row = `[${values.map((value) => value.text).join(', ')}]`;
			builder.emit(`${name} = ${key};`);
			builder.emit(`if (${table}.isFull && (${isMissing} || !${table}.last.has(${name}))) { ${refused}.put(${name}, ${row}); ${builder.skip()} }`);
			key = name;
		}
		values.forEach((value, i) => {
			this.nullable[i] = value.nullable;
			builder.emit(`${builder.constant('c', `S.${this.field}.columns[${i}]`)}.push(${value.text});`);
		});
		builder.emit(`${table}.added();`);
		if (isMissing !== 'false') builder.emit(`if (${isMissing}) ${table}.enterNull(); else`);
		builder.emit(`${table}.${this.#isInt ? 'enterInt' : 'enter'}(${key});`);
		if (refused !== null) builder.emit(`if (${table}.isOverfull) ${table}.evict(${refused});`);
	}
}

/** The table's pipeline in a join that spills: it is run for the plan's rows, then for those of each partition. */
function produceSpilled(
	builder: PipelineBuilder,
	plan: HashJoin,
	keys: readonly JoinKey[],
	entering: Entering,
	spill: JoinSpill,
	computed: readonly ComputedPart[],
): void {
	const { mode, overflow, right } = spill;
	const locals = new RowLocals(builder, right.length);
	const { table } = entering;
	builder.emitAtOpen(`if (S.${mode} === 0) S.${overflow}.clear();`);
	builder.emitAtOpen(`S.${entering.field}.openPartial(S.memory, S.${overflow}.canSpill, S.${mode} !== 0);`);
	const values = (): Operand[] => {
		bindItems(builder, computed);
		return right.map((e) => builder.expressions.named(e));
	};
	const partAt = keys.map((k) => storedAt(right, k.right));
	const all = builder.constant('o', `S.${overflow}`);
	const source = { mode, overflow: `${overflow}.right`, locals, values, stop: `${all}.byBlocks && ${table}.isFull` };
	produceOverflowing(builder, plan.right, source, () => {
		const row = locals.names.map((_, i) => locals.operand(i));
		entering.emit(
			row,
			partAt.map((at) => row[at]!),
			`${all}.right`,
		);
	});
}
