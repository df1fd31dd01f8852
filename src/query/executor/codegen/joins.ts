/**
 * Joins. A hash join builds its right side and probes with the left; a join without equalities is one whose table has a single
 * key. `apply` runs its right side inside the loop of its left one.
 */

import type { Type } from '../../../value/type.ts';
import type { Column, ColumnId, Expression } from '../../algebra/expression.ts';
import { columnsRead, conjunction, conjuncts } from '../../algebra/traverse.ts';
import type { Equality } from '../../functions/contracts.ts';
import { JoinTable } from '../runtime/join-table.ts';
import type { Operand } from './expression-compiler.ts';
import { openKept } from './kept-rows.ts';
import { isIntKey, keyText } from './keys.ts';
import { canOverflow, openPartitioned, overflowField, produceOverflowing, pullOverflow, pullPlan, RowLocals, refill } from './overflowing-rows.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { emitFilter } from './row-operators.ts';

type HashJoin = PlanOf<'hash-join'>;
type Key = HashJoin['keys'][number];

/** Equalities of ON between one side and the other become keys; the rest stays a residual. */
export function produceJoin(pipeline: PipelineBuilder, plan: PlanOf<'join'>, consume: Consume): void {
	const left = new Set(plan.left.columns.map((c) => c.id));
	const right = new Set(plan.right.columns.map((c) => c.id));
	const keys: Key[] = [];
	const rest: Expression[] = [];
	for (const conjunct of conjuncts(plan.on)) {
		const key = asKey(conjunct, left, right);
		if (key === null) rest.push(conjunct);
		else keys.push(key);
	}
	produceHashJoin(pipeline, { ...plan, kind: 'hash-join', keys, residual: conjunction(rest) }, consume);
}

function asKey(e: Expression, left: ReadonlySet<ColumnId>, right: ReadonlySet<ColumnId>): Key | null {
	let sides: [Expression, Expression];
	let equality: Equality;
	let nullsEqual = false;
	if (e.kind === 'call' && e.function.comparison?.operator === '=' && e.arguments.length === 2) {
		sides = [e.arguments[0]!, e.arguments[1]!];
		equality = e.function.comparison.equality;
	} else if (e.kind === 'is-distinct' && e.negated) {
		sides = [e.left, e.right];
		equality = e.equality;
		nullsEqual = true;
	} else return null;
	const within = (x: Expression, ids: ReadonlySet<ColumnId>): boolean => {
		const read = [...columnsRead(x)];
		return read.some((id) => ids.has(id)) && !read.some((id) => (ids === left ? right : left).has(id));
	};
	if (within(sides[0], left) && within(sides[1], right)) return { left: sides[0], right: sides[1], equality, nullsEqual };
	if (within(sides[1], left) && within(sides[0], right)) return { left: sides[1], right: sides[0], equality, nullsEqual };
	return null;
}

/** The built side as the probing pipeline knows it. */
interface Built {
	readonly field: string;
	readonly columns: readonly Column[];
	readonly nullable: readonly boolean[];
	readonly pipeline: PipelineBuilder;
	readonly spill: JoinSpill | null;
}

function keyNulls(parts: readonly Operand[], keys: readonly Key[]): string[] {
	return parts.filter((part, i) => part.nullable && !keys[i]!.nullsEqual).map((part) => `${part.text} === null`);
}

