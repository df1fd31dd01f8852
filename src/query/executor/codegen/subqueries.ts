/**
 * Subqueries in expressions: a pipeline of its own, run to its end where the value is asked for. One that depends on nothing
 * outside runs once per execution, when first asked.
 */
import { sqlError } from '../../../platform/errors.ts';
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

export function subqueryValue(pipeline: PipelineBuilder, compiler: ExpressionCompiler, e: Subquery): Operand {
	const { program } = pipeline;
	const members = membership(pipeline, compiler, e);
	if (members !== null) return members;
	const sub = new PipelineBuilder(program, pipeline);
	const result = program.field(program.name('z'), 'null', { atClose: '' });
	const inner = new Set(e.plan.columns.map((c) => c.id));
	const comparisonIsOuter = e.comparison !== null && [...columnsRead(e.comparison)].some((id) => !inner.has(id));
	emitRows(sub, e, result);
	program.addFunction(sub.finish());
	const nullable = e.mode !== 'exists' && e.mode !== 'array';
	return { text: runText(pipeline, sub, result, program.isDependent(e.plan) || comparisonIsOuter), nullable, atomic: false };
}

/** JavaScript that runs a pipeline to its end and gives the value of a field. */
function runText(pipeline: PipelineBuilder, sub: PipelineBuilder, result: string, isDependent: boolean): string {
	const { program } = pipeline;
	const run = program.name('z');
	const loop = `for (;;) { if (${sub.name}(S, ${CHECK_ROWS}) === 0) break; S.check(); }`;
	if (isDependent) {
		program.addFunction(`function ${run}(S) { ${loop} return S.${result}; }`);
		return `(${pipeline.openText(sub)}, ${run}(S))`;
	}
	const done = program.field(`d_${sub.name}`, '0', { atStart: '0' });
	program.addFunction(`function ${run}(S) { if (S.${done} === 0) { ${loop} S.${done} = 1; } return S.${result}; }`);
	return `${run}(S)`;
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
	const kept = collect(sub, e.plan, sub.neededOf(e.plan.columns), 'may spill');
	sub.dependOnce(kept.pipeline);
	readRows(
		sub,
		kept,
		kept.columns.map((c) => c.id),
		compare,
	);
}

/** `x IN (SELECT …)` over rows that depend on nothing outside: a set made once. Null when the subquery is not of that form. */
function membership(pipeline: PipelineBuilder, compiler: ExpressionCompiler, e: Subquery): Operand | null {
	const { program } = pipeline;
	const pair = e.pairs?.[0];
	if (e.mode !== 'any' || e.pairs?.length !== 1 || pair === undefined || program.isDependent(e.plan)) return null;
	const sub = new PipelineBuilder(program, pipeline);
	const field = program.objectField('h', `new ${program.slot(MemberSet)}()`);
	sub.emitAtOpen(`S.${field}.open(S.memory);`);
	produce(sub, e.plan, () => {
		const value = sub.column(pair.right);
		const text = value.use();
		const key = sub.expressions.keyText(text, pair.equality);
		const add = `${sub.constant('h', `S.${field}`)}.add(${key});`;
		sub.emit(value.nullable ? `if (${text} === null) S.${field}.hasNull = true; else ${add}` : add);
	});
	program.addFunction(sub.finish());
	const set = runText(pipeline, sub, field, false);
	const left = atomicOperand(pipeline, compiler.value(pair.left));
	const key = compiler.keyText(left.text, pair.equality);
	const found = `${set}.find(${left.nullable ? `${left.text} === null ? null : ${key}` : key})`;
	return { text: left.first === null ? found : `(${left.first}, ${found})`, nullable: true, atomic: false };
}

function atomicOperand(pipeline: PipelineBuilder, operand: Operand): { readonly text: string; readonly nullable: boolean; readonly first: string | null } {
	if (operand.atomic) return { text: operand.text, nullable: operand.nullable, first: null };
	const name = pipeline.temporary();
	return { text: name, nullable: operand.nullable, first: `${name} = ${operand.text}` };
}
