/** Which clauses may hold aggregates, window functions and set functions, and how errors name the clauses. */
import type { Clause, QueryLevel } from './scope.ts';

const CLAUSE_NAMES: Readonly<Partial<Record<Clause, string>>> = {
	'from function': 'functions in FROM',
	join: 'JOIN conditions',
	where: 'WHERE',
	having: 'HAVING',
	filter: 'FILTER',
	'window partition': 'window definitions',
	'window order': 'window definitions',
	'window frame': 'window frame offsets',
	insert: 'INSERT',
	update: 'UPDATE',
	'group by': 'GROUP BY',
	'order by': 'ORDER BY',
	'distinct on': 'DISTINCT ON',
	limit: 'LIMIT',
	offset: 'OFFSET',
	returning: 'RETURNING',
	values: 'VALUES',
	check: 'check constraints',
	default: 'DEFAULT expressions',
	'index expression': 'index expressions',
	'index predicate': 'index predicates',
	generated: 'column generation expressions',
	execute: 'EXECUTE parameters',
	call: 'CALL arguments',
	policy: 'policy expressions',
	'copy where': 'COPY FROM WHERE conditions',
};

const AGGREGATES_ALLOWED: ReadonlySet<Clause> = new Set([
	'select',
	'having',
	'order by',
	'distinct on',
	'window partition',
	'window order',
	'aggregate argument',
	'none',
]);
const WINDOWS_ALLOWED: ReadonlySet<Clause> = new Set(['select', 'order by', 'distinct on', 'none']);
const SETS_ALLOWED: ReadonlySet<Clause> = new Set([
	'select',
	'order by',
	'group by',
	'distinct on',
	'none',
	'window partition',
	'window order',
	'from function',
]);

export function checkAggregateAllowed(level: QueryLevel, position: number): void {
	if (level.analyzingFrom && level.clause === 'none')
		throw level.context.error('42803', 'aggregate functions are not allowed in FROM clause of their own query level', position);
	if (AGGREGATES_ALLOWED.has(level.clause)) return;
	throw level.context.error('42803', `aggregate functions are not allowed in ${CLAUSE_NAMES[level.clause] ?? level.clause}`, position);
}

export function checkGroupingAllowed(level: QueryLevel, position: number): void {
	if (AGGREGATES_ALLOWED.has(level.clause)) return;
	throw level.context.error('42803', `grouping operations are not allowed in ${CLAUSE_NAMES[level.clause] ?? level.clause}`, position);
}

export function checkWindowAllowed(level: QueryLevel, position: number): void {
	if (level.insideWindow) throw level.context.error('42P20', 'window function calls cannot be nested', position);
	if (level.clause === 'aggregate argument') throw level.context.error('42803', 'aggregate function calls cannot contain window function calls', position);
	if (WINDOWS_ALLOWED.has(level.clause)) return;
	throw level.context.error('42P20', `window functions are not allowed in ${CLAUSE_NAMES[level.clause] ?? level.clause}`, position);
}

export function checkSetAllowed(level: QueryLevel, position: number): void {
	const { context, clause } = level;
	if (level.insideConditional !== '') {
		throw context.error('0A000', `set-returning functions are not allowed in ${level.insideConditional}`, position, {
			hint: 'You might be able to move the set-returning function into a LATERAL FROM item.',
		});
	}
	if (clause === 'aggregate argument') {
		throw context.error('0A000', 'aggregate function calls cannot contain set-returning function calls', position, {
			hint: 'You might be able to move the set-returning function into a LATERAL FROM item.',
		});
	}
	if (level.insideWindow) {
		throw context.error('0A000', 'window function calls cannot contain set-returning function calls', position, {
			hint: 'You might be able to move the set-returning function into a LATERAL FROM item.',
		});
	}
	if (clause === 'from function') throw context.error('0A000', 'set-returning functions must appear at top level of FROM', position);
	if (SETS_ALLOWED.has(clause)) return;
	throw context.error('0A000', `set-returning functions are not allowed in ${CLAUSE_NAMES[clause] ?? clause}`, position);
}