function build(pipeline: PipelineBuilder, plan: HashJoin, slowNulls: boolean): Built {
	const builder = new PipelineBuilder(pipeline.program, pipeline);
	const { program } = pipeline;
	const columns = builder.neededOf(plan.right.columns);
	const keysOf = slowNulls ? [] : plan.keys;
	const rightKeys = keysOf.map((k) => k.right);
	const intKeys = isIntKey(
		rightKeys,
		keysOf.map((k) => k.equality),
	);
	const field = program.objectField('h', `new ${program.slot(JoinTable)}(${columns.length}, ${intKeys})`);
	const nullable: boolean[] = [];
	const enter = (values: readonly Operand[], parts: readonly Operand[], refuse: ((key: string) => string) | null): void => {
		const table = builder.constant('h', `S.${field}`);
		const nulls = keyNulls(parts, keysOf);
		const keepsNulls = plan.type === 'right' || plan.type === 'full' || slowNulls;
		if (!keepsNulls && nulls.length > 0) builder.emit(`if (${nulls.join(' || ')}) { ${table}.hasNull = true; ${builder.skip()} }`);
		let key = keyText(
			builder,
			parts,
			keysOf.map((k) => k.equality),
		);
		if (refuse !== null) {
			const name = builder.temporary('k');
			builder.emit(`${name} = ${key};`);
			builder.emit(`if (${table}.isFull && !${table}.last.has(${name})) { ${refuse(name)} ${builder.skip()} }`);
			key = name;
		}
		values.forEach((value, i) => {
			nullable[i] = value.nullable;
			builder.emit(`${builder.constant('c', `S.${field}.columns[${i}]`)}.push(${value.text});`);
		});
		builder.emit(`${table}.added();`);
		if (keepsNulls && nulls.length > 0) builder.emit(`if (${nulls.join(' || ')}) ${table}.enterNull(); else`);
		builder.emit(`${table}.${intKeys ? 'enterInt' : 'enter'}(${key});`);
	};
	const valuesOf = (): Operand[] => columns.map((c) => ({ text: builder.use(c.id), nullable: builder.column(c.id).nullable, atomic: true }));
	const partsOf = (): Operand[] => keysOf.map((k) => builder.expressions.named(k.right));
	builder.emitAtOpen(`S.${field}.open(S.memory);`);
	const types = [...columns.map((c) => c.type), ...keysOf.map((k) => k.right.type)];
	const spill = spillsJoin(pipeline, plan, slowNulls, types) ? newSpill(pipeline, plan, types) : null;
	if (spill === null) produce(builder, plan.right, () => enter(valuesOf(), partsOf(), null));
	else {
		const { mode, right } = spill;
		const locals = new RowLocals(builder, types.length);
		builder.emitAtOpen(`S.${field}.canRefuse = S.${right}.canSpill; if (S.${mode} === 0) S.${right}.clear();`);
		produceOverflowing(builder, plan.right, { mode, overflow: right, locals, values: () => [...valuesOf(), ...partsOf()] }, () => {
			const all = locals.names.map((_, i) => locals.operand(i));
			const put = builder.constant('o', `S.${right}`);
			enter(all.slice(0, columns.length), all.slice(columns.length), (key) => `${put}.put(${key}, ${locals.rowText});`);
		});
	}
	program.addFunction(builder.finish());
	return { field, columns, nullable, pipeline: builder, spill };
}

/** Rows of both sides that are put aside when the table is full: fields of the state. */
interface JoinSpill {
	/** 0: the table holds what came first; 1: a partition. */
	readonly mode: string;
	readonly right: string;
	readonly left: string;
}

/** Joins that keep rows of the right side, or must know all of them, do not spill. */
function spillsJoin(pipeline: PipelineBuilder, plan: HashJoin, slowNulls: boolean, types: readonly Type[]): boolean {
	if (!pipeline.program.spills || slowNulls || plan.nullAware === true || plan.keys.length === 0) return false;
	if (plan.type === 'right' || plan.type === 'full') return false;
	return canOverflow(types) && canOverflow(pipeline.neededOf(plan.left.columns).map((c) => c.type));
}

function newSpill(pipeline: PipelineBuilder, plan: HashJoin, types: readonly Type[]): JoinSpill {
	const { program } = pipeline;
	const left = pipeline.neededOf(plan.left.columns).map((c) => c.type);
	return { mode: program.field(program.name('m'), '0', { atStart: '0' }), right: overflowField(pipeline, types), left: overflowField(pipeline, left) };
}

/** The rows that probe: of the left plan, then those put aside, partition by partition, each with its part of the table. */
function produceLeft(pipeline: PipelineBuilder, plan: HashJoin, built: Built, consume: Consume): void {
	const { spill } = built;
	if (spill === null) {
		produce(pipeline, plan.left, consume);
		return;
	}
	const columns = pipeline.neededOf(plan.left.columns);
	const locals = new RowLocals(pipeline, columns.length);
	const values = (): Operand[] => columns.map((c) => ({ text: pipeline.use(c.id), nullable: pipeline.column(c.id).nullable, atomic: true }));
	pipeline.emit(`S.${spill.left}.clear();`);
	pipeline.pullLoop(
		() => {},
		(pull) => {
			pullPlan(pipeline, plan.left, locals, values, pull);
			pipeline.exitBlock(() =>
				pipeline.loop(false, (label) => {
					pipeline.emit(`if (!S.${spill.left}.nextPartition()) ${pipeline.leave(label)}`);
					pipeline.emit(`S.${spill.right}.openPath(S.${spill.left}.path);`);
					refill(pipeline, built.pipeline, spill.mode);
					pullOverflow(pipeline, spill.left, locals, null, pull);
				}),
			);
		},
		(label) => pipeline.emit(pipeline.leave(label)),
		() => {
			columns.forEach((column, i) => {
				locals.bind(pipeline, i, column.id);
			});
			consume();
		},
	);
}

