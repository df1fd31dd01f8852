/**
 * ALTER … RENAME in stored texts. Expressions over one table have the column's identifier replaced. In views the table is given an
 * alias instead, with the names it and its columns had, so that everything else in the view stays as it is.
 */
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import { type AstNode, namesOf, type RangeVar } from './ast.ts';
import { deparseStatement } from './deparse.ts';
import { parseStatement } from './parser.ts';
import { SqlScanner } from './scanner.ts';

/** Renames a column in an expression over its table: a check, a generated column, an index key or predicate. */
export function renameColumnInText(text: string, from: string, to: string): string {
	return withIdentifier(text, from, quoteIdentifier(to));
}

/** The text with each use of an identifier, but as a function's name, written otherwise. */
export function withIdentifier(text: string, from: string, shown: string): string {
	const scanner = new SqlScanner(text);
	let result = '';
	while (scanner.next() !== 'end') {
		const token = text.slice(scanner.start, scanner.end);
		result += identifierOf(scanner, token) === from && text[scanner.end] !== '(' ? shown : token;
	}
	return result;
}

function identifierOf(scanner: SqlScanner, token: string): string | null {
	if (scanner.kind === 'word') return token.toLowerCase();
	if (scanner.kind === 'quoted') return token.slice(1, -1).replaceAll('""', '"');
	return null;
}

/** A table as a view's text may name it. */
export interface TableName {
	readonly schema: string;
	readonly name: string;
}

/** The text of a view after a table or view that it reads got another name. */
export function renameRelationInView(text: string, from: TableName, to: string): string {
	return withTables(text, from, (node) => ({ ...node, relname: to, alias: node.alias ?? { aliasname: from.name } }));
}

/** The text of a view after a column of a table that it reads got another name: `names` are those of all live columns before. */
export function keepColumnNamesInView(text: string, table: TableName, names: readonly string[]): string {
	return withTables(text, table, (node) => {
		const given = (node.alias?.colnames ?? []) as AstNode[];
		const colnames = [...given, ...names.slice(given.length).map((name): AstNode => ({ String: { sval: name } }))];
		return { ...node, alias: { aliasname: node.alias?.aliasname ?? table.name, colnames: colnames as never } };
	});
}

function withTables(text: string, table: TableName, change: (node: RangeVar) => RangeVar): string {
	const node = parseStatement(text);
	if (node === null) return text;
	return deparseStatement(rewriteNames(node, { rangeVar: (n, hidden) => (isTable(n, table, hidden) ? change(n) : n) }));
}

/** What becomes of the names in a parse tree. */
export interface NameRewriter {
	/** `hidden`: names of CTEs in scope, which hide tables. */
	rangeVar(node: RangeVar, hidden: ReadonlySet<string>): RangeVar;
	/** Parts of a type's or function's name. */
	readonly type?: (names: readonly string[]) => readonly string[];
	readonly function?: (names: readonly string[]) => readonly string[];
}

/** Rebuilds a parse tree with other names. */
export function rewriteNames(node: AstNode, by: NameRewriter): AstNode {
	return rewrite(node, by, new Set()) as AstNode;
}

function rewrite(node: unknown, by: NameRewriter, hidden: ReadonlySet<string>): unknown {
	if (typeof node !== 'object' || node === null) return node;
	if (Array.isArray(node)) return node.map((item) => rewrite(item, by, hidden));
	const fields = node as Record<string, unknown>;
	const inner = new Set(hidden);
	const rebuilt: Record<string, unknown> = {};
	const clause = fields.withClause as { ctes?: readonly AstNode[]; recursive?: boolean } | undefined;
	if (clause !== undefined) rebuilt.withClause = rewriteWith(clause, by, inner);
	for (const [key, value] of Object.entries(fields)) {
		if (key === 'withClause') continue;
		if (key === 'LockingClause') rebuilt[key] = value;
		else if (key === 'RangeVar') rebuilt[key] = by.rangeVar(value as RangeVar, inner);
		else if (key === 'typeName' && by.type !== undefined) rebuilt[key] = renamed(value, 'names', by.type);
		else if (key === 'FuncCall' && by.function !== undefined) rebuilt[key] = renamed(rewrite(value, by, inner), 'funcname', by.function);
		else rebuilt[key] = rewrite(value, by, inner);
	}
	return rebuilt;
}

function renamed(node: unknown, field: 'names' | 'funcname', change: (names: readonly string[]) => readonly string[]): unknown {
	const fields = node as Record<string, unknown>;
	const names = change(namesOf(fields[field] as AstNode[] | undefined));
	return { ...fields, [field]: names.map((sval) => ({ String: { sval } })) };
}

/** CTEs see those before them, and under RECURSIVE all; afterwards their names are in `hidden`. */
function rewriteWith(clause: { ctes?: readonly AstNode[]; recursive?: boolean }, by: NameRewriter, hidden: Set<string>): unknown {
	const names = (clause.ctes ?? []).map((c) => c.CommonTableExpr?.ctename ?? '');
	if (clause.recursive) for (const name of names) hidden.add(name);
	const ctes = (clause.ctes ?? []).map((cte, i) => {
		const rebuilt = rewrite(cte, by, hidden);
		hidden.add(names[i]!);
		return rebuilt;
	});
	return { ...clause, ctes };
}

function isTable(node: RangeVar, table: TableName, hidden: ReadonlySet<string>): boolean {
	if (node.relname !== table.name) return false;
	return node.schemaname ? node.schemaname === table.schema : !hidden.has(table.name);
}
