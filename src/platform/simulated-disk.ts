/**
 * The disk of a simulated world, and what a loss of power does to it.
 *
 * **What it models.** A file has the bytes that the machine's cache shows, and those that the platters hold; they differ in
 * dirty sectors of 512 bytes. A sync copies the dirty sectors of one file. A loss of power keeps, of every file, any subset of
 * its dirty sectors (so that writes are lost, torn and reordered), any length between the synced one and the newest, and, of
 * every directory, some of the creates, renames and removals since its last sync. Now and then the cache writes a sector back
 * unasked. Space that was allocated but not written holds bytes of removed files, noise or zeros. A failed sync leaves its
 * sectors clean but off the platters, as Linux does. Every choice comes from the seed.
 *
 * **Faults.** `capacityBytes` limits the sum of all lengths; `failSyncChance` fails syncs; `fault` makes the n-th changing
 * operation fail with an I/O error or a full disk, or makes the power fail in the middle of it; `flipBit` damages the platters.
 *
 * **Not modelled:** sectors that the disk itself tears, and writes that land in the wrong place.
 */
import { IoError, LimitError } from './errors.ts';
import type { SimulatedRandom } from './simulated-random.ts';

export const SECTOR_BYTES = 512;

const STALE_BYTES_MAX = 1 << 20;

/** Thrown by every call after a simulated crash: whoever meets it lives in a process that is no more. */
export class SimulatedCrash extends Error {
	constructor() {
		super('the simulated machine has crashed');
		this.name = 'SimulatedCrash';
	}
}

/** A sync under way: what it will have put on the platters when it is done. */
export interface SyncInFlight {
	readonly inode: Inode;
	readonly sectors: Int32Array;
	readonly serials: Int32Array;
	readonly bytes: Uint8Array;
	readonly length: number;
}

export class Inode {
	/** What the cache shows. */
	cache: Buffer = Buffer.alloc(0);
	length = 0;
	/** What the platters hold. */
	platter: Buffer = Buffer.alloc(0);
	platterLength = 0;
	/** Sectors whose cache is newer than the platter, with the serial of the newest write. */
	readonly dirty = new Map<number, number>();
	serial = 0;

	markDirty(start: number, end: number): void {
		const serial = ++this.serial;
		for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) this.dirty.set(sector, serial);
	}

	ensure(bytes: number): void {
		this.cache = grown(this.cache, bytes);
		this.platter = grown(this.platter, bytes);
	}

	copySector(sector: number): void {
		const start = sector * SECTOR_BYTES;
		this.cache.copy(this.platter, start, start, start + SECTOR_BYTES);
	}
}

function grown(bytes: Buffer, needed: number): Buffer {
	if (needed <= bytes.length) return bytes;
	const made = Buffer.alloc(Math.ceil(Math.max(needed, bytes.length * 2, 4096) / SECTOR_BYTES) * SECTOR_BYTES);
	bytes.copy(made);
	return made;
}

export type Entry = Inode | 'directory';

/** A change of names that a directory has not been synced after. */
interface NameChange {
	readonly directory: string;
	readonly remove: string | null;
	readonly add: string | null;
	readonly entry: Entry;
}

export type FaultKind = 'io' | 'full' | 'power';

export class SimulatedDisk {
	readonly random: SimulatedRandom;
	/** Sum of the lengths of all files that still fits. */
	capacityBytes = Number.POSITIVE_INFINITY;
	failSyncChance = 0;
	/** Chance, after each write, that the cache writes some dirty sectors back. */
	writeBackChance = 0;
	/** Number of changing operations so far: creates, writes, allocations, truncations, syncs, renames, removals. */
	operationCount = 0;
	/** The operation (by `operationCount`) that fails, and how. */
	fault: { readonly operation: number; readonly kind: FaultKind } | null = null;
	/** Asked at every sync: true swallows it. A test that survives without a sync that the code makes does not test it. */
	swallowSync: ((path: string, kind: 'data' | 'file' | 'directory') => boolean) | null = null;
	/** Told of every changing operation. */
	onOperation: ((path: string) => void) | null = null;
	/** Told after the power failed through `fault`. */
	isCrashed = false;
	/** Raised by each crash: handles of an older generation are dead. */
	generation = 0;
	#names = new Map<string, Entry>([['/', 'directory']]);
	#durableNames = new Map<string, Entry>([['/', 'directory']]);
	#changes: NameChange[] = [];
	#usedBytes = 0;
	/** Bytes of removed files, for `allocate` to show again. */
	#stale = Buffer.alloc(0);

