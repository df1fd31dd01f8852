/**
 * COPY IN and OUT as portals. Data coming in is decoded piece by piece; the rows of a piece are inserted under a savepoint, so
 * that they can be inserted again when one of them meets a lock to wait for. Data going out is encoded as it is read.
 */
import type { CopyStmt } from 'libpg-query';
import { CopyBinaryDecoder } from '../../encoding/copy-binary-decoder.ts';
import { CopyColumnReader } from '../../encoding/copy-column-reader.ts';
import { CopyCsvDecoder } from '../../encoding/copy-csv-decoder.ts';
import { CopyBinaryEncoder, type CopyEncoder, CopyLineEncoder } from '../../encoding/copy-encoder.ts';
import { fieldParser, integerFieldParser } from '../../encoding/copy-field.ts';
import { LineDecoder } from '../../encoding/copy-line-decoder.ts';
import type { CopyDecoder, FieldParser } from '../../encoding/copy-options.ts';
import { CopyTextDecoder } from '../../encoding/copy-text-decoder.ts';
import type { AstNode } from '../../language/sql/ast.ts';
import { parseSql } from '../../language/sql/parser.ts';
import { LockWait, type TableRowLoader } from '../../model/table/contracts.ts';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { INT2, INT4 } from '../../value/builtin-types.ts';
import { binaryDecoder, binaryEncoder } from '../../value/value-binary.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import type { Portal, StatementResult } from '../contracts.ts';
import type { PortalResult } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import { type CopyPlan, copyPlan } from './copy-statement.ts';
import { rowCondition } from './row-condition.ts';
import { rowDefaults } from './row-defaults.ts';

/** Entries of a bulk load that are merged before others get a turn. */
const FINISH_STEP_ENTRIES = 10_000;

export function copyPortal(session: DatabaseSession, statement: Prepared): Portal {
	const node = statement.node?.CopyStmt as CopyStmt;
	const plan = copyPlan(session, node);
	return node.is_from ? new CopyInPortal(session, statement, plan) : new CopyOutPortal(session, statement, plan, node);
}

class CopyInPortal implements Portal {
	readonly statement: Prepared;
	readonly columns = null;
	readonly #session: DatabaseSession;
	readonly #plan: CopyPlan;
	readonly #table: TableObject;
	readonly #decoder: CopyDecoder;
	readonly #transaction: OwnedTransaction;
	readonly #complete: (row: readonly unknown[]) => unknown[];
	/** Null: every row is stored. */
	readonly #isWanted: ((row: readonly unknown[]) => boolean) | null;
	#rows: unknown[][] = [];
	#loader: TableRowLoader | null = null;
	/** Of the fields of a line. */
	#parsers: readonly FieldParser[] = [];
	/** Plain rows go past this portal into columns. */
	#isDirect = false;
	#ended = false;

