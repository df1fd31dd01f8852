/**
 * The values of some columns in a random sample of a table's rows: what ANALYZE looks at. The sample is a query as any other, so it goes by slices
 * of time, can be cancelled, and reads rows however the table keeps them. Long values are cut, and those of types without an
 * order are not read at all, so that a sample needs some megabytes at most.
 */

import { parseStatement } from '../../language/sql/parser.ts';
import { sqlError } from '../../platform/errors.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import { orderingOf } from '../../query/functions/type-comparison.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { DatabaseSession } from '../session.ts';

/** Characters, or bytes, of a value that are looked at. */
export const LOOKED_AT_MAX = 256;
/** Kinds of values that are only counted, being large or without an order of use to anybody. */
const COUNTED_ONLY: ReadonlySet<string> = new Set(['array', 'composite', 'pseudo', 'dynamic']);
const COUNTED_ONLY_NAMES: ReadonlySet<string> = new Set(['json', 'jsonb', 'xml']);

export interface SampledColumn {
	readonly column: ColumnObject;
	/** Of the sample's rows; `true` in place of a value that is only counted. */
	readonly values: unknown[];
	readonly isCountedOnly: boolean;
}

/** About `most` rows of a table that has about `rows`. */
export async function sampleTable(
	session: DatabaseSession,
	table: TableObject,
	columns: readonly ColumnObject[],
	{ rows, most }: { readonly rows: number; readonly most: number },
): Promise<{ readonly sampled: number; readonly columns: readonly SampledColumn[] }> {
	const sampled = columns.map((column): SampledColumn => ({ column, values: [], isCountedOnly: isCountedOnly(session, column) }));
	const sink = new SampleSink(sampled);
	const schema = session.catalog.get(table.schemaId)!.name;
	const named = sampled.map(({ column, isCountedOnly: counted }) => (counted ? `${quoteIdentifier(column.name)} IS NULL` : quoteIdentifier(column.name)));
	const share = rows <= most ? '' : ` TABLESAMPLE BERNOULLI (${Math.min(100, (most / rows) * 100)}) REPEATABLE (0)`;
	const text = `SELECT ${named.join(', ')} FROM ONLY ${quoteIdentifier(schema)}.${quoteIdentifier(table.name)}${share}`;
	const portal = session.bind(session.prepareNode(parseStatement(text), text, [], 0), []);
	try {
		const result = await portal.run(sink);
		if (result === 'suspended') throw sqlError('XX000', 'the sample of a table stopped before its end');
	} finally {
		portal.close();
	}
	return { sampled: sink.rows, columns: sampled };
}

function isCountedOnly(session: DatabaseSession, column: ColumnObject): boolean {
	const type = session.catalog.typeByOid(column.typeOid);
	return type === undefined || COUNTED_ONLY.has(type.kind) || COUNTED_ONLY_NAMES.has(type.name) || orderingOf(type, session.catalog) === undefined;
}

class SampleSink implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	rows = 0;

	constructor(columns: readonly SampledColumn[]) {
		this.writers = columns.map(({ values, isCountedOnly: counted }) =>
			counted ? (isNull) => values.push(isNull === true ? null : true) : (value) => values.push(cut(value)),
		);
	}

	begin(): void {
		this.rows++;
	}

	end(): boolean {
		return true;
	}
}

/** The beginning of a long value, in memory of its own: a part of a string would keep the whole. */
function cut(value: unknown): unknown {
	if (typeof value === 'string') return value.length <= LOOKED_AT_MAX ? value : Buffer.from(value.slice(0, LOOKED_AT_MAX)).toString();
	return value instanceof Uint8Array ? value.slice(0, LOOKED_AT_MAX) : value;
}
