/**
 * Chooses how a table is read: the whole of it in key order, or through one index within bounds. Costs count rows touched; a
 * row fetched through a secondary index costs more than one met in a scan, since it is a search of its own.
 */

import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import { filterBy } from '../algebra/build.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan, ScanColumn } from '../algebra/plan.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { accessRows } from './estimate.ts';
import { computedMatches } from './match-computed.ts';
import { type IndexMatch, isReadable, keyAttributes, matchIndex, type Restriction, restrictionsOf } from './match-index.ts';
import { type WindowMatch, windowMatches, windowShare } from './match-window.ts';

type Scan = Extract<Plan, { kind: 'scan' }>;
type Access = Extract<Plan, { kind: 'access' }>;

const FETCH_COST = 3;
const SEARCH_COST = 4;
/** A window is some searches. */
const WINDOW_COST = 4 * SEARCH_COST;

export interface AccessChoice {
	readonly plan: Plan;
	/** Rows touched, in units of a row met in a scan. */
	readonly cost: number;
	readonly rows: number;
}

/** The cheapest way to read `scan` under `predicates` (those that the bounds do not cover are put above it). */
export function chooseAccess(scan: Scan, predicates: readonly Expression[], context: OptimizerContext): AccessChoice {
	const rows = Math.max(1, context.rowCount(scan.table));
	let best: AccessChoice = { plan: filterBy(scan, predicates), cost: rows, rows };
	if (context.without?.has('access')) return best;
	best = chooseWindow(scan, predicates, best, context);
	const restrictions = restrictionsOf(scan.scan, predicates);
	for (const candidate of accessCandidates(scan, restrictions, predicates, context)) {
		const access = accessOf(scan, candidate, false);
		const touched = accessRows(access, context);
		const perRow = candidate.index === null || candidate.index.primary || access.covering ? 1 : FETCH_COST;
		const cost = SEARCH_COST * candidate.bounds.length + touched * perRow;
		// An equality or a closed range through an index beats a scan of a table whose size is not known yet.
		const certain = candidate.single || rows <= 100 || perRow === 1;
		if (
			cost < best.cost ||
			(certain && best.plan.kind !== 'access' && !usesAccess(best.plan) && cost <= best.cost + SEARCH_COST * candidate.bounds.length + 100)
		) {
			best = {
				plan: filterBy(
					access,
					predicates.filter((p) => !candidate.used.has(p)),
				),
				cost,
				rows: touched,
			};
		}
	}
	return best;
}

/** The best of the spatial indexes, if it beats `other`. */
function chooseWindow(scan: Scan, predicates: readonly Expression[], other: AccessChoice, context: OptimizerContext): AccessChoice {
	let best = other;
	for (const match of windowMatches(scan, predicates, context)) {
		const access = windowAccess(scan, match, context);
		const rows = accessRows(access, context);
		const cost = windowCost(access, rows);
		// Of tables whose size is not known yet or small, any window is as good as a scan.
		const slack = other.rows <= 100 && !usesAccess(best.plan) ? WINDOW_COST + 100 : 0;
		if (cost < best.cost + slack) best = { plan: filterBy(access, predicates), cost, rows };
	}
	return best;
}

/** What reading a window costs, with so many rows in it. */
export function windowCost(access: Access, rows: number): number {
	return WINDOW_COST + rows * (access.covering ? 1 : FETCH_COST);
}

/** The access operator for a window. */
export function windowAccess(scan: Scan, match: WindowMatch, context: OptimizerContext): Access {
	const expectedRows = Math.max(1, Math.round(context.rowCount(scan.table) * windowShare(match.index, match.window)));
	return {
		kind: 'access',
		table: scan.table,
		scan: scan.scan,
		index: match.index,
		bounds: [],
		window: match.window,
		expectedRows,
		reverse: false,
		covering: covers(scan.table, match.index, scan.scan),
		columns: scan.columns,
	};
}

function usesAccess(plan: Plan): boolean {
	return plan.kind === 'access' || (plan.kind === 'filter' && plan.input.kind === 'access');
}

/** Every index (and the table's key) for which the restrictions give some bound. */
export function accessCandidates(scan: Scan, restrictions: readonly Restriction[], predicates: readonly Expression[], context: OptimizerContext): IndexMatch[] {
	const matches: IndexMatch[] = [];
	const consider = (index: IndexObject | null): void => {
		const match = matchIndex(scan.table, index, restrictions);
		if ((match.equalCount > 0 || match.hasRange) && isReadable(scan.table, match)) matches.push(match);
	};
	if (scan.table.primaryKey.length > 0) consider(null);
	for (const index of usableIndexes(scan.table, context.catalog)) if (!index.primary) consider(index);
	matches.push(...computedMatches(scan, restrictions, predicates, context).filter((match) => isReadable(scan.table, match)));
	return matches.sort((a, b) => Number(b.single) - Number(a.single) || b.equalCount - a.equalCount || Number(b.hasRange) - Number(a.hasRange));
}

/** The access operator for a match. */
export function accessOf(scan: Scan, match: IndexMatch, reverse: boolean): Access {
	return {
		kind: 'access',
		table: scan.table,
		scan: scan.scan,
		index: match.index,
		bounds: match.bounds,
		reverse,
		covering: covers(scan.table, match.index, scan.scan),
		columns: scan.columns,
	};
}

/** True when an index entry holds every column that the scan wants. Text of a padded type and numerics cannot be restored from a key. */
export function covers(table: TableObject, index: IndexObject | null, scan: readonly ScanColumn[]): boolean {
	if (index === null || index.primary) return false;
	const held = new Set<number>([0, ...index.include]);
	// The keys of a spatial index do not hold its columns.
	const keyed = index.method === 'rtree' ? [] : keyAttributes(table, index);
	for (const attribute of [...keyed, ...table.primaryKey]) {
		const column = table.columns.find((c) => c.number === attribute);
		if (column !== undefined && RESTORABLE.has(column.typeOid)) held.add(attribute);
	}
	return scan.every((s) => held.has(s.number) || s.number === -1);
}

/** oids of the types whose values can be read back from key bytes: bool, bytea, int8, int2, int4, text, oid, varchar, date, time, timestamp, timestamptz, uuid. */
const RESTORABLE = new Set([16, 17, 20, 21, 23, 25, 26, 1043, 1082, 1083, 1114, 1184, 2950]);
