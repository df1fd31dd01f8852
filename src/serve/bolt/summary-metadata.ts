/**
 * The end of a result as clients are told of it: what kind of query it was, what it changed, its plan.
 * There are no notifications.
 *
 * Source: the Bolt specification, "SUCCESS" of PULL; statuses from 5.6 on.
 */
import type { GraphCounters } from '../../model/graph/contracts.ts';
import type { BoltSummary, PlanDescription } from './host.ts';
import { atLeast, type BoltVersion } from './versions.ts';

/** Counter → its name on the wire. */
const COUNTER_NAMES: Readonly<Record<keyof GraphCounters, string>> = {
	nodesCreated: 'nodes-created',
	nodesDeleted: 'nodes-deleted',
	relationshipsCreated: 'relationships-created',
	relationshipsDeleted: 'relationships-deleted',
	propertiesSet: 'properties-set',
	labelsAdded: 'labels-added',
	labelsRemoved: 'labels-removed',
	indexesAdded: 'indexes-added',
	indexesRemoved: 'indexes-removed',
	constraintsAdded: 'constraints-added',
	constraintsRemoved: 'constraints-removed',
};

type Metadata = Map<string, unknown>;

/** Entries about what the query did. */
export function addSummary(metadata: Metadata, summary: BoltSummary, version: BoltVersion, fieldCount: number, rowCount: number): void {
	metadata.set('type', summary.type);
	const stats = statsOf(summary.counters);
	if (stats.size > 0) metadata.set('stats', stats);
	if (summary.plan !== null) metadata.set('plan', planMap(summary.plan, false));
	if (summary.profile !== null) metadata.set('profile', planMap(summary.profile, true));
	if (atLeast(version, 5, 6)) metadata.set('statuses', [outcomeStatus(fieldCount, rowCount)]);
}

function statsOf(counters: GraphCounters): Metadata {
	const stats: Metadata = new Map();
	for (const [name, key] of Object.entries(COUNTER_NAMES)) {
		const count = counters[name as keyof GraphCounters] ?? 0;
		if (count > 0) stats.set(key, count);
	}
	if (stats.size > 0) stats.set('contains-updates', true);
	return stats;
}

function planMap(plan: PlanDescription, isProfile: boolean): Metadata {
	const map: Metadata = new Map<string, unknown>([
		['operatorType', plan.operator],
		['identifiers', plan.identifiers],
		['args', plan.details],
		['children', plan.children.map((child) => planMap(child, isProfile))],
	]);
	if (isProfile) {
		// What a store reads is not counted per operator: 0, as for a plan that reads nothing.
		map.set('dbHits', 0);
		map.set('rows', plan.rows ?? 0);
		map.set('pageCacheHits', 0);
		map.set('pageCacheMisses', 0);
		map.set('time', Math.round((plan.timeMs ?? 0) * 1e6));
	}
	return map;
}

function outcomeStatus(fieldCount: number, rowCount: number): Metadata {
	if (fieldCount === 0) return statusMap('00001', 'note: successful completion - omitted result');
	return rowCount > 0 ? statusMap('00000', 'note: successful completion') : statusMap('02000', 'note: no data');
}

function statusMap(gqlStatus: string, description: string): Metadata {
	return new Map([
		['gql_status', gqlStatus],
		['status_description', description],
	]);
}
