/** Trees of stored expressions that are made without the grammar are those that it makes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseStatement } from './parser.ts';
import { parseExpressionText } from './stored-text.ts';

/** As the grammar gives it. */
function grammatical(text: string): unknown {
	const targets = parseStatement(`SELECT ${text}`)?.SelectStmt?.targetList as { readonly ResTarget: { readonly val: unknown } }[];
	return targets[0]!.ResTarget.val;
}

test('terms of indexes of graphs have the tree of the grammar', () => {
	for (const name of ['id', 'Person', "l''avenir", 'ä ö', 'a\\b', ' ', "'", 'x) or (y']) {
		const literal = `'${name.replaceAll("'", "''")}'`;
		for (const text of [`polylog.property(properties, ${literal})`, `polylog.has_label(labels, ${literal})`])
			assert.deepEqual(parseExpressionText(text), grammatical(text), text);
	}
});

test('whatever is near to them goes through the grammar', () => {
	const texts = [
		"polylog.property(properties, '')",
		"polylog.property(properties, 'a') || polylog.property(properties, 'b')",
		"polylog.property(properties, 'a', 'b')",
		"polylog.property(properties, 'a')::text",
		"polylog.has_label(labels, E'a')",
		"polylog.has_label( labels, 'a')",
	];
	for (const text of texts) assert.deepEqual(parseExpressionText(text), grammatical(text), text);
});
