/** Completes the rows of a COPY: columns that the data leaves out get their defaults, in the table's order. */
import { analyzeExpressionOf } from '../../language/sql/analyze-statement.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import { isVolatile } from '../../query/algebra/traverse.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import { analysisContext } from '../analysis.ts';
import type { DatabaseSession } from '../session.ts';

type Filler = { readonly at: number; readonly value: unknown; readonly expression: Expression | null };

/** A function from a row of the data to a row of the table (live columns in order). */
export function rowDefaults(session: DatabaseSession, table: TableObject, columns: readonly ColumnObject[]): (row: readonly unknown[]) => unknown[] {
	const live = table.columns.filter((c) => !c.dropped);
	const places = columns.map((c) => live.findIndex((l) => l.number === c.number));
	const fillers: Filler[] = [];
	live.forEach((column, at) => {
		if (places.includes(at) || column.defaultText === null) return;
		const type = session.catalog.typeByOid(column.typeOid)!;
		const expression = analyzeExpressionOf(
			session.engine.parseExpression(column.defaultText),
			column.defaultText,
			analysisContext(session, [], false),
			type,
			column.typmod,
		);
		if (isVolatile(expression)) fillers.push({ at, value: null, expression });
		else fillers.push({ at, value: session.evaluate(expression), expression: null });
	});
	const count = live.length;
	return (row) => {
		const full: unknown[] = new Array(count).fill(null);
		for (let i = 0; i < places.length; i++) full[places[i]!] = row[i];
		for (const filler of fillers) full[filler.at] = filler.expression === null ? filler.value : session.evaluate(filler.expression);
		return full;
	};
}
