/**
 * The reader of N-Quads against n3: documents made of right and broken pieces are taken by both or by neither, with the same quads,
 * whatever the sizes of the pieces in which they come.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import n3 from 'n3';
import { type Literal, type NamedNode, Quad } from '../../value/rdf-term.ts';
import { quadLine } from '../../value/rdf-text.ts';
import { rdfReader } from './rdf-reader.ts';
import { TermFactory } from './term-factory.ts';

const iri = fc.constantFrom(
	'<http://a/b>',
	'<urn:x>',
	'<http://a/\\u00e9>',
	'<http://a/\\U0001F600>',
	'<http://a/ü𝄞>',
	'<relative>',
	'<http://a/ b>',
	'<http://a/\\u0020>',
	'<>',
	'<http://a',
	'<a:>',
);
const blank = fc.constantFrom('_:a', '_:0', '_:a.b', '_:a.', '_:', '_:-a', '_:a-b·', '_:ü');
const literal = fc.constantFrom(
	'"a"',
	'""',
	'"\\t\\"\\\\ \\u0041"',
	'"a\\q"',
	'"a',
	'"é𝄞"',
	'"a"@en',
	'"a"@en-US-x1',
	'"a"@',
	'"a"@1',
	'"a"^^<http://www.w3.org/2001/XMLSchema#string>',
	'"5"^^<http://www.w3.org/2001/XMLSchema#integer>',
	'"a"^^<rel>',
	'"a"^^',
	"'a'",
	'"a\\uD800"',
);
const space = fc.constantFrom(' ', '\t', '', '  ');
const end = fc.constantFrom(' .\n', '.\n', ' . # note\n', ' .\r\n', '\n', ' . .\n', ' ..\n');
const term = fc.oneof({ weight: 6, arbitrary: iri }, blank, literal);
const statement = fc
	.tuple(
		fc.oneof({ weight: 5, arbitrary: fc.oneof(iri, blank) }, term),
		space,
		fc.oneof({ weight: 8, arbitrary: iri }, term),
		space,
		term,
		space,
		fc.option(fc.oneof(iri, blank), { nil: '' }),
		end,
	)
	.map((parts) => parts.join(''));
const good = fc.constantFrom('<http://a/a> <http://a/b> "c" .\n', '# only a note\n', '\n', '_:x <urn:p> _:y <urn:g> .\n');
const document = fc.array(fc.oneof({ weight: 3, arbitrary: good }, statement), { maxLength: 4 }).map((lines) => lines.join(''));

async function ours(text: string, pieceBytes: number): Promise<string[] | null> {
	const found: string[] = [];
	const reader = await rdfReader('n-quads', { quad: (s, p, o, g) => found.push(quadLine(new Quad(s, p, o, g))) });
	const bytes = Buffer.from(text);
	try {
		for (let at = 0; at < bytes.length; at += pieceBytes) reader.write(bytes.subarray(at, at + pieceBytes));
		await reader.end();
		return found;
	} catch (error) {
		assert.equal((error as { code?: string }).code, 'rdf-syntax');
		return null;
	}
}

function theirs(text: string): string[] | null {
	try {
		const settings = { format: 'N-Quads', factory: new TermFactory(), blankNodePrefix: '_:' } as unknown as n3.ParserOptions;
		return (new n3.Parser(settings).parse(text) as unknown as Quad[]).map((q) =>
			quadLine(new Quad(q.subject, q.predicate as NamedNode, q.object as Literal, q.graph)),
		);
	} catch {
		return null;
	}
}

test('N-Quads are read as n3 reads them', async () => {
	await fc.assert(
		fc.asyncProperty(document, fc.integer({ min: 1, max: 40 }), async (text, pieceBytes) => {
			const expected = theirs(text);
			assert.deepEqual(await ours(text, pieceBytes), expected, JSON.stringify(text));
		}),
		{ numRuns: 600 },
	);
});
