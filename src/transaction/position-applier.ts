/**
 * Positions of what is derived from the log behind the commits, as they are logged and stored; read and written by `derived-positions.ts`.
 *
 * A logged change (`docs/formats/changes.md`, model 6) is: varint id, byte state, varint offset. States: 0 gone, 1 the rows equal the offset, 2 the
 * rows were filled by this very commit and equal its own offset; the offset written is the one before it.
 * The entry is key: the id in 4 bytes big-endian, value: state and offset.
 */
import { readVarint, varintBytes } from '../bytes/varint.ts';
import type { ObjectId } from './catalog-objects.ts';
import type { Applier, CatalogVersion, EntrySink } from './contracts.ts';
import { POSITION_KEYSPACE, POSITION_MODEL } from './models.ts';

export const GONE = 0;

export class PositionApplier implements Applier {
	readonly model = POSITION_MODEL;

	apply(bytes: Uint8Array, start: number, end: number, _catalog: CatalogVersion, sink: EntrySink): void {
		const id = readVarint(bytes, start);
		const at = start + varintBytes(id);
		if (bytes[at] === GONE) sink.put(POSITION_KEYSPACE, positionKey(id), 0, 4, null, 0, 0);
		else sink.put(POSITION_KEYSPACE, positionKey(id), 0, 4, bytes, at, end - at);
	}
}

/** The key of an entry. */
export function positionKey(id: ObjectId): Uint8Array {
	const key = new Uint8Array(4);
	new DataView(key.buffer).setUint32(0, id);
	return key;
}