	constructor(session: DatabaseSession, statement: Prepared, plan: CopyPlan) {
		this.#session = session;
		this.statement = statement;
		this.#plan = plan;
		this.#table = plan.table!;
		this.#transaction = session.statementTransaction(false);
		this.#transaction.hold();
		session.startControl();
		session.functions.begin(this.#transaction.startTimeUs);
		this.#complete = rowDefaults(session, this.#table, plan.columns);
		this.#isWanted = plan.condition === null ? null : rowCondition(session, this.#transaction, this.#table, plan.condition);
		this.#decoder = this.#makeDecoder();
	}

	run(): PortalResult {
		throw sqlError('55000', 'a COPY FROM takes data, it gives no rows');
	}

	#makeDecoder(): CopyDecoder {
		const { lookup, textSettings } = this.#session;
		const target = { table: this.#table.name, columns: this.#plan.columns.map((c) => c.name) };
		const take = (row: readonly unknown[]): void => {
			const complete = this.#complete(row);
			if (this.#isWanted !== null && !this.#isWanted(complete)) return;
			// Rows before and behind it are in the table's columns already: it must not wait for others.
			if (this.#isDirect) this.#loader!.insert([complete]);
			else this.#rows.push(complete);
		};
		const typeOf = (c: ColumnObject) => lookup.typeByOid(c.typeOid)!;
		if (this.#plan.format === 'binary') {
			return new CopyBinaryDecoder(
				target,
				this.#plan.columns.map((c) => binaryDecoder(typeOf(c), c.typmod, lookup)),
				take,
			);
		}
		this.#parsers = this.#plan.columns.map((c): FieldParser => {
			const parse = textParser(typeOf(c), c.typmod, lookup, textSettings);
			if (c.typeOid === INT4.oid) return integerFieldParser(-2147483648, 2147483647, parse);
			if (c.typeOid === INT2.oid) return integerFieldParser(-32768, 32767, parse);
			return fieldParser(parse);
		});
		return this.#plan.format === 'csv'
			? new CopyCsvDecoder(this.#plan.options, target, this.#parsers, take)
			: new CopyTextDecoder(this.#plan.options, target, this.#parsers, take);
	}

	copyData(piece: Uint8Array): void | Promise<void> {
		this.#session.checkCancelled();
		try {
			this.#decoder.push(piece);
			const stored = this.#store();
			if (!this.#isDirect && this.#loader !== null) this.#goDirect(this.#loader);
			return stored instanceof Promise ? stored : this.#session.engine.relieve();
		} catch (error) {
			this.#abandon();
			throw error;
		}
	}

	/** Inserts the rows decoded so far; waits and inserts them again when one meets a lock. */
	#store(): void | Promise<void> {
		const rows = this.#rows;
		if (rows.length === 0) return;
		return this.#undoneToWait((loader) => {
			loader.insert(rows);
			this.#rows = [];
		});
	}

	/** Once rows go into files of columns, plain ones are read straight into the columns. */
	#goDirect(loader: TableRowLoader): void {
		const { columns, format, options } = this.#plan;
		const decoder = this.#decoder;
		if (!(decoder instanceof LineDecoder) || this.#isWanted !== null || options.forceNull.length + options.forceNotNull.length > 0) return;
		const load = this.#rows.length === 0 ? (loader.columns?.() ?? null) : null;
		if (load === null || format === 'binary' || columns.length !== load.columns.length) return;
		const live = this.#table.columns.filter((c) => !c.dropped);
		const copied = columns.map((c, i) => ({ place: live.indexOf(c), typeOid: c.typeOid, typmod: c.typmod, parse: this.#parsers[i]! }));
		decoder.readPlainRows(new CopyColumnReader(options, load, copied));
		this.#isDirect = true;
	}

	/** Ends the load in steps, between which others get a turn. */
	#finishLoad(): void | Promise<void> {
		let isDone = false;
		const waits = this.#undoneToWait((loader) => {
			isDone = loader.step(FINISH_STEP_ENTRIES);
		});
		if (waits instanceof Promise) return waits.then(() => this.#finishLoad());
		if (!isDone) return this.#session.pause().then(() => this.#finishLoad());
	}

	/** Does a step of the load; when it meets a lock, undoes it, waits, and does it again. */
	#undoneToWait(step: (loader: TableRowLoader) => void): void | Promise<void> {
		const savepoint = this.#transaction.savepoint('');
		try {
			const isWhole = this.#session.block?.transaction !== this.#transaction;
			this.#loader ??= this.#session.engine.tables.loader(this.#transaction, this.#table, isWhole);
			step(this.#loader);
		} catch (error) {
			if (!(error instanceof LockWait)) throw this.#located(error);
			this.#transaction.rollbackTo(savepoint);
			return this.#session.waitForLockOf(this.#transaction).then(() => this.#undoneToWait(step));
		}
		this.#transaction.release(savepoint);
	}

	#located(error: unknown): unknown {
		if (error instanceof PolylogError) error.where ??= `COPY ${this.#table.name}`;
		return error;
	}

	copyDone(): StatementResult | Promise<StatementResult> {
		const finish = (): StatementResult | Promise<StatementResult> => {
			this.#ended = true;
			const count = this.#loader?.rowCount ?? 0;
			this.#session.activity.rows = count;
			const result = { tag: `COPY ${count}`, rowCount: count };
			const wait = this.#session.endStatement(this.#transaction, false);
			return wait === null ? result : wait.then(() => result);
		};
		try {
			this.#decoder.finish();
			const stored = this.#store();
			const loaded = stored instanceof Promise ? stored.then(() => this.#finishLoad()) : this.#finishLoad();
			if (!(loaded instanceof Promise)) return finish();
			return loaded.then(finish).catch((error: unknown) => {
				this.#abandon();
				throw error;
			});
		} catch (error) {
			this.#abandon();
			throw error;
		}
	}

	copyFail(_message: string): void {
		this.#abandon();
	}

	#abandon(): void {
		if (this.#ended) return;
		this.#ended = true;
		if (this.#session.block?.transaction !== this.#transaction && this.#transaction.state === 'open') this.#transaction.rollback();
	}

	close(): void {
		this.#abandon();
	}
}

/** A statement that reads columns of a table as they are. */
function tableRead(session: DatabaseSession, table: TableObject, columns: readonly ColumnObject[]): Prepared {
	const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
	const schema = session.catalog.get(table.schemaId)?.name ?? 'public';
	const text = `SELECT ${columns.map((c) => quote(c.name)).join(', ')} FROM ${quote(schema)}.${quote(table.name)}`;
	return session.prepareNode(parseSql(text)[0]!.node, text, [], 0);
}

/** Gathers encoded rows; refuses more when a batch is full. */
class CopyOutPortal implements Portal {
	readonly statement: Prepared;
	readonly columns = null;
	readonly #session: DatabaseSession;
	readonly #plan: CopyPlan;
	readonly #source: Prepared;
	readonly #portal: Portal;
	#result: StatementResult | null = null;

	constructor(session: DatabaseSession, statement: Prepared, plan: CopyPlan, node: CopyStmt) {
		this.#session = session;
		this.statement = statement;
		this.#plan = plan;
		this.#source =
			node.query === undefined
				? tableRead(session, plan.table!, plan.columns)
				: session.prepareNode(node.query as AstNode, statement.text, [], statement.start);
		this.#portal = session.bind(this.#source, []);
	}

	*copyOut(): Iterable<Uint8Array | Promise<void>> {
		const columns = this.#source.columns ?? [];
		const encoder = this.#makeEncoder(columns);
		const header = encoder.header();
		if (header !== null) yield header;
		for (;;) {
			const running = this.#portal.run(encoder as RowSink);
			let result: PortalResult | null = running instanceof Promise ? null : running;
			if (running instanceof Promise) {
				yield running.then((settled) => {
					result = settled;
				});
			}
			yield* encoder.rows();
			if (result !== 'suspended') break;
		}
		const trailer = encoder.trailer();
		if (trailer !== null) yield trailer;
		this.#result = { tag: `COPY ${encoder.rowCount}`, rowCount: encoder.rowCount };
	}

	#makeEncoder(columns: readonly Column[]): CopyEncoder {
		const { lookup, textSettings } = this.#session;
		if (this.#plan.format === 'binary') return new CopyBinaryEncoder(columns.map((c) => binaryEncoder(c.type, lookup)));
		return new CopyLineEncoder(
			this.#plan.options,
			columns.map((c) => c.name),
			columns.map((c) => textFormatter(c.type, lookup, textSettings)),
		);
	}

	run(): PortalResult {
		if (this.#result === null) throw sqlError('55000', 'the data of a COPY TO is taken before its result');
		return this.#result;
	}

	close(): void {
		this.#portal.close();
	}
}
