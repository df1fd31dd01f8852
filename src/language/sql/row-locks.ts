/** FOR UPDATE, FOR SHARE and kin: which tables' rows a query locks, and how it waits. */
import type { LockStrength, Plan } from '../../query/algebra/plan.ts';
import { type AstNode, type SelectStmt, stringOf } from './ast.ts';
import type { QueryLevel, RangeEntry } from './scope.ts';

const STRENGTHS: Readonly<Record<string, LockStrength>> = {
	LCS_FORKEYSHARE: 'key share',
	LCS_FORSHARE: 'share',
	LCS_FORNOKEYUPDATE: 'no key update',
	LCS_FORUPDATE: 'update',
};
const ORDER: readonly LockStrength[] = ['key share', 'share', 'no key update', 'update'];

type Wait = 'wait' | 'nowait' | 'skip';

export function wantsLocks(node: SelectStmt): boolean {
	return (node.lockingClause?.length ?? 0) > 0;
}

/** Adds the operator that locks. `projected`: the projection that carries the key columns under new ids. */
export function lockRows(level: QueryLevel, node: SelectStmt, input: Plan, projected: Plan | null = null): Plan {
	const wanted = new Map<RangeEntry, { strength: LockStrength; wait: Wait }>();
	for (const clause of (node.lockingClause ?? []) as AstNode[]) {
		const locking = clause.LockingClause!;
		const strength = STRENGTHS[locking.strength ?? 'LCS_FORUPDATE'] ?? 'update';
		const wait: Wait = locking.waitPolicy === 'LockWaitError' ? 'nowait' : locking.waitPolicy === 'LockWaitSkip' ? 'skip' : 'wait';
		for (const entry of lockedEntries(level, (locking.lockedRels ?? []) as AstNode[], node)) {
			const before = wanted.get(entry);
			const stronger = before === undefined || ORDER.indexOf(strength) > ORDER.indexOf(before.strength) ? strength : before.strength;
			wanted.set(entry, { strength: stronger, wait: before !== undefined && wait === 'wait' ? before.wait : wait });
		}
	}
	const targets = [...wanted].map(([entry, lock]) => ({ table: entry.table!, key: keyIn(entry, projected), ...lock }));
	return targets.length === 0 ? input : { kind: 'lock-rows', input, targets, columns: input.columns };
}

/** The tables that the query locks rows of, each as often as the query reads it. */
export function lockedTables(level: QueryLevel, node: SelectStmt): readonly RangeEntry[] {
	const entries = ((node.lockingClause ?? []) as AstNode[]).flatMap((clause) =>
		lockedEntries(level, (clause.LockingClause!.lockedRels ?? []) as AstNode[], node),
	);
	return [...new Set(entries)];
}

function keyIn(entry: RangeEntry, projected: Plan | null): number {
	const key = entry.keyColumn!;
	if (projected?.kind !== 'project') return key;
	return projected.items.find((i) => i.expression.kind === 'column' && i.expression.id === key)!.column.id;
}

function lockedEntries(level: QueryLevel, names: readonly AstNode[], node: SelectStmt): readonly RangeEntry[] {
	if (names.length === 0) return level.lockable.filter((e) => e.keyColumn !== null);
	return names.map((n) => {
		const name = n.RangeVar?.relname ?? stringOf(n);
		const position = level.context.at(n.RangeVar?.location);
		const found = level.namespace.find((i) => i.entry.alias === name && i.relationVisible)?.entry;
		if (found === undefined) throw level.context.error('42P01', `relation "${name}" in ${lockText(node)} clause not found in FROM clause`, position);
		if (found.keyColumn === null) throw level.context.error('0A000', `${lockText(node)} cannot be applied to "${name}", which is not a table`, position);
		return found;
	});
}

function lockText(node: SelectStmt): string {
	const strength = (node.lockingClause as AstNode[])[0]?.LockingClause?.strength ?? '';
	return `FOR ${(STRENGTHS[strength] ?? 'update').toUpperCase()}`;
}
