/**
 * How many leaves of a tree a batch will touch, before it is merged: from every so-manieth key of the batch and the place among
 * the leaves that the branches give it. n keys that fall among m leaves at random touch m · (1 − e^(−n/m)) of them.
 *
 * Cost: a walk over the batch's keys, and at most so many descents as there are samples, each branch read once.
 */

import type { StoredFile } from '../manifest.ts';
import { Memtable, type MemtableImage } from '../memtable.ts';
import { MemtableCursor } from '../memtable-cursor.ts';
import type { Meta } from './meta-page.ts';
import type { Page } from './page.ts';
import type { PageReader } from './page-reader.ts';

const SAMPLES = 256;

/** A key of a batch, and how many keys come before it. */
export interface KeySample {
	readonly key: Uint8Array;
	readonly before: number;
}

/** Some keys of a memtable, its first and last among them. */
export function sampleMemtable(image: MemtableImage): KeySample[] {
	const cursor = new MemtableCursor(Memtable.over(image), false, image.offsetMax);
	cursor.seek(null, null);
	const step = Math.ceil(image.entries / SAMPLES);
	const samples: KeySample[] = [];
	for (let place = 0; cursor.next(); place++) {
		if (place % step === 0 || place === image.entries - 1) samples.push({ key: cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd), before: place });
	}
	return samples;
}

/** The bounds of sorted tables. */
export function sampleTables(tables: readonly StoredFile[]): KeySample[] {
	const samples: KeySample[] = [];
	let before = 0;
	for (const { info } of tables) {
		samples.push({ key: info.smallest, before });
		before += info.entries;
		samples.push({ key: info.largest, before: before - 1 });
	}
	return samples;
}

/** `samples` in order of their keys. */
export function touchedLeaves(samples: readonly KeySample[], reader: PageReader, meta: Meta): number {
	if (samples.length === 0 || meta.root === 0) return 0;
	const branches = new Map<number, Page>();
	let touched = 1;
	let from = rank(samples[0]!.key, reader, meta, branches);
	for (let i = 1; i < samples.length; i++) {
		const to = rank(samples[i]!.key, reader, meta, branches);
		const leaves = to - from;
		const keys = samples[i]!.before - samples[i - 1]!.before;
		if (leaves > 0) touched += leaves * (1 - Math.exp(-keys / leaves));
		from = to;
	}
	return Math.min(touched, meta.leafPages);
}

/** About how many leaves come before the one that holds a key. */
function rank(key: Uint8Array, reader: PageReader, meta: Meta, branches: Map<number, Page>): number {
	let number = meta.root;
	let before = 0;
	let share = meta.leafPages;
	for (let level = meta.height - 1; level > 0; level--) {
		let page = branches.get(number);
		if (page === undefined) {
			page = reader.page(number);
			branches.set(number, page);
		}
		const place = page.findChild(key, key.length, reader);
		share /= page.count;
		before += share * place;
		number = page.child(place);
	}
	return before;
}
