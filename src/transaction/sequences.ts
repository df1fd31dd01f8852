/**
 * Values of sequences. They are taken outside of transactions and never given back; what is logged runs `LOGGED_AHEAD` values
 * ahead, so that most calls write nothing. After a crash the values between are left out; a clean close logs the exact state.
 *
 * A logged change is: varint sequence id, 8 bytes last value (two's complement, big-endian), byte isCalled. It is its own
 * entry: key the id in 4 bytes big-endian, value the last 9 bytes.
 */
import { readVarint, varintBytes, writeVarint } from '../bytes/varint.ts';
import { sqlError } from '../platform/errors.ts';
import type { Keyspace, Offset, Slot } from '../storage/contracts.ts';
import type { ObjectId, SequenceObject } from './catalog-objects.ts';
import type { Applier, CatalogVersion, EntrySink } from './contracts.ts';
import type { SequenceState } from './manager.ts';
import { SEQUENCE_KEYSPACE, SEQUENCE_MODEL } from './models.ts';

const LOGGED_AHEAD = 32n;
const VALUE_BYTES = 9;

export class SequenceApplier implements Applier {
	readonly model = SEQUENCE_MODEL;
	readonly #key = new Uint8Array(4);

	apply(bytes: Uint8Array, start: number, _end: number, _catalog: CatalogVersion, sink: EntrySink): void {
		const id = readVarint(bytes, start);
		new DataView(this.#key.buffer).setUint32(0, id);
		sink.put(SEQUENCE_KEYSPACE, this.#key, 0, 4, bytes, start + varintBytes(id), VALUE_BYTES);
	}
}

class Sequence {
	object: SequenceObject;
	increment: bigint;
	minimum: bigint;
	maximum: bigint;
	last: bigint;
	isCalled: boolean;
	/** The state that a restart after a crash would find. */
	loggedLast: bigint;
	isLogged: boolean;

	constructor(object: SequenceObject, last: bigint, isCalled: boolean, isLogged: boolean) {
		this.object = object;
		this.increment = BigInt(object.increment);
		this.minimum = BigInt(object.minimum);
		this.maximum = BigInt(object.maximum);
		this.last = last;
		this.isCalled = isCalled;
		this.loggedLast = last;
		this.isLogged = isLogged;
	}

	redefine(object: SequenceObject): void {
		this.object = object;
		this.increment = BigInt(object.increment);
		this.minimum = BigInt(object.minimum);
		this.maximum = BigInt(object.maximum);
		this.isLogged = false;
	}

	/** Moves on by `count` values, or fewer at the limit; returns the first. */
	take(count: bigint): { first: bigint; taken: bigint } {
		const { increment } = this;
		const limit = increment > 0n ? this.maximum : this.minimum;
		let first = this.isCalled ? this.last + increment : this.last;
		if (increment > 0n ? first > limit : first < limit) {
			if (!this.object.cycle) {
				const end = increment > 0n ? 'maximum' : 'minimum';
				throw sqlError('2200H', `nextval: reached ${end} value of sequence "${this.object.name}" (${limit})`);
			}
			first = increment > 0n ? this.minimum : this.maximum;
			this.isLogged = false;
		}
		const room = (limit - first) / increment + 1n;
		const taken = room < count ? room : count;
		this.last = first + increment * (taken - 1n);
		this.isCalled = true;
		return { first, taken };
	}

	/** True when a restart could give out again what `take` gave. */
	get needsLog(): boolean {
		return !this.isLogged || (this.increment > 0n ? this.last > this.loggedLast : this.last < this.loggedLast);
	}

	/** The last value as it will be logged: some way ahead, within the limits. */
	get ahead(): bigint {
		const target = this.last + this.increment * LOGGED_AHEAD;
		if (this.increment > 0n) return target > this.maximum ? this.last + ((this.maximum - this.last) / this.increment) * this.increment : target;
		return target < this.minimum ? this.last + ((this.minimum - this.last) / this.increment) * this.increment : target;
	}
}

/** Logs one change outside of any transaction; returns its offset. */
export type LogAside = (model: number, bytes: Uint8Array, length: number) => Offset;

export class Sequences {
	readonly #sequences = new Map<ObjectId, Sequence>();
	readonly #keyspace: Keyspace;
	readonly #logAside: LogAside;
	readonly #buffer = new Uint8Array(32);
	readonly #slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

	constructor(keyspace: Keyspace, logAside: LogAside) {
		this.#keyspace = keyspace;
		this.#logAside = logAside;
	}

	/** Takes up to `count` values; `offset` is that of what had to be logged, or 0. */
	take(id: ObjectId, count: number, catalog: CatalogVersion): { first: bigint; taken: number; offset: Offset } {
		const sequence = this.#sequence(id, catalog);
		const { last, isCalled } = sequence;
		const { first, taken } = sequence.take(BigInt(count));
		let offset = 0;
		if (sequence.needsLog) {
			try {
				offset = this.#log(id, sequence, sequence.ahead, true);
			} catch (error) {
				sequence.last = last;
				sequence.isCalled = isCalled;
				throw error;
			}
		}
		return { first, taken: Number(taken), offset };
	}

	set(id: ObjectId, value: bigint, isCalled: boolean, catalog: CatalogVersion): Offset {
		const sequence = this.#sequence(id, catalog);
		if (value < sequence.minimum || value > sequence.maximum) {
			throw sqlError('22003', `setval: value ${value} is out of bounds for sequence "${sequence.object.name}" (${sequence.minimum}..${sequence.maximum})`);
		}
		const offset = this.#log(id, sequence, value, isCalled);
		sequence.last = value;
		sequence.isCalled = isCalled;
		return offset;
	}

	state(id: ObjectId, catalog: CatalogVersion): SequenceState {
		const sequence = this.#sequence(id, catalog);
		return { lastValue: sequence.last, isCalled: sequence.isCalled };
	}

	/** Logs the exact state of sequences that run ahead in the log: before a clean close. */
	settle(catalog: CatalogVersion): void {
		for (const [id, sequence] of this.#sequences) {
			if (catalog.get(id) !== undefined && sequence.isLogged && sequence.loggedLast !== sequence.last)
				this.#log(id, sequence, sequence.last, sequence.isCalled);
		}
	}

	#sequence(id: ObjectId, catalog: CatalogVersion): Sequence {
		const found = this.#sequences.get(id);
		if (found !== undefined) {
			if (found.object === catalog.get(id)) return found;
		}
		const object = catalog.get(id);
		if (object === undefined || object.kind !== 'sequence') throw sqlError('42P01', `sequence with id ${id} does not exist`);
		if (found !== undefined) {
			found.redefine(object);
			return found;
		}
		const made = this.#load(object);
		this.#sequences.set(id, made);
		return made;
	}

	#load(object: SequenceObject): Sequence {
		const key = new Uint8Array(4);
		new DataView(key.buffer).setUint32(0, object.id);
		if (!this.#keyspace.get(key, 4, Number.MAX_SAFE_INTEGER, this.#slot)) return new Sequence(object, BigInt(object.start), false, false);
		const { buffer, start } = this.#slot;
		const view = new DataView(buffer.buffer, buffer.byteOffset + start, VALUE_BYTES);
		return new Sequence(object, view.getBigInt64(0), view.getUint8(8) === 1, true);
	}

	#log(id: ObjectId, sequence: Sequence, last: bigint, isCalled: boolean): Offset {
		const at = writeVarint(this.#buffer, 0, id);
		const view = new DataView(this.#buffer.buffer, at, VALUE_BYTES);
		view.setBigInt64(0, last);
		view.setUint8(8, isCalled ? 1 : 0);
		const offset = this.#logAside(SEQUENCE_MODEL, this.#buffer, at + VALUE_BYTES);
		sequence.loggedLast = last;
		sequence.isLogged = true;
		return offset;
	}
}
