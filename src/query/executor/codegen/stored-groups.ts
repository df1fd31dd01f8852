/** Aggregates that a kept view may answer: a program reads either the view or the tables, and is chosen when an execution starts (`compile-program.ts`). */
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';

export function produceStoredGroups(pipeline: PipelineBuilder, plan: PlanOf<'stored-groups'>, consume: Consume): void {
	const { program } = pipeline;
	produce(pipeline, program.readsStored ? plan.stored : plan.otherwise, () => {
		if (program.readsStored) {
			plan.columns.forEach((column, i) => {
				pipeline.bind(column.id, pipeline.column(plan.stored.columns[i]!.id));
			});
		}
		consume();
	});
}
