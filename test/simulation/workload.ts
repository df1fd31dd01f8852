/**
 * What clients do to a database under simulation: transactions over accounts (whose balances always add up to nothing) and
 * items (unique names, secondary indexes), savepoints, row locks taken in any order, and tables that come, change and go.
 * Every statement tells its effects by RETURNING, so that the model needs no SQL of its own.
 */

import type { Engine } from '../../src/database/engine.ts';
import { ClosedError, PolylogError } from '../../src/platform/errors.ts';
import { SimulatedCrash } from '../../src/platform/simulated-disk.ts';
import type { SimulatedRandom } from '../../src/platform/simulated-random.ts';
import type { Effect } from './model.ts';
import { type Row, SqlClient, type Value } from './sql-client.ts';

export const ACCOUNTS = 12;
const ITEMS = 60;
const SCRATCH_TABLES = 3;
const ISOLATIONS = ['read committed', 'repeatable read', 'serializable'] as const;

/** When a commit is acknowledged: once synced, or once written. */
export type Level = 'disk' | 'os';

/** What the workload tells the history that runs it. */
export interface WorkloadHost {
	/** Runs `commit`, which decides at most one commit before it returns; its effects are those given. */
	committing(effects: readonly Effect[], level: Level, commit: () => Promise<unknown>): Promise<void>;
	/** The same for a commit that may be decided later, and whose changes alone hold the text `mark`. */
	committingAt(mark: string, effects: readonly Effect[], level: Level, commit: () => Promise<unknown>): Promise<void>;
	/** The same for a commit that adopts files. False when another is under way. */
	committingFiles(effects: readonly Effect[], level: Level, commit: () => Promise<unknown>): Promise<boolean>;
	/** A statement ended with this SQLSTATE. */
	failedWith(sqlstate: string): void;
	/** A schema change was committed. */
	schemaChanged(): void;
	/** A number never given before. */
	fresh(): number;
}

/** Errors that a statement may meet: conflicts, constraints, objects that another has changed, and what the harness breaks. */
const EXPECTED = /^(40001|40P01|55P03|23505|42P01|42P07|42701|42703|42704|25P02|53100|53200|58030|08007|57P01|57P03|0A000|72000)$/;

export class WorkloadClient {
	readonly #client: SqlClient;
	readonly #random: SimulatedRandom;
	readonly #host: WorkloadHost;
	/** A statement is under way. */
	isBusy = false;
	#effects: Effect[] | null = null;
	#savepoints: { readonly name: string; readonly effectCount: number }[] = [];
	#changesSchema = false;
	#sequence = 0;
	readonly #level: Level;
	#isSetUp = false;

	constructor(engine: Engine, random: SimulatedRandom, host: WorkloadHost, level: Level) {
		this.#client = new SqlClient(engine);
		this.#random = random;
		this.#host = host;
		this.#level = level;
	}

