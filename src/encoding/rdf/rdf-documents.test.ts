/** Documents of every format are read as they come, in pieces of any size, and written so that reading gives the same quads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlankNode, DEFAULT_GRAPH, Literal, langLiteral, NamedNode, Quad, RDF, stringLiteral, XSD, XSD_DECIMAL, XSD_INTEGER } from '../../value/rdf-term.ts';
import { quadLine } from '../../value/rdf-text.ts';
import { formatFacts, type RdfFormat } from './rdf-formats.ts';
import { rdfReader } from './rdf-reader.ts';
import { rdfWriter, USUAL_PREFIXES } from './rdf-writer.ts';

async function read(format: RdfFormat, document: string | Uint8Array, pieceBytes = Number.POSITIVE_INFINITY, base?: string): Promise<Quad[]> {
	const quads: Quad[] = [];
	const sink = { quad: (s: Quad['subject'], p: NamedNode, o: Quad['object'], g: Quad['graph']) => quads.push(new Quad(s, p, o, g)) };
	const reader = await rdfReader(format, sink, base === undefined ? {} : { base });
	const bytes = typeof document === 'string' ? Buffer.from(document) : document;
	for (let at = 0; at < bytes.length; at += pieceBytes) reader.write(bytes.subarray(at, at + pieceBytes));
	await reader.end();
	return quads;
}

/** Lines of the quads, blank nodes named by the order in which they come. */
function lines(quads: readonly Quad[]): string[] {
	const names = new Map<string, string>();
	const named = <T extends Quad['object'] | Quad['graph']>(term: T): T => {
		if (term.termType !== 'BlankNode') return term;
		if (!names.has(term.value)) names.set(term.value, `n${names.size}`);
		return new BlankNode(names.get(term.value)!) as T;
	};
	return quads.map((quad) => quadLine(new Quad(named(quad.subject) as Quad['subject'], quad.predicate, named(quad.object), named(quad.graph))));
}

const iri = (name: string): NamedNode => new NamedNode(`http://example.org/${name}`);
const g = iri('g');
const QUADS: readonly Quad[] = [
	new Quad(iri('a'), new NamedNode(`${RDF}type`), iri('Thing')),
	new Quad(iri('a'), iri('name'), stringLiteral('"quoted" \\ and\nbroken\tü 𝄞')),
	new Quad(iri('a'), iri('name'), langLiteral('chat', 'fr-ch')),
	new Quad(iri('a'), iri('n'), new Literal('12', '', XSD_INTEGER)),
	new Quad(iri('a'), iri('n'), new Literal('012', '', XSD_INTEGER)),
	new Quad(iri('a'), iri('n'), new Literal('1.50', '', XSD_DECIMAL)),
	new Quad(iri('a'), iri('n'), new Literal('x', '', new NamedNode(`${XSD}date`))),
	new Quad(new BlankNode('x'), iri('knows'), new BlankNode('y')),
	new Quad(new BlankNode('y'), iri('knows'), iri('a')),
];
const NAMED: readonly Quad[] = [
	new Quad(iri('a'), iri('p'), iri('b'), g),
	new Quad(iri('c'), iri('p'), new BlankNode('x'), g),
	new Quad(iri('c'), iri('p'), iri('b'), iri('h')),
];

for (const format of ['turtle', 'trig', 'n-triples', 'n-quads', 'rdf-xml', 'json-ld'] as const) {
	test(`what is written as ${formatFacts(format).title} is read again`, async () => {
		const quads = formatFacts(format).hasGraphs ? [...QUADS, ...NAMED] : QUADS;
		const writer = rdfWriter(format, USUAL_PREFIXES);
		const document = writer.begin() + quads.map((q) => writer.quad(q.subject, q.predicate, q.object, q.graph)).join('') + writer.end();
		for (const pieceBytes of [1, 13, Number.POSITIVE_INFINITY])
			assert.deepEqual(lines(await read(format, document, pieceBytes)).sort(), lines(quads).sort(), document);
	});
}

test('relative IRIs are resolved against the base', async () => {
	assert.deepEqual(lines(await read('turtle', '<a> <#b> <../c> .', 5, 'http://example.org/x/y')), [
		'<http://example.org/x/a> <http://example.org/x/y#b> <http://example.org/c> .\n',
	]);
});

test('errors tell line and column', async () => {
	const cases: readonly (readonly [RdfFormat, string, number, number])[] = [
		['n-triples', '<http://a/a> <http://a/b> "c" .\n<http://a/a> <http://a/b c> "d" .\n', 2, 25],
		['n-triples', '<http://a/a> <http://a/b> "c" <http://a/g> .\n', 1, 31],
		['n-quads', '# a comment\r\n\r\n<a> <http://a/b> "c" .', 3, 1],
		['n-quads', '<http://a/a> <http://a/b> "c\\q" .', 1, 29],
		['turtle', '<http://a/a> <http://a/b> 1 ;;\n  5 "x" .', 2, 3],
		['trig', '<http://a/g> { <http://a/a> <http://a/b> ] }', 1, 42],
		['rdf-xml', '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<rdf:li/>', 2, 10],
	];
	for (const [format, document, line, columnNumber] of cases) {
		const error = await read(format, document, 3).then(
			() => null,
			(thrown) => thrown as { code: string; line: number; columnNumber: number; message: string },
		);
		assert.deepEqual([error?.code, error?.line, error?.columnNumber], ['rdf-syntax', line, columnNumber], `${document} ${error?.message}`);
	}
});

test('what breaks off, is not UTF-8 or asks for other documents is refused', async () => {
	await assert.rejects(read('rdf-xml', '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'), { code: 'rdf-syntax' });
	await assert.rejects(read('turtle', '<http://a/a> <http://a/b> "c'), { code: 'rdf-syntax' });
	await assert.rejects(read('n-triples', '<http://a/a> <http://a/b> "c"'), { code: 'rdf-syntax' });
	await assert.rejects(read('json-ld', '{"@id": '), { code: 'rdf-syntax' });
	for (const format of ['turtle', 'n-quads', 'rdf-xml', 'json-ld'] as const)
		await assert.rejects(read(format, Buffer.from([0x3c, 0x61, 0xff, 0x3e, 0x0a])), { code: 'rdf-syntax' }, format);
	await assert.rejects(read('json-ld', '{"@context": "http://example.org/context", "@id": "http://a/a", "name": "x"}'), { code: 'rdf-remote-context' });
});

test('a literal in the default graph stays there', async () => {
	const [quad] = await read('n-quads', '<http://a/a> <http://a/b> "c"@EN-us .');
	assert.equal(quad?.graph, DEFAULT_GRAPH);
	assert.equal((quad!.object as Literal).language, 'EN-us');
});
