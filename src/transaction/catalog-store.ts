/**
 * The catalog on disk and in the log (`docs/formats/changes.md`). Its keyspace holds every version of every object that a
 * retained log record may need: key (object id, offset of the commit that made the version), value the object as JSON, or
 * nothing where it was removed. At open the catalog is rebuilt as of the offset where replay starts, and replay carries it on.
 *
 * A logged change is: byte 1 (put), 2 (remove) or 3 (prune); varint of the highest object id given out so far; then for put and
 * remove: varint id, the JSON text; for prune: (varint id, varint offset) pairs of versions that nobody needs any more.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { CorruptionError } from '../platform/errors.ts';
import type { Keyspace, Offset } from '../storage/contracts.ts';
import type { KeyspaceStore } from '../storage/keyspace-store.ts';
import { Catalog, keyspacesOf } from './catalog.ts';
import { type CatalogObject, FIRST_USER_ID, type ObjectId } from './catalog-objects.ts';

const PUT = 1;
const REMOVE = 2;
const PRUNE = 3;

const KEY_BYTES = 12;
/** The key under which the highest id given out is kept. */
const LAST_ID = 0xffffffff;

/** The id that a put or remove is about. */
export function changedId(bytes: Uint8Array, start: number): ObjectId {
	const reader = new ByteReader(bytes, start);
	reader.uint8();
	reader.varint();
	return reader.varint();
}

export function encodeCatalogChange(id: ObjectId, object: CatalogObject | null, lastId: ObjectId): Uint8Array {
	const writer = new ByteWriter(256);
	writer.uint8(object === null ? REMOVE : PUT);
	writer.varint(lastId);
	writer.varint(id);
	if (object !== null) writer.raw(Buffer.from(JSON.stringify(object)));
	return writer.copy();
}

interface VersionPlace {
	readonly id: ObjectId;
	readonly offset: Offset;
}

function encodePrune(places: readonly VersionPlace[], lastId: ObjectId): Uint8Array {
	const writer = new ByteWriter(256);
	writer.uint8(PRUNE);
	writer.varint(lastId);
	for (const place of places) {
		writer.varint(place.id);
		writer.varint(place.offset);
	}
	return writer.copy();
}

function objectFrom(bytes: Uint8Array, start: number, end: number): CatalogObject {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end);
	try {
		return JSON.parse(text) as CatalogObject;
	} catch (cause) {
		throw new CorruptionError('corruption', `an object of the catalog is not JSON: ${text.slice(0, 80)}`, { sqlstate: 'XX001', cause });
	}
}

function versionKey(id: ObjectId, offset: Offset): Uint8Array {
	const key = new Uint8Array(KEY_BYTES);
	const view = new DataView(key.buffer);
	view.setUint32(0, id);
	view.setBigUint64(4, BigInt(offset));
	return key;
}

/** What is on disk beside the newest version of each object. */
export class CatalogStore {
	/** The newest id given out, also to transactions that have not committed. */
	lastId: ObjectId;
	/** The newest that a logged change has told: what the keyspace holds is a function of the log alone. */
	#loggedLastId: ObjectId;
	readonly #keyspace: Keyspace;
	/** Offset of the newest version of each object. */
	readonly #newest = new Map<ObjectId, Offset>();
	/** Versions that were replaced (or are removals), in the order in which they became so: of no use once the log starts after `since`. */
	#superseded: { readonly place: VersionPlace; readonly since: Offset }[] = [];

	constructor(keyspace: Keyspace) {
		this.lastId = FIRST_USER_ID - 1;
		this.#loggedLastId = this.lastId;
		this.#keyspace = keyspace;
	}

	/** The catalog as of `offset`, from what the keyspace holds; later versions are read again from the log. */
	load(offset: Offset): Catalog {
		const versions = new Map<ObjectId, CatalogObject | null>();
		const cursor = this.#keyspace.cursor(null, null, false, Number.MAX_SAFE_INTEGER);
		let made = 0;
		while (cursor.next()) {
			const view = new DataView(cursor.keyBuffer.buffer, cursor.keyBuffer.byteOffset + cursor.keyStart, KEY_BYTES);
			const id = view.getUint32(0);
			const at = Number(view.getBigUint64(4));
			if (id === LAST_ID) {
				this.lastId = Math.max(this.lastId, new ByteReader(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd).varint());
				this.#loggedLastId = this.lastId;
				continue;
			}
			const isEmpty = cursor.valueEnd === cursor.valueStart;
			if (at <= offset) {
				versions.set(id, isEmpty ? null : objectFrom(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd));
				made = Math.max(made, at);
				this.#note(id, at, isEmpty);
			}
		}
		cursor.close();
		let catalog = Catalog.bootstrap();
		this.#superseded.sort((left, right) => left.since - right.since);
		const ordered = [...versions].sort(([leftId, left], [rightId, right]) => rank(left) - rank(right) || leftId - rightId);
		for (const [id, object] of ordered) catalog = catalog.with(id, object);
		return catalog.at(made);
	}

