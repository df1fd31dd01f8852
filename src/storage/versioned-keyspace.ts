/**
 * A keyspace with its versions: an active memtable, layers that wait to become part of the base (frozen memtables, adopted
 * bulk files, removed ranges), the base as of `baseOffset`, and, while snapshots need them, the layers and bases that flushes replaced.
 *
 * Invariants:
 * (1) Layers are newest first; all offsets of a layer are at most those of any layer above it; the base holds nothing above
 *     `baseOffset`, and everything at or below it.
 * (2) A reader at `offset` ≥ `baseOffset` sees active, layers, base; one below it sees the view with the greatest
 *     `baseOffset` not above its offset, or is told that its snapshot is too old.
 */
import { invariant, sqlError } from '../platform/errors.ts';
import type { ColumnVersion } from './column/column-version.ts';
import { ColumnView } from './column/column-view.ts';
import type { Cursor, EngineAbilities, EntryObserver, Keyspace, Offset, Slot } from './contracts.ts';
import type { EngineVersion } from './engine-version.ts';
import { ABSENT, type EntrySource, FOUND } from './entry-source.ts';
import { isInRange, type KeyRange, KeyRanges } from './key-ranges.ts';
import { KeyspaceCursor } from './keyspace-cursor.ts';
import type { StoredFile } from './manifest.ts';
import { MaskedSource } from './masked-source.ts';
import { Memtable } from './memtable.ts';
import { MemtableCursor } from './memtable-cursor.ts';
import type { StorageEngine } from './storage-engine.ts';

/** Files adopted by one commit: readers from that offset on see them. */
export interface IngestedLayer {
	readonly kind: 'ingested';
	readonly offset: Offset;
	readonly files: EngineVersion;
	/** The same as the manifest would describe them. */
	readonly tables: readonly StoredFile[];
	/** They become files of the base as they are; otherwise they go once their entries are part of it. */
	readonly isAdopted: boolean;
}

export interface MemtableLayer {
	readonly kind: 'memtable';
	readonly memtable: Memtable;
}

/** A range that one commit removed as a whole: readers from that offset on see nothing of what is below it there. */
export interface RemovedLayer {
	readonly kind: 'removed';
	readonly offset: Offset;
	readonly range: KeyRange;
}

export type Layer = IngestedLayer | MemtableLayer | RemovedLayer;

/** What readers between two bases see. */
export interface OlderView {
	readonly baseOffset: Offset;
	readonly base: EngineVersion;
	readonly layers: readonly Layer[];
	/** The newest offset of the layers: the base that replaced this view is as of it. */
	readonly untilOffset: Offset;
}

/** What a keyspace tells its store. */
export interface KeyspaceOwner {
	/** Memory of the keyspace's memtables grew. */
	memoryGrew(keyspace: VersionedKeyspace, bytes: number): void;
	/** The keyspace had no memtable and has one now. */
	becameDirty(keyspace: VersionedKeyspace): void;
}

export class VersionedKeyspace implements Keyspace {
	readonly id: number;
	readonly engine: StorageEngine;
	readonly abilities: EngineAbilities;
	/** Rises whenever files are replaced or a memtable is added: cursors then start again over the new state. */
	serial: number;
	active: Memtable | null;
	layers: Layer[];
	base: EngineVersion;
	baseOffset: Offset;
	olderViews: OlderView[];
	/** Set when the keyspace was dropped, with the offset of the commit. */
	droppedAt: Offset;
	observer: EntryObserver | null;
	readonly #owner: KeyspaceOwner;

	constructor(id: number, engine: StorageEngine, base: EngineVersion, baseOffset: Offset, owner: KeyspaceOwner) {
		this.id = id;
		this.engine = engine;
		this.abilities = engine.abilities;
		this.serial = 0;
		this.active = null;
		this.layers = [];
		this.base = base;
		this.baseOffset = baseOffset;
		this.olderViews = [];
		this.droppedAt = 0;
		this.observer = null;
		this.#owner = owner;
	}

	get(key: Uint8Array, keyLength: number, offset: Offset, slot: Slot): boolean {
		if (this.active !== null) {
			const result = this.active.get(key, keyLength, offset, slot);
			if (result !== ABSENT) return result === FOUND;
		}
		if (offset < this.baseOffset) {
			const view = this.#viewAt(offset);
			return getFrom(view.layers, view.base, key, keyLength, offset, slot);
		}
		if (this.layers.length > 0) return getFrom(this.layers, this.base, key, keyLength, offset, slot);
		return this.base.get(key, keyLength, slot) === FOUND;
	}

