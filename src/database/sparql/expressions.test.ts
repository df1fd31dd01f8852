/** Expressions of SPARQL and their values, as `"form"^^type`; `-` is an error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { termKey } from '../../value/rdf-term.ts';
import { openDatabase } from '../open.ts';

const CASES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
	'numbers are promoted': [
		['1 + 2', 'integer 3'],
		['9007199254740993 + 1', 'integer 9007199254740994'],
		['-9223372036854775808 * 10', 'integer -92233720368547758080'],
		['1 / 2', 'decimal 0.5'],
		['6 / 3', 'decimal 2'],
		['0.1 + 0.2', 'decimal 0.3'],
		['1 + 0.5', 'decimal 1.5'],
		['1.5 + 1e0', 'double 2.5E0'],
		['xsd:float(1) + 0.1', 'float 1.1E0'],
		['"5"^^xsd:byte * "2"^^xsd:short', 'integer 10'],
		['1 / 0', '-'],
		['1e0 / 0', 'double INF'],
		['0e0 / 0', 'double NaN'],
		['1 + "1"', '-'],
		['-(2.50)', 'decimal -2.5'],
		['abs(-3)', 'integer 3'],
		['round(2.5)', 'decimal 3'],
		['round(-2.5)', 'decimal -2'],
		['ceil(1.2e0)', 'double 2.0E0'],
		['floor(-0.5)', 'decimal -1'],
	],
	'comparisons know types': [
		['1 = 1.0', 'boolean true'],
		['1 = 1.0e0', 'boolean true'],
		['"NaN"^^xsd:double = "NaN"^^xsd:double', 'boolean false'],
		['"a" < "b"', 'boolean true'],
		['"a"@en = "a"@EN', 'boolean true'],
		['"a" = "a"@en', 'boolean false'],
		['1 < "2"', '-'],
		['"a"^^<urn:t> = "a"^^<urn:t>', 'boolean true'],
		['"a"^^<urn:t> = "b"^^<urn:t>', '-'],
		['<urn:a> = <urn:b>', 'boolean false'],
		['<urn:a> < <urn:b>', '-'],
		['"2024-01-01T00:00:00Z"^^xsd:dateTime = "2024-01-01T01:00:00+01:00"^^xsd:dateTime', 'boolean true'],
		['"2024-01-01T00:00:00"^^xsd:dateTime < "2024-01-03T00:00:00Z"^^xsd:dateTime', 'boolean true'],
		['"2024-01-01T00:00:00"^^xsd:dateTime < "2024-01-01T00:00:01Z"^^xsd:dateTime', '-'],
		['"2024-02-30"^^xsd:date = "2024-02-29"^^xsd:date', '-'],
		['"P1Y"^^xsd:yearMonthDuration = "P12M"^^xsd:yearMonthDuration', 'boolean true'],
		['true > false', 'boolean true'],
		['2 IN (1, 2.0, "x")', 'boolean true'],
		['2 IN (1, 1/0)', '-'],
		['2 NOT IN ()', 'boolean true'],
		['sameTerm(1, 1.0)', 'boolean false'],
	],
	'logic has three values': [
		['(1/0 = 1) || true', 'boolean true'],
		['(1/0 = 1) || false', '-'],
		['(1/0 = 1) && false', 'boolean false'],
		['!("")', 'boolean true'],
		['!("abc"^^xsd:integer)', 'boolean true'],
		['!(<urn:a>)', '-'],
		['if(1/0, 1, 2)', '-'],
		['if("", 1, 2)', 'integer 2'],
		['coalesce(1/0, ?unbound, 3)', 'integer 3'],
		['bound(?unbound)', 'boolean false'],
	],
	'strings keep their language': [
		['strlen("a😀b")', 'integer 3'],
		['substr("a😀bc", 2, 2)', 'string 😀b'],
		['substr("abc"@en, 0, 2)', '@en a'],
		['ucase("straße"@de)', '@de STRASSE'],
		['concat("a"@en, "b"@en)', '@en ab'],
		['concat("a"@en, "b")', 'string ab'],
		['concat()', 'string '],
		['strbefore("abc"@en, "b")', '@en a'],
		['strafter("abc", "z")', 'string '],
		['contains("abc", "b"@en)', '-'],
		['strstarts("abc"@en, "a"@en)', 'boolean true'],
		['encode_for_uri("a b/é")', 'string a%20b%2F%C3%A9'],
		['langmatches(lang("x"@de-AT), "de")', 'boolean true'],
		['str(<urn:a>)', 'string urn:a'],
		['iri("c")', '<http://base/c>'],
		['strdt("1", xsd:int)', 'int 1'],
		['strlang("a", "en")', '@en a'],
		['datatype("a"@en)', '<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>'],
		['md5("abc")', 'string 900150983cd24fb0d6963f7d28e17f72'],
	],
	'regular expressions are of XPath': [
		['regex("abc", "^B", "i")', 'boolean false'],
		['regex("a.c", "a.c", "q")', 'boolean true'],
		['regex("abc", "a b c", "x")', 'boolean true'],
		['regex("hello", "^[a-z-[aeiou]]")', 'boolean true'],
		['regex("a", "(")', '-'],
		['regex("a", "a", "z")', '-'],
		['replace("abracadabra", "a(.)", "<$1>")', 'string <b>r<c><d><b>ra'],
		['replace("a$b", "\\\\$", "\\\\\\\\")', 'string a\\b'],
		['replace("abc", "x*", "-")', '-'],
	],
	'dates have parts': [
		['year("2011-01-10T14:45:13.815-05:00"^^xsd:dateTime)', 'integer 2011'],
		['seconds("2011-01-10T14:45:13.815-05:00"^^xsd:dateTime)', 'decimal 13.815'],
		['timezone("2011-01-10T14:45:13.815-05:00"^^xsd:dateTime)', 'dayTimeDuration -PT5H'],
		['tz("2011-01-10T14:45:13"^^xsd:dateTime)', 'string '],
		['timezone("2011-01-10T14:45:13"^^xsd:dateTime)', '-'],
		['hours("2011-01-10"^^xsd:date)', '-'],
	],
	'casts read forms': [
		['xsd:integer("7")', 'integer 7'],
		['xsd:integer(7.9)', 'integer 7'],
		['xsd:integer("7.9")', '-'],
		['xsd:decimal(1e-2)', 'decimal 0.01'],
		['xsd:decimal("NaN"^^xsd:double)', '-'],
		['xsd:boolean("0")', 'boolean false'],
		['xsd:string(1e2)', 'string 100'],
		['xsd:string(<urn:a>)', 'string urn:a'],
		['xsd:byte(300)', '-'],
		['xsd:dateTime("2024-01-01"^^xsd:date)', 'dateTime 2024-01-01T00:00:00'],
		['xsd:date("2024-01-01T10:00:00Z"^^xsd:dateTime)', 'date 2024-01-01Z'],
	],
};

function shown(key: string): string {
	const typed = /^\^http:\/\/www\.w3\.org\/2001\/XMLSchema#(\w+) (.*)$/s.exec(key);
	if (typed !== null) return `${typed[1]} ${typed[2]}`;
	return key.startsWith('"') ? `string ${key.slice(1)}` : key.startsWith('<') ? `${key}>` : key;
}

for (const [name, cases] of Object.entries(CASES)) {
	test(name, async () => {
		const db = await openDatabase(':memory:', {});
		try {
			for (const [text, expected] of cases) {
				const query = `PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (${text} AS ?x) {}`;
				const term = db.triples().sparql(query, { base: 'http://base/' }).all()[0]!['x'];
				assert.equal(term == null ? '-' : shown(termKey(term)), expected, text);
			}
		} finally {
			await db.close();
		}
	});
}

test('aggregates, and what an error does to them', async () => {
	const db = await openDatabase(':memory:', {});
	try {
		const values = 'VALUES (?g ?x) { (1 1) (1 2.5) (1 "a") (2 3) (2 3) (3 UNDEF) }';
		const rows = (select: string): string[] =>
			db
				.triples()
				.sparql(`SELECT ${select} { ${values} } GROUP BY ?g ORDER BY ?g`)
				.all()
				.map((row) => (row['v'] == null ? '-' : shown(termKey(row['v']))));
		assert.deepEqual(rows('(COUNT(?x) AS ?v)'), ['integer 3', 'integer 2', 'integer 0']);
		assert.deepEqual(rows('(COUNT(DISTINCT ?x) AS ?v)'), ['integer 3', 'integer 1', 'integer 0']);
		assert.deepEqual(rows('(COUNT(DISTINCT *) AS ?v)'), ['integer 3', 'integer 1', 'integer 1']);
		assert.deepEqual(rows('(SUM(?x) AS ?v)'), ['-', 'integer 6', '-']);
		assert.deepEqual(rows('(AVG(?x) AS ?v)'), ['-', 'decimal 3', '-']);
		assert.deepEqual(rows('(MIN(?x) AS ?v)'), ['string a', 'integer 3', '-']);
		assert.deepEqual(rows('(MAX(?x) AS ?v)'), ['decimal 2.5', 'integer 3', '-']);
		assert.deepEqual(rows('(GROUP_CONCAT(?x; separator="|") AS ?v)'), ['string 1|2.5|a', 'string 3|3', 'string ']);
		const none = db.triples().sparql('SELECT (SUM(?x) AS ?s) (COUNT(*) AS ?c) { FILTER(false) }').all();
		assert.deepEqual(
			none.map((row) => [row['s']?.value, row['c']?.value]),
			[['0', '0']],
		);
	} finally {
		await db.close();
	}
});

test('the order of ORDER BY', async () => {
	const db = await openDatabase(':memory:', {});
	try {
		const values =
			'"b" 10 2 1.5 "a"@en <urn:z> <urn:a> 3e0 true UNDEF "2024-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> "NaN"^^<http://www.w3.org/2001/XMLSchema#double>';
		const found = (order: string): string[] =>
			db
				.triples()
				.sparql(`SELECT ?x { VALUES ?x { ${values} } } ORDER BY ${order}`)
				.all()
				.map((row) => row['x']?.value ?? '-');
		const ascending = ['-', 'urn:a', 'urn:z', 'b', 'a', 'true', 'NaN', '1.5', '2', '3e0', '10', '2024-01-01T00:00:00Z'];
		assert.deepEqual(found('?x'), ascending);
		assert.deepEqual(found('DESC(?x)'), ascending.toReversed());
	} finally {
		await db.close();
	}
});
