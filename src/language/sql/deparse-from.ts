/** FROM items → SQL text. */
import { sqlError } from '../../platform/errors.ts';
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import { type Alias, type AstNode, type JoinExpr, namesOf, nodeKind, type RangeFunction, type RangeTableSample, type RangeVar } from './ast.ts';
import { deparseExpression, deparseStatement, deparseTypeName } from './deparse.ts';

const list = (nodes: unknown): readonly AstNode[] => (nodes ?? []) as readonly AstNode[];

export function deparseFrom(node: AstNode): string {
	if (node.RangeVar !== undefined) return deparseRangeVar(node.RangeVar);
	if (node.JoinExpr !== undefined) return deparseJoin(node.JoinExpr);
	if (node.RangeFunction !== undefined) return deparseFunction(node.RangeFunction);
	if (node.RangeSubselect !== undefined) {
		const { lateral, subquery, alias } = node.RangeSubselect;
		return `${lateral ? 'LATERAL ' : ''}(${deparseStatement(subquery as AstNode)})${deparseAlias(alias, [])}`;
	}
	if (node.RangeTableSample !== undefined) return deparseSample(node.RangeTableSample);
	throw sqlError('0A000', `${nodeKind(node)} cannot be stored`);
}

function deparseSample({ relation, method, args, repeatable }: RangeTableSample): string {
	const name = namesOf(method as AstNode[])
		.map(quoteIdentifier)
		.join('.');
	const seed = repeatable === undefined ? '' : ` REPEATABLE (${deparseExpression(repeatable as AstNode)})`;
	return `${deparseFrom(relation as AstNode)} TABLESAMPLE ${name} (${list(args).map(deparseExpression).join(', ')})${seed}`;
}

export function deparseRangeVar(node: RangeVar): string {
	const name = [node.schemaname, node.relname].filter((n) => n !== undefined && n !== '').map((n) => quoteIdentifier(n!));
	return `${node.inh ? '' : 'ONLY '}${name.join('.')}${deparseAlias(node.alias, [])}`;
}

function deparseAlias(alias: Alias | undefined, definitions: readonly AstNode[]): string {
	const columns =
		definitions.length > 0
			? definitions.map((d) => `${quoteIdentifier(d.ColumnDef!.colname ?? '')} ${deparseTypeName(d.ColumnDef!.typeName!)}`)
			: namesOf(alias?.colnames as AstNode[] | undefined).map(quoteIdentifier);
	if (alias === undefined && columns.length === 0) return '';
	const names = columns.length > 0 ? `(${columns.join(', ')})` : '';
	// Only columns without a name of their own need the word.
	return alias?.aliasname ? ` ${quoteIdentifier(alias.aliasname)}${names}` : ` AS ${names}`;
}

const JOINS: Readonly<Record<string, string>> = { JOIN_INNER: 'JOIN', JOIN_LEFT: 'LEFT JOIN', JOIN_RIGHT: 'RIGHT JOIN', JOIN_FULL: 'FULL JOIN' };

function deparseJoin(node: JoinExpr): string {
	const using = namesOf(node.usingClause as AstNode[] | undefined);
	const usingAlias = node.join_using_alias?.aliasname;
	const condition = node.isNatural
		? ''
		: using.length > 0
			? ` USING (${using.map(quoteIdentifier).join(', ')})${usingAlias ? ` AS ${quoteIdentifier(usingAlias)}` : ''}`
			: node.quals === undefined
				? ''
				: ` ON ${deparseExpression(node.quals as AstNode)}`;
	const cross = condition === '' && !node.isNatural;
	const text = `${deparseFrom(node.larg as AstNode)} ${node.isNatural ? 'NATURAL ' : ''}${cross ? 'CROSS JOIN' : (JOINS[node.jointype ?? ''] ?? 'JOIN')} ${deparseFrom(node.rarg as AstNode)}${condition}`;
	return `(${text})${deparseAlias(node.alias, [])}`;
}

function deparseFunction(node: RangeFunction): string {
	const functions = list(node.functions).map((f) => {
		const [call, definitions] = list(f.List?.items);
		const own = list(definitions?.List?.items);
		return `${deparseExpression(call!)}${own.length > 0 ? ` AS${deparseAlias(undefined, own).slice(3)}` : ''}`;
	});
	const text = node.is_rowsfrom ? `ROWS FROM (${functions.join(', ')})` : functions.join(', ');
	return `${node.lateral ? 'LATERAL ' : ''}${text}${node.ordinality ? ' WITH ORDINALITY' : ''}${deparseAlias(node.alias, list(node.coldeflist))}`;
}
