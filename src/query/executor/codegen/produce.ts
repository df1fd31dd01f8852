/** Emits the code of a plan into a pipeline: `consume` is called once, where one row's columns are in reach. */
import type { Plan } from '../../algebra/plan.ts';
import { produceAggregate } from './aggregation.ts';
import { produceBarrier } from './barrier.ts';
import { produceDelete, produceInsert, produceLockRows, produceUpdate } from './changes.ts';
import { produceColumnScan } from './column-sources.ts';
import { produceCteScan, produceRecursion, produceWith, produceWorkingScan } from './common-tables.ts';
import { produceGraphAlgorithm } from './graph-algorithms.ts';
import { produceHashJoin } from './hash-joins.ts';
import { produceApply, produceJoin } from './joins.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { produceReach } from './reach.ts';
import { produceDistinct, produceFilter, produceLimit, produceProject } from './row-operators.ts';
import { produceExpand, produceFunctionScan, produceValues, produceVirtualScan } from './row-sources.ts';
import { produceSetOperation } from './set-operations.ts';
import { produceShortest } from './shortest.ts';
import { produceSort } from './sorting.ts';
import { produceStar } from './stars.ts';
import { produceStoredGroups } from './stored-groups.ts';
import { produceAccess, produceScan } from './table-sources.ts';
import { produceWindow } from './windows.ts';

export type Consume = () => void;
export type PlanOf<Kind extends Plan['kind']> = Extract<Plan, { kind: Kind }>;
type Producers = { [Kind in Plan['kind']]: (pipeline: PipelineBuilder, plan: PlanOf<Kind>, consume: Consume) => void };

const PRODUCERS: Producers = {
	scan: produceScan,
	access: produceAccess,
	'column-scan': produceColumnScan,
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
	'star-aggregate': produceStar,
	'stored-groups': produceStoredGroups,
	window: produceWindow,
	sort: produceSort,
	limit: produceLimit,
	distinct: produceDistinct,
	'set-operation': produceSetOperation,
	with: produceWith,
	'cte-scan': produceCteScan,
	recursion: produceRecursion,
	'working-scan': produceWorkingScan,
	reach: produceReach,
	shortest: produceShortest,
	'graph-algorithm': produceGraphAlgorithm,
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
