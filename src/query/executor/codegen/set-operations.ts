/** UNION, INTERSECT, EXCEPT, each with and without ALL. */
import type { Plan } from '../../algebra/plan.ts';
import { CountedKeys } from '../runtime/counted-keys.ts';
import type { Operand } from './expression-compiler.ts';
import { keyText } from './keys.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { produceUnion } from './unique-rows.ts';

type SetOperation = PlanOf<'set-operation'>;

export function produceSetOperation(pipeline: PipelineBuilder, plan: SetOperation, consume: Consume): void {
	if (plan.operation === 'union') produceUnion(pipeline, branches(plan, !plan.all), plan.columns, plan.all ? null : plan.equalities, consume);
	else produceCounted(pipeline, plan, consume);
}

/** The inputs of nested UNION ALLs (of UNIONs, under a UNION) as one list. */
function branches(plan: SetOperation, distinct: boolean): Plan[] {
	const of = (input: Plan): Plan[] =>
		input.kind === 'set-operation' && input.operation === 'union' && (input.all || distinct) ? branches(input, distinct) : [input];
	return [...of(plan.left), ...of(plan.right)];
}

function operands(pipeline: PipelineBuilder, plan: Plan): Operand[] {
	return plan.columns.map((c) => ({ text: pipeline.use(c.id), nullable: pipeline.column(c.id).nullable, atomic: true }));
}

/** INTERSECT and EXCEPT: the right side's rows are counted, the left side's are tested against the counts. */
function produceCounted(pipeline: PipelineBuilder, plan: SetOperation, consume: Consume): void {
	const { program } = pipeline;
	const counter = new PipelineBuilder(program, pipeline);
	counter.isLate = true;
	const field = program.objectField('h', `new ${program.slot(CountedKeys)}()`);
	counter.emitAtOpen(`S.${field}.open(S.memory, S.spill);`);
	produce(counter, plan.right, () =>
		counter.emit(`${counter.constant('h', `S.${field}`)}.add(${keyText(counter, operands(counter, plan.right), plan.equalities)});`),
	);
	program.addFunction(counter.finish());
	// The counts are used up by reading: they are made anew at each opening.
	pipeline.runHere(counter);
	const test = `${plan.operation === 'intersect' ? 'shared' : 'remaining'}${plan.all ? 'All' : 'Distinct'}`;
	produce(pipeline, plan.left, () => {
		const keys = pipeline.constant('h', `S.${field}`);
		pipeline.emit(`if (!${keys}.${test}(${keyText(pipeline, operands(pipeline, plan.left), plan.equalities)})) ${pipeline.skip()}`);
		plan.columns.forEach((column, i) => {
			pipeline.bind(column.id, pipeline.column(plan.left.columns[i]!.id));
		});
		consume();
	});
}
