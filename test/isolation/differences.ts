/**
 * Where this database answers otherwise than PostgreSQL, and why. By script, level ('' for rules) and step.
 *
 * (1) A statement that waited for a row under read committed is run again on a new snapshot, so it finds rows that its condition
 * did not fit before; PostgreSQL looks again only at the rows it had found.
 * (2) A serializable transaction that would not fit any order is refused at its commit, not at a statement before.
 */
export interface Difference {
	readonly script: string;
	readonly levels: readonly string[];
	readonly outcomes: Readonly<Record<number, string>>;
}

export const DIFFERENCES: readonly Difference[] = [
	{ script: 'phantom by a write', levels: ['READ UNCOMMITTED', 'READ COMMITTED'], outcomes: { 4: 'COMMIT · b: DELETE 1', 6: '[[2,30]]' } },
	{ script: 'a read-only anomaly', levels: ['SERIALIZABLE'], outcomes: { 8: 'UPDATE 1', 9: '40001' } },
];