	/** Applies one logged change to the catalog, which is returned, and, unless its files hold it already (`writes` false), to the keyspace. */
	replay(catalog: Catalog, bytes: Uint8Array, start: number, end: number, offset: Offset, writes: boolean): Catalog {
		const reader = this.#read(bytes, start, end, offset, writes);
		if (reader === null) return catalog;
		const object = reader.kind === PUT ? objectFrom(bytes, reader.jsonStart, end) : null;
		return catalog.with(reader.id, object);
	}

	/** Puts one logged change into the keyspace. */
	write(bytes: Uint8Array, start: number, end: number, offset: Offset): void {
		this.#read(bytes, start, end, offset, true);
	}

	#read(bytes: Uint8Array, start: number, end: number, offset: Offset, writes: boolean): { kind: number; id: ObjectId; jsonStart: number } | null {
		const reader = new ByteReader(bytes, start, end);
		const kind = reader.uint8();
		this.#loggedLastId = Math.max(this.#loggedLastId, reader.varint());
		this.lastId = Math.max(this.lastId, this.#loggedLastId);
		if (writes) this.#putLastId(offset);
		if (kind === PRUNE) {
			while (!reader.atEnd) {
				const key = versionKey(reader.varint(), reader.varint());
				if (writes) this.#keyspace.put(key, 0, KEY_BYTES, null, 0, 0, offset);
			}
			return null;
		}
		if (kind !== PUT && kind !== REMOVE) {
			throw new CorruptionError('corruption', `a catalog change of kind ${kind} at offset ${offset} is not known`, { sqlstate: 'XX001' });
		}
		const id = reader.varint();
		const jsonStart = reader.position;
		if (writes) this.#keyspace.put(versionKey(id, offset), 0, KEY_BYTES, bytes, jsonStart, end - jsonStart, offset);
		this.#note(id, offset, kind === REMOVE);
		return { kind, id, jsonStart };
	}

	/** The prune change for versions that no record after `releasedOffset` needs, or null. Called when a catalog change is about to be logged. */
	prune(releasedOffset: Offset): Uint8Array | null {
		let count = 0;
		while (count < this.#superseded.length && this.#superseded[count]!.since <= releasedOffset) count++;
		if (count === 0) return null;
		const places = this.#superseded.slice(0, count).map((version) => version.place);
		this.#superseded = this.#superseded.slice(count);
		return encodePrune(places, this.lastId);
	}

	#note(id: ObjectId, offset: Offset, isRemoval: boolean): void {
		const before = this.#newest.get(id);
		if (before !== undefined && before !== offset) this.#superseded.push({ place: { id, offset: before }, since: offset });
		if (isRemoval) {
			this.#newest.delete(id);
			// A removed bootstrap object must stay removed: it would come back with its marker gone.
			if (id >= FIRST_USER_ID) this.#superseded.push({ place: { id, offset }, since: offset });
		} else {
			this.#newest.set(id, offset);
		}
	}

	#putLastId(offset: Offset): void {
		const writer = new ByteWriter(16);
		writer.varint(this.#loggedLastId);
		const key = versionKey(LAST_ID, 0);
		this.#keyspace.put(key, 0, KEY_BYTES, writer.bytes, 0, writer.length, offset);
	}
}

/** Types are made when their objects are added, from their schema and base types: those come first. */
function rank(object: CatalogObject | null): number {
	if (object === null) return 0;
	if (object.kind === 'schema') return 1;
	if (object.kind === 'type') return object.typeKind === 'domain' ? 3 : 2;
	return 4;
}

/** The commit at `offset` changed these objects: keyspaces that they named before and do not name now are dropped. */
export function dropReplaced(store: KeyspaceStore, changes: readonly CatalogReplacement[], catalog: Catalog, offset: Offset): void {
	const named = new Set<number>();
	for (const { id } of changes) {
		const object = catalog.get(id);
		if (object !== undefined) for (const keyspace of keyspacesOf(object)) named.add(keyspace.id);
	}
	for (const { before, object } of changes) {
		for (const replaced of [before, object]) {
			if (replaced === undefined || replaced === null) continue;
			for (const keyspace of keyspacesOf(replaced)) if (!named.has(keyspace.id)) store.drop(keyspace.id, offset);
		}
	}
}

export interface CatalogReplacement {
	readonly id: ObjectId;
	readonly before: CatalogObject | undefined;
	readonly object: CatalogObject | null;
}
