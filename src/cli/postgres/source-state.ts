/**
 * How far the import from a PostgreSQL database has come, in two tables: `polylog_source` has the slot and the position of the source's log up to which its changes are applied, `polylog_source_table`
 * the tables that are copied, each with the position of its copy.
 */
import type pg from 'pg';
import { formatLsn, parseLsn } from '../../encoding/pgoutput.ts';

const MAKE = [
	'CREATE TABLE IF NOT EXISTS public.polylog_source (slot text PRIMARY KEY, lsn text NOT NULL, is_finished boolean NOT NULL, changed timestamptz NOT NULL DEFAULT now())',
	'CREATE TABLE IF NOT EXISTS public.polylog_source_table (slot text, "table" text, lsn text NOT NULL, PRIMARY KEY (slot, "table"))',
];

export class SourceState {
	readonly #client: pg.Client;
	readonly #slot: string;

	/** `slot`: of the source, or another name for an import without one. */
	constructor(client: pg.Client, slot: string) {
		this.#client = client;
		this.#slot = slot;
	}

	/** null: the import has not begun. */
	async begin(): Promise<{ readonly lsn: bigint; readonly isFinished: boolean } | null> {
		for (const statement of MAKE) await this.#client.query(statement);
		const { rows } = await this.#client.query({
			text: 'SELECT lsn, is_finished FROM public.polylog_source WHERE slot = $1',
			values: [this.#slot],
			rowMode: 'array',
		});
		const found = rows[0] as string[] | undefined;
		return found === undefined ? null : { lsn: parseLsn(found[0]!), isFinished: found[1] === 't' };
	}

	async start(lsn: bigint): Promise<void> {
		await this.#client.query('INSERT INTO public.polylog_source (slot, lsn, is_finished) VALUES ($1, $2, false)', [this.#slot, formatLsn(lsn)]);
	}

	/** The tables are copied, with indexes and foreign keys. */
	async finish(): Promise<void> {
		await this.#client.query('UPDATE public.polylog_source SET is_finished = true, changed = now() WHERE slot = $1', [this.#slot]);
	}

	/** To be called in the transaction of the changes. */
	async saveLsn(lsn: bigint): Promise<void> {
		await this.#client.query('UPDATE public.polylog_source SET lsn = $2, changed = now() WHERE slot = $1', [this.#slot, formatLsn(lsn)]);
	}

	async copied(): Promise<Map<string, bigint>> {
		const { rows } = await this.#client.query({
			text: 'SELECT "table", lsn FROM public.polylog_source_table WHERE slot = $1',
			values: [this.#slot],
			rowMode: 'array',
		});
		return new Map((rows as string[][]).map(([table, lsn]) => [table!, parseLsn(lsn!)]));
	}

	async saveCopied(table: string, lsn: bigint): Promise<void> {
		await this.#client.query('INSERT INTO public.polylog_source_table VALUES ($1, $2, $3)', [this.#slot, table, formatLsn(lsn)]);
	}
}
