/**
 * House rules that a machine can hold: imports only point down, functions stay short, files say what they are for, and what
 * makes one run differ from another comes in through the platform. Each exception is listed with its reason; the lists only shrink.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src');

const FLOORS = [
	'platform',
	'bytes',
	'value',
	'log',
	'storage',
	'transaction',
	'model',
	'query',
	'language',
	'derive',
	'encoding',
	'replicate',
	'database',
	'serve',
	'operate',
	'console',
	'cli',
];

/** `Offset` belongs to the order of the log and is defined with the contracts of stores. */
const UPWARD: Readonly<Record<string, string>> = { 'log -> storage/contracts.ts': 'the type Offset' };

const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 800;

/** Longer functions and files, with the reason why they are. */
const LONG: Readonly<Record<string, string>> = {
	'query/algebra/traverse.ts mapPlanParts': 'one case per kind of plan',
};
/** Facts taken from elsewhere, in rows; test cases. */
const TABLES = /(-columns|-facts|\.cases(\.test)?|\.test|builtin-types|settings|-functions)\.ts$/;

interface SourceFile {
	readonly name: string;
	readonly lines: readonly string[];
}

function files(): SourceFile[] {
	return readdirSync(source, { recursive: true, encoding: 'utf8' })
		.map((name) => name.replaceAll('\\', '/'))
		.filter((name) => name.endsWith('.ts'))
		.map((name) => ({ name, lines: readFileSync(join(source, name), 'utf8').split('\n') }));
}

const all = existsSync(source) ? files() : [];
const product = all.filter((f) => !/\.(test|test-d|suite|testing|cases)\.ts$|(^|\/)test-/.test(f.name) && !f.name.includes('.cases.'));

function floorOf(name: string): string | null {
	const slash = name.indexOf('/');
	return slash < 0 ? null : name.slice(0, slash);
}

function importsOf(file: SourceFile): string[] {
	const found: string[] = [];
	for (const match of file.lines.join('\n').matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g))
		found.push(join(dirname(file.name), match[1]!).replaceAll('\\', '/'));
	return found;
}

test('imports only point down', () => {
	const wrong: string[] = [];
	for (const file of product) {
		const own = floorOf(file.name);
		if (own === null) continue;
		const rank = FLOORS.indexOf(own);
		assert.notEqual(rank, -1, `${file.name} is on no floor`);
		for (const target of importsOf(file)) {
			const floor = floorOf(target);
			if (floor === null) wrong.push(`${file.name} imports the public face ${target}`);
			else if (FLOORS.indexOf(floor) > rank && UPWARD[`${own} -> ${target}`] === undefined) wrong.push(`${file.name} imports ${target}`);
		}
	}
	assert.deepEqual(wrong, []);
});

test('protocols, languages and engines do not import each other', () => {
	const wrong: string[] = [];
	for (const parent of ['serve', 'language', 'storage']) {
		for (const file of product) {
			const [floor, own, more] = file.name.split('/');
			if (floor !== parent || more === undefined) continue;
			for (const target of importsOf(file)) {
				const [targetFloor, sibling, inner] = target.split('/');
				if (targetFloor === parent && inner !== undefined && sibling !== own) wrong.push(`${file.name} imports ${target}`);
			}
		}
	}
	assert.deepEqual(wrong, []);
});

test('every file opens by saying what it is', () => {
	const silent = product.filter((f) => !/^(#!.*\n)?\s*\/\*\*/.test(f.lines.slice(0, 3).join('\n'))).map((f) => f.name);
	assert.deepEqual(silent, []);
});

test('no file is named after nothing', () => {
	assert.deepEqual(
		all.map((f) => f.name).filter((name) => /(^|\/)(utils?|helpers?|common|misc)(\.|\/)/.test(name)),
		[],
	);
});

/** Functions and methods by indentation: the formatter puts the closing brace under the line that opened. */
function longFunctions(file: SourceFile): string[] {
	const found: string[] = [];
	file.lines.forEach((line, at) => {
		const match = /^(\t*)(?:export )?(?:static )?(?:async )?(?:function\*? )?(\*?#?[\w$]+)(?:<[^>]*>)?\(.*\{$/.exec(line);
		if (match === null || line.includes('=> {') || /^(if|for|while|switch|catch|return|else|do|new|describe|test)$/.test(match[2]!)) return;
		const close = `${match[1]}}`;
		let end = at + 1;
		while (end < file.lines.length && !(file.lines[end]!.startsWith(close) && /^\t*\}[,;)]*$/.test(file.lines[end]!))) end++;
		if (end - at + 1 > FUNCTION_LINES_MAX) found.push(`${file.name} ${match[2]}`);
	});
	return found;
}

test('functions stay short', () => {
	const long = product.filter((f) => !TABLES.test(f.name)).flatMap(longFunctions);
	assert.deepEqual(
		long.filter((name) => LONG[name] === undefined),
		[],
	);
});

test('files stay short', () => {
	const long = product.filter((f) => f.lines.length > FILE_LINES_MAX && !TABLES.test(f.name)).map((f) => f.name);
	assert.deepEqual(
		long.filter((name) => LONG[name] === undefined),
		[],
	);
});

interface Ban {
	readonly what: RegExp;
	readonly why: string;
	/** Files in which it is right. */
	readonly except: RegExp;
}

const BANS: readonly Ban[] = [
	{
		what: /from 'node:(fs|child_process|worker_threads|net|tls)/,
		why: 'files, threads and sockets come through platform/',
		except: /^(platform\/|cli\/|language\/sql\/parser-module\.ts)/,
	},
	{ what: /\bMath\.random\(/, why: 'randomness comes through platform/', except: /^platform\// },
	{ what: /\bDate\.now\(|\bnew Date\(\)/, why: 'time comes through platform/', except: /^(platform|cli)\// },
	{ what: /\bconsole\./, why: 'only the command line speaks', except: /^cli\// },
	{ what: /\bnew Function\(/, why: 'code is generated in few places', except: /^(query\/executor\/(codegen\/|runtime\/star-kernel)|value\/)/ },
	{ what: /\bTODO\b|\bFIXME\b|@ts-(ignore|nocheck|expect-error)/, why: 'finish it, or leave it out', except: /^$/ },
	{ what: /\w[?!]?: any\b(?! )|<any\b|\bas any\b/, why: 'unknown, narrowed by a checker', except: /^$/ },
];

test('banned calls', () => {
	const wrong: string[] = [];
	for (const file of product) {
		file.lines.forEach((line, at) => {
			if (/^\s*(\/?\*|\/\/)/.test(line)) return;
			for (const ban of BANS)
				if (ban.what.test(line) && !ban.except.test(file.name)) wrong.push(`${file.name}:${at + 1} ${ban.why}: ${line.trim().slice(0, 80)}`);
		});
	}
	assert.deepEqual(wrong, []);
});

test('the benchmarks’ adapters call only what the package exports', () => {
	const folder = join(source, '..', 'bench', 'adapters');
	if (!existsSync(folder)) return;
	for (const name of readdirSync(folder)) {
		const text = readFileSync(join(folder, name), 'utf8');
		const imported = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((m) => m[1]);
		assert.deepEqual(
			// Adapters of one benchmark may share a file beside them, for which the same holds.
			imported.filter((i) => i !== 'polylog' && !i!.startsWith('node:') && !/^\.\/[a-z0-9-]+\.mjs$/.test(i!)),
			[],
			name,
		);
		assert.doesNotMatch(text, /:memory:/, name);
	}
});
