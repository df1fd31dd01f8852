import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { checksum } from '../bytes/checksum.ts';
import { SimulatedWorld } from '../platform/simulated-platform.ts';
import { FrameBuilder } from './frame-builder.ts';
import { BULK, BYTES_AT, CHANGES, CLAIM, CLAIM_CREATED, COMMIT, FLAGS_AT, FRAME_ALIGNMENT, Frame, RecordWalk, VERSION_AT, whyNotNext } from './frame-format.ts';
import { FrameReader, scanFrames } from './frame-reader.ts';
import { type ChainState, decodeSegmentHeader, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-format.ts';

const GOLDEN = new URL('../../src/log/frame.golden.txt', import.meta.url);

function chainOf(): ChainState {
	return { id: { low: 0x89abcdef, high: 0x01234567 }, epoch: 3, sequence: 17, previous: 0xcafebabe, nextOffset: 501, timeUs: 1_700_000_000_000_000 };
}

/** The frame of the worked example in `docs/formats/log.md`. */
function exampleFrame(): Buffer {
	const builder = new FrameBuilder(64);
	builder.begin(501, 1_700_000_000_000_100);
	builder.changes(Buffer.from('album +7'), 0, 8);
	builder.commit(501, 1_700_000_000_000_100, 12);
	builder.changes(Buffer.from('xx-7y'), 2, 4);
	builder.bulk([{ name: 'b1', bytes: 300, hash: 'c0ffee' }]);
	builder.commit(502, 1_700_000_000_000_101, 502);
	const bytes = builder.finish(chainOf(), 500, 0, FRAME_ALIGNMENT);
	return Buffer.from(builder.bytes.subarray(0, bytes));
}

function dump(bytes: Buffer): string {
	const lines: string[] = [];
	for (let at = 0; at < bytes.length; at += 8)
		lines.push(`${at.toString().padStart(4)}  ${bytes.toString('hex', at, Math.min(at + 8, bytes.length)).replace(/(..)(?!$)/g, '$1 ')}`);
	return lines.join('\n');
}

test('the bytes of a segment header and a frame are those of the golden dump', () => {
	const text = `segment header\n${dump(encodeSegmentHeader(chainOf(), 480))}\n\nframe\n${dump(exampleFrame())}\n`;
	if (process.env.POLYLOG_UPDATE === '1') writeFileSync(GOLDEN, text);
	assert.equal(text, readFileSync(GOLDEN, 'utf8'));
});

test('a frame reads back field by field and record by record', () => {
	const bytes = exampleFrame();
	assert.equal(bytes.length % 8, 0);
	const frame = new Frame();
	frame.read(bytes, 0);
	assert.ok(frame.hasPlausibleLength() && frame.isWhole());
	assert.equal(whyNotNext(frame, chainOf()), null);
	assert.deepEqual([frame.epoch, frame.sequence, frame.previous, frame.firstOffset, frame.syncedOffset, frame.count], [3, 17, 0xcafebabe, 501, 500, 5]);
	const walk = new RecordWalk();
	walk.open(frame);
	const kinds: number[] = [];
	while (walk.next()) kinds.push(walk.kind);
	assert.deepEqual(kinds, [CHANGES, COMMIT, CHANGES, BULK, COMMIT]);
});

test('a frame that does not continue the chain is told why', () => {
	const frame = new Frame();
	frame.read(exampleFrame(), 0);
	assert.match(whyNotNext(frame, { ...chainOf(), id: { low: 1, high: 1 } })!, /another log/);
	assert.match(whyNotNext(frame, { ...chainOf(), sequence: 18 })!, /frame 17, not 18/);
	assert.match(whyNotNext(frame, { ...chainOf(), previous: 1 })!, /does not follow/);
	assert.match(whyNotNext(frame, { ...chainOf(), epoch: 4 })!, /epoch is 3, not 4/);
	assert.match(whyNotNext(frame, { ...chainOf(), epoch: 2 })!, /epoch is 3, not 2/, 'only a claim may raise it');
	assert.match(whyNotNext(frame, { ...chainOf(), nextOffset: 500 })!, /first offset is 501/);
	const builder = new FrameBuilder(64);
	builder.begin(501, 0);
	builder.claim(CLAIM_CREATED, new Uint8Array(8));
	builder.finish({ ...chainOf(), epoch: 9 }, 500, 0, FRAME_ALIGNMENT);
	frame.read(builder.bytes, 0);
	assert.equal(frame.firstKind, CLAIM);
	assert.equal(whyNotNext(frame, chainOf()), null);
});

test('no single flipped bit of a frame or a segment header goes unnoticed', () => {
	const good = exampleFrame();
	for (let bit = 0; bit < good.length * 8; bit++) {
		const bytes = Buffer.from(good);
		bytes[bit >> 3]! ^= 1 << (bit & 7);
		const frame = new Frame();
		frame.read(bytes, 0);
		assert.ok(!frame.hasPlausibleLength() || !frame.isWhole(), `bit ${bit}`);
	}
	const path = `/log/${(501).toString(16).padStart(16, '0')}.log`;
	const header = encodeSegmentHeader(chainOf(), 480);
	const { segmentBefore, ...chain } = decodeSegmentHeader(header, path);
	assert.deepEqual([segmentBefore, chain], [480, chainOf()]);
	for (let bit = 0; bit < header.length * 8; bit++) {
		const bytes = Buffer.from(header);
		bytes[bit >> 3]! ^= 1 << (bit & 7);
		assert.throws(() => decodeSegmentHeader(bytes, path), /position 0/);
	}
	assert.throws(() => decodeSegmentHeader(header, '/log/0000000000000001.log'), /is that of the segment/);
});

/** A simulated file with the given bytes after an empty segment header. */
function fileOf(parts: readonly Buffer[]) {
	const { files } = new SimulatedWorld(1).start();
	const file = files.open('/f', 'create');
	const bytes = Buffer.concat([Buffer.alloc(SEGMENT_HEADER_BYTES), ...parts]);
	file.write(bytes, 0, bytes.length, 0);
	return file;
}

test('a frame of a newer version, or with unknown flags, is refused rather than cut off', () => {
	for (const [at, pattern] of [
		[VERSION_AT, /version 2/],
		[FLAGS_AT, /flags 2/],
	] as const) {
		const bytes = exampleFrame();
		bytes[at] = 2;
		bytes.writeUInt32LE(checksum(bytes, BYTES_AT, bytes.length), 0);
		const reader = new FrameReader(fileOf([bytes]), chainOf(), SEGMENT_HEADER_BYTES);
		assert.throws(() => reader.next(), pattern);
	}
});

test('whole frames are found wherever they lie, with any window and any rubbish between them', () => {
	fc.assert(
		fc.property(fc.array(fc.oneof(fc.constant('frame'), fc.constant('id'), fc.uint8Array({ maxLength: 300 })), { maxLength: 12 }), (parts) => {
			const frame = exampleFrame();
			const bytes: Buffer[] = [];
			const expected: number[] = [];
			let at = SEGMENT_HEADER_BYTES;
			for (const part of parts) {
				const piece = part === 'frame' ? frame : part === 'id' ? frame.subarray(8, 16) : Buffer.alloc(Math.ceil(part.length / 8) * 8, Buffer.from(part));
				if (part === 'frame') expected.push(at);
				bytes.push(piece);
				at += piece.length;
			}
			const found: number[] = [];
			scanFrames(fileOf(bytes), SEGMENT_HEADER_BYTES, at, chainOf().id, (_, position) => found.push(position));
			assert.deepEqual(found, expected);
		}),
		{ numRuns: 60 },
	);
});
