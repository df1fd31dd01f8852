// Runs the openCypher TCK that lies beside the repository (../shared/conformance/opencypher-tck) over Bolt against a server of this build, and
// holds the counts by folder against test/conformance/baseline.json: passes may only rise. `--sample` runs every k-th feature file,
// chosen by the hash of its path; without it all run. `--update` writes the baseline, `--messages` shows what fails most, `--filter TEXT`
// runs the scenarios whose path and name hold the text. An absent suite is skipped with a message.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveOne } from './served.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const suites = join(root, '..', 'shared', 'conformance');
const suite = process.env.POLYLOG_TCK ?? join(suites, 'opencypher-tck');
const runners = process.env.POLYLOG_RUNNERS ?? join(suites, 'runners');
const baselinePath = join(root, 'test', 'conformance', 'baseline.json');
const option = (name) => process.argv.includes(`--${name}`);
const filter = process.argv.find((a) => a.startsWith('--filter='))?.slice('--filter='.length);
const sample = option('sample');
/** Every k-th file is in the sample. */
const EVERY = 3;
const SHOWN_MAX = 40;

if (!existsSync(suite) || !existsSync(runners)) {
	console.log('the openCypher TCK is not here: skipped');
	process.exit(0);
}

const scratch = mkdtempSync(join(tmpdir(), 'polylog-tck-'));

/** The features of the sample in their places, and the graphs that they name. */
function sampled() {
	const target = join(scratch, 'tck');
	mkdirSync(target);
	for (const name of readdirSync(suite)) if (name !== 'features') symlinkSync(join(suite, name), join(target, name));
	for (const name of readdirSync(join(suite, 'features'), { recursive: true, encoding: 'utf8' })) {
		const hash = createHash('sha256').update(name.replaceAll('\\', '/')).digest().readUInt32BE(0);
		if (!name.endsWith('.feature') || hash % EVERY !== 0) continue;
		const place = join(target, 'features', name);
		mkdirSync(dirname(place), { recursive: true });
		symlinkSync(join(suite, 'features', name), place);
	}
	return target;
}

function run(url, directory) {
	const runner = join(scratch, 'runners');
	cpSync(runners, runner, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
	symlinkSync(join(root, 'node_modules'), join(runner, 'node_modules'), 'dir');
	const json = join(scratch, 'tck.json');
	const args = ['cypher.mjs', '--url', url, '--dir', directory, '--json', json, '--quiet', ...(filter === undefined ? [] : ['--filter', filter])];
	const done = spawnSync(process.execPath, args, { cwd: runner, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 1_500_000 });
	if (!existsSync(json)) throw new Error(`the runner wrote no counts: ${done.stdout?.slice(-500)} ${done.stderr?.slice(-500)}`);
	return JSON.parse(readFileSync(json, 'utf8'));
}

/** Folder below features/clauses, features/expressions … → counts. */
function foldersOf(report) {
	const folders = {};
	for (const [path, { passed, failed, skipped }] of Object.entries(report.groups)) {
		const folder = path.replace(/^features\//, '');
		folders[folder] = { passed, failed, skipped };
	}
	return folders;
}

/** Messages without names and numbers, the most frequent first, each with its cases. */
function showMessages(report) {
	const found = new Map();
	for (const file of report.files) {
		for (const { id, message } of file.failures) {
			const form = message
				.replace(/\(line .*$/, '')
				.replace(/[`'"][^`'"]*[`'"]/g, '…')
				.replace(/\d+/g, 'N')
				.slice(0, 110);
			if (!found.has(form)) found.set(form, []);
			found.get(form).push(`${id.slice(0, 90)}: ${message.slice(0, 150)}`);
		}
	}
	for (const [form, cases] of [...found].sort((a, b) => b[1].length - a[1].length).slice(0, SHOWN_MAX)) {
		console.log(`${String(cases.length).padStart(5)}  ${form}`);
		for (const one of cases.slice(0, 2)) console.log(`         ${one}`);
	}
}

const server = await serveOne(join(scratch, 'data'), 'bolt');
const key = `cypher ${sample ? 'sample' : 'whole'}`;
const all = existsSync(baselinePath) ? JSON.parse(readFileSync(baselinePath, 'utf8')) : {};
const baseline = all[key] ?? {};
let worse = 0;
try {
	const report = run(`bolt://${server.address}`, sample ? sampled() : suite);
	if (option('messages')) showMessages(report);
	const folders = foldersOf(report);
	for (const [folder, got] of Object.entries(folders)) {
		const want = filter === undefined ? baseline[folder] : undefined;
		const fell = want !== undefined && (got.passed < want.passed || got.skipped > want.skipped);
		if (fell) worse++;
		console.log(`${folder}: ${got.passed} of ${got.passed + got.failed}${want === undefined ? '' : ` (baseline ${want.passed})`}${fell ? ' FELL' : ''}`);
	}
	console.log(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
	if (option('update') && filter === undefined) writeFileSync(baselinePath, `${JSON.stringify({ ...all, [key]: folders }, null, '\t')}\n`);
} finally {
	await server.stop();
	rmSync(scratch, { recursive: true, force: true });
}
process.exit(worse === 0 || option('update') ? 0 : 1);
