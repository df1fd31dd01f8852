/** VALUES as a query: rows of expressions, each column of the type its cells agree on. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { UNKNOWN } from '../../value/builtin-types.ts';
import { analyzeRowItem } from './analyze-expression.ts';
import type { AstNode, SelectStmt } from './ast.ts';
import { coerceToCommon, commonType, commonTypmod } from './common-type.ts';
import type { QueryLevel } from './scope.ts';

export function analyzeValues(level: QueryLevel, node: SelectStmt, unknownsStay: boolean): Plan {
	const { context } = level;
	const rows = level.within('values', () => valueRows(level, (node.valuesLists ?? []) as AstNode[]));
	const width = rows[0]!.length;
	const columns = [];
	for (let i = 0; i < width; i++) {
		const cells = rows.map((row) => row[i]!);
		const open = unknownsStay && cells.every((c) => c.type.oid === UNKNOWN.oid);
		const type = open ? UNKNOWN : commonType(context, cells, 'VALUES');
		const typmod = commonTypmod(context, cells, type);
		if (!open) for (const row of rows) row[i] = coerceToCommon(context, row[i]!, type, 'VALUES');
		columns.push(context.newColumn(`column${i + 1}`, type, typmod));
	}
	return { kind: 'values', rows, columns };
}

/** The cells of each row, all rows of one length. */
export function valueRows(level: QueryLevel, nodes: readonly AstNode[]): Expression[][] {
	const rows: Expression[][] = [];
	for (const node of nodes) {
		const cells = ((node.List?.items ?? []) as AstNode[]).flatMap((c) => analyzeRowItem(level, c));
		if (rows.length > 0 && rows[0]!.length !== cells.length)
			throw level.context.error('42601', 'VALUES lists must all be the same length', cells[0]?.position ?? 0);
		rows.push(cells);
	}
	return rows;
}
