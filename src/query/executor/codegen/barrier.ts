/**
 * The barrier between what changes things and what reads them afterwards in the same statement: the rows in between are kept, and
 * the transaction shows its own changes from there on.
 */
import { collect, openKept, readRows } from './kept-rows.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume, PlanOf } from './produce.ts';

export function produceBarrier(pipeline: PipelineBuilder, plan: PlanOf<'barrier'>, consume: Consume): void {
	const { program } = pipeline;
	const kept = collect(pipeline, plan.input, plan.discards ? [] : pipeline.neededOf(plan.columns), 'S.transaction.sealChanges();');
	openKept(pipeline, program.isDependent(plan), kept.pipeline);
	if (plan.discards) return;
	readRows(
		pipeline,
		kept,
		kept.columns.map((c) => c.id),
		() => {
			if (plan.each) pipeline.emit('S.transaction.sealChanges();');
			consume();
		},
	);
}
