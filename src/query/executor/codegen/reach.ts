/** Vertices reached over a graph's adjacency; the rows of another plan where that cannot serve. */
import { invariant } from '../../../platform/errors.ts';
import { ReachWalk } from '../../../storage/adjacency/reach-walk.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';

/** What a piece of work takes from the budget. */
const WORK_COST = 512;

export function produceReach(pipeline: PipelineBuilder, plan: PlanOf<'reach'>, consume: Consume): void {
	const { program } = pipeline;
	const source = program.tables?.adjacencyOf?.(program.catalog, plan.table) ?? null;
	invariant(source !== null, `table ${plan.table.name} belongs to a graph with an adjacency`);
	program.expectAdjacency(source, plan.expectedRows);
	const field = program.objectField('h', `new ${program.slot(ReachWalk)}(${program.slot(source)}, ${program.slot(plan.steps)})`);
	const walk = pipeline.constant('h', `S.${field}`);
	const served = pipeline.persistent('n', '0');
	const found = pipeline.temporary('v');
	pipeline.emit(`${served} = ${walk}.open(S.transaction, ${pipeline.expressions.ready(plan.from).text}) ? 1 : 0;`);
	pipeline.pullLoop(
		() => {},
		(pull) => {
			pipeline.exitBlock(() =>
				pipeline.loop(true, (label) => {
					pipeline.emit(`if (${served} === 0) ${pipeline.leave(label)}`);
					pipeline.emit(`if (!${walk}.next()) { if (${walk}.isDone) ${pipeline.leave(label)} b -= ${WORK_COST}; ${pipeline.skip()} }`);
					pipeline.emit(`${found} = ${walk}.id;`);
					pull();
				}),
			);
			pipeline.exitBlock(() => {
				pipeline.emit(`if (${served} === 1) ${pipeline.exit()}`);
				produce(pipeline, plan.otherwise, () => {
					pipeline.emit(`${found} = ${pipeline.use(plan.columns[0]!.id)};`);
					pull();
				});
			});
		},
		(label) => pipeline.emit(pipeline.leave(label)),
		() => {
			const value = pipeline.assigned(found, false);
			for (const column of plan.columns) pipeline.bind(column.id, value);
			consume();
		},
	);
}