	/** Begins the next statement; `unexpected` is told of errors that nothing explains. */
	start(unexpected: (error: unknown) => void): void {
		this.isBusy = true;
		this.#next().then(
			() => {
				this.isBusy = false;
			},
			(error) => this.#statementFailed(error, unexpected),
		);
	}

	#statementFailed(error: unknown, unexpected: (error: unknown) => void): void {
		if (error instanceof SimulatedCrash || error instanceof ClosedError) return;
		if (!(error instanceof PolylogError) || !EXPECTED.test(error.sqlstate ?? error.code)) {
			unexpected(error);
			return;
		}
		this.#host.failedWith(error.sqlstate ?? error.code);
		this.isBusy = false;
		if (this.#client.session.transactionStatus !== 'failed') this.#forget();
	}

	#forget(): void {
		this.#effects = null;
		this.#savepoints = [];
		this.#changesSchema = false;
	}

	async #next(): Promise<void> {
		const random = this.#random;
		if (!this.#isSetUp) return this.#setUp();
		if (this.#client.session.transactionStatus === 'failed') return this.#recover();
		if (this.#effects === null) return this.#outsideBlock();
		const choice = random.below(100);
		if (choice < 20) return this.#commit();
		if (choice < 24) return this.#rollback();
		if (choice < 44) return this.#transfer(this.#effects);
		if (choice < 74) return this.#changeItem(this.#effects);
		if (choice < 80) return this.#savepoint(this.#effects);
		if (choice < 84) return this.#rollbackTo(this.#effects);
		if (choice < 90) return this.#lockAccount();
		if (choice < 93) return this.#large(this.#effects);
		return this.#changeSchema(this.#effects);
	}

	async #setUp(): Promise<void> {
		this.#isSetUp = true;
		await this.#client.run("set work_mem = '64kB'");
		if (this.#level === 'os') await this.#client.run('set synchronous_commit = off');
	}

	async #outsideBlock(): Promise<void> {
		const choice = this.#random.below(100);
		if (choice < 18) return this.#insertAlone();
		if (choice < 21) return this.#load();
		if (choice < 22) return this.#sortMuch();
		return this.#begin();
	}

	/** A new table, and so many rows at once that they come as files. */
	async #load(): Promise<void> {
		const table = `load_${this.#host.fresh()}`;
		const columns = ['id', 'name', 'qty'];
		const made: Effect[] = [
			{ kind: 'create table', table, columns },
			{ kind: 'create index', table, index: `${table}_name_key`, column: 'name' },
		];
		await this.#host.committingAt(`"${table}"`, made, this.#level, () =>
			this.#client.run(`create table ${table} (id int primary key, name text unique, qty int)`),
		);
		const rows: Row[] = [];
		for (let id = this.#random.between(5, 80); id > 0; id--) rows.push({ id, name: `row ${id * 7919}`, qty: this.#random.below(5) });
		const lines = rows.map((row) => `${row.id}\t${row.name}\t${row.qty}\n`).join('');
		const effects = rows.map((row): Effect => ({ kind: 'put', table, row }));
		await this.#host.committingFiles(effects, this.#level, () => this.#client.copy(`copy ${table} from stdin`, lines));
	}

	/** More than the statement's memory holds. */
	async #sortMuch(): Promise<void> {
		const rows = await this.#client.run("select g, repeat('x', 300) || g % 7 as t from generate_series(1, 600) g order by t, g desc");
		if (rows.length !== 600) throw new Error(`a sort of 600 rows gave ${rows.length}`);
	}

	async #begin(): Promise<void> {
		const isolation = this.#random.pick(ISOLATIONS);
		await this.#client.run(`begin isolation level ${isolation}`);
		this.#effects = [];
	}

	async #commit(): Promise<void> {
		const changesSchema = this.#changesSchema;
		const effects = this.#effects ?? [];
		this.#forget();
		await this.#host.committing(effects, this.#level, () => this.#client.run('commit'));
		if (changesSchema) this.#host.schemaChanged();
	}

	async #rollback(): Promise<void> {
		this.#forget();
		await this.#client.run('rollback');
	}

	/** A failed block takes only the way back. */
	async #recover(): Promise<void> {
		if (this.#savepoints.length > 0 && this.#random.chance(0.5)) await this.#rollbackTo(this.#effects ?? []);
		else await this.#rollback();
	}

	async #savepoint(effects: readonly Effect[]): Promise<void> {
		const name = `s${this.#sequence++}`;
		await this.#client.run(`savepoint ${name}`);
		this.#savepoints.push({ name, effectCount: effects.length });
	}

	async #rollbackTo(effects: Effect[]): Promise<void> {
		const savepoint = this.#savepoints.pop();
		if (savepoint === undefined) return;
		await this.#client.run(`rollback to savepoint ${savepoint.name}`);
		effects.length = savepoint.effectCount;
	}

	/** A statement that is its own transaction, with an id and a name of its own so that its effect is known whenever it is decided. */
	async #insertAlone(): Promise<void> {
		const id = this.#host.fresh();
		const name = `alone ${id}.`;
		const row: Row = { id, name, qty: this.#random.below(10), note: null };
		const values: Value[] = [id, name, row.qty!];
		await this.#host.committingAt(name, [{ kind: 'put', table: 'item', row }], this.#level, () =>
			this.#client.run('insert into item (id, name, qty) values ($1, $2, $3)', values),
		);
	}

	async #transfer(effects: Effect[]): Promise<void> {
		const amount = this.#random.between(1, 50);
		const from = this.#random.below(ACCOUNTS);
		const to = this.#random.below(ACCOUNTS);
		const text = 'update account set balance = balance + case when id = $1 then -$3::int else $3::int end where id in ($1, $2) and $1 <> $2 returning *';
		this.#put(effects, 'account', await this.#client.run(text, [from, to, amount]));
	}

	async #lockAccount(): Promise<void> {
		await this.#client.run('select * from account where id = $1 for update', [this.#random.below(ACCOUNTS)]);
	}

	async #changeItem(effects: Effect[]): Promise<void> {
		const random = this.#random;
		const id = random.below(ITEMS);
		const name = `name ${random.below(ITEMS)}`;
		const qty = random.below(10);
		const choice = random.below(5);
		if (choice === 0) this.#put(effects, 'item', await this.#client.run('insert into item (id, name, qty) values ($1, $2, $3) returning *', [id, name, qty]));
		else if (choice === 1) this.#put(effects, 'item', await this.#client.run('update item set name = $2, qty = $3 where id = $1 returning *', [id, name, qty]));
		else if (choice === 2) this.#put(effects, 'item', await this.#client.run('update item set qty = qty + 1 where qty = $1 returning *', [qty]));
		else if (choice === 3)
			for (const row of await this.#client.run('delete from item where id = $1 returning *', [id]))
				effects.push({ kind: 'delete', table: 'item', id: row.id as number });
		else
			this.#put(
				effects,
				'item',
				await this.#client.run('insert into item (id, name, qty) values ($1, $2, $3) on conflict (id) do update set qty = excluded.qty returning *', [
					id,
					name,
					qty,
				]),
			);
	}

	/** Rows that make the transaction span frames, and memtables flush. */
	async #large(effects: Effect[]): Promise<void> {
		const first = this.#host.fresh();
		const count = this.#random.between(5, 40);
		for (let more = 1; more < count; more++) this.#host.fresh();
		const note = 'x'.repeat(this.#random.between(10, 300));
		const text = "insert into item (id, name, qty, note) select g, 'large ' || g, g % 10, $3 from generate_series($1::int, $2::int) g returning *";
		this.#put(effects, 'item', await this.#client.run(text, [first, first + count - 1, note]));
	}

	async #changeSchema(effects: Effect[]): Promise<void> {
		const random = this.#random;
		const table = `scratch_${random.below(SCRATCH_TABLES)}`;
		const number = this.#sequence++;
		this.#changesSchema = true;
		switch (random.below(8)) {
			case 0:
			case 1:
				await this.#client.run(`create table ${table} (id int primary key, a int)`);
				effects.push({ kind: 'create table', table, columns: ['id', 'a'] });
				this.#put(effects, table, await this.#client.run(`insert into ${table} select g, g * 2 from generate_series(1, 5) g returning *`));
				return;
			case 2:
				await this.#client.run(`drop table ${table}`);
				effects.push({ kind: 'drop table', table });
				return;
			case 3: {
				const column = `c${this.#host.fresh()}`;
				await this.#client.run(`alter table ${table} add column ${column} int default ${number}`);
				effects.push({ kind: 'add column', table, column, value: number });
				return;
			}
			case 4: {
				const to = `a${this.#host.fresh()}`;
				await this.#client.run(`alter table ${table} rename column a to ${to}`);
				effects.push({ kind: 'rename column', table, from: 'a', to });
				return;
			}
			case 5: {
				const index = `item_extra_${this.#host.fresh()}`;
				await this.#client.run(`create index ${index} on item (qty, name)`);
				effects.push({ kind: 'create index', table: 'item', index, column: 'qty' });
				return;
			}
			case 6: {
				const index = `${table}_${this.#host.fresh()}`;
				await this.#client.run(`create index ${index} on ${table} (id)`);
				effects.push({ kind: 'create index', table, index, column: 'id' });
				return;
			}
			default:
				this.#put(effects, table, await this.#client.run(`insert into ${table} (id) values ($1) on conflict (id) do nothing returning *`, [random.below(50)]));
		}
	}

	#put(effects: Effect[], table: string, rows: readonly Row[]): void {
		for (const row of rows) effects.push({ kind: 'put', table, row });
	}
}
