/** Emits the code of a plan into a pipeline: `consume` is called once, where one row's columns are in reach. */
import { LazyModule } from '../../../platform/lazy-module.ts';
import type { Plan } from '../../algebra/plan.ts';
import { produceAggregate } from './aggregation.ts';
import { produceBarrier } from './barrier.ts';
import { produceDelete, produceInsert, produceLockRows, produceUpdate } from './changes.ts';
import { produceCteScan, produceRecursion, produceWith, produceWorkingScan } from './common-tables.ts';
import { produceHashJoin } from './hash-joins.ts';
import { produceApply, produceJoin } from './joins.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { produceDistinct, produceFilter, produceLimit, produceProject } from './row-operators.ts';
import { produceExpand, produceFunctionScan, produceValues, produceVirtualScan } from './row-sources.ts';
import { produceSetOperation } from './set-operations.ts';
import { produceSort } from './sorting.ts';
import { produceAccess, produceScan } from './table-sources.ts';

export type Consume = () => void;
export type PlanOf<Kind extends Plan['kind']> = Extract<Plan, { kind: Kind }>;
type Producers = { [Kind in Plan['kind']]: (pipeline: PipelineBuilder, plan: PlanOf<Kind>, consume: Consume) => void };

const onDemand = new LazyModule<typeof import('./producers-on-demand.ts')>(new URL('./producers-on-demand.ts', import.meta.url));

const PRODUCERS: Producers = {
	scan: produceScan,
	access: produceAccess,
	'column-scan': (pipeline, plan, consume) => onDemand.get().produceColumnScan(pipeline, plan, consume),
	values: produceValues,
	'virtual-scan': produceVirtualScan,
	'function-scan': produceFunctionScan,
	filter: produceFilter,
	project: produceProject,
	expand: produceExpand,
	join: produceJoin,
	'hash-join': produceHashJoin,
	apply: produceApply,
	aggregate: produceAggregate,
	'star-aggregate': (pipeline, plan, consume) => onDemand.get().produceStar(pipeline, plan, consume),
	'stored-groups': (pipeline, plan, consume) => onDemand.get().produceStoredGroups(pipeline, plan, consume),
	window: (pipeline, plan, consume) => onDemand.get().produceWindow(pipeline, plan, consume),
	sort: produceSort,
	limit: produceLimit,
	distinct: produceDistinct,
	'set-operation': produceSetOperation,
	with: produceWith,
	'cte-scan': produceCteScan,
	recursion: produceRecursion,
	'working-scan': produceWorkingScan,
	reach: (pipeline, plan, consume) => onDemand.get().produceReach(pipeline, plan, consume),
	shortest: (pipeline, plan, consume) => onDemand.get().produceShortest(pipeline, plan, consume),
	'graph-algorithm': (pipeline, plan, consume) => onDemand.get().produceGraphAlgorithm(pipeline, plan, consume),
	'lock-rows': produceLockRows,
	barrier: produceBarrier,
	insert: produceInsert,
	update: produceUpdate,
	delete: produceDelete,
};

export function produce(pipeline: PipelineBuilder, plan: Plan, consume: Consume): void {
	const producer = PRODUCERS[plan.kind] as (pipeline: PipelineBuilder, plan: Plan, consume: Consume) => void;
	if (!pipeline.program.instrument) {
		producer(pipeline, plan, consume);
		return;
	}
	const counters = pipeline.program.countersOf(plan, pipeline.timeField);
	pipeline.emit(`S.${counters.loops}++;`);
	producer(pipeline, plan, () => {
		pipeline.emit(`S.${counters.rows}++;`);
		consume();
	});
}
