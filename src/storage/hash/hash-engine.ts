/**
 * The hash engine, after Bitcask (Sheehy, Smith 2010): a flush writes a segment, a file of records that never changes; a directory
 * in memory leads from each key to its newest record (`hash-base.ts`), so that a lookup is one probe and at most one read however much is stored;
 * segments are merged in the background (`hash-maintenance.ts`). There is no order: keys are found, or enumerated.
 *
 * Where it differs: a segment is a flush of sorted entries, not the log itself, and holds its hints at its end; so segments
 * merge as sorted runs, and can be enumerated by merging them.
 */
import { ENGINE_ABILITIES } from '../engine-abilities.ts';
import type { EngineVersion } from '../engine-version.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner, FileChanges, FlushPart, StorageEngine } from '../storage-engine.ts';
import { corrupt } from '../stored-files.ts';
import { HashBase } from './hash-base.ts';
import { type FlushInput, type FlushOutput, flushTask } from './hash-flush-task.ts';
import { HashMaintenance } from './hash-maintenance.ts';
import { HashVersion } from './hash-version.ts';
import { Segment } from './segment.ts';
import { HINT_WORDS } from './segment-format.ts';
import { ageOf, storedSegment } from './stored-segment.ts';

const SEED_BYTES = 4;
const HINTS_A_READ = 1 << 16;

export class HashEngine implements StorageEngine<FlushInput, FlushOutput> {
	readonly abilities = ENGINE_ABILITIES.hash;
	readonly adoptsBulkFiles = false;
	readonly flushTask = flushTask;
	readonly maintenance: HashMaintenance;
	readonly limit: HashMaintenance;
	readonly #owner: EngineOwner;
	#flushes = 0;
	#bytesFlushed = 0;

	constructor(owner: EngineOwner) {
		this.#owner = owner;
		this.maintenance = new HashMaintenance(owner);
		this.limit = this.maintenance;
	}

	flushInput(parts: readonly FlushPart[]): FlushInput {
		const { directory } = this.#owner;
		const flushes = parts.map(({ base, layer }) => ({
			number: this.#owner.takeNumbers(1),
			seed: (base as HashVersion).base.seed,
			dropTombstones: base.isEmpty,
			memtable: layer.kind === 'memtable' ? layer.image : null,
			tables: layer.kind === 'ingested' ? layer.tables : [],
		}));
		return { directory, flushes };
	}

	changes(parts: readonly FlushPart[], output: FlushOutput | null): FileChanges[] {
		return parts.map(({ base }, i) => {
			const info = output![i]!;
			return { removed: [], added: info === null ? [] : [storedSegment(info, (base as HashVersion).base.newestAge + 1)] };
		});
	}

	install(_part: FlushPart, version: EngineVersion, { added }: FileChanges): EngineVersion {
		const { base } = version as HashVersion;
		this.#flushes++;
		const file = added[0];
		if (file === undefined) return version;
		this.#bytesFlushed += file.info.bytes;
		base.addFlushed(this.#segment(file));
		return new HashVersion(base, base.newestAge);
	}

	/** The directory is built from the hints of all segments, oldest first. Where hashes meet, keys are compared later, in the background. */
	open(id: number, files: readonly StoredFile[]): EngineVersion {
		const segments = files.map((file) => this.#segment(file)).sort((a, b) => a.age - b.age);
		const seed = segments.length > 0 ? segments[0]!.seed() : this.#newSeed();
		const base = new HashBase(seed, () => this.maintenance.noteFiles(id));
		const kept = this.maintenance.keep(id, base);
		let hints = 0;
		for (const segment of segments) hints += segment.info.entries;
		kept.fold.reserve(hints);
		for (const segment of segments) {
			if (segment.seed() !== seed) throw corrupt(segment.path, 0, 'it has another seed than the other segments of its keyspace');
			base.addOpened(segment);
			segment.walkHints(HINTS_A_READ, (words) => {
				for (let at = 0; at < words.length; at += HINT_WORDS) kept.fold.mustAdd(words[at]!, words[at + 1]!, words[at + 2]! | segment.place);
			});
		}
		return new HashVersion(base, base.newestAge);
	}

	statistics(): { readonly [name: string]: number } {
		const { merges, bytesMerged, doubtsSettled, directoryBytes, memoryBytes } = this.maintenance;
		return {
			bytesWritten: this.#bytesFlushed + bytesMerged,
			hashFlushes: this.#flushes,
			hashBytesFlushed: this.#bytesFlushed,
			merges,
			bytesMerged,
			doubtsSettled,
			directoryBytes,
			directoryMemoryBytes: memoryBytes,
		};
	}

	#segment(file: StoredFile): Segment {
		const { files, directory, cache } = this.#owner;
		const { number, bytes, entries, tombstones } = file.info;
		return new Segment(files, directory, { number, bytes, entries, tombstones }, ageOf(file, directory), cache);
	}

	#newSeed(): number {
		const bytes = this.#owner.random.bytes(SEED_BYTES);
		return bytes.reduce((seed, byte) => ((seed << 8) | byte) >>> 0, 0);
	}
}
