/**
 * Applies the changes of a PostgreSQL database, transaction by transaction, in the order of their commits. The position behind a transaction is stored in the
 * transaction that stores its rows: whatever breaks in between, each is applied exactly once.
 *
 * A table whose copy was made at a later position than the stream begins skips the transactions that its copy has seen.
 */
import type pg from 'pg';
import { formatLsn, type SourceMessage, type SourceRelation, type SourceValue } from '../../encoding/pgoutput.ts';
import { InputError } from '../../platform/errors.ts';
import { quoteName } from '../client.ts';
import type { SourceState } from './source-state.ts';

interface Target {
	readonly relation: SourceRelation;
	readonly sql: string;
	readonly columns: readonly string[];
	/** GENERATED ALWAYS AS IDENTITY: inserted, but never set, here as there. */
	readonly isFixed: readonly boolean[];
}

export class ChangeWriter {
	/** Transactions that end here or before are applied. */
	appliedLsn: bigint;
	transactionCount = 0;
	readonly #client: pg.Client;
	readonly #state: SourceState;
	/** Table (quoted, with schema) → position of its copy. */
	readonly #copiedLsn: ReadonlyMap<string, bigint>;
	readonly #targets = new Map<number, Target>();
	/** Of the transaction that is read: −1 outside of one. */
	#finalLsn = -1n;
	#isOpen = false;

	constructor(client: pg.Client, state: SourceState, appliedLsn: bigint, copiedLsn: ReadonlyMap<string, bigint>) {
		this.#client = client;
		this.#state = state;
		this.appliedLsn = appliedLsn;
		this.#copiedLsn = copiedLsn;
	}

	get isWithin(): boolean {
		return this.#finalLsn >= 0n;
	}

	async take(message: SourceMessage): Promise<void> {
		switch (message.kind) {
			case 'begin':
				this.#finalLsn = message.finalLsn;
				return;
			case 'relation':
				await this.#note(message.relation);
				return;
			case 'insert':
				return this.#change(message.relation, (target) => this.#insert(target, message.row));
			case 'update':
				return this.#change(message.relation, (target) => this.#update(target, message.old, message.isOldWhole, message.row));
			case 'delete':
				return this.#change(message.relation, (target) => this.#delete(target, message.old, message.isOldWhole));
			case 'truncate':
				return this.#truncate(message.relations, message.isCascade, message.restartsIdentity);
			case 'commit':
				return this.#commit(message.endLsn);
			case 'other':
				return;
			default:
				message satisfies never;
		}
	}

