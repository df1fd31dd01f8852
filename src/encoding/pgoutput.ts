/**
 * Messages of PostgreSQL's logical replication, as its plugin pgoutput writes them (protocol version 1; PostgreSQL 15's manual, 55.9 "Logical Replication Message
 * Formats"), and the frames around them (55.4). Numbers have their highest byte first; positions of the source's log (LSN) are 64 bits.
 */
import { sqlError } from '../platform/errors.ts';

/** A value of a row: its text, null, or undefined for one that was not sent since it did not change. */
export type SourceValue = string | null | undefined;

export interface SourceColumn {
	readonly name: string;
	/** Part of the replica identity. */
	readonly isKey: boolean;
	readonly typeOid: number;
}

export interface SourceRelation {
	readonly id: number;
	readonly schema: string;
	readonly name: string;
	readonly columns: readonly SourceColumn[];
}

export type SourceMessage =
	| { readonly kind: 'begin'; readonly finalLsn: bigint }
	| { readonly kind: 'commit'; readonly lsn: bigint; readonly endLsn: bigint }
	| { readonly kind: 'relation'; readonly relation: SourceRelation }
	| { readonly kind: 'insert'; readonly relation: number; readonly row: readonly SourceValue[] }
	/** `old`: null when the identity did not change; `isOldWhole`: all columns of it, not only the identity's. */
	| {
			readonly kind: 'update';
			readonly relation: number;
			readonly old: readonly SourceValue[] | null;
			readonly isOldWhole: boolean;
			readonly row: readonly SourceValue[];
	  }
	| { readonly kind: 'delete'; readonly relation: number; readonly old: readonly SourceValue[]; readonly isOldWhole: boolean }
	| { readonly kind: 'truncate'; readonly relations: readonly number[]; readonly isCascade: boolean; readonly restartsIdentity: boolean }
	| { readonly kind: 'other' };

export type SourceFrame =
	| { readonly kind: 'data'; readonly message: Buffer }
	| { readonly kind: 'keepalive'; readonly walEnd: bigint; readonly wantsReply: boolean };

const DATA_HEADER_BYTES = 25;
/** Microseconds from 1970 to 2000. */
const EPOCH_US = 946_684_800_000_000n;

export function readFrame(bytes: Buffer): SourceFrame {
	const tag = String.fromCharCode(bytes[0]!);
	if (tag === 'w') return { kind: 'data', message: bytes.subarray(DATA_HEADER_BYTES) };
	if (tag === 'k') return { kind: 'keepalive', walEnd: bytes.readBigUInt64BE(1), wantsReply: bytes[17] === 1 };
	throw sqlError('08P01', `the source sent a frame "${tag}", which is not known`);
}

/** Says how far the changes are stored for good. `nowUs`: since 1970. */
export function statusUpdate(lsn: bigint, nowUs: bigint): Buffer {
	const bytes = Buffer.alloc(34);
	bytes.write('r', 0, 'latin1');
	for (const at of [1, 9, 17]) bytes.writeBigUInt64BE(lsn, at);
	bytes.writeBigInt64BE(nowUs - EPOCH_US, 25);
	return bytes;
}

/** `16/B374D848` → number. */
export function parseLsn(text: string): bigint {
	const [high, low] = text.split('/');
	return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export function formatLsn(lsn: bigint): string {
	return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;
}

export function readMessage(bytes: Buffer): SourceMessage {
	const reader = new MessageReader(bytes);
	const tag = reader.tag();
	switch (tag) {
		case 'B':
			return { kind: 'begin', finalLsn: reader.int64() };
		case 'C':
			reader.skip(1);
			return { kind: 'commit', lsn: reader.int64(), endLsn: reader.int64() };
		case 'R':
			return { kind: 'relation', relation: reader.relation() };
		case 'I': {
			const relation = reader.int32();
			reader.skip(1);
			return { kind: 'insert', relation, row: reader.row() };
		}
		case 'U':
			return reader.update();
		case 'D': {
			const relation = reader.int32();
			const isOldWhole = reader.tag() === 'O';
			return { kind: 'delete', relation, isOldWhole, old: reader.row() };
		}
		case 'T': {
			const count = reader.int32();
			const options = reader.int8();
			return {
				kind: 'truncate',
				isCascade: (options & 1) !== 0,
				restartsIdentity: (options & 2) !== 0,
				relations: Array.from({ length: count }, () => reader.int32()),
			};
		}
		case 'O':
		case 'Y':
		case 'M':
			return { kind: 'other' };
		default:
			throw sqlError('08P01', `the source sent a message "${tag}", which is not known`);
	}
}

class MessageReader {
	readonly #bytes: Buffer;
	#at = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	skip(count: number): void {
		this.#at += count;
	}

	tag(): string {
		return String.fromCharCode(this.int8());
	}

	int8(): number {
		return this.#bytes.readUInt8(this.#at++);
	}

	int16(): number {
		this.#at += 2;
		return this.#bytes.readUInt16BE(this.#at - 2);
	}

	int32(): number {
		this.#at += 4;
		return this.#bytes.readUInt32BE(this.#at - 4);
	}

	int64(): bigint {
		this.#at += 8;
		return this.#bytes.readBigUInt64BE(this.#at - 8);
	}

	text(): string {
		const end = this.#bytes.indexOf(0, this.#at);
		const text = this.#bytes.toString('utf8', this.#at, end);
		this.#at = end + 1;
		return text;
	}

	relation(): SourceRelation {
		const id = this.int32();
		// An empty name stands for pg_catalog.
		const schema = this.text();
		const name = this.text();
		this.skip(1);
		const columns = Array.from({ length: this.int16() }, (): SourceColumn => {
			const isKey = (this.int8() & 1) !== 0;
			const column = { name: this.text(), isKey, typeOid: this.int32() };
			this.skip(4);
			return column;
		});
		return { id, schema: schema === '' ? 'pg_catalog' : schema, name, columns };
	}

	update(): SourceMessage {
		const relation = this.int32();
		const tag = this.tag();
		if (tag === 'N') return { kind: 'update', relation, old: null, isOldWhole: false, row: this.row() };
		const old = this.row();
		this.skip(1);
		return { kind: 'update', relation, old, isOldWhole: tag === 'O', row: this.row() };
	}

	row(): SourceValue[] {
		return Array.from({ length: this.int16() }, (): SourceValue => {
			const tag = this.tag();
			if (tag === 'n') return null;
			if (tag === 'u') return undefined;
			if (tag !== 't') throw sqlError('08P01', `the source sent a value of kind "${tag}", which is not known`);
			const length = this.int32();
			this.#at += length;
			return this.#bytes.toString('utf8', this.#at - length, this.#at);
		});
	}
}
