/** Random queries over random quads: what the database answers is what the standard's own evaluation answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRequest } from '../../language/sparql/translate.ts';
import { Literal, NamedNode, Quad, termKey, XSD_INTEGER } from '../../value/rdf-term.ts';
import { openDatabase } from '../open.ts';
import { solutionKey, solutionsOf } from './naive-sparql.testing.ts';

const node = fc.constantFrom('a', 'b', 'c', 'd').map((name) => `<urn:${name}>`);
const number = fc.integer({ min: 0, max: 3 }).map(String);
const predicate = fc.constantFrom('<urn:p>', '<urn:q>', '<urn:r>');
const variable = fc.constantFrom('?v', '?w', '?x', '?y');
const quad = fc.tuple(fc.option(fc.constantFrom('<urn:g>', '<urn:h>'), { freq: 3 }), node, predicate, fc.oneof(node, number));

const { path } = fc.letrec<{ path: string }>((tie) => ({
	path: fc.oneof(
		{ maxDepth: 2, withCrossShrink: true },
		predicate,
		predicate.map((p) => `^${p}`),
		fc.tuple(tie('path'), tie('path')).map(([a, b]) => `(${a}/${b})`),
		fc.tuple(tie('path'), tie('path')).map(([a, b]) => `(${a}|${b})`),
		fc.tuple(tie('path'), fc.constantFrom('?', '*', '+')).map(([p, sign]) => `(${p})${sign}`),
		predicate.map((p) => `!(${p}|^<urn:q>)`),
	),
}));

const end = fc.oneof({ weight: 4, arbitrary: variable }, { weight: 1, arbitrary: node });
const triple = fc.tuple(end, fc.oneof(predicate, path, variable), fc.oneof(end, number)).map(([s, p, o]) => `${s} ${p} ${o} .`);
const operand = fc.oneof(variable, variable, number, node);
const comparison = fc.oneof(
	fc.tuple(operand, fc.constantFrom('=', '!=', '<', '<=', '>', '>='), operand).map(([a, o, b]) => `${a} ${o} ${b}`),
	variable.map((v) => `bound(${v})`),
	fc.tuple(fc.boolean(), triple).map(([no, t]) => `${no ? 'NOT ' : ''}EXISTS { ${t} }`),
);
const condition = fc.oneof(
	comparison,
	fc.tuple(comparison, fc.constantFrom('&&', '||'), comparison).map(([a, o, b]) => `(${a}) ${o} !(${b})`),
);

const { group } = fc.letrec<{ group: string; part: string }>((tie) => ({
	group: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => `{ ${parts.join(' ')} }`),
	part: fc.oneof(
		{ maxDepth: 3, withCrossShrink: true },
		triple,
		fc.array(triple, { minLength: 2, maxLength: 3 }).map((list) => list.join(' ')),
		condition.map((c) => `FILTER(${c})`),
		fc.tuple(variable, fc.array(fc.oneof(node, number, fc.constant('UNDEF')), { maxLength: 3 })).map(([v, terms]) => `VALUES ${v} { ${terms.join(' ')} }`),
		tie('group').map((g) => `OPTIONAL ${g}`),
		tie('group').map((g) => `MINUS ${g}`),
		tie('group'),
		fc.tuple(tie('group'), tie('group')).map(([a, b]) => `${a} UNION ${b}`),
		fc.tuple(fc.oneof(fc.constant('?g'), fc.constant('<urn:g>')), tie('group')).map(([name, g]) => `GRAPH ${name} ${g}`),
		tie('group').map((g) => `{ SELECT DISTINCT ?v ?x ${g} }`),
	),
}));

function quadOf([graph, subject, p, object]: readonly [string | null, string, string, string]): Quad {
	const iri = (text: string): NamedNode => new NamedNode(text.slice(1, -1));
	const o = object.startsWith('<') ? iri(object) : new Literal(object, '', XSD_INTEGER);
	return graph === null ? new Quad(iri(subject), iri(p), o) : new Quad(iri(subject), iri(p), o, iri(graph));
}

test('answers are those of the naive evaluation', { timeout: 240_000 }, async () => {
	const runs = Number(process.env['POLYLOG_RUNS'] ?? 60);
	const db = await openDatabase(':memory:', {});
	const store = db.triples();
	try {
		fc.assert(
			fc.property(fc.array(quad, { maxLength: 14 }), fc.array(group, { minLength: 1, maxLength: 3 }), (quads, groups) => {
				const text = quads.map(([g, ...rest]) => (g === null ? `${rest.join(' ')} .` : `GRAPH ${g} { ${rest.join(' ')} }`)).join(' ');
				store.sparql(`CLEAR ALL ; INSERT DATA { ${text} }`).runSync();
				const unique = [...new Map(quads.map((q) => [q.join(' '), quadOf(q)])).values()];
				for (const where of groups) {
					const query = `SELECT * ${where}`;
					const request = parseRequest(query);
					assert.ok(request.kind === 'select');
					const expected = solutionsOf(request.selection, unique).map(solutionKey).sort();
					const found = store
						.sparql(query)
						.all()
						.map((row) =>
							Object.entries(row)
								.flatMap(([name, term]) => (term === null ? [] : [`${name}=${termKey(term)}`]))
								.sort()
								.join(' '),
						)
						.sort();
					assert.deepEqual(found, expected, query);
				}
			}),
			{ numRuns: runs },
		);
	} finally {
		await db.close();
	}
});
