/** Runs a statement to its end and keeps its rows: for statements inside statements (EXECUTE, COPY (query), CREATE TABLE AS, SQL functions). */
import type { RowSink } from '../query/executor/contracts.ts';
import type { Prepared } from './prepared.ts';
import type { DatabaseSession } from './session.ts';

export class RowList implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	readonly rows: unknown[][] = [];
	readonly #most: number;
	#row: unknown[] = [];

	/** `most`: wants no more after so many rows of one `run` call (see `again`). */
	constructor(columnCount: number, most = Number.POSITIVE_INFINITY) {
		this.#most = most;
		this.writers = Array.from({ length: columnCount }, () => (value: unknown) => {
			this.#row.push(value);
		});
	}

	begin(): void {
		this.#row = [];
	}

	end(): boolean {
		this.rows.push(this.#row);
		return this.rows.length < this.#most;
	}
}

export interface CollectedRows {
	readonly rows: unknown[][];
	readonly tag: string;
	readonly rowCount: number;
}

export function collectRows(session: DatabaseSession, statement: Prepared, parameters: readonly unknown[]): CollectedRows | Promise<CollectedRows> {
	const portal = session.bind(statement, parameters);
	const sink = new RowList(statement.columns?.length ?? 0);
	const collected = (result: { tag: string; rowCount: number } | 'suspended'): CollectedRows => {
		portal.close();
		if (result === 'suspended') throw new TypeError('a list takes all rows');
		return { rows: sink.rows, tag: result.tag, rowCount: result.rowCount };
	};
	const outcome = portal.run(sink);
	return outcome instanceof Promise ? outcome.then(collected) : collected(outcome);
}