	newestOffset(key: Uint8Array, keyLength: number): Offset {
		if (this.active !== null) {
			const offset = this.active.newestOffset(key, keyLength);
			if (offset > 0) return offset;
		}
		const offset = newestIn(this.layers, key, keyLength);
		if (offset > 0 || this.olderViews.length === 0) return offset;
		for (const view of this.olderViews) {
			const older = newestIn(view.layers, key, keyLength);
			if (older > 0) return older;
		}
		return 0;
	}

	cursor(lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean, offset: Offset): Cursor {
		if (!this.abilities.ordered && reverse) throw unordered(this.abilities, 'walk backwards');
		const cursor = new KeyspaceCursor(this, reverse, offset);
		cursor.seek(lower, upper);
		return cursor;
	}

	put(key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number, offset: Offset): void {
		const active = this.#writable(offset);
		const before = active.memoryBytes;
		active.put(key, keyStart, keyLength, value, valueStart, valueLength, offset);
		if (active.memoryBytes !== before) this.#owner.memoryGrew(this, active.memoryBytes - before);
		if (this.observer !== null) this.observer.put(key, keyStart, keyLength, value, valueStart, valueLength, offset);
	}

	/** As `put`, at the replay of a log. With `isKept` the bytes are never overwritten, and may be kept where they are. */
	replay(
		key: Uint8Array,
		keyStart: number,
		keyLength: number,
		value: Uint8Array | null,
		valueStart: number,
		valueLength: number,
		offset: Offset,
		isKept: boolean,
	): void {
		const active = this.#writable(offset);
		const before = active.memoryBytes;
		active.gather(key, keyStart, keyLength, value, valueStart, valueLength, offset, isKept);
		if (active.memoryBytes !== before) this.#owner.memoryGrew(this, active.memoryBytes - before);
		if (this.observer !== null) this.observer.put(key, keyStart, keyLength, value, valueStart, valueLength, offset);
	}

	/** As `replay` for entries of `bytes`, of three numbers each: start and length of the key, length of the value behind it (−1 removes). */
	replayRun(bytes: Uint8Array, places: Int32Array, count: number, offset: Offset, isKept: boolean): void {
		const active = this.#writable(offset);
		if (this.observer === null && isKept && active.gathers) {
			const before = active.memoryBytes;
			active.gatherRun(bytes, places, count, offset);
			this.#owner.memoryGrew(this, active.memoryBytes - before);
			return;
		}
		for (let at = 0; at < count * 3; at += 3) {
			const keyEnd = places[at]! + places[at + 1]!;
			const valueLength = places[at + 2]!;
			this.replay(bytes, places[at]!, places[at + 1]!, valueLength < 0 ? null : bytes, keyEnd, Math.max(valueLength, 0), offset, isKept);
		}
	}

	estimate(lower: Uint8Array | null, upper: Uint8Array | null): { entries: number; bytes: number } {
		const estimate = { entries: 0, bytes: 0 };
		this.base.estimate(lower, upper, estimate);
		for (const layer of this.layers) {
			if (layer.kind === 'ingested') layer.files.estimate(lower, upper, estimate);
			else if (layer.kind === 'memtable') estimateMemtable(layer.memtable, lower, upper, estimate);
		}
		if (this.active !== null) estimateMemtable(this.active, lower, upper, estimate);
		return estimate;
	}

	columns(offset: Offset): ColumnView | null {
		if (this.abilities.name !== 'columnar') return null;
		const view = offset < this.baseOffset ? this.#viewAt(offset) : null;
		const active = view === null ? this.active : null;
		const layers = [...(view?.layers ?? this.layers)].filter((layer) => layer.kind === 'memtable' || layer.offset <= offset);
		const base = view?.base ?? this.base;
		const sources = (): EntrySource[] => {
			const into: EntrySource[] = active === null ? [] : [new MemtableCursor(active, false, offset)];
			for (const layer of layers) {
				if (layer.kind === 'memtable') into.push(new MemtableCursor(layer.memtable, false, offset));
				else if (layer.kind === 'ingested') layer.files.addSources(false, into);
			}
			return into;
		};
		return new ColumnView(base as ColumnVersion, sources, [base, ...layers.flatMap((layer) => (layer.kind === 'ingested' ? [layer.files] : []))]);
	}

