/**
 * Subqueries in expressions: a pipeline of its own, run to its end where the value is asked for. One that depends on nothing
 * outside runs once per execution, when first asked, or by steps before.
 */
import { sqlError } from '../../../platform/errors.ts';
import type { Expression } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import { columnsRead } from '../../algebra/traverse.ts';
import { arrayOf } from '../runtime/composite-values.ts';
import { MemberSet } from '../runtime/member-set.ts';
import type { ExpressionCompiler, ExpressionOf, Operand } from './expression-compiler.ts';
import { collect, readRows } from './kept-rows.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { produce } from './produce.ts';

type Subquery = ExpressionOf<'subquery'>;

/** How many rows a subquery takes between two questions whether to stop. */
const CHECK_ROWS = 4096;

function tooManyRows(): never {
	throw sqlError('21000', 'more than one row returned by a subquery used as an expression');
}

/** A subquery that depends on nothing outside: computed at most once per execution. */
export interface SubqueryOnce {
	readonly pipeline: PipelineBuilder;
	/** Field that is 1 when it has been computed. */
	readonly done: string;
	/** Function of the state that gives its value, computing it if need be. */
	readonly run: string;
	/** The value is a `MemberSet`, to be asked. */
	readonly isMembership: boolean;
}

export function subqueryValue(pipeline: PipelineBuilder, compiler: ExpressionCompiler, e: Subquery): Operand {
	const { program } = pipeline;
	const once = subqueryOnce(pipeline, e);
	const nullable = e.mode !== 'exists' && e.mode !== 'array';
	if (once !== null) return once.isMembership ? membership(pipeline, compiler, e, once) : { text: `${once.run}(S)`, nullable, atomic: false };
	const sub = new PipelineBuilder(program, pipeline);
	sub.isLate = true;
	const result = program.field(program.name('z'), 'null', { atClose: '' });
	emitRows(sub, e, result);
	program.addFunction(sub.finish());
	const run = program.name('z');
	program.addFunction(`function ${run}(S) { ${loopText(sub)} return S.${result}; }`);
	return { text: `(${pipeline.openText(sub)}, ${run}(S))`, nullable, atomic: false };
}

/** Runs a pipeline to its end. */
function loopText(sub: PipelineBuilder): string {
	return `for (;;) { if (${sub.name}(S, ${CHECK_ROWS}) === 0) break; S.check(); }`;
}

/** A subquery compiled to run once; null when it depends on what is around it. */
function subqueryOnce(pipeline: PipelineBuilder, e: Subquery): SubqueryOnce | null {
	const { program } = pipeline;
	const known = pipeline.subqueries.get(e);
	if (known !== undefined) return known;
	if (program.isDependent(e.plan)) return null;
	const isMembership = e.mode === 'any' && e.pairs?.length === 1;
	const inner = new Set(e.plan.columns.map((c) => c.id));
	if (!isMembership && e.comparison !== null && [...columnsRead(e.comparison)].some((id) => !inner.has(id))) return null;
	const sub = new PipelineBuilder(program, pipeline);
	sub.isLate = true;
	const result = isMembership ? emitMembers(sub, e) : program.field(program.name('z'), 'null', { atClose: '' });
	if (!isMembership) emitRows(sub, e, result);
	program.addFunction(sub.finish());
	const done = program.field(`d_${sub.name}`, '0', { atStart: '0' });
	const run = program.name('z');
	program.addFunction(`function ${run}(S) { if (S.${done} === 0) { ${loopText(sub)} S.${done} = 1; } return S.${result}; }`);
	const once = { pipeline: sub, done, run, isMembership };
	pipeline.subqueries.set(e, once);
	return once;
}

/**
 * Has the subqueries that an expression is sure to ask for run as soon as there is a row, by steps, so that no one step takes
 * as long as they do. Those that could fail on a second row wait until they are asked.
 */
export function hoistSubqueries(pipeline: PipelineBuilder, expression: Expression): void {
	for (const e of certainSubqueries(expression)) {
		if ((e.mode === 'scalar' || e.mode === 'row') && !givesOneRow(e.plan)) continue;
		const once = subqueryOnce(pipeline, e);
		if (once !== null) pipeline.runAtRowStart(once.pipeline, once.done);
	}
}

