/**
 * The free pages of a B-tree file, as runs in groups: the pages of group f belonged to generation f − 1 and not to f, so
 * they may be written again once no reader holds a generation before f. Group 0 holds pages that nobody reads.
 *
 * On disk it is a chain of pages (kind `FREE_LIST`), each {header, u32 next page or 0, content}; the contents together are:
 * varint count of groups; for each group varint f, varint count of runs, for each run varint gap from the end of the run
 * before, varint length. Cost: about two bytes a run, written anew by each flush.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { corrupt } from '../stored-files.ts';
import { END_AT, FREE_LIST, HEADER_BYTES, KIND_AT, readUint16, readUint32, writeUint32 } from './page-format.ts';
import type { PageReader } from './page-reader.ts';
import type { PageWriter } from './page-writer.ts';

export const FREE_CONTENT_AT = HEADER_BYTES + 4;

/** Ascending runs of pages that do not touch: first page and count in turn. */
export type Runs = number[];

export interface FreeGroup {
	readonly freedAt: number;
	readonly runs: Runs;
}

export interface FreeList {
	readonly groups: readonly FreeGroup[];
	/** The pages that hold the list itself. */
	readonly ownPages: readonly number[];
}

const NOTHING_FREE: FreeList = { groups: [], ownPages: [] };

export function countPages(runs: Runs): number {
	let count = 0;
	for (let i = 1; i < runs.length; i += 2) count += runs[i]!;
	return count;
}

/** Several runs in any order as ascending runs that do not touch. */
export function joinRuns(all: readonly Runs[]): Runs {
	const total: { first: number; count: number }[] = [];
	for (const runs of all) for (let i = 0; i < runs.length; i += 2) total.push({ first: runs[i]!, count: runs[i + 1]! });
	total.sort((a, b) => a.first - b.first);
	const joined: Runs = [];
	for (const { first, count } of total) {
		const last = joined.length - 2;
		if (last >= 0 && joined[last]! + joined[last + 1]! === first) joined[last + 1]! += count;
		else joined.push(first, count);
	}
	return joined;
}

export function encodeFreeList(groups: readonly FreeGroup[]): Uint8Array {
	const writer = new ByteWriter();
	writer.varint(groups.length);
	for (const { freedAt, runs } of groups) {
		writer.varint(freedAt);
		writer.varint(runs.length / 2);
		let end = 0;
		for (let i = 0; i < runs.length; i += 2) {
			writer.varint(runs[i]! - end);
			writer.varint(runs[i + 1]!);
			end = runs[i]! + runs[i + 1]!;
		}
	}
	return writer.copy();
}

/** Reads the chain that begins at page `head` (0: nothing is free) of a file of `pageCount` pages. */
export function readFreeList(reader: PageReader, head: number, pageCount: number): FreeList {
	if (head === 0) return NOTHING_FREE;
	const content = new ByteWriter();
	const ownPages: number[] = [];
	for (let number = head; number !== 0; ) {
		const position = number * reader.pageBytes;
		if (number >= pageCount || ownPages.length > pageCount) throw corrupt(reader.path, position, 'the free list leaves the file');
		const bytes = reader.checkedRaw(number);
		if (bytes[KIND_AT] !== FREE_LIST) throw corrupt(reader.path, position, `page ${number} is no part of the free list`);
		content.raw(bytes, FREE_CONTENT_AT, readUint16(bytes, END_AT));
		ownPages.push(number);
		number = readUint32(bytes, HEADER_BYTES);
	}
	return { groups: decodeGroups(new ByteReader(content.bytes, 0, content.length), pageCount, reader.path), ownPages };
}

function decodeGroups(reader: ByteReader, pageCount: number, path: string): FreeGroup[] {
	const groups: FreeGroup[] = [];
	for (let left = reader.varint(); left > 0; left--) {
		const freedAt = reader.varint();
		const runs: Runs = [];
		let end = 0;
		for (let count = reader.varint(); count > 0; count--) {
			const first = end + reader.varint();
			const length = reader.varint();
			runs.push(first, length);
			end = first + length;
		}
		if (end > pageCount) throw corrupt(path, 0, 'the free list names pages outside the file');
		groups.push({ freedAt, runs });
	}
	return groups;
}

/**
 * Writes the list of a new generation; `groups` are all but group 0, which is what the writer has left, less what the list
 * itself takes. Returns its first page (0: nothing is free) and how many pages it lists.
 */
export function writeFreeList(writer: PageWriter, groups: readonly FreeGroup[]): { head: number; pages: number } {
	const room = writer.pageBytes - FREE_CONTENT_AT;
	const numbers: number[] = [];
	for (;;) {
		const all = [{ freedAt: 0, runs: writer.leftFree() }, ...groups].filter(({ runs }) => runs.length > 0);
		if (all.length === 0 && numbers.length === 0) return { head: 0, pages: 0 };
		const content = encodeFreeList(all);
		if (content.length <= numbers.length * room) {
			writeChain(writer, numbers, content, room);
			return { head: numbers[0]!, pages: all.reduce((sum, { runs }) => sum + countPages(runs), 0) };
		}
		numbers.push(writer.reserve());
	}
}

function writeChain(writer: PageWriter, numbers: readonly number[], content: Uint8Array, room: number): void {
	numbers.forEach((number, i) => {
		writer.beginReserved(number);
		const part = content.subarray(i * room, (i + 1) * room);
		writeUint32(writer.bytes, writer.start + HEADER_BYTES, numbers[i + 1] ?? 0);
		writer.bytes.set(part, writer.start + FREE_CONTENT_AT);
		writer.seal(number, FREE_LIST, 0, 0, 0, FREE_CONTENT_AT + part.length);
	});
}
