/** What the manifest says of a segment: its age beside number, bytes and entries. */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { NO_BYTES } from '../entry-source.ts';
import type { StoredFile } from '../manifest.ts';
import { corrupt } from '../stored-files.ts';
import type { SegmentInfo } from './segment-writer.ts';

/** State: varint age. The rest of an sstable's description is empty. */
export function storedSegment(info: SegmentInfo, age: number): StoredFile {
	const state = new ByteWriter();
	state.varint(age);
	return { level: 0, info: { ...info, hash: '00000000', smallest: NO_BYTES, largest: NO_BYTES }, state: state.copy() };
}

export function ageOf({ info, state }: StoredFile, directory: string): number {
	try {
		return new ByteReader(state).varint();
	} catch {
		throw corrupt(`${directory}/manifest`, 0, `it does not give the age of segment ${info.number}`);
	}
}
