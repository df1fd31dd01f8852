/** A shortest walk over a graph's adjacency: one row, or none; the rows of another plan where that cannot serve. */
import { invariant } from '../../../platform/errors.ts';
import { ShortestWalk } from '../../../storage/adjacency/shortest-walk.ts';
import { PathEdges } from '../runtime/path-edges.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { accessOf } from './table-sources.ts';

/** What a piece of work takes from the budget. */
const WORK_COST = 512;

export function produceShortest(pipeline: PipelineBuilder, plan: PlanOf<'shortest'>, consume: Consume): void {
	const { program } = pipeline;
	const source = program.tables?.adjacencyOf?.(program.catalog, plan.table) ?? null;
	invariant(source !== null, `table ${plan.table.name} belongs to a graph with an adjacency`);
	program.expectAdjacency(source, plan.expectedRows);
	const field = program.objectField('h', `new ${program.slot(ShortestWalk)}(${program.slot(source)}, ${program.slot(plan.step)})`);
	const walk = pipeline.constant('h', `S.${field}`);
	const access = accessOf(pipeline, plan.table);
	const edges = pipeline.constant('h', `S.${program.field(program.name('y'), `${program.slot(() => new PathEdges(access, plan.step))}()`)}`);
	/** 0: the other plan; 1: the search; 2: its row was given. */
	const served = pipeline.persistent('n', '0');
	const [from, to] = [plan.from, plan.to].map((e) => {
		const local = pipeline.persistent('v', 'null');
		pipeline.emit(`${local} = ${pipeline.expressions.ready(e).text};`);
		return local;
	});
	const found = plan.columns.map(() => pipeline.temporary('v'));
	pipeline.emit(`${served} = ${walk}.open(S.transaction, ${from}, ${to}) ? 1 : 0;`);
	pipeline.pullLoop(
		() => {},
		(pull) => {
			pipeline.exitBlock(() =>
				pipeline.loop(true, (label) => {
					pipeline.emit(`if (${served} !== 1) ${pipeline.leave(label)}`);
					pipeline.emit(`if (!${walk}.work()) { b -= ${WORK_COST}; ${pipeline.skip()} }`);
					pipeline.emit(`${served} = 2;`);
					pipeline.emit(`if (${walk}.length < 0) ${pipeline.leave(label)}`);
					plan.columns.forEach((column, i) => {
						const edgeList = plan.asValues ? `${edges}.values(S.transaction, ${walk}.trace())` : `${walk}.trace().edges`;
						const text = column.id === plan.node ? to : column.id === plan.edges ? edgeList : `${walk}.length`;
						pipeline.emit(`${found[i]} = ${text};`);
					});
					pull();
				}),
			);
			pipeline.exitBlock(() => {
				pipeline.emit(`if (${served} !== 0) ${pipeline.exit()}`);
				produce(pipeline, plan.otherwise, () => {
					plan.columns.forEach((column, i) => {
						pipeline.emit(`${found[i]} = ${pipeline.use(column.id)};`);
					});
					pull();
				});
			});
		},
		(label) => pipeline.emit(pipeline.leave(label)),
		() => {
			plan.columns.forEach((column, i) => {
				pipeline.bind(column.id, pipeline.assigned(found[i]!, false));
			});
			consume();
		},
	);
}
