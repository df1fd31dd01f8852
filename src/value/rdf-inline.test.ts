import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inlineId, inlineNumber, inlineTerm, NO_TERM } from './rdf-inline.ts';
import { BlankNode, Literal, langLiteral, NamedNode, sameTerm, stringLiteral, termKey, XSD } from './rdf-term.ts';

const typed = (text: string, name: string): Literal => new Literal(text, '', new NamedNode(XSD + name));

const inline: readonly (readonly [Literal | BlankNode, number])[] = [
	[new BlankNode('b0'), 2 ** 48 - 2 ** 53],
	[typed('false', 'boolean'), 2 * 2 ** 48 - 2 ** 53],
	[typed('0', 'integer'), 3 * 2 ** 48 + 2 ** 47 - 2 ** 53],
	[typed('-17', 'integer'), 3 * 2 ** 48 + 2 ** 47 - 17 - 2 ** 53],
	[typed('12.50', 'decimal'), 4 * 2 ** 48 + (12_500_000 + 2 ** 44) * 8 + 2 - 2 ** 53],
	[typed('255', 'unsignedByte'), 13 * 2 ** 48 + 2 ** 47 + 255 - 2 ** 53],
	[typed('1970-01-02', 'date'), 15 * 2 ** 48 + 2 ** 47 + 1 - 2 ** 53],
	[typed('1970-01-01T00:00:01.5Z', 'dateTime'), 16 * 2 ** 48 + 2 ** 47 + 1500 - 2 ** 53],
	[stringLiteral('ab'), 18 * 2 ** 48 + 97 * 2 ** 40 + 98 * 2 ** 32 - 2 ** 53],
];

test('ids of inline terms stay what they are: they are stored', () => {
	for (const [term, id] of inline) {
		assert.equal(inlineId(term), id, termKey(term));
		assert.ok(sameTerm(inlineTerm(id), term), termKey(term));
	}
});

test('a literal is inline only in the form that comes back', () => {
	const others = [
		typed('+1', 'integer'),
		typed('01', 'integer'),
		typed('-0', 'integer'),
		typed('1.', 'decimal'),
		typed('-0.0', 'decimal'),
		typed('.5', 'decimal'),
		typed('1.0000000', 'decimal'),
		typed('1', 'boolean'),
		typed('256', 'unsignedByte'),
		typed('2023-02-29', 'date'),
		typed('2023-02-28Z', 'date'),
		typed('2023-02-28T24:00:00', 'dateTime'),
		typed('2023-02-28T00:00:00.50Z', 'dateTime'),
		typed('2023-02-28T00:00:00+00:00', 'dateTime'),
		stringLiteral('longer than six'),
		stringLiteral('é'),
		stringLiteral('\0'),
		langLiteral('a', 'en'),
		typed('1', 'double'),
		new NamedNode('a'),
		new BlankNode('b01'),
		new BlankNode('x'),
	];
	for (const term of others) assert.equal(inlineId(term), NO_TERM, termKey(term));
});

test('whatever is inline comes back as it was', () => {
	const digits = fc.stringMatching(/^-?\d{1,9}(\.\d{1,7})?$/);
	const date = fc.date({ min: new Date(-61_000_000_000_000), max: new Date(253_000_000_000_000), noInvalidDate: true });
	const term = fc.oneof(
		fc.tuple(digits, fc.constantFrom('integer', 'decimal', 'int', 'byte', 'unsignedLong')).map(([text, name]) => typed(text, name)),
		fc.tuple(date, fc.constantFrom('date', 'dateTime')).map(([d, name]) => typed(name === 'date' ? d.toISOString().slice(0, 10) : d.toISOString(), name)),
		fc.string({ maxLength: 7 }).map(stringLiteral),
	);
	fc.assert(
		fc.property(term, (t) => {
			const id = inlineId(t);
			if (id !== NO_TERM) assert.ok(sameTerm(inlineTerm(id), t), `${termKey(t)} → ${id} → ${termKey(inlineTerm(id))}`);
		}),
		{ numRuns: 2000 },
	);
});

test('inline numbers are ordered as their values', () => {
	fc.assert(
		fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -1e9, max: 1e9 }), (a, b) => {
			const decimal = (n: number): number => inlineId(typed((n / 100).toFixed(2), 'decimal'));
			const [x, y] = [decimal(a), decimal(b)];
			if (a === b || x === NO_TERM || y === NO_TERM) return;
			assert.equal(a < b, x < y);
			assert.equal(inlineNumber(x), a / 100);
		}),
	);
});
