/**
 * Every example in the documents runs, and prints what it says it prints.
 *
 * Fenced blocks in README.md, CONTRIBUTING.md and docs/, and in the doc comments of exports: `ts` blocks are modules, run as they
 * stand in an empty directory; a comment after a `console.log(…)` is what it prints. `sql` blocks run in one database per page,
 * statement by statement; `error=CODE` says that the last one fails so, `chinook` that they ask the sample.
 * `cypher` blocks run likewise, in the default graph; their `error` may be openCypher's name of it. `sparql` blocks are one request to
 * the default store. `sh` blocks run in an
 * empty directory, `polylog` being this build's command. Blocks without a language, or with another, are not run. Files in examples/ run too.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect, promisify } from 'node:util';
import { transform } from 'esbuild';
import { loadScript } from '../src/cli/load-script.ts';
import { type Database, open, type PolylogError } from '../src/index.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'polylog-docs-'));
/** Examples must lie inside the package, so that 'polylog' names it. */
const modules = join(root, 'dist-test', `examples-${process.pid}`);
const cli = join(root, (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { polylog: string } }).bin.polylog);
const home = process.cwd();
const run = promisify(execFile);

after(() => {
	process.chdir(home);
	rmSync(scratch, { recursive: true, force: true });
	rmSync(modules, { recursive: true, force: true });
});

interface Block {
	readonly language: string;
	readonly info: string;
	readonly text: string;
	readonly line: number;
}

/** Fenced blocks; in sources those of doc comments, without the stars. */
function blocksOf(text: string): Block[] {
	const found: Block[] = [];
	const lines = text.split('\n').map((line) => line.replace(/^\s*\* ?(?=.*)/, (star) => (text.startsWith('/**') ? '' : star)));
	for (let i = 0; i < lines.length; i++) {
		const fence = /^```(\w+)(.*)$/.exec(lines[i]!);
		if (fence === null) continue;
		const end = lines.indexOf('```', i + 1);
		found.push({ language: fence[1]!, info: fence[2]!.trim(), text: lines.slice(i + 1, end).join('\n'), line: i + 1 });
		i = end;
	}
	return found;
}

function pages(): string[] {
	const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
	const sources = [
		'index.ts',
		'database/open.ts',
		'serve/serve.ts',
		'platform/errors.ts',
		...readdirSync(join(root, 'src/database/embedded')).map((name) => `database/embedded/${name}`),
	];
	return ['README.md', 'CONTRIBUTING.md', ...documents.map((name) => join('docs', name)), ...sources.map((name) => join('src', name))].filter((name) =>
		existsSync(join(root, name)),
	);
}

function emptyDirectory(): string {
	return mkdtempSync(join(scratch, 'run-'));
}

/** Makes each `console.log(…); // expected` check itself. */
function withChecks(text: string): string {
	return text.replace(
		/console\.log\((.*)\);[ \t]*\/\/ (.+)$/gm,
		(_, args: string, expected: string) => `globalThis.printed([${args}], ${JSON.stringify(expected)});`,
	);
}

function shown(values: readonly unknown[]): string {
	return values.map((value) => (typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 5 }))).join(' ');
}

async function runModule(text: string, name: string): Promise<void> {
	let checks = 0;
	Object.assign(globalThis, {
		printed(values: unknown[], expected: string) {
			checks++;
			assert.equal(shown(values), expected);
		},
	});
	const { code } = await transform(withChecks(text), { loader: 'ts', format: 'esm', target: 'es2022' });
	mkdirSync(modules, { recursive: true });
	const path = join(modules, `${name.replace(/[^a-z0-9]+/gi, '-')}.mjs`);
	writeFileSync(path, code);
	const { log } = console;
	process.chdir(emptyDirectory());
	console.log = () => undefined;
	try {
		await import(pathToFileURL(path).href);
	} finally {
		console.log = log;
		process.chdir(home);
	}
	assert.equal(checks, text.match(/console\.log\(.*\);[ \t]*\/\/ .+$/gm)?.length ?? 0, 'an expected output was never reached');
}