/** Subqueries that are evaluated whenever the expression is. */
function certainSubqueries(e: Expression): Subquery[] {
	const of = (list: readonly Expression[]): Subquery[] => list.flatMap(certainSubqueries);
	switch (e.kind) {
		case 'subquery':
			return [e];
		case 'call':
			return of(e.arguments);
		case 'row':
		case 'array':
		case 'extreme':
			return of(e.operands);
		case 'and':
		case 'or':
		case 'coalesce':
			return of(e.operands.slice(0, 1));
		case 'not':
		case 'is-null':
		case 'is-truth':
		case 'field':
		case 'subscript':
			return certainSubqueries(e.operand);
		case 'is-distinct':
			return of([e.left, e.right]);
		case 'case':
			return of(e.branches.slice(0, 1).map((b) => b.when));
		case 'let':
			return of([e.value, e.body]);
		case 'quantified':
			return of([e.left, e.array]);
		case 'in-list':
			return certainSubqueries(e.left);
		case 'list-transform':
		case 'list-test':
			return certainSubqueries(e.list);
		case 'list-fold':
			return of([e.list, e.initial]);
		default:
			return [];
	}
}

function givesOneRow(plan: Plan): boolean {
	if (plan.kind === 'project') return givesOneRow(plan.input);
	return (plan.kind === 'aggregate' && plan.groups.length === 0 && plan.sets.length === 1) || (plan.kind === 'values' && plan.rows.length === 1);
}

function emitRows(sub: PipelineBuilder, e: Subquery, result: string): void {
	const { program } = sub;
	const set = `S.${result}`;
	const rows = program.field(program.name('z'), '0');
	const first = e.plan.columns[0];
	switch (e.mode) {
		case 'exists':
			sub.emitAtOpen(`${set} = false;`);
			produce(sub, e.plan, () => sub.emit(`${set} = true; ${sub.exit()}`));
			return;
		case 'scalar':
		case 'row':
			sub.emitAtOpen(`${set} = null; S.${rows} = 0;`);
			produce(sub, e.plan, () => {
				const values = e.plan.columns.map((c) => sub.use(c.id));
				sub.emit(`if (S.${rows}++ > 0) ${program.slot(tooManyRows)}();`);
				sub.emit(`${set} = ${e.mode === 'row' ? `[${values.join(', ')}]` : values[0]};`);
			});
			return;
		case 'array':
			sub.emitAtOpen(`${set} = [];`);
			produce(sub, e.plan, () => sub.emit(`${set}.push(${sub.use(first!.id)});`));
			sub.emitWhenDone(`${set} = ${program.slot(arrayOf(first!.type.kind === 'array'))}(${set});`);
			return;
		default:
			emitQuantified(sub, e, set);
	}
}

/** ANY: true at the first true, else null if one was null, else false; ALL the other way round. */
function emitQuantified(sub: PipelineBuilder, e: Subquery, set: string): void {
	const stop = String(e.mode === 'any');
	sub.emitAtOpen(`${set} = ${e.mode === 'all'};`);
	const compare = (): void => {
		const value = sub.expressions.named(e.comparison!);
		sub.emit(`if (${value.text} === ${stop}) { ${set} = ${stop}; ${sub.exit()} }`);
		if (value.nullable) sub.emit(`if (${value.text} === null) ${set} = null;`);
	};
	if (sub.program.isDependent(e.plan)) {
		produce(sub, e.plan, compare);
		return;
	}
	// The rows are the same each time: they are kept, and compared anew.
	const kept = collect(sub, e.plan, sub.neededOf(e.plan.columns));
	sub.dependOnce(kept.pipeline);
	readRows(
		sub,
		kept,
		kept.columns.map((c) => c.id),
		compare,
	);
}

/** The rows of `x IN (SELECT …)` as a set; returns the set's field. */
function emitMembers(sub: PipelineBuilder, e: Subquery): string {
	const { program } = sub;
	const pair = e.pairs![0]!;
	const field = program.objectField('h', `new ${program.slot(MemberSet)}()`);
	sub.emitAtOpen(`S.${field}.open(S.memory, S.spill);`);
	produce(sub, e.plan, () => {
		const value = sub.column(pair.right);
		const text = value.use();
		const add = `${sub.constant('h', `S.${field}`)}.add(${sub.expressions.keyText(text, pair.equality)});`;
		sub.emit(value.nullable ? `if (${text} === null) S.${field}.hasNull = true; else ${add}` : add);
	});
	return field;
}

function membership(pipeline: PipelineBuilder, compiler: ExpressionCompiler, e: Subquery, once: SubqueryOnce): Operand {
	const pair = e.pairs![0]!;
	const left = atomicOperand(pipeline, compiler.value(pair.left));
	const key = compiler.keyText(left.text, pair.equality);
	const found = `${once.run}(S).find(${left.nullable ? `${left.text} === null ? null : ${key}` : key})`;
	return { text: left.first === null ? found : `(${left.first}, ${found})`, nullable: true, atomic: false };
}

function atomicOperand(pipeline: PipelineBuilder, operand: Operand): { readonly text: string; readonly nullable: boolean; readonly first: string | null } {
	if (operand.atomic) return { text: operand.text, nullable: operand.nullable, first: null };
	const name = pipeline.temporary();
	return { text: name, nullable: operand.nullable, first: `${name} = ${operand.text}` };
}
