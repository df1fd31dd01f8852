/**
 * WITH: common table expressions. A SELECT that is referred to once and has no effects is put in the place of its reference;
 * others are computed once by a `with` operator and read by `cte-scan`. WITH RECURSIVE becomes a `recursion`.
 */
import type { Column } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { analyzeDataModifying } from './analyze-dml.ts';
import { analyzeRecursive, refersTo } from './analyze-recursive.ts';
import { analyzeSelect } from './analyze-select.ts';
import { type AstNode, type CommonTableExpr, namesOf, type SelectStmt, type WithClause } from './ast.ts';
import type { QueryLevel } from './scope.ts';

export interface CteEntry {
	readonly name: string;
	/** Number in `with` and `cte-scan`, or in `recursion` and `working-scan`. */
	readonly number: number;
	/** The definition; null while the recursive term that reads it is analysed. */
	readonly plan: Plan | null;
	readonly columns: readonly Column[];
	/** Put in the place of its one reference. */
	readonly inlined: boolean;
	/** A data-modifying definition without RETURNING cannot be read. */
	readonly readable: boolean;
	readonly modifies: boolean;
	references: number;
	/** Of rows that are there already: each reference makes a plan of its own. */
	readonly scan?: () => { readonly plan: Plan; readonly columns: readonly Column[] };
}

/** Analyses the WITH clause of a statement; `owner` is the statement, in which references are counted. */
export function analyzeWith(level: QueryLevel, clause: WithClause | undefined, owner: unknown): void {
	if (clause === undefined) return;
	const { context } = level;
	const seen = new Set<string>();
	const nodes = ((clause.ctes ?? []) as AstNode[]).map((n) => n.CommonTableExpr!);
	for (const cte of nodes) {
		const name = cte.ctename ?? '';
		if (seen.has(name)) throw context.error('42712', `WITH query name "${name}" specified more than once`, context.at(cte.location));
		seen.add(name);
	}
	for (const cte of clause.recursive ? inDependencyOrder(nodes) : nodes)
		level.ctes.set(cte.ctename ?? '', analyzeCte(level, cte, clause.recursive ?? false, owner));
}

/** Under RECURSIVE a query may refer to later ones: those it needs come first. */
function inDependencyOrder(nodes: readonly CommonTableExpr[]): CommonTableExpr[] {
	const ordered: CommonTableExpr[] = [];
	const visiting = new Set<CommonTableExpr>();
	const visit = (cte: CommonTableExpr): void => {
		if (ordered.includes(cte) || visiting.has(cte)) return;
		visiting.add(cte);
		for (const other of nodes) if (other !== cte && refersTo(cte.ctequery, other.ctename ?? '') > 0) visit(other);
		ordered.push(cte);
	};
	for (const cte of nodes) visit(cte);
	return ordered;
}

function analyzeCte(level: QueryLevel, cte: CommonTableExpr, recursive: boolean, owner: unknown): CteEntry {
	const { context } = level;
	const name = cte.ctename ?? '';
	const query = cte.ctequery as AstNode;
	if (query.SelectStmt === undefined) return modifyingCte(level, cte, name, query);
	const names = namesOf(cte.aliascolnames as AstNode[] | undefined);
	if (recursive && refersTo(query, name) > 0) {
		const plan = analyzeRecursive(level, cte, name, names);
		return {
			name,
			number: context.newCte(),
			plan,
			columns: renamed(level, cte, plan.columns, names),
			inlined: false,
			readable: true,
			modifies: false,
			references: 0,
		};
	}
	if (cte.search_clause !== undefined || cte.cycle_clause !== undefined) throw context.error('42601', 'WITH query is not recursive', context.at(cte.location));
	const volatileBefore = context.shared.volatileCalls;
	const { plan } = analyzeSelect(context, level, query.SelectStmt);
	const pure = context.shared.volatileCalls === volatileBefore && !hasLocks(query.SelectStmt);
	const inlined = pure && cte.ctematerialized !== 'CTEMaterializeAlways' && refersTo(owner, name) === 1;
	return { name, number: context.newCte(), plan, columns: renamed(level, cte, plan.columns, names), inlined, readable: true, modifies: false, references: 0 };
}

/** True when a query's own WITH changes tables. */
export function modifiesInWith(query: AstNode): boolean {
	return ((query.SelectStmt?.withClause?.ctes ?? []) as AstNode[]).some((n) => (n.CommonTableExpr!.ctequery as AstNode).SelectStmt === undefined);
}

function hasLocks(select: SelectStmt): boolean {
	return (
		(select.lockingClause?.length ?? 0) > 0 ||
		(select.withClause?.ctes?.length ?? 0) > 0 ||
		(select.larg !== undefined && hasLocks(select.larg)) ||
		(select.rarg !== undefined && hasLocks(select.rarg))
	);
}

function modifyingCte(level: QueryLevel, cte: CommonTableExpr, name: string, query: AstNode): CteEntry {
	const { context } = level;
	if (level.parent !== null && level.parent.conflict === null)
		throw context.error('0A000', 'WITH clause containing a data-modifying statement must be at the top level', context.at(cte.location));
	const plan = analyzeDataModifying(context, query, level);
	const readable = plan.columns.length > 0;
	const names = namesOf(cte.aliascolnames as AstNode[] | undefined);
	return { name, number: context.newCte(), plan, columns: renamed(level, cte, plan.columns, names), inlined: false, readable, modifies: true, references: 0 };
}

function renamed(level: QueryLevel, cte: CommonTableExpr, columns: readonly Column[], names: readonly string[]): readonly Column[] {
	if (names.length > columns.length) {
		throw level.context.error(
			'42P10',
			`WITH query "${cte.ctename}" has ${columns.length} columns available but ${names.length} columns specified`,
			level.context.at(cte.location),
		);
	}
	return columns.map((c, i) => (i < names.length ? { ...c, name: names[i]! } : c));
}

/** The CTE of a name that a level sees. */
export function findCte(level: QueryLevel, name: string): CteEntry | null {
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		const found = at.ctes.get(name);
		if (found !== undefined) return found;
	}
	return null;
}

/** A reference to a CTE as a plan. `columns` carry the names it shows. */
export function scanCte(level: QueryLevel, cte: CteEntry, position: number): { readonly plan: Plan; readonly columns: readonly Column[] } {
	const { context } = level;
	if (!cte.readable) throw context.error('0A000', `WITH query "${cte.name}" does not have a RETURNING clause`, position);
	cte.references++;
	if (cte.scan !== undefined) return cte.scan();
	if (cte.inlined && cte.plan !== null) return { plan: cte.plan, columns: cte.columns };
	const columns = cte.columns.map((c) => context.newColumn(c.name, c.type, c.typmod));
	if (cte.plan === null) return { plan: { kind: 'working-scan', name: cte.number, columns }, columns };
	return { plan: { kind: 'cte-scan', name: cte.number, source: cte.columns.map((c) => c.id), columns }, columns };
}

/** Puts the definitions that are read (or that change tables) around the statement's plan. */
export function wrapCtes(level: QueryLevel, body: Plan): Plan {
	let plan = body;
	for (const cte of [...level.ctes.values()].reverse()) {
		if (cte.plan === null || cte.inlined || (cte.references === 0 && !cte.modifies)) continue;
		plan = { kind: 'with', name: cte.number, definition: cte.plan, body: plan, columns: plan.columns };
	}
	return plan;
}
