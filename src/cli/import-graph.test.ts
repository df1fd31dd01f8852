/** Graphs from files, and back out by `polylog cypher`, in a directory of their own. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parquetWriteFile } from 'hyparquet-writer';
import { openDatabase } from '../database/open.ts';
import { serveDatabase } from '../serve/serve.ts';
import type { Command } from './command.ts';
import { command as cypher } from './cypher.ts';
import { command as imports } from './import.ts';

const scratch = mkdtempSync(join(tmpdir(), 'polylog-import-'));
let directories = 0;

after(() => rmSync(scratch, { recursive: true, force: true }));

function file(name: string, text: string): string {
	const path = join(scratch, name);
	writeFileSync(path, text);
	return path;
}

const newDirectory = (): string => join(scratch, `data${++directories}`);

/** What a command writes to standard output, line by line. */
async function linesOf(command: Command, ...args: readonly string[]): Promise<string[]> {
	const lines: string[] = [];
	const { log, error } = console;
	const { write } = process.stderr;
	console.log = (line: unknown) => void lines.push(...String(line).split('\n'));
	console.error = (line: unknown) => void lines.push(`! ${String(line)}`);
	process.stderr.write = () => true;
	try {
		await command.run(args);
	} finally {
		console.log = log;
		console.error = error;
		process.stderr.write = write;
	}
	return lines;
}

test('CSV files with the headers of neo4j-admin', async () => {
	const people = file(
		'people.csv',
		'id:ID(person),name,born:date,tags:string[],:LABEL,note:IGNORE\n1,Ann,1990-01-02,a;b,Person;Author,x\n2,"Bob ""B""",,,Person,y\n',
	);
	const cities = file('cities.csv', 'name:ID(city),size:int\nOslo,700000\n');
	const lives = file('lives.csv', ':START_ID(person),:END_ID(city),since:int\n1,Oslo,2001\n2,Oslo,\n');
	const knows = file('knows.csv', ':START_ID(person),weight:float,:END_ID(person),:TYPE\n1,1,2,KNOWS\n');
	const data = newDirectory();
	const args = ['--nodes', people, '--nodes', `City=${cities}`, '--relationships', `LIVES_IN=${lives}`, '--relationships', knows];
	assert.deepEqual(await linesOf(imports, data, ...args), ['3 nodes, 3 relationships']);
	assert.deepEqual(await linesOf(cypher, data, '--json', '-c', 'MATCH (n) RETURN labels(n) AS l, properties(n) AS p ORDER BY n.name'), [
		'{"l": ["Author", "Person"], "p": {"born": "1990-01-02", "id": "1", "name": "Ann", "tags": ["a", "b"]}}',
		'{"l": ["Person"], "p": {"id": "2", "name": "Bob \\"B\\""}}',
		'{"l": ["City"], "p": {"name": "Oslo", "size": 700000}}',
	]);
	assert.deepEqual(await linesOf(cypher, data, '--csv', '-c', 'MATCH (a)-[r]->(b) RETURN a.id, type(r), properties(r) AS p, b.name ORDER BY type(r), a.id'), [
		'a.id,type(r),p,b.name',
		'1,KNOWS,"{""weight"": 1.0}","Bob ""B"""',
		'1,LIVES_IN,"{""since"": 2001}",Oslo',
		'2,LIVES_IN,{},Oslo',
	]);
});

test('what is wrong is told with its place, and nothing is loaded', async () => {
	const data = newDirectory();
	const people = file('p.csv', ':ID,age:int\n1,7\n2,x\n');
	await assert.rejects(linesOf(imports, data, '--nodes', people), /p\.csv, at or before record 3: "x" is no integer/);
	const twice = file('twice.csv', ':ID\n1\n1\n');
	await assert.rejects(linesOf(imports, data, '--nodes', twice), /two nodes have the key 1/);
	const good = file('good.csv', ':ID\n1\n');
	const lost = file('lost.csv', ':START_ID,:END_ID\n1,9\n');
	await assert.rejects(linesOf(imports, data, '--nodes', good, '--relationships', `T=${lost}`), /names the node 9, which is not there/);
	await assert.rejects(linesOf(imports, data, '--nodes', file('type.csv', 'a:nonsense\n')), /there is no type nonsense/);
	await assert.rejects(linesOf(imports, file('bad.cypher', 'CREATE (:A);\nCREATE (:B\n'), data), /bad\.cypher, statement that ends in line 3/);
	assert.deepEqual(await linesOf(cypher, data, '--csv', '-c', 'MATCH (n) RETURN count(n) AS c'), ['c', '0']);
});

test('a script of Cypher, with the brackets of an exported one', async () => {
	const script = file('graph.cypher', ":begin\nCREATE (:A {t: 'x;y'}); // one\nMATCH (a:A) CREATE (a)-[:R]->(:B);\n:commit\n");
	const data = newDirectory();
	assert.deepEqual(await linesOf(imports, script, data), ['2 statements']);
	assert.deepEqual(await linesOf(cypher, data, '-c', 'MATCH (a)-->(b) RETURN a.t AS t, b'), [
		' t   | b',
		' ----+---------------------------------------------',
		' x;y | {"id": 1, "labels": ["B"], "properties": {}}',
		' (1 row)',
	]);
});

