/**
 * What the log says of some tables from an offset on: for each commit the rows that it changes, and how its changes are taken back. It is read from
 * the log each time, and given up where that would be too much to hold or cannot be told row by row: the view is then filled anew.
 */
import type { Log, LoggedTransaction } from '../log/log.ts';
import { invertChange } from '../model/table/inverse-change.ts';
import { ENTRIES, TableChange, TableChangeReader } from '../model/table/table-change.ts';
import { PolylogError } from '../platform/errors.ts';
import type { Offset } from '../storage/contracts.ts';
import { decodeBulkChange } from '../transaction/bulk.ts';
import type { ObjectId, TableObject } from '../transaction/catalog-objects.ts';
import { changedId } from '../transaction/catalog-store.ts';
import { ChangeWalk } from '../transaction/change-payload.ts';
import { saysFilled } from '../transaction/derived-positions.ts';
import { BULK_MODEL, CATALOG_MODEL, POSITION_MODEL, TABLE_MODEL } from '../transaction/models.ts';

/** Inverse changes held at once. */
const BYTES_MAX = 64 << 20;

interface LoggedRow {
	readonly tableId: ObjectId;
	readonly key: Uint8Array;
	/** The change that takes it back. */
	readonly inverse: Uint8Array;
}

export interface LoggedCommit {
	readonly offset: Offset;
	readonly rows: readonly LoggedRow[];
}

/** What is asked of the log. */
export interface Followed {
	readonly viewId: ObjectId;
	readonly tables: ReadonlyMap<ObjectId, TableObject>;
	/** The tables whose keyspace is the one that they had at the offset. */
	readonly known: ReadonlySet<ObjectId>;
}

export class LoggedRows {
	/** Commits that change rows of the tables. */
	commits: LoggedCommit[] = [];
	/** The view's rows cannot be brought on by these changes. */
	isLost = false;
	readonly #followed: Followed;
	readonly #walk = new ChangeWalk();
	readonly #reader = new TableChangeReader();
	readonly #inverse = new TableChange(1024);
	#bytes = 0;
	#rows: LoggedRow[] = [];

	constructor(followed: Followed) {
		this.#followed = followed;
	}

	/** Reads what the log holds after `from`. */
	read(log: Log, from: Offset): void {
		try {
			for (const logged of log.read(from)) {
				this.#commit(logged);
				if (this.isLost && this.#bytes > BYTES_MAX) return;
			}
		} catch (error) {
			if (!(error instanceof PolylogError && error.code === 'log-released')) throw error;
			this.isLost = true;
		}
	}

	#commit(logged: LoggedTransaction): void {
		const { bytes } = logged;
		const walk = this.#walk;
		walk.open(bytes, logged.start, logged.end);
		let isFilled = false;
		while (walk.next()) {
			if (walk.model === TABLE_MODEL) this.#row(bytes, walk.start, walk.end);
			else if (walk.model === CATALOG_MODEL) this.#redefined(changedId(bytes, walk.start));
			else if (walk.model === BULK_MODEL) this.#loaded(decodeBulkChange(bytes, walk.start).keyspaceId);
			else if (walk.model === POSITION_MODEL) isFilled ||= saysFilled(bytes, walk.start, this.#followed.viewId);
		}
		if (isFilled) {
			this.commits = [];
			this.isLost = false;
			this.#bytes = 0;
		} else if (this.#rows.length > 0) this.commits.push({ offset: logged.offset, rows: this.#rows });
		this.#rows = [];
	}

	#row(bytes: Uint8Array, start: number, end: number): void {
		const reader = this.#reader;
		reader.read(bytes, start, end);
		if (reader.kind === ENTRIES || this.isLost || !this.#followed.tables.has(reader.tableId)) return;
		if (!invertChange(reader, bytes, end, this.#inverse)) this.isLost = true;
		const { keyStart, keyLength, tableId } = reader;
		this.#bytes += end - start;
		if (this.#bytes > BYTES_MAX) this.isLost = true;
		if (this.isLost) this.commits = [];
		else this.#rows.push({ tableId, key: copied(bytes, keyStart, keyStart + keyLength), inverse: copied(this.#inverse.bytes, 0, this.#inverse.length) });
	}

	/** Rows that were changed before a definition are taken back by the one before, which is gone; and a table may have got other rows. */
	#redefined(id: ObjectId): void {
		const { tables, known } = this.#followed;
		if (!tables.has(id)) return;
		const isChanged = this.#rows.some((row) => row.tableId === id) || this.commits.some(({ rows }) => rows.some((row) => row.tableId === id));
		if (isChanged || !known.has(id)) this.isLost = true;
	}

	#loaded(keyspaceId: number): void {
		for (const table of this.#followed.tables.values()) if (table.keyspaceId === keyspaceId) this.isLost = true;
	}
}

/** The `slice` of a Buffer shares its memory. */
function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
	return new Uint8Array(bytes.subarray(start, end));
}
