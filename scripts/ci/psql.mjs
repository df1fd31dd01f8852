// Runs psql's backslash commands and a few statements against a server of this build on a fresh directory, and checks exit
// statuses and what is shown. Without psql on the machine it says so and succeeds.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from '../prepare.mjs';

const STATEMENT_TIMEOUT_MS = 30_000;

const found = spawnSync('psql', ['--version'], { encoding: 'utf8' });
if (found.status !== 0) {
	console.log('psql is not installed: skipped');
	process.exit(0);
}

const SETUP = `
CREATE TABLE artist (id int PRIMARY KEY, name varchar(120) NOT NULL UNIQUE);
CREATE TABLE album (id int PRIMARY KEY, title text NOT NULL DEFAULT 'untitled', artist_id int REFERENCES artist ON DELETE CASCADE, price numeric(6,2) CHECK (price > 0));
CREATE INDEX album_artist ON album (artist_id);
CREATE VIEW cheap AS SELECT id, title FROM album WHERE price < 10;
CREATE SEQUENCE numbers INCREMENT BY 5;
INSERT INTO artist VALUES (1, 'Miles Davis'), (2, 'Nina Simone');
INSERT INTO album VALUES (1, 'Kind of Blue', 1, 9.99), (2, 'Pastel Blues', 2, 12.50);
`;

/** Input → what the output must show; `status` is psql's own, 0 unless said. */
const CASES = [
	['\\d', [/public \| album +\| table/, /public \| artist +\| table/, /public \| cheap +\| view/, /public \| numbers +\| sequence/]],
	[
		'\\d album',
		[
			/Table "public\.album"/,
			/title +\| text +\| +\| not null \| 'untitled'/,
			/price +\| numeric\(6,2\)/,
			/"album_pkey" PRIMARY KEY, btree \(id\)/,
			/"album_artist" btree \(artist_id\)/,
			/Check constraints:/,
			/FOREIGN KEY \(artist_id\) REFERENCES artist\(id\) ON DELETE CASCADE/,
		],
	],
	['\\d artist', [/character varying\(120\)/, /"artist_name_key" UNIQUE CONSTRAINT, btree \(name\)/, /Referenced by:/]],
	['\\d cheap', [/View "public\.cheap"/, /title +\| text/]],
	['\\d numbers', [/Sequence "public\.numbers"/, /bigint/]],
	['\\d album_artist', [/Index "public\.album_artist"/, /artist_id/]],
	['\\dt', [/List of relations/, /album/, /artist/]],
	['\\di', [/album_artist +\| index/, /album_pkey +\| index/]],
	['\\dv', [/cheap +\| view/]],
	['\\ds', [/numbers +\| sequence/]],
	['\\df', [/List of functions/]],
	['\\dn', [/List of schemas/, /public/]],
	['\\du', [/polylog/]],
	['\\l', [/List of databases/, /polylog/, /UTF8/]],
	['\\dt+ album', [/album/]],
	['\\d+ album', [/album_pkey/]],
	['SELECT title, price FROM album ORDER BY id;', [/Kind of Blue +\| +9\.99/, /Pastel Blues +\| +12\.50/, /\(2 rows\)/]],
	['SELECT a.name, count(*) FROM artist a JOIN album b ON b.artist_id = a.id GROUP BY a.name ORDER BY 1;', [/Miles Davis +\| +1/]],
	["INSERT INTO album VALUES (3, 'So What', 1, 5) RETURNING id;", [/INSERT 0 1/]],
	['BEGIN;\nUPDATE album SET price = 1 WHERE id = 1;\nROLLBACK;\nSELECT price FROM album WHERE id = 1;', [/UPDATE 1/, /ROLLBACK/, /9\.99/]],
	['COPY album TO STDOUT WITH (FORMAT csv);', [/^1,Kind of Blue,1,9\.99$/m]],
	['\\copy artist from stdin csv\n3,Bill Evans\n\\.\nSELECT count(*) FROM artist;', [/COPY 1/, /\n +3\n/]],
	['INSERT INTO album VALUES (1);', [/duplicate key value violates unique constraint "album_pkey"/], 3],
	['SELECT * FROM nowhere;', [/relation "nowhere" does not exist/, /LINE 1/], 3],
	['SELEKT 1;', [/syntax error at or near "SELEKT"/], 3],
];

prepare();
const scratch = mkdtempSync(join(tmpdir(), 'polylog-psql-'));
const { url, child, ended } = await startServer();
let failed = 0;
try {
	expect('setup', psql(SETUP), [/INSERT 0 2/], 0);
	for (const [input, patterns, status] of CASES) expect(input, psql(input), patterns, status ?? 0);
} finally {
	child.kill('SIGTERM');
	const status = await ended;
	if (status !== 0) {
		failed++;
		console.error(`the server ended with ${status}`);
	}
	rmSync(scratch, { recursive: true, force: true });
}
console.log(`${found.stdout.trim()}: ${CASES.length + 1 - failed} of ${CASES.length + 1} as expected`);
process.exitCode = failed === 0 ? 0 : 1;

async function startServer() {
	const args = [
		join(root, 'dist/bundle/cli.js'),
		'serve',
		join(scratch, 'data'),
		'--postgres-port',
		'0',
		'--bolt-port',
		'off',
		'--http-port',
		'off',
		'--log-level',
		'error',
	];
	const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const end = new Promise((resolve) => server.on('exit', (code, signal) => resolve(code ?? signal)));
	const address = await new Promise((resolve, reject) => {
		let text = '';
		server.stdout.on('data', (piece) => {
			text += piece;
			const ready = /postgres=(\S+)/.exec(text);
			if (ready) resolve(ready[1]);
		});
		server.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
	});
	return { url: `postgresql://polylog@${address}/polylog`, child: server, ended: end };
}

function psql(input) {
	const env = { ...process.env, PAGER: '', PSQLRC: '/dev/null', LC_ALL: 'C' };
	const done = spawnSync('psql', ['-X', '-v', 'ON_ERROR_STOP=1', '-f', '-', url], { input, encoding: 'utf8', env, timeout: STATEMENT_TIMEOUT_MS });
	return { status: done.status, text: `${done.stdout}\n${done.stderr}` };
}

function expect(input, { status, text }, patterns, wantedStatus) {
	const missing = patterns.filter((pattern) => !pattern.test(text));
	if (status === wantedStatus && missing.length === 0) return;
	failed++;
	console.error(`FAILED ${input}\n  status ${status}, expected ${wantedStatus}; not shown: ${missing.map(String).join(', ') || 'nothing'}\n${text}`);
}