	constructor(random: SimulatedRandom) {
		this.random = random;
	}

	get usedBytes(): number {
		return this.#usedBytes;
	}

	entry(path: string): Entry | undefined {
		return this.#names.get(path);
	}

	paths(): IterableIterator<string> {
		return this.#names.keys();
	}

	/** Length of a file; 0 for a directory. */
	bytes(path: string): number {
		const entry = this.#names.get(path);
		return entry === undefined || entry === 'directory' ? 0 : entry.length;
	}

	/** Counts an operation, and makes it fail when it is its turn. Returns true when the power is to fail during it. */
	operate(path: string): boolean {
		const number = this.operationCount++;
		this.onOperation?.(path);
		const fault = this.fault;
		if (fault === null || fault.operation !== number) return false;
		this.fault = null;
		if (fault.kind === 'io') throw new IoError('io', `cannot change "${path}": EIO (simulated)`, { sqlstate: '58030' });
		if (fault.kind === 'full') throw this.full(path);
		return true;
	}

	full(path: string): LimitError {
		return new LimitError('disk-full', `cannot write "${path}": ENOSPC (simulated)`, { sqlstate: '53100', retryable: true });
	}

	powerFails(): SimulatedCrash {
		this.isCrashed = true;
		this.generation++;
		return new SimulatedCrash();
	}

	/** Changes the length as seen by the cache; throws when the disk has no room. */
	setLength(inode: Inode, path: string, length: number): void {
		const more = length - inode.length;
		if (more > 0 && this.#usedBytes + more > this.capacityBytes) throw this.full(path);
		this.#usedBytes += more;
		inode.ensure(length);
		if (more < 0) {
			inode.cache.fill(0, length, inode.length);
			inode.markDirty(length, inode.length);
		}
		inode.length = length;
	}

	/** Space that was never written reads as anything. */
	fillStale(inode: Inode, from: number, to: number): void {
		const kind = this.random.below(3);
		if (kind === 0 || to <= from) return;
		for (let at = from; at < to; ) {
			const count = Math.min(to - at, kind === 1 ? this.#stale.length : 64);
			if (count === 0) return;
			const start = kind === 1 && this.#stale.length > count ? (this.random.below(this.#stale.length - count) >> 3) << 3 : 0;
			const source = kind === 1 ? this.#stale.subarray(start, start + count) : this.random.bytes(count);
			inode.cache.set(source, at);
			inode.platter.set(source, at);
			at += count;
		}
	}

	writeBack(inode: Inode): void {
		if (this.writeBackChance === 0 || !this.random.chance(this.writeBackChance)) return;
		for (const sector of inode.dirty.keys()) if (this.random.chance(0.5)) inode.copySector(sector);
	}

	link(directory: string, path: string, entry: Entry): void {
		this.#names.set(path, entry);
		this.#changes.push({ directory, remove: null, add: path, entry });
	}

	unlink(directory: string, path: string): void {
		const entry = this.#names.get(path)!;
		this.#names.delete(path);
		this.#changes.push({ directory, remove: path, add: null, entry });
		if (entry !== 'directory') this.#forget(entry);
	}

	relink(directory: string, from: string, to: string): void {
		const entry = this.#names.get(from)!;
		const replaced = this.#names.get(to);
		if (replaced !== undefined && replaced !== 'directory' && replaced !== entry) this.#forget(replaced);
		this.#names.delete(from);
		this.#names.set(to, entry);
		this.#changes.push({ directory, remove: from, add: to, entry });
	}

	syncNames(directory: string): void {
		this.#changes = this.#changes.filter((change) => {
			if (change.directory !== directory) return true;
			applyChange(this.#durableNames, change);
			return false;
		});
	}

	/** A sync that does nothing. */
	noSync(inode: Inode): SyncInFlight {
		return { inode, sectors: new Int32Array(0), serials: new Int32Array(0), bytes: new Uint8Array(0), length: 0 };
	}

	/** Notes what a sync that starts now will have made durable. */
	beginSync(inode: Inode): SyncInFlight {
		const count = inode.dirty.size;
		const sync = { inode, sectors: new Int32Array(count), serials: new Int32Array(count), bytes: new Uint8Array(count * SECTOR_BYTES), length: inode.length };
		let index = 0;
		for (const [sector, serial] of inode.dirty) {
			sync.sectors[index] = sector;
			sync.serials[index] = serial;
			sync.bytes.set(inode.cache.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES), index * SECTOR_BYTES);
			index++;
		}
		return sync;
	}