async function runSql(database: Database, block: Block): Promise<void> {
	const expected = /error=(\w{5})/.exec(block.info)?.[1];
	const outcome = await database.execute(block.text).then(
		() => null,
		(error: unknown) => error as PolylogError,
	);
	if (expected === undefined && outcome !== null) throw outcome;
	assert.equal(outcome?.sqlstate, expected);
}

async function runCypher(database: Database, block: Block): Promise<void> {
	const expected = /error=(\w+)/.exec(block.info)?.[1];
	const statements = block.text.split(/;[ \t]*$/m).filter((statement) => statement.trim() !== '');
	for (const [i, statement] of statements.entries()) {
		const outcome = await database
			.graph()
			.cypher(statement)
			.run()
			.then(
				() => null,
				(error: unknown) => error as PolylogError,
			);
		const isFailing = expected !== undefined && i === statements.length - 1;
		if (!isFailing && outcome !== null) throw outcome;
		if (isFailing) assert.ok(outcome !== null && (outcome.condition === expected || outcome.sqlstate === expected), `expected ${expected}: ${outcome}`);
	}
}

async function runSparql(database: Database, block: Block): Promise<void> {
	const expected = /error=(\w+)/.exec(block.info)?.[1];
	const outcome = await database
		.triples()
		.sparql(block.text)
		.then(
			() => null,
			(error: unknown) => error as PolylogError,
		);
	if (expected === undefined && outcome !== null) throw outcome;
	assert.equal(outcome?.sqlstate, expected);
}

async function runShell(text: string): Promise<void> {
	const script = `set -euo pipefail\npolylog() { "${process.execPath}" "${cli}" "$@"; }\n${text.replaceAll('npx polylog', 'polylog')}`;
	await run('bash', ['-c', script], { cwd: emptyDirectory(), timeout: 120_000 });
}

async function chinook(): Promise<Database> {
	const database = await open(':memory:');
	await loadScript(database, readFileSync(join(root, 'data-sets/chinook/chinook.sql'), 'utf8'));
	return database;
}

for (const page of pages()) {
	const blocks = blocksOf(readFileSync(join(root, page), 'utf8'));
	const databases = new Map<string, Promise<Database>>();
	const databaseFor = (info: string): Promise<Database> => {
		const kind = info.includes('chinook') ? 'chinook' : 'own';
		let database = databases.get(kind);
		if (database === undefined) databases.set(kind, (database = kind === 'own' ? open(':memory:') : chinook()));
		return database;
	};
	for (const block of blocks) {
		const name = `${page}:${block.line}`;
		if (block.language === 'ts' || block.language === 'js') test(name, () => runModule(block.text, name));
		else if (block.language === 'sql') test(name, async () => runSql(await databaseFor(block.info), block));
		else if (block.language === 'cypher') test(name, async () => runCypher(await databaseFor(block.info), block));
		else if (block.language === 'sparql') test(name, async () => runSparql(await databaseFor(block.info), block));
		else if (block.language === 'sh') test(name, { skip: process.platform === 'win32' && 'needs bash' }, () => runShell(block.text));
	}
	if (blocks.some((block) => block.language === 'sql' || block.language === 'cypher' || block.language === 'sparql')) {
		test(`${page}: closing`, async () => {
			for (const database of databases.values()) await (await database).close();
		});
	}
}

const examples = join(root, 'examples');
for (const name of existsSync(examples) ? readdirSync(examples).filter((file) => file.endsWith('.ts')) : []) {
	test(`examples/${name}`, () => runModule(readFileSync(join(examples, name), 'utf8'), `examples-${name}`));
}

test('links between documents lead somewhere', () => {
	const broken: string[] = [];
	for (const page of pages().filter((name) => name.endsWith('.md'))) {
		for (const [, target] of readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
			if (/^[a-z]+:/.test(target!)) continue;
			const path = join(root, dirname(page), target!);
			if (!existsSync(path)) broken.push(`${page}: ${relative(root, path)}`);
		}
	}
	assert.deepEqual(broken, []);
});

for (const script of ['reference-pages', 'function-reference']) {
	test(`the pages that scripts/${script}.mjs writes are up to date`, async () => {
		await run(process.execPath, [join(root, 'scripts', `${script}.mjs`), '--check']);
	});
}
