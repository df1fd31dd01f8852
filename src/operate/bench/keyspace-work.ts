/**
 * The operations of a workload, done on a keyspace, with what they moved: bytes given to be written, bytes handed out by reads,
 * and how many bytes of records are there at the end. A get of a record that must be there and is not is an error of the store:
 * the trial stops.
 */
import type { KeyspaceHandle } from '../../database/embedded/keyspace.ts';
import { CorruptionError } from '../../platform/errors.ts';
import { DELETE, GET, INSERT, MISSING, type OperationStream, PUT, RANGE, RMW } from './operation-stream.ts';
import type { Work } from './pacing.ts';
import type { RecordMaker } from './record-maker.ts';
import type { Workload } from './workload.ts';

const GROWTH = 2;

export class KeyspaceWork implements Work {
	kind: number;
	/** Keys and values given to put, insert, delete and rmw. */
	writtenBytes: number;
	/** Keys and values that reads found. */
	returnedBytes: number;
	/** Operations that read: get, missing, range, rmw. */
	reads: number;
	liveRecords: number;
	liveBytes: number;
	readonly #keyspace: KeyspaceHandle;
	readonly #stream: OperationStream;
	readonly #maker: RecordMaker;
	readonly #keyBytes: number;
	readonly #onMeasured: () => void;
	/** Records of the load are never deleted: each must be found. */
	readonly #foundBelow: number;
	/** 1 for each record that is not deleted. */
	#isLive: Uint8Array;
	readonly #visit: (keyBuffer: Uint8Array, keyStart: number, keyEnd: number, valueBuffer: Uint8Array, valueStart: number, valueEnd: number) => void;

	constructor(keyspace: KeyspaceHandle, workload: Workload, stream: OperationStream, maker: RecordMaker, onMeasured: () => void) {
		this.kind = GET;
		this.writtenBytes = 0;
		this.returnedBytes = 0;
		this.reads = 0;
		this.liveRecords = 0;
		this.liveBytes = 0;
		this.#keyspace = keyspace;
		this.#stream = stream;
		this.#maker = maker;
		this.#keyBytes = workload.keyBytes;
		this.#onMeasured = onMeasured;
		this.#foundBelow = workload.mix.delete > 0 ? 0 : workload.keys;
		this.#isLive = new Uint8Array(workload.keys);
		this.#visit = (_key, keyStart, keyEnd, _value, valueStart, valueEnd) => {
			this.returnedBytes += keyEnd - keyStart + valueEnd - valueStart;
		};
	}

	/** The record has been loaded. */
	loaded(number: number): void {
		this.#revive(number);
	}

	measured(): void {
		this.#onMeasured();
	}

	next(): Promise<void> | null {
		const stream = this.#stream;
		stream.next();
		this.kind = stream.kind;
		switch (stream.kind) {
			case GET:
				this.#get(stream.number);
				return null;
			case MISSING:
				this.reads++;
				if (this.#keyspace.get(this.#maker.absentKey(stream.number)) !== undefined) throw wrongAnswer('a key that was never put was found');
				return null;
			case PUT:
			case INSERT:
				return this.#put(stream.number);
			case DELETE:
				return this.#delete(stream.number);
			case RANGE:
				this.reads++;
				this.#keyspace.scan({ gte: this.#maker.key(stream.number), limit: stream.entries }, this.#visit);
				return null;
			case RMW:
				this.#get(stream.number);
				return this.#put(stream.number);
			default:
				throw new TypeError(`there is no kind of operation ${stream.kind}`);
		}
	}

	#get(number: number): void {
		this.reads++;
		const value = this.#keyspace.get(this.#maker.key(number));
		if (value !== undefined) this.returnedBytes += this.#keyBytes + value.length;
		else if (number < this.#foundBelow) throw wrongAnswer(`record ${number} was not found`);
	}

	#put(number: number): Promise<void> {
		const value = this.#maker.value(number);
		this.writtenBytes += this.#keyBytes + value.length;
		this.#revive(number);
		return this.#keyspace.put(this.#maker.key(number), value);
	}

	#delete(number: number): Promise<void> {
		this.writtenBytes += this.#keyBytes;
		if (this.#isLive[number] === 1) {
			this.#isLive[number] = 0;
			this.liveRecords--;
			this.liveBytes -= this.#keyBytes + this.#maker.valueLength(number);
		}
		return this.#keyspace.delete(this.#maker.key(number));
	}

	#revive(number: number): void {
		if (number >= this.#isLive.length) {
			const grown = new Uint8Array(Math.max(1024, number + 1, this.#isLive.length * GROWTH));
			grown.set(this.#isLive);
			this.#isLive = grown;
		}
		if (this.#isLive[number] === 1) return;
		this.#isLive[number] = 1;
		this.liveRecords++;
		this.liveBytes += this.#keyBytes + this.#maker.valueLength(number);
	}
}

function wrongAnswer(text: string): CorruptionError {
	return new CorruptionError('corruption', `a trial met a wrong answer: ${text}`, { hint: 'Please report it, with the command that was run.' });
}
