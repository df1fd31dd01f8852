/**
 * Reads transactions back from the log: `changes` and `bulk` records are held back until the commit that makes them count. A
 * claim ends a transaction whose commit never came.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../bytes/varint.ts';
import { CorruptionError, UnavailableError, UnsupportedError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';
import type { Offset } from '../storage/contracts.ts';
import { BULK, CHANGES, CLAIM, COMMIT, RECORD_FLAGS_KNOWN, RecordWalk } from './frame-format.ts';
import type { BulkFile, LoggedTransaction } from './log.ts';
import { LogWalk } from './log-walk.ts';
import type { Segment } from './recovery.ts';

const NO_FILES: readonly BulkFile[] = [];
const NO_BYTES = new Uint8Array(0);

/** The one object that `readTransactions` hands out again and again. */
class ReadTransaction implements LoggedTransaction {
	offset: Offset = 0;
	timeUs = 0;
	catalogOffset: Offset = 0;
	bytes: Uint8Array = NO_BYTES;
	start = 0;
	end = 0;
	files: readonly BulkFile[] = NO_FILES;
}

/** The transactions after `from`, up to `endPosition` of the newest segment. Throws where `from` was released. With `keeps` bytes are never overwritten. */
export function* readTransactions(
	files: FileSystem,
	segments: readonly Segment[],
	endPosition: number,
	from: Offset,
	keeps: boolean,
): Generator<LoggedTransaction, void> {
	let index = segments.length - 1;
	while (index >= 0 && segments[index]!.firstOffset > from + 1) index--;
	if (index < 0) {
		throw new UnavailableError('log-released', `the log holds offsets from ${segments[0]?.firstOffset ?? 1} on; ${from + 1} was asked for`, {
			sqlstate: '58P01',
		});
	}
	const walk = new LogWalk(files, segments, index, endPosition, keeps);
	const held = new HeldChanges();
	const records = new RecordWalk();
	try {
		while (walk.next()) {
			records.open(walk.frame);
			while (records.next()) {
				if ((records.flags & ~RECORD_FLAGS_KNOWN) !== 0) throw unknownRecord(walk, records);
				if (records.kind === CHANGES) held.add(records.buffer, records.start, records.end);
				else if (records.kind === BULK) held.files = decodeBulk(records);
				else if (records.kind === CLAIM) held.drop();
				else if (records.kind !== COMMIT) throw unknownRecord(walk, records);
				else if (held.commit(walk, records) > from) yield held.transaction;
			}
			held.keep();
		}
	} finally {
		walk.close();
	}
}

/** The changes of the transaction whose commit has not come yet. */
class HeldChanges {
	readonly transaction = new ReadTransaction();
	files: readonly BulkFile[] = NO_FILES;
	/** One record's bytes are used where they lie, as long as their frame is in memory. */
	#source: Uint8Array = NO_BYTES;
	#start = 0;
	#end = 0;
	readonly #gathered = new ByteWriter(0);

	add(source: Uint8Array, start: number, end: number): void {
		this.keep();
		this.#source = source;
		this.#start = start;
		this.#end = end;
	}

	/** Copies what lies in the frame that is about to go. */
	keep(): void {
		if (this.#end > this.#start) this.#gathered.raw(this.#source, this.#start, this.#end);
		this.#start = 0;
		this.#end = 0;
	}

	drop(): void {
		this.#start = 0;
		this.#end = 0;
		this.#gathered.reset();
		this.files = NO_FILES;
	}

	commit(walk: LogWalk, records: RecordWalk): Offset {
		const { frame } = walk;
		const transaction = this.transaction;
		const { buffer } = records;
		const place = readVarint(buffer, records.start);
		const elapsedAt = records.start + varintBytes(place);
		const elapsedUs = readVarint(buffer, elapsedAt);
		transaction.offset = frame.firstOffset + place;
		transaction.timeUs = frame.timeUs + elapsedUs;
		transaction.catalogOffset = transaction.offset - readVarint(buffer, elapsedAt + varintBytes(elapsedUs));
		if (this.#gathered.length === 0) {
			transaction.bytes = this.#source;
			transaction.start = this.#start;
			transaction.end = this.#end;
		} else {
			this.keep();
			transaction.bytes = this.#gathered.copy();
			transaction.start = 0;
			transaction.end = transaction.bytes.length;
		}
		transaction.files = this.files;
		this.drop();
		return transaction.offset;
	}
}

/** The files named by the `bulk` record that `records` stands at. */
export function decodeBulk(records: RecordWalk): BulkFile[] {
	const reader = new ByteReader(records.buffer, records.start, records.end);
	const files: BulkFile[] = [];
	for (let rest = reader.varint(); rest > 0; rest--) files.push({ name: reader.text(), bytes: reader.varint(), hash: reader.text() });
	if (!reader.atEnd) throw new CorruptionError('corruption', 'a bulk record of the log is longer than its files', { sqlstate: 'XX001' });
	return files;
}

function unknownRecord(walk: LogWalk, records: RecordWalk): UnsupportedError {
	const where = `the frame at position ${walk.position} of "${walk.segment.path}"`;
	return new UnsupportedError('newer-format', `${where} holds a record of kind ${records.kind} with flags ${records.flags}, which this program does not know`, {
		sqlstate: '0A000',
	});
}