test('an exported Kuzu database, as CSV and as Parquet', async () => {
	const schema =
		'CREATE NODE TABLE `Person` (`id` INT64,`name` STRING,`born` DATE,`seen` TIMESTAMP,`tags` STRING[],`at` STRUCT(a INT64, b STRING), PRIMARY KEY(`id`));\nCREATE REL TABLE `Knows` (FROM `Person` TO `Person`, `since` INT64,MANY_MANY);\nCREATE SEQUENCE `s`;\n';
	const csv = join(scratch, 'kuzu-csv');
	mkdirSync(csv);
	writeFileSync(join(csv, 'schema.cypher'), schema);
	writeFileSync(
		join(csv, 'copy.cypher'),
		'COPY `Person` (`id`,`name`,`born`,`seen`,`tags`,`at`) FROM "Person.csv" (header=true, parallel=true);\nCOPY `Knows` (`since`) FROM "Knows.csv" (to=\'Person\', from=\'Person\', header=true);\n',
	);
	writeFileSync(
		join(csv, 'Person.csv'),
		'a.id,a.name,a.born,a.seen,a.tags,a.at\n1,"A, ""n""",1990-01-02,2020-01-02 03:04:05.678,"[a,b]","{a: 1, b: x}"\n2,"",,,,\n',
	);
	writeFileSync(join(csv, 'Knows.csv'), 'a.id,b.id,r.since\n1,2,2001\n');
	const parquet = join(scratch, 'kuzu-parquet');
	mkdirSync(parquet);
	writeFileSync(join(parquet, 'schema.cypher'), schema);
	writeFileSync(
		join(parquet, 'copy.cypher'),
		'COPY `Person` (`id`,`name`,`born`) FROM "Person.parquet";\nCOPY `Knows` (`since`) FROM "Knows.parquet" (to=\'Person\', from=\'Person\');\n',
	);
	parquetWriteFile({
		filename: join(parquet, 'Person.parquet'),
		columnData: [
			{ name: 'a.id', data: [1n, 2n], type: 'INT64' },
			{ name: 'a.name', data: ['A, "n"', ''], type: 'STRING' },
			{ name: 'a.born', data: [new Date('1990-01-02'), null], type: 'TIMESTAMP', nullable: true },
		],
	});
	parquetWriteFile({
		filename: join(parquet, 'Knows.parquet'),
		columnData: [
			{ name: 'a.id', data: [1n], type: 'INT64' },
			{ name: 'b.id', data: [2n], type: 'INT64' },
			{ name: 'r.since', data: [2001n], type: 'INT64' },
		],
	});
	for (const source of [csv, parquet]) {
		const data = newDirectory();
		assert.deepEqual(await linesOf(imports, data, '--kuzu', source, '--graph', ''), ['! left out: CREATE SEQUENCE `s`', '2 nodes, 1 relationships']);
		const query = 'MATCH (a:Person)-[r:Knows]->(b) RETURN a.id, a.name, a.born.year AS y, r.since, b.id, b.name, a.tags, a.at';
		const rest = source === csv ? '"[""a"", ""b""]","{a: 1, b: x}"' : ',';
		assert.equal((await linesOf(cypher, data, '--csv', '-c', 'SHOW CONSTRAINTS')).length, 2);
		assert.deepEqual(await linesOf(cypher, data, '--csv', '-c', query), [
			'a.id,a.name,y,r.since,b.id,b.name,a.tags,a.at',
			`1,"A, ""n""",1990,2001,2,"",${rest}`,
		]);
	}
	await assert.rejects(linesOf(imports, newDirectory(), '--kuzu', scratch), /is no export of Kuzu/);
	writeFileSync(join(csv, 'Knows.csv'), 'a.id,b.id,r.since\n1,3,2001\n');
	const data = newDirectory();
	await assert.rejects(linesOf(imports, data, '--kuzu', csv), /names the node 3 of Person, which is not there/);
	assert.deepEqual(await linesOf(cypher, data, '--csv', '-c', 'MATCH (n) RETURN count(n) AS c'), ['c', '0']);
	assert.equal((await linesOf(cypher, data, '--csv', '-c', 'SHOW CONSTRAINTS')).length, 1);
});

test('commands go through the process that has the database open', async () => {
	const data = newDirectory();
	const database = await openDatabase(data, { durability: 'os' });
	const served = await serveDatabase(database, { bolt: 0 });
	try {
		assert.deepEqual(await linesOf(cypher, data, '-c', 'CREATE (:A {x: $x})', '--param', 'x=date("2020-02-29")'), [
			'1 node created, 1 property set, 1 label added',
		]);
		assert.deepEqual(await linesOf(cypher, data, '--csv', '-c', 'MATCH (a:A) RETURN a.x AS x'), ['x', '2020-02-29']);
		assert.deepEqual((await linesOf(cypher, data, '-c', 'RETURN 1 +'))[0]!.split('\n')[0], '! Neo.ClientError.Statement.SyntaxError');
		const stops = file('stops.csv', 'name:ID,__proto__:int\na,1\nb,\n');
		const lines = file('lines.csv', ':START_ID,:END_ID,minutes:int\na,b,5\nb,a,\n');
		for (const directory of [data, newDirectory()]) {
			assert.deepEqual(await linesOf(imports, directory, '--nodes', `Stop=${stops}`, '--relationships', `NEXT=${lines}`), ['2 nodes, 2 relationships']);
			assert.deepEqual(
				await linesOf(cypher, directory, '--csv', '-c', 'MATCH (a:Stop)-[r:NEXT]->(b) RETURN a.name AS a, r.minutes AS m, a.`__proto__` AS p ORDER BY a'),
				['a,m,p', 'a,5,1', 'b,,'],
			);
		}
	} finally {
		await served.close();
		await database.close();
	}
});