	/** The sources of a cursor at `offset`, newest first. */
	addSources(reverse: boolean, offset: Offset, into: EntrySource[]): void {
		let layers: readonly Layer[] = this.layers;
		let base = this.base;
		if (offset < this.baseOffset) {
			const view = this.#viewAt(offset);
			layers = view.layers;
			base = view.base;
		} else if (this.active !== null) {
			into.push(new MemtableCursor(this.active, reverse, offset));
		}
		/** What layers further up have removed of those below. */
		let hidden = KeyRanges.NONE;
		for (const layer of layers) {
			const from = into.length;
			if (layer.kind === 'memtable') into.push(new MemtableCursor(layer.memtable, reverse, offset));
			else if (layer.offset <= offset) {
				if (layer.kind === 'removed') hidden = hidden.with(KeyRanges.of(layer.range));
				else layer.files.addSources(reverse, into);
			}
			maskFrom(into, from, hidden, reverse);
		}
		const from = into.length;
		base.addSources(reverse, into);
		maskFrom(into, from, hidden, reverse);
	}

	/** The offset of the oldest entry that is not in the base, or 0 when all are; the oldest layer is not counted when it is one of `leaving`. */
	firstUnflushedOffset(leaving: ReadonlySet<Layer> | null = null): Offset {
		let oldest = this.layers.at(-1);
		if (oldest && leaving?.has(oldest)) oldest = this.layers.at(-2);
		if (oldest !== undefined) return oldest.kind === 'memtable' ? oldest.memtable.offsetMin : oldest.offset;
		return this.active === null ? 0 : this.active.offsetMin;
	}

	/** The active memtable for an entry at `offset`. */
	#writable(offset: Offset): Memtable {
		if (this.active !== null) return this.active;
		invariant(this.layers.length === 0 || offset > offsetOf(this.layers[0]!), 'no commit lies in two layers of a keyspace');
		const made = new Memtable();
		this.active = made;
		this.serial++;
		this.#owner.becameDirty(this);
		this.#owner.memoryGrew(this, made.memoryBytes);
		return made;
	}

	#viewAt(offset: Offset): OlderView {
		for (const view of this.olderViews) if (view.baseOffset <= offset) return view;
		throw snapshotTooOld(offset);
	}
}

/** Hides ranges from the sources from a place on. */
function maskFrom(sources: EntrySource[], from: number, hidden: KeyRanges, reverse: boolean): void {
	if (hidden === KeyRanges.NONE) return;
	for (let i = from; i < sources.length; i++) sources[i] = new MaskedSource(sources[i]!, hidden, reverse);
}

/** What only engines with an order can do was asked of another. */
export function unordered(abilities: EngineAbilities, what: string): Error {
	return sqlError('0A000', `a keyspace of engine ${abilities.name} cannot ${what}: its keys have no order`, {
		hint: 'Read by key, or enumerate it whole. The engines lsm and btree keep keys in order.',
	});
}

export function snapshotTooOld(offset: Offset): Error {
	return sqlError('72000', 'snapshot too old', {
		detail: `The snapshot at offset ${offset} was given up: it was older than the limit for live snapshots, or kept too much memory.`,
		hint: 'Start the transaction again, or read in shorter transactions.',
		retryable: true,
	});
}

/** The newest offset in a layer. */
export function offsetOf(layer: Layer): Offset {
	return layer.kind === 'memtable' ? layer.memtable.offsetMax : layer.offset;
}

function getFrom(layers: readonly Layer[], base: EngineVersion, key: Uint8Array, keyLength: number, offset: Offset, slot: Slot): boolean {
	for (let i = 0; i < layers.length; i++) {
		const layer = layers[i]!;
		if (layer.kind !== 'memtable' && layer.offset > offset) continue;
		if (layer.kind === 'removed') {
			if (isInRange(layer.range, key, 0, keyLength)) return false;
			continue;
		}
		const result = layer.kind === 'memtable' ? layer.memtable.get(key, keyLength, offset, slot) : layer.files.get(key, keyLength, slot);
		if (result !== ABSENT) return result === FOUND;
	}
	return base.get(key, keyLength, slot) === FOUND;
}

const scratchSlot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

function newestIn(layers: readonly Layer[], key: Uint8Array, keyLength: number): Offset {
	for (let i = 0; i < layers.length; i++) {
		const layer = layers[i]!;
		if (layer.kind === 'memtable') {
			const offset = layer.memtable.newestOffset(key, keyLength);
			if (offset > 0) return offset;
		} else if (layer.kind === 'removed' ? isInRange(layer.range, key, 0, keyLength) : layer.files.get(key, keyLength, scratchSlot) !== ABSENT) {
			return layer.offset;
		}
	}
	return 0;
}

function estimateMemtable(memtable: Memtable, lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void {
	if (memtable.entries === 0) return;
	const from = lower === null ? 0 : memtable.rank(lower);
	const to = upper === null ? memtable.entries : memtable.rank(upper);
	const entries = Math.max(0, to - from);
	into.entries += entries;
	into.bytes += entries * (memtable.dataBytes / memtable.records);
}
