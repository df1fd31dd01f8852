/** The SPARQL and Graph Store protocols, asked as a client asks: by requests to the service, and over a socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatScramVerifier, makeScramVerifier } from '../../database/scram-verifier.ts';
import { sparqlLanguage } from '../../database/sparql/sparql-language.ts';
import { open, serve } from '../../index.ts';
import type { HttpOptions } from './host.ts';
import { HttpService } from './server.ts';

type Role = { readonly canLogin: boolean; readonly verifier: string | null };

/** A database with a service over it. */
async function started(options: HttpOptions = {}, roles: ReadonlyMap<string, Role> = new Map()) {
	const db = await open(':memory:');
	const { engine } = db;
	const reports: string[] = [];
	const service = new HttpService(
		{
			platform: engine.platform,
			network: null as never,
			connect: (as) => engine.connect(as),
			sparql: () => sparqlLanguage,
			role: (name) => roles.get(name),
			hasPasswords: () => roles.size > 0,
			report: (message) => reports.push(message),
		},
		options,
	);
	const ask = async (
		method: string,
		path: string,
		headers: Record<string, string> = {},
		body?: string,
	): Promise<{ status: number; type: string; text: string; headers: Headers }> => {
		const response = await service.fetch(new Request(`http://127.0.0.1:7300${path}`, { method, headers, ...(body === undefined ? {} : { body }) }));
		return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text(), headers: response.headers };
	};
	return { db, service, ask, reports };
}