/** Code that puts the left row aside when its key was not found in a table that is not whole. */
function emitPutAside(pipeline: PipelineBuilder, plan: HashJoin, built: Built, key: string): void {
	if (built.spill === null) return;
	const values = pipeline.neededOf(plan.left.columns).map((c) => pipeline.use(c.id));
	pipeline.emit(`if (${pipeline.constant('h', `S.${built.field}`)}.isFull) { S.${built.spill.left}.put(${key}, [${values.join(', ')}]); ${pipeline.skip()} }`);
}

/** The walk over the rows that have the left row's key. */
interface Chain {
	readonly next: string;
	readonly last: string;
	readonly ring: string;
}

/** Looks up the left row's key: `next` is the first row of the chain, or −1. */
function probe(pipeline: PipelineBuilder, plan: HashJoin, built: Built, slowNulls: boolean): Chain {
	const chain: Chain = { next: pipeline.persistent('e', '-1'), last: pipeline.persistent('e', '-1'), ring: pipeline.constant('g', `S.${built.field}.ring`) };
	const parts = slowNulls ? [] : plan.keys.map((k) => pipeline.expressions.named(k.left));
	const nulls = slowNulls ? [] : keyNulls(parts, plan.keys);
	const key = keyText(pipeline, parts, slowNulls ? [] : plan.keys.map((k) => k.equality));
	const found = pipeline.temporary('w');
	const map = pipeline.constant('g', `S.${built.field}.last`);
	if (built.spill === null) pipeline.emit(`${found} = ${nulls.length > 0 ? `${nulls.join(' || ')} ? undefined : ` : ''}${map}.get(${key});`);
	else {
		pipeline.emit(`${found} = undefined;`);
		pipeline.conditional(nulls.length > 0 ? `!(${nulls.join(' || ')})` : 'true', () => {
			const name = pipeline.temporary('k');
			pipeline.emit(`${name} = ${key}; ${found} = ${map}.get(${name});`);
			pipeline.conditional(`${found} === undefined`, () => emitPutAside(pipeline, plan, built, name));
		});
	}
	pipeline.emit(`if (${found} === undefined) ${chain.next} = -1; else { ${chain.last} = ${found}; ${chain.next} = ${chain.ring}[${found}]; }`);
	return chain;
}

/** Emits the step along the chain; the row is in the local returned. */
function step(pipeline: PipelineBuilder, chain: Chain, row: string): string {
	pipeline.emit(`${row} = ${chain.next}; ${chain.next} = ${row} === ${chain.last} ? -1 : ${chain.ring}[${row}];`);
	return row;
}

/** Makes the built columns known; `optional`: the row may be −1, then all are null. */
function bindBuilt(pipeline: PipelineBuilder, built: Built, row: string, optional: boolean): void {
	const index = pipeline.assigned(row, false);
	built.columns.forEach((column, i) => {
		const array = pipeline.constant('c', `S.${built.field}.columns[${i}]`);
		const compute = (): string => (optional ? `(${index.use()} < 0 ? null : ${array}[${row}])` : `${array}[${index.use()}]`);
		pipeline.bind(column.id, pipeline.lazy('v', optional || built.nullable[i]!, compute));
	});
}

export function produceHashJoin(pipeline: PipelineBuilder, plan: HashJoin, consume: Consume): void {
	// NOT IN with several columns or further conditions: each row is compared, as nulls may make any of them "unknown".
	const slowNulls = plan.nullAware === true && (plan.keys.length !== 1 || plan.residual !== null);
	const built = build(pipeline, plan, slowNulls);
	const rightIds = new Set(plan.right.columns.map((c) => c.id));
	const isDependent = pipeline.program.isDependent(plan.right) || plan.keys.some((k) => [...columnsRead(k.right)].some((id) => !rightIds.has(id)));
	if (built.spill === null) openKept(pipeline, isDependent, built.pipeline);
	else openPartitioned(pipeline, built.pipeline, isDependent, built.spill.mode);
	switch (plan.type) {
		case 'inner':
			produceLeft(pipeline, plan, built, () => {
				const chain = probe(pipeline, plan, built, false);
				pipeline.loop(true, (label) => {
					pipeline.emit(`if (${chain.next} < 0) ${pipeline.leave(label)}`);
					bindBuilt(pipeline, built, step(pipeline, chain, pipeline.temporary('i')), false);
					emitFilter(pipeline, plan.residual);
					consume();
				});
			});
			return;
		case 'left':
			produceLeft(pipeline, plan, built, () => emitLeftProbe(pipeline, plan, built, consume));
			return;
		case 'right':
		case 'full':
			produceKeepingRight(pipeline, plan, built, consume);
			return;
		case 'semi':
		case 'anti':
			produceLeft(pipeline, plan, built, () => {
				if (plan.residual === null && !slowNulls) emitMembership(pipeline, plan, built);
				else emitSearch(pipeline, plan, built, slowNulls);
				consume();
			});
	}
}

