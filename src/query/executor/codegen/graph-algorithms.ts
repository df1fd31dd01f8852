/** Rows of an algorithm over a graph. */
import { invariant } from '../../../platform/errors.ts';
import { AlgorithmRun } from '../runtime/algorithm-run.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume, PlanOf } from './produce.ts';
import { accessOf } from './table-sources.ts';

/** What a piece of work takes from the budget. */
const WORK_COST = 512;

export function produceGraphAlgorithm(pipeline: PipelineBuilder, plan: PlanOf<'graph-algorithm'>, consume: Consume): void {
	const { program } = pipeline;
	const source = program.tables?.adjacencyOf?.(program.catalog, plan.edges) ?? null;
	invariant(source !== null, `table ${plan.edges.name} belongs to a graph with an adjacency`);
	// Most of them read all edges: it is worth building.
	program.expectAdjacency(source, Number.MAX_SAFE_INTEGER);
	const [edges, vertices] = [accessOf(pipeline, plan.edges), accessOf(pipeline, plan.vertices)];
	const make = program.slot(() => new AlgorithmRun(plan.algorithm, source, edges, vertices));
	const run = pipeline.constant('h', `S.${program.objectField('h', `${make}()`)}`);
	const values = plan.arguments.map((e) => pipeline.expressions.ready(e).text);
	pipeline.emit(`${run}.open(S.transaction, [${values.join(', ')}]);`);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (!${run}.next()) { if (${run}.isDone) ${pipeline.leave(label)} b -= ${WORK_COST}; ${pipeline.skip()} }`);
		plan.columns.forEach((column, i) => {
			const local = pipeline.temporary('v');
			pipeline.emit(`${local} = ${run}.${i === 0 ? 'id' : 'value'};`);
			pipeline.bind(column.id, pipeline.assigned(local, false));
		});
		pipeline.rowStart();
		consume();
	});
}
