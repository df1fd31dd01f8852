/**
 * Decides which segments of a keyspace to merge. Since a lookup costs the same however many there are, merges only win back room
 * and keep the number of files low: neighbours in age of which at least half is dead, or a row of `tierSegments` segments of about one size.
 * Source: the merging of Bitcask (Sheehy, Smith 2010); tiers by size as in the size-tiered compaction of Bigtable and Cassandra.
 */
import type { HashBase } from './hash-base.ts';
import type { Segment } from './segment.ts';

export interface MergeSizes {
	/** So many neighbours of one tier are merged. */
	readonly tierSegments: number;
	/** Sizes up to it are of the first tier; each further tier is `tierSegments` times as large. */
	readonly tierBytes: number;
	/** Merges that would leave more are not made. */
	readonly segmentBytesMax: number;
}

/** A segment of which so much is dead is written anew, with neighbours of which so much is. */
const DEAD_SHARE = 0.5;
const DEAD_SHARE_BESIDE = 0.25;

/** The segments to merge, oldest first; none: the keyspace is in shape. */
export function pickMerge(base: HashBase, sizes: MergeSizes): readonly Segment[] {
	for (const group of mergeable(base)) {
		const run = pickDead(group, sizes);
		if (run.length > 0) return run;
	}
	for (const group of mergeable(base)) {
		const run = pickTier(group, sizes);
		if (run.length > 0) return run;
	}
	return [];
}

/** Rows of neighbours that no retained version stands between. */
function mergeable(base: HashBase): Segment[][] {
	const groups: Segment[][] = [];
	let last: Segment | null = null;
	for (const segment of base.segments) {
		if (last === null || base.isNeeded(last.age, segment.age)) groups.push([]);
		groups.at(-1)!.push(segment);
		last = segment;
	}
	return groups;
}

function pickDead(group: readonly Segment[], sizes: MergeSizes): readonly Segment[] {
	const worst = group.findIndex((segment) => deadShare(segment) >= DEAD_SHARE && liveBytes(segment) <= sizes.segmentBytesMax);
	if (worst < 0) return [];
	let from = worst;
	let to = worst;
	let bytes = liveBytes(group[worst]!);
	const takes = (at: number): boolean => {
		const segment = group[at];
		if (segment === undefined || deadShare(segment) < DEAD_SHARE_BESIDE || bytes + liveBytes(segment) > sizes.segmentBytesMax) return false;
		bytes += liveBytes(segment);
		return true;
	};
	while (takes(from - 1)) from--;
	while (takes(to + 1)) to++;
	return group.slice(from, to + 1);
}

function pickTier(group: readonly Segment[], sizes: MergeSizes): readonly Segment[] {
	for (let limit = sizes.tierBytes; limit <= sizes.segmentBytesMax; limit *= sizes.tierSegments) {
		let from = 0;
		for (let at = 0; at <= group.length; at++) {
			const segment = group[at];
			if (segment !== undefined && liveBytes(segment) <= limit) continue;
			const run = limited(group.slice(from, at), sizes.segmentBytesMax);
			if (run.length >= sizes.tierSegments) return run;
			from = at + 1;
		}
	}
	return [];
}

/** As many of the first as stay below a limit together. */
function limited(run: readonly Segment[], bytesMax: number): readonly Segment[] {
	let bytes = 0;
	const end = run.findIndex((segment) => (bytes += liveBytes(segment)) > bytesMax);
	return end < 0 ? run : run.slice(0, end);
}

function deadShare(segment: Segment): number {
	return segment.deadBytes / segment.info.bytes;
}

function liveBytes(segment: Segment): number {
	return Math.max(0, segment.info.bytes - segment.deadBytes);
}