	/** The end of a sync: its sectors are on the platters, or, when it fails, forgotten by the cache. */
	endSync(sync: SyncInFlight, path: string, isMetadata: boolean): void {
		const { inode, sectors, serials, bytes } = sync;
		const fails = this.failSyncChance > 0 && this.random.chance(this.failSyncChance);
		for (let index = 0; index < sectors.length; index++) {
			const sector = sectors[index]!;
			if (!fails || this.random.chance(0.3)) inode.platter.set(bytes.subarray(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES), sector * SECTOR_BYTES);
			if (inode.dirty.get(sector) === serials[index]) inode.dirty.delete(sector);
		}
		if (fails) throw new IoError('io', `cannot sync "${path}": EIO (simulated)`, { sqlstate: '58030' });
		// A data sync need not make a shorter length durable: reading does not need it.
		if (sync.length > inode.platterLength || (isMetadata && sync.length > 0)) inode.platterLength = sync.length;
	}

	/** Ends the process: what the cache shows stays, handles die. */
	killProcess(): void {
		this.generation++;
		this.isCrashed = false;
		this.fault = null;
	}

	/** The power fails: only what the platters hold, and what the seed lets through, is there afterwards. */
	crash(): void {
		this.killProcess();
		this.#crashNames();
		const seen = new Set<Inode>();
		this.#usedBytes = 0;
		for (const entry of this.#names.values()) {
			if (entry === 'directory' || seen.has(entry)) continue;
			seen.add(entry);
			this.#crashFile(entry);
			this.#usedBytes += entry.length;
		}
	}

	/** Flips one bit on the platters (and in the cache) of a file. */
	flipBit(path: string, position: number, bit: number): void {
		const inode = this.#names.get(path);
		if (inode === undefined || inode === 'directory' || position >= inode.length) throw new RangeError(`no byte ${position} in "${path}"`);
		inode.cache[position]! ^= 1 << bit;
		inode.platter[position]! ^= 1 << bit;
	}

	#crashNames(): void {
		const names = this.#durableNames;
		const policy = this.random.below(4);
		const prefix = this.random.between(0, this.#changes.length);
		for (const [index, change] of this.#changes.entries()) {
			const isKept = policy === 0 ? false : policy === 1 ? true : policy === 2 ? index < prefix : this.random.chance(0.5);
			if (isKept) applyChange(names, change);
		}
		this.#changes = [];
		// A name below a directory that was lost is lost with it.
		for (const path of [...names.keys()]) if (!isReachable(names, path)) names.delete(path);
		this.#names = new Map(names);
	}

	#crashFile(inode: Inode): void {
		const random = this.random;
		const policy = random.below(5);
		const chosen = random.below(Math.max(1, inode.dirty.size));
		let index = 0;
		for (const sector of inode.dirty.keys()) {
			const isKept = policy === 0 ? false : policy === 1 ? true : policy === 2 ? index === chosen : policy === 3 ? index !== chosen : random.chance(0.5);
			if (isKept) inode.copySector(sector);
			index++;
		}
		inode.dirty.clear();
		const lengthPolicy = random.below(3);
		if (lengthPolicy === 1) inode.platterLength = inode.length;
		else if (lengthPolicy === 2) inode.platterLength = random.between(Math.min(inode.length, inode.platterLength), Math.max(inode.length, inode.platterLength));
		inode.length = inode.platterLength;
		inode.platter.copy(inode.cache);
		inode.cache.fill(0, inode.length);
	}

	#forget(inode: Inode): void {
		this.#usedBytes -= inode.length;
		if (inode.length === 0) return;
		const kept = inode.cache.subarray(0, Math.min(inode.length, STALE_BYTES_MAX));
		this.#stale = Buffer.concat([kept, this.#stale.subarray(0, STALE_BYTES_MAX - kept.length)]);
	}
}

function applyChange(names: Map<string, Entry>, change: NameChange): void {
	if (change.remove !== null && names.get(change.remove) === change.entry) names.delete(change.remove);
	if (change.add !== null) names.set(change.add, change.entry);
}

function isReachable(names: ReadonlyMap<string, Entry>, path: string): boolean {
	for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) if (names.get(path.slice(0, cut)) !== 'directory') return false;
	return true;
}