const query = (text: string): string => `/sparql?query=${encodeURIComponent(text)}`;
const TURTLE = { 'content-type': 'text/turtle' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test('queries come by GET, by form and as they are, and are answered in the form asked for', async () => {
	const { db, ask } = await started();
	assert.equal((await ask('POST', '/update', { 'content-type': 'application/sparql-update' }, 'INSERT DATA { <urn:a> <urn:p> 1, "zwei"@de }')).status, 204);
	const text = 'SELECT ?o { <urn:a> <urn:p> ?o } ORDER BY DESC(isNumeric(?o))';
	const json = await ask('GET', query(text), { accept: 'application/sparql-results+json' });
	assert.equal(json.status, 200);
	assert.deepEqual(
		JSON.parse(json.text).results.bindings.map((row: { o: { value: string } }) => row.o.value),
		['1', 'zwei'],
	);
	const csv = await ask('POST', '/sparql', { ...FORM, accept: 'text/csv' }, `query=${encodeURIComponent(text)}`);
	assert.deepEqual([csv.type, csv.text], ['text/csv; charset=utf-8', 'o\r\n1\r\nzwei\r\n']);
	const tsv = await ask('POST', '/sparql', { 'content-type': 'application/sparql-query', accept: 'text/csv;q=0.1, text/tab-separated-values' }, text);
	assert.equal(tsv.text, '?o\n1\n"zwei"@de\n');
	const xml = await ask('GET', query('ASK { <urn:a> ?p 1 }'), { accept: 'application/sparql-results+xml' });
	assert.match(xml.text, /<boolean>true<\/boolean>/);
	const graph = await ask('GET', query('CONSTRUCT { ?s <urn:q> ?o } WHERE { ?s <urn:p> ?o FILTER(isNumeric(?o)) }'), { accept: 'application/n-triples' });
	assert.equal(graph.text, '<urn:a> <urn:q> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n');
	assert.equal((await ask('GET', query(text), { accept: 'image/png' })).status, 406);
	await db.close();
});

test('datasets named by the protocol take the place of those of the text', async () => {
	const { db, ask } = await started();
	for (const name of ['a', 'b']) await ask('PUT', `/data?graph=urn:${name}`, TURTLE, `<urn:${name}> <urn:p> <urn:x> .`);
	const got = await ask('GET', `${query('SELECT ?s { ?s ?p ?o }')}&default-graph-uri=urn:b`, { accept: 'text/csv' });
	assert.equal(got.text, 's\r\nurn:b\r\n');
	const update = `update=${encodeURIComponent('INSERT { ?s <urn:q> ?o } WHERE { ?s <urn:p> ?o }')}&using-graph-uri=urn:a`;
	assert.equal((await ask('POST', '/update', FORM, update)).status, 204);
	assert.equal((await ask('GET', '/data?default', { accept: 'application/n-triples' })).text, '<urn:a> <urn:q> <urn:x> .\n');
	await db.close();
});

test('graphs are put, added to, given and removed', async () => {
	const { db, ask } = await started();
	assert.equal((await ask('GET', '/data?graph=urn:g')).status, 404);
	assert.equal((await ask('PUT', '/data?graph=urn:g', TURTLE, '<urn:a> <urn:p> [ <urn:q> 1 ] .')).status, 201);
	assert.equal((await ask('PUT', '/data?graph=urn:g', TURTLE, '<urn:a> <urn:p> <b> .')).status, 204);
	assert.equal((await ask('POST', '/data?graph=urn:g', { 'content-type': 'application/n-triples' }, '<urn:c> <urn:p> "x" .\n')).status, 204);
	assert.equal((await ask('GET', '/data?graph=urn:g', { accept: 'application/n-triples' })).text.split('\n').length, 3);
	assert.equal((await ask('HEAD', '/data?graph=urn:g')).status, 200);
	assert.equal((await ask('PUT', '/data/people', TURTLE, '<#me> <urn:p> 1 .')).status, 201);
	assert.match((await ask('GET', '/data/people', { accept: 'application/n-triples' })).text, /^<http:\/\/127\.0\.0\.1:7300\/data\/people#me>/);
	const made = await ask('POST', '/data', TURTLE, '<urn:a> <urn:p> 3 .');
	assert.equal(made.status, 201);
	assert.equal((await ask('GET', new URL(made.headers.get('location')!).pathname)).status, 200);
	assert.equal((await ask('DELETE', '/data?graph=urn:g')).status, 204);
	assert.equal((await ask('DELETE', '/data?graph=urn:g')).status, 404);
	assert.equal((await ask('PUT', '/data', { 'content-type': 'application/trig' }, '<urn:a> <urn:p> 1 . <urn:g> { <urn:a> <urn:p> 2 }')).status, 204);
	assert.equal((await ask('GET', '/data', { accept: 'application/n-quads' })).text.split('\n').filter((line) => line.includes('<urn:g>')).length, 1);
	assert.equal((await ask('GET', '/data', { accept: 'text/turtle' })).status, 406);
	assert.equal((await ask('PUT', '/data', TURTLE, '')).status, 415);
	assert.equal((await ask('PATCH', '/data?default')).status, 405);
	await db.close();
});

test('a document with a mistake changes nothing, and the answer tells where', async () => {
	const { db, ask } = await started();
	await ask('PUT', '/data?default', TURTLE, '<urn:a> <urn:p> 1 .');
	const refused = await ask('PUT', '/data?default', TURTLE, '<urn:b> <urn:p> 2 .\n<urn:b> <urn:p> oops .');
	const problem = JSON.parse(refused.text);
	assert.deepEqual(
		[refused.status, refused.type, problem.type, problem.line, problem.column],
		[400, 'application/problem+json', 'urn:polylog:error:rdf-syntax', 2, 16],
	);
	assert.match((await ask('GET', '/data?default', { accept: 'application/n-triples' })).text, /^<urn:a>/);
	const wrong = JSON.parse((await ask('GET', query('SELECT *\n{ ?s ?p }'))).text);
	assert.deepEqual([wrong.status, wrong.line], [400, 2]);
	await db.close();
});

test('requests that are none of the protocol are refused with what is wrong', async () => {
	const { db, ask } = await started({ textBytesMax: 100, documentBytesMax: 100 });
	const statuses: readonly (readonly [number, string, string, Record<string, string>?, string?])[] = [
		[405, 'DELETE', '/sparql'],
		[405, 'GET', '/update'],
		[415, 'POST', '/sparql', { 'content-type': 'text/plain' }, 'ASK {}'],
		[415, 'POST', '/sparql', { 'content-type': 'application/sparql-query; charset=utf-16' }, 'ASK {}'],
		[400, 'POST', '/update', FORM, 'query=x'],
		[400, 'POST', '/update', FORM, 'update=x&update=y'],
		[400, 'POST', '/update', { 'content-type': 'application/sparql-update' }, 'ASK {}'],
		[400, 'GET', query('INSERT DATA { <urn:a> <urn:b> 1 }')],
		[400, 'GET', '/data?default&graph=urn:a'],
		[404, 'GET', '/public/nothing/sparql?query=ASK{}'],
		[404, 'GET', '/elsewhere'],
		[413, 'POST', '/sparql', FORM, `query=${'x'.repeat(200)}`],
		[413, 'PUT', '/data?default', TURTLE, `<urn:a> <urn:p> "${'x'.repeat(200)}" .`],
		[415, 'PUT', '/data?default', { 'content-type': 'image/png' }, 'x'],
	];
	for (const [status, method, path, headers, body] of statuses) assert.equal((await ask(method, path, headers, body)).status, status, `${method} ${path}`);
	assert.equal((await ask('PUT', '/public/own/data?default', TURTLE, '<urn:a> <urn:p> 1 .')).status, 204);
	assert.equal((await ask('GET', '/public/own/sparql?query=ASK{?s%20?p%201}', { accept: 'text/csv' })).text, 'true\n');
	await db.close();
});

test('pages of other sites and other names of this machine are refused', async () => {
	const { db, service, ask } = await started();
	assert.equal((await ask('GET', query('ASK {}'), { origin: 'http://127.0.0.1:7300' })).status, 200);
	assert.equal((await ask('GET', query('ASK {}'), { origin: 'https://example.org' })).status, 403);
	assert.equal((await ask('GET', query('ASK {}'), { origin: 'null' })).status, 403);
	assert.equal((await service.fetch(new Request('http://rebound.example.org:7300/sparql?query=ASK{}'))).status, 403);
	assert.equal((await service.fetch(new Request('http://localhost:7300/sparql?query=ASK{}'))).status, 200);
	await db.close();
});

test('with a password set, every request shows one', async () => {
	const verifier = formatScramVerifier(makeScramVerifier('secret', Buffer.from('0123456789abcdef'), 16));
	const { db, ask } = await started({}, new Map([['ann', { canLogin: true, verifier }]]));
	const basic = (text: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
	const refused = await ask('GET', query('ASK {}'));
	assert.deepEqual([refused.status, refused.headers.get('www-authenticate')?.startsWith('Basic')], [401, true]);
	for (const wrong of ['ann:nope', 'bob:secret', 'ann']) assert.equal((await ask('GET', query('ASK {}'), basic(wrong))).status, 401);
	for (let i = 0; i < 2; i++) assert.equal((await ask('GET', query('ASK {}'), basic('ann:secret'))).status, 200);
	await db.close();
});

test('a long answer is made as it is taken, and ends when its reader goes', async () => {
	const { db, service } = await started();
	await db.triples().sparql(`INSERT DATA { ${Array.from({ length: 5000 }, (_, i) => `<urn:s${i}> <urn:p> "a value of some length ${i}" .`).join(' ')} }`);
	const whole = await service.fetch(new Request(`http://127.0.0.1:7300${query('SELECT ?s ?o { ?s <urn:p> ?o }')}`, { headers: { accept: 'text/csv' } }));
	assert.equal((await whole.text()).trim().split('\n').length, 5001);
	const sessions = db.engine.sessions.size;
	for (const path of [query('SELECT * { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f }'), '/data?default']) {
		const response = await service.fetch(new Request(`http://127.0.0.1:7300${path}`));
		const reader = response.body!.getReader();
		assert.equal((await reader.read()).done, false);
		assert.equal(db.engine.sessions.size, sessions + 1);
		await reader.cancel();
		assert.equal(db.engine.sessions.size, sessions);
	}
	await db.close();
});

test('a property graph is given as triples', async () => {
	const { db, ask } = await started();
	await db
		.graph()
		.cypher(
			`CREATE (a:Person:Poet {name: 'Ada', born: date('1815-12-10'), marks: [1, 2.5, 'x']})-[:KNOWS {since: 1833}]->(b:Person {name: 'Charles'}), (b)-[:KNOWS]->(a), ()`,
		);
	const all = await ask('GET', '/rdf', { accept: 'application/n-triples' });
	assert.equal(all.status, 200);
	const lines = all.text.trim().split('\n');
	const B = 'urn:polylog:public:default:';
	assert.equal(lines.filter((line) => line.includes(`${B}type/KNOWS> <${B}node/`)).length, 2);
	assert.equal(lines.filter((line) => line.includes(`<${B}label/Poet>`)).length, 1);
	assert.equal(lines.filter((line) => line.includes('"1815-12-10"^^<http://www.w3.org/2001/XMLSchema#date>')).length, 1);
	assert.equal(lines.filter((line) => line.includes('"2.5E0"^^<http://www.w3.org/2001/XMLSchema#double>')).length, 1);
	assert.equal(lines.filter((line) => line.includes('22-rdf-syntax-ns#rest>')).length, 3);
	assert.equal(lines.filter((line) => line.includes(`<${B}relationship/`)).length, 4);
	// As triples it is asked by SPARQL.
	assert.equal((await ask('PUT', '/public/people/data?default', { 'content-type': 'application/n-triples' }, all.text)).status, 204);
	const asked = await ask(
		'GET',
		`/public/people/sparql?query=${encodeURIComponent(`SELECT ?n { ?a <${B}type/KNOWS> ?b . ?b <${B}property/name> ?n } ORDER BY ?n`)}`,
		{ accept: 'text/csv' },
	);
	assert.equal(asked.text, 'n\r\nAda\r\nCharles\r\n');
	assert.equal((await ask('GET', '/public/nobody/rdf')).status, 404);
	await db.close();
});

test('it is served beside the other protocols', async () => {
	const db = await open(':memory:');
	const served = await serve(db, { http: 0 });
	const root = `http://${served.addresses['http']}`;
	assert.equal((await fetch(`${root}/data?default`, { method: 'PUT', headers: TURTLE, body: '<urn:a> <urn:p> 1 .' })).status, 204);
	assert.equal(await (await fetch(`${root}${query('SELECT ?o { ?s ?p ?o }')}`, { headers: { accept: 'text/csv' } })).text(), 'o\r\n1\r\n');
	const description = await (await fetch(`${root}/sparql`, { headers: { accept: 'text/turtle' } })).text();
	assert.match(description, /sd:supportedLanguage sd:SPARQL11Query/);
	await served.close();
	await db.close();
});
