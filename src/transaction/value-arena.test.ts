import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryFiles } from '../platform/memory-files.ts';
import { ValueArena } from './value-arena.ts';

/** Length of a value to append, or (negative) how much to forget, in percent. */
const operation = fc.oneof(
	{ weight: 12, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
	{ weight: 4, arbitrary: fc.constantFrom(0, 1, 63, 64, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20) },
	{ weight: 2, arbitrary: fc.integer({ min: -100, max: -1 }) },
);

function contentOf(seed: number, length: number): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let i = 0; i < length; i += 997) bytes[i] = seed + i;
	return bytes;
}

test('values are read back from memory and from the file, also after the tail was forgotten', () => {
	fc.assert(
		fc.property(fc.array(operation, { minLength: 1, maxLength: 60 }), fc.constantFrom(0, 2 << 20, 100 << 20), (operations, keptBytes) => {
			const files = new MemoryFiles();
			files.makeDirectory('/spill');
			const arena = new ValueArena();
			arena.space = { files, directory: '/spill' };
			arena.keptBytes = keptBytes;
			let values: { place: number; content: Uint8Array }[] = [];
			operations.forEach((one, seed) => {
				if (one < 0) {
					const kept = Math.floor((values.length * (100 + one)) / 100);
					if (kept < values.length) arena.truncate(values[kept]!.place);
					values = values.slice(0, kept);
				} else {
					const content = contentOf(seed, one);
					values.push({ place: arena.append(content, 0, one), content });
				}
			});
			const slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
			for (const { place, content } of values) {
				arena.read(place, content.length, slot);
				assert.ok(Buffer.from(slot.buffer.subarray(slot.start, slot.end)).equals(content));
			}
			if (keptBytes < 10 << 20) assert.ok(arena.capacityBytes <= keptBytes + (4 << 20), `${arena.capacityBytes} bytes in memory`);
			arena.reset();
			assert.deepEqual(files.list('/spill'), []);
		}),
		{ numRuns: 60 },
	);
});
