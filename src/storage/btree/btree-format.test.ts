/** The bytes of a small file are those of the example in `docs/formats/btree.md`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TestFiles } from '../test-platform.ts';
import { encodeState } from './meta-page.ts';
import { Tree } from './test-tree.ts';

const page = readFileSync(new URL('../../../docs/formats/btree.md', import.meta.url), 'utf8');

test('the example in the page of the format is what is written', () => {
	const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
	const tree = new Tree(new TestFiles(), 512);
	tree.flush([
		[bytes('album'), bytes('1')],
		[bytes('artist'), bytes('23')],
		[bytes('artists'), bytes('45')],
	]);
	tree.flush([
		[bytes('artists'), null],
		[bytes('band'), new Uint8Array(200).fill(0x61)],
	]);
	assert.deepEqual(encodeState(tree.version.state), Uint8Array.of(1, 0x80, 4, 2));
	const stored = tree.files.contents.get(tree.version.file!.path)!;
	const rows = [...page.matchAll(/^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} ){15}[0-9a-f]{2})/gm)];
	assert.equal(rows.length, 17);
	for (const [, at, hex] of rows) {
		const position = Number.parseInt(at!, 16);
		assert.equal(
			Buffer.from(stored.bytes.subarray(position, position + 16))
				.toString('hex')
				.replace(/(..)(?=.)/g, '$1 '),
			hex,
			at,
		);
	}
});
