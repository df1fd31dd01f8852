/** Operators that keep no rows: filter, project, limit, distinct. */
import type { Expression } from '../../algebra/expression.ts';
import { conjuncts, isVolatile } from '../../algebra/traverse.ts';
import type { Equality } from '../../functions/contracts.ts';
import { limitCount } from '../runtime/limit-count.ts';
import { RowSet } from '../runtime/row-set.ts';
import type { Operand } from './expression-compiler.ts';
import { bindKeyParts, keyText } from './keys.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { produceUnion } from './unique-rows.ts';

/** Gives up the row unless all conjuncts hold; each decodes its columns only when those before it held. */
export function emitFilter(pipeline: PipelineBuilder, predicate: Expression | null): void {
	for (const conjunct of conjuncts(predicate)) {
		if (conjunct.kind === 'constant' && conjunct.value === true) continue;
		const condition = pipeline.expressions.condition(conjunct);
		pipeline.emit(`if (!${condition}) ${pipeline.skip()}`);
	}
}

export function produceFilter(pipeline: PipelineBuilder, plan: PlanOf<'filter'>, consume: Consume): void {
	produce(pipeline, plan.input, () => {
		emitFilter(pipeline, plan.predicate);
		consume();
	});
}

export function produceProject(pipeline: PipelineBuilder, plan: PlanOf<'project'>, consume: Consume): void {
	produce(pipeline, plan.input, () => {
		bindItems(pipeline, plan.items);
		consume();
	});
}

/** Makes expressions known as columns. What is volatile is computed here; the rest where it is first used. */
export function bindItems(pipeline: PipelineBuilder, items: readonly { readonly column: { readonly id: number }; readonly expression: Expression }[]): void {
	const bound = items.map(({ column, expression }) => {
		if (expression.kind === 'column') return { id: column.id, value: pipeline.column(expression.id) };
		if (expression.kind === 'constant' || expression.kind === 'parameter') {
			const operand = pipeline.expressions.value(expression);
			return { id: column.id, value: pipeline.fixed(operand.text, operand.nullable) };
		}
		if (isVolatile(expression)) {
			const operand = pipeline.expressions.ready(expression);
			const name = pipeline.temporary('v');
			pipeline.emit(`${name} = ${operand.text};`);
			return { id: column.id, value: pipeline.assigned(name, operand.nullable) };
		}
		return { id: column.id, value: pipeline.lazy('v', pipeline.expressions.mayBeNull(expression), () => pipeline.expressions.ready(expression).text) };
	});
	for (const { id, value } of bound) pipeline.bind(id, value);
}

export function produceLimit(pipeline: PipelineBuilder, plan: PlanOf<'limit'>, consume: Consume): void {
	const { expressions } = pipeline;
	const check = pipeline.program.slot(limitCount);
	const bound = (expression: Expression | null, what: string): string | null => {
		if (expression === null || (expression.kind === 'constant' && expression.value === null)) return null;
		const name = pipeline.persistent('n', '0');
		pipeline.emit(`${name} = ${check}(${expressions.ready(expression).text}, ${what});`);
		return name;
	};
	const offset = bound(plan.offset, 'true');
	const count = bound(plan.count, 'false');
	const passed = pipeline.persistent('n', '0');
	const given = pipeline.persistent('n', '0');
	pipeline.emit(`${passed} = 0; ${given} = 0;`);
	produce(pipeline, plan.input, () => {
		const ties = plan.ties !== undefined && plan.ties.length > 0;
		if (count !== null && !ties) pipeline.exitAtHead(`${given} >= ${count}`);
		if (offset !== null) pipeline.emit(`if (${passed} < ${offset}) { ${passed}++; ${pipeline.skip()} }`);
		if (count !== null && ties) emitTies(pipeline, plan, given, count);
		if (count !== null) pipeline.emit(`${given}++;`);
		consume();
	});
}

/** Past the limit only rows pass that are equal to the last one before it. */
function emitTies(pipeline: PipelineBuilder, plan: PlanOf<'limit'>, given: string, count: string): void {
	const { program, expressions } = pipeline;
	if (plan.count === null) return;
	const keys = plan.ties!.map((key) => expressions.named(key.expression));
	const last = plan.ties!.map(() => pipeline.persistent('m', 'null'));
	pipeline.emit(`if (${count} <= 0) ${pipeline.exit()}`);
	const differ = plan.ties!.map((key, i) => {
		const compare = program.slot(key.ordering.compare.bind(key.ordering));
		const [a, b] = [keys[i]!.text, last[i]!];
		return `(${a} === null || ${b} === null ? ${a} !== ${b} : ${compare}(${a}, ${b}) !== 0)`;
	});
	pipeline.emit(`if (${given} >= ${count}) { if (${differ.join(' || ')}) ${pipeline.exit()} }`);
	pipeline.emit(last.map((name, i) => `${name} = ${keys[i]!.text};`).join(' '));
}

export function produceDistinct(pipeline: PipelineBuilder, plan: PlanOf<'distinct'>, consume: Consume): void {
	const { program } = pipeline;
	if (plan.on.length === 0) {
		const equalities = plan.columns.map((c) => program.equalityOf(c.type));
		produceUnion(pipeline, [plan.input], plan.columns, equalities, consume);
		return;
	}
	// DISTINCT ON: the first row of each group, in the order of the input.
	const seen = program.objectField('h', `new ${program.slot(RowSet)}()`);
	pipeline.emit(`S.${seen}.open(S.memory, S.spill);`);
	produce(pipeline, plan.input, () => {
		const parts = bindKeyParts(
			pipeline,
			plan.on.map((k) => k.expression),
		);
		emitUnseen(
			pipeline,
			seen,
			parts,
			plan.on.map((k) => k.equality),
		);
		consume();
	});
}

/** Gives up the row when its key has been seen. */
export function emitUnseen(pipeline: PipelineBuilder, seen: string, parts: readonly Operand[], equalities: readonly Equality[]): void {
	pipeline.emit(`if (!${pipeline.constant('h', `S.${seen}`)}.add(${keyText(pipeline, parts, equalities)})) ${pipeline.skip()}`);
}