/** The matches of a left row, or one row of nulls when there are none. */
function emitLeftProbe(pipeline: PipelineBuilder, plan: HashJoin, built: Built, consume: Consume): void {
	const chain = probe(pipeline, plan, built, false);
	const matched = pipeline.persistent('m', '0');
	const row = pipeline.temporary('i');
	pipeline.emit(`${matched} = 0;`);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${chain.next} < 0) { if (${matched} !== 0) ${pipeline.leave(label)} ${row} = -1; ${matched} = 1; } else {`);
		step(pipeline, chain, row);
		pipeline.emit('}');
		bindBuilt(pipeline, built, row, true);
		if (plan.residual !== null) pipeline.conditional(`${row} >= 0`, () => emitFilter(pipeline, plan.residual));
		pipeline.emit(`${matched} = 1;`);
		consume();
	});
}

/** Right and full joins: after the probes, the rows of the table that found no partner. */
function produceKeepingRight(pipeline: PipelineBuilder, plan: HashJoin, built: Built, consume: Consume): void {
	const table = pipeline.constant('h', `S.${built.field}`);
	const flags = pipeline.constant('h', `S.${built.field}.matched`);
	const phase = pipeline.persistent('m', '0');
	const scan = pipeline.persistent('n', '0');
	const row = pipeline.persistent('i', '-1');
	const leftColumns = pipeline.neededOf(plan.left.columns);
	const locals = leftColumns.map(() => pipeline.temporary('v'));
	pipeline.emit(`${phase} = 0; ${scan} = 0; ${table}.openMatched();`);
	pipeline.pullLoop(
		() => {},
		(pull) => {
			pipeline.emit(`if (${phase} !== 0) ${pipeline.exit()}`);
			produce(pipeline, plan.left, () => {
				const take = (): void => {
					leftColumns.forEach((c, i) => {
						pipeline.emit(`${locals[i]} = ${pipeline.use(c.id)};`);
					});
					pull();
				};
				const chain = probe(pipeline, plan, built, false);
				const matched = pipeline.persistent('m', '0');
				pipeline.emit(`${matched} = 0;`);
				pipeline.loop(true, (label) => {
					pipeline.emit(`if (${chain.next} < 0) {`);
					if (plan.type === 'right') pipeline.emit(pipeline.leave(label));
					else pipeline.emit(`if (${matched} !== 0) ${pipeline.leave(label)} ${row} = -1; ${matched} = 1;`);
					pipeline.emit('} else {');
					step(pipeline, chain, row);
					pipeline.emit('}');
					bindBuilt(pipeline, built, row, true);
					pipeline.conditional(`${row} >= 0`, () => {
						emitFilter(pipeline, plan.residual);
						pipeline.emit(`${matched} = 1; ${flags}[${row}] = true;`);
					});
					take();
				});
			});
		},
		(label) => {
			pipeline.emit(`${phase} = 1;`);
			pipeline.emit(`while (${scan} < ${table}.count && ${flags}[${scan}]) ${scan}++;`);
			pipeline.emit(`if (${scan} >= ${table}.count) ${pipeline.leave(label)}`);
			pipeline.emit(`${row} = ${scan}++;`);
			for (const local of locals) pipeline.emit(`${local} = null;`);
		},
		() => {
			const leftIds = leftColumns.map((c, i) => ({ id: c.id, name: locals[i]! }));
			for (const { id, name } of leftIds) pipeline.bind(id, pipeline.assigned(name, true));
			bindBuilt(pipeline, built, row, plan.type === 'full');
			consume();
		},
	);
}

/** Semi and anti joins by keys alone. */
function emitMembership(pipeline: PipelineBuilder, plan: HashJoin, built: Built): void {
	const parts = plan.keys.map((k) => pipeline.expressions.named(k.left));
	const nulls = keyNulls(parts, plan.keys);
	const table = pipeline.constant('h', `S.${built.field}`);
	const map = pipeline.constant('g', `S.${built.field}.last`);
	const key = keyText(
		pipeline,
		parts,
		plan.keys.map((k) => k.equality),
	);
	if (built.spill !== null) {
		const isAbsent = `!${map}.has(${key})`;
		pipeline.conditional(nulls.length > 0 ? `!(${nulls.join(' || ')}) && ${isAbsent}` : isAbsent, () => emitPutAside(pipeline, plan, built, key));
	}
	const found = nulls.length > 0 ? `(!(${nulls.join(' || ')}) && ${map}.has(${key}))` : `${map}.has(${key})`;
	if (plan.type === 'semi') pipeline.emit(`if (!${found}) ${pipeline.skip()}`);
	else if (plan.nullAware !== true) pipeline.emit(`if (${found}) ${pipeline.skip()}`);
	else {
		const isNull = nulls.length > 0 ? `${nulls.join(' || ')} || ` : '';
		pipeline.emit(`if (${table}.hasNull || (${table}.count > 0 && (${isNull}${found}))) ${pipeline.skip()}`);
	}
}

/** Semi and anti joins with further conditions: the chain is walked until a row satisfies them. */
function emitSearch(pipeline: PipelineBuilder, plan: HashJoin, built: Built, slowNulls: boolean): void {
	const chain = probe(pipeline, plan, built, slowNulls);
	const matched = pipeline.persistent('m', '0');
	pipeline.emit(`${matched} = 0;`);
	pipeline.exitBlock(() => {
		pipeline.loop(true, (label) => {
			pipeline.emit(`if (${chain.next} < 0) ${pipeline.leave(label)}`);
			bindBuilt(pipeline, built, step(pipeline, chain, pipeline.temporary('i')), false);
			emitFilter(pipeline, plan.residual);
			if (slowNulls) for (const key of plan.keys) emitNotFalse(pipeline, key);
			pipeline.emit(`${matched} = 1;`);
			pipeline.emit(pipeline.exit());
		});
	});
	pipeline.emit(`if (${matched} ${plan.type === 'semi' ? '===' : '!=='} 0) ${pipeline.skip()}`);
}

/** Gives up the row when a key's equality is false; true and unknown pass. */
function emitNotFalse(pipeline: PipelineBuilder, key: Key): void {
	const a = pipeline.expressions.named(key.left).text;
	const b = pipeline.expressions.named(key.right).text;
	const equals = pipeline.program.slot(key.equality.equals.bind(key.equality));
	pipeline.emit(`if (${a} !== null && ${b} !== null && !${equals}(${a}, ${b})) ${pipeline.skip()}`);
}

export function produceApply(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, consume: Consume): void {
	produce(pipeline, plan.left, () => {
		if (plan.type === 'inner')
			pipeline.exitBlock(() =>
				produce(pipeline, plan.right, () => {
					emitFilter(pipeline, plan.on);
					pipeline.outsideExit(consume);
				}),
			);
		else if (plan.type === 'left') emitLeftApply(pipeline, plan, consume);
		else emitSemiApply(pipeline, plan, consume);
	});
}

function emitSemiApply(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, consume: Consume): void {
	const matched = pipeline.persistent('m', '0');
	pipeline.emit(`${matched} = 0;`);
	pipeline.exitBlock(() =>
		produce(pipeline, plan.right, () => {
			emitFilter(pipeline, plan.on);
			pipeline.emit(`${matched} = 1;`);
			pipeline.emit(pipeline.exit());
		}),
	);
	pipeline.emit(`if (${matched} ${plan.type === 'semi' ? '===' : '!=='} 0) ${pipeline.skip()}`);
	consume();
}

function emitLeftApply(pipeline: PipelineBuilder, plan: PlanOf<'apply'>, consume: Consume): void {
	const columns = pipeline.neededOf(plan.right.columns);
	const locals = columns.map(() => pipeline.temporary('v'));
	/** 0: no match yet; 1: matched; 2: the row of nulls was given. */
	const matched = pipeline.persistent('m', '0');
	pipeline.emit(`${matched} = 0;`);
	pipeline.pullLoop(
		(label) => pipeline.emit(`if (${matched} === 2) ${pipeline.leave(label)}`),
		(pull) =>
			produce(pipeline, plan.right, () => {
				emitFilter(pipeline, plan.on);
				columns.forEach((c, i) => {
					pipeline.emit(`${locals[i]} = ${pipeline.use(c.id)};`);
				});
				pipeline.emit(`${matched} = 1;`);
				pull();
			}),
		(label) => {
			pipeline.emit(`if (${matched} !== 0) ${pipeline.leave(label)}`);
			pipeline.emit(`${matched} = 2;`);
			for (const local of locals) pipeline.emit(`${local} = null;`);
		},
		() => {
			columns.forEach((c, i) => {
				pipeline.bind(c.id, pipeline.assigned(locals[i]!, true));
			});
			consume();
		},
	);
}