	/** A table as the source has it now: its columns must be here, too. */
	async #note(relation: SourceRelation): Promise<void> {
		const sql = `${quoteName(relation.schema)}.${quoteName(relation.name)}`;
		const { rows } = await this.#client.query({
			text: 'SELECT attname, attidentity FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
			values: [sql],
			rowMode: 'array',
		});
		const present = new Map((rows as string[][]).map(([name, identity]) => [name!, identity!]));
		const missing = relation.columns.find((column) => !present.has(column.name));
		const place = `at ${formatLsn(this.#finalLsn)} of the source's log`;
		if (present.size === 0)
			throw new InputError('input', `the source changes table ${sql}, which is not here (${place})`, {
				hint: 'Make it here as it is there; the same command goes on.',
			});
		if (missing !== undefined)
			throw new InputError('input', `the source's table ${sql} has a column "${missing.name}", which is not here (${place})`, {
				hint: `Add it by ALTER TABLE ${sql} ADD COLUMN; the same command goes on.`,
			});
		this.#targets.set(relation.id, {
			relation,
			sql,
			columns: relation.columns.map((column) => quoteName(column.name)),
			isFixed: relation.columns.map((column) => present.get(column.name) === 'a'),
		});
	}

	#target(id: number): Target {
		const target = this.#targets.get(id);
		if (target === undefined) throw new InputError('input', `the source changed a table (${id}) that it did not describe`);
		return target;
	}

	/** True for what the table's copy has seen. */
	#isCopied(target: Target): boolean {
		return this.#finalLsn < (this.#copiedLsn.get(target.sql) ?? 0n);
	}

	async #change(id: number, apply: (target: Target) => Promise<void>): Promise<void> {
		const target = this.#target(id);
		if (this.#isCopied(target)) return;
		await this.#open();
		await apply(target);
	}

	async #open(): Promise<void> {
		if (this.#isOpen) return;
		this.#isOpen = true;
		await this.#client.query('BEGIN');
	}

	async #insert({ sql, columns }: Target, row: readonly SourceValue[]): Promise<void> {
		const places = columns.map((_, i) => `$${i + 1}`).join(', ');
		await this.#client.query(`INSERT INTO ${sql} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${places})`, row as unknown[]);
	}

	async #update(target: Target, old: readonly SourceValue[] | null, isOldWhole: boolean, row: readonly SourceValue[]): Promise<void> {
		const values: SourceValue[] = [];
		const sets: string[] = [];
		for (const [i, value] of row.entries()) if (value !== undefined && !target.isFixed[i]) sets.push(`${target.columns[i]} = $${values.push(value)}`);
		if (sets.length === 0) return;
		const where = this.#which(target, old ?? row, isOldWhole, values);
		await this.#one(target, `UPDATE ${target.sql} SET ${sets.join(', ')} WHERE ${where}`, values);
	}

	async #delete(target: Target, old: readonly SourceValue[], isOldWhole: boolean): Promise<void> {
		const values: SourceValue[] = [];
		const where = this.#which(target, old, isOldWhole, values);
		await this.#one(target, `DELETE FROM ${target.sql} WHERE ${where}`, values);
	}

	/** The condition that finds a row by its identity: the columns of its key, or, where the source sends whole rows, all of them. */
	#which({ relation, columns, sql }: Target, old: readonly SourceValue[], isOldWhole: boolean, values: SourceValue[]): string {
		const parts: string[] = [];
		for (const [i, column] of relation.columns.entries()) {
			if (!isOldWhole && !column.isKey) continue;
			const value = old[i];
			if (value === undefined) continue;
			// Types without an order of equality (json) are compared by their text.
			if (value === null) parts.push(`${columns[i]} IS NULL`);
			else parts.push(isJson(column.typeOid) ? `${columns[i]}::text = $${values.push(value)}` : `${columns[i]} = $${values.push(value)}`);
		}
		const condition = parts.join(' AND ');
		// Rows that are alike in all columns: one of them is meant, and any will do.
		return isOldWhole ? `ctid = (SELECT ctid FROM ${sql} WHERE ${condition} LIMIT 1)` : condition;
	}

	async #one(target: Target, text: string, values: readonly SourceValue[]): Promise<void> {
		const { rowCount } = await this.#client.query(text, values as unknown[]);
		if (rowCount === 1) return;
		throw new InputError('input', `a row of ${target.sql} that the source changed is not here (at ${formatLsn(this.#finalLsn)} of its log)`, {
			hint: 'The tables have come apart: were they changed here? Drop the slot, empty the tables and import anew.',
		});
	}

	async #truncate(ids: readonly number[], isCascade: boolean, restartsIdentity: boolean): Promise<void> {
		const targets = ids.map((id) => this.#target(id)).filter((target) => !this.#isCopied(target));
		if (targets.length === 0) return;
		await this.#open();
		const options = `${restartsIdentity ? ' RESTART IDENTITY' : ''}${isCascade ? ' CASCADE' : ''}`;
		await this.#client.query(`TRUNCATE ${targets.map((target) => target.sql).join(', ')}${options}`);
	}

	async #commit(endLsn: bigint): Promise<void> {
		if (this.#isOpen) {
			await this.#state.saveLsn(endLsn);
			await this.#client.query('COMMIT');
			this.transactionCount++;
		}
		this.#isOpen = false;
		this.#finalLsn = -1n;
		if (endLsn > this.appliedLsn) this.appliedLsn = endLsn;
	}

	/** Gives up the transaction that is read. */
	async abandon(): Promise<void> {
		if (this.#isOpen) await this.#client.query('ROLLBACK').catch(() => undefined);
		this.#isOpen = false;
		this.#finalLsn = -1n;
	}
}

function isJson(typeOid: number): boolean {
	return typeOid === 114;
}
