// Runs W3C's tests of RDF and SPARQL that lie beside the repository (../shared/conformance/w3c-rdf) over HTTP against a server of this
// build, and holds the counts by folder against test/conformance/baseline.json: passes may only rise. `--sample` runs every k-th folder,
// chosen by the hash of its path; without it all run. `--update` writes the baseline, `--failures` shows what fails, `--filter=TEXT`
// runs the tests whose path and name hold the text. An absent suite is skipped with a message.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveOne } from './served.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const suites = join(root, '..', 'shared', 'conformance');
const suite = process.env.POLYLOG_W3C ?? join(suites, 'w3c-rdf');
const runners = process.env.POLYLOG_RUNNERS ?? join(suites, 'runners');
const baselinePath = join(root, 'test', 'conformance', 'baseline.json');
const option = (name) => process.argv.includes(`--${name}`);
const filter = process.argv.find((a) => a.startsWith('--filter='))?.slice('--filter='.length);
const sample = option('sample');
/** Every k-th folder is in the sample. */
const EVERY = 4;

if (!existsSync(suite) || !existsSync(runners)) {
	console.log("W3C's tests are not here: skipped");
	process.exit(0);
}

const scratch = mkdtempSync(join(tmpdir(), 'polylog-w3c-'));

/** The folders of the sample in their places. */
function sampled() {
	const target = join(scratch, 'w3c');
	mkdirSync(target);
	for (const name of readdirSync(suite, { recursive: true, encoding: 'utf8' })) {
		if (!name.endsWith('manifest.ttl')) continue;
		const folder = dirname(name).replaceAll('\\', '/');
		const hash = createHash('sha256').update(folder).digest().readUInt32BE(0);
		if (hash % EVERY !== 0) continue;
		const place = join(target, folder);
		cpSync(join(suite, folder), place, { recursive: true });
	}
	return target;
}

/** null when the runner's own packages cannot be had. */
function run(url, directory) {
	const runner = join(scratch, 'runners');
	cpSync(runners, runner, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
	if (existsSync(join(runners, 'node_modules'))) symlinkSync(join(runners, 'node_modules'), join(runner, 'node_modules'), 'dir');
	else if (spawnSync('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: runner, timeout: 200_000 }).status !== 0) return null;
	const json = join(scratch, 'w3c.json');
	const endpoints = ['--endpoint', `${url}/sparql`, '--update', `${url}/update`, '--gsp', `${url}/data`];
	const args = ['sparql.mjs', ...endpoints, '--dir', directory, '--root', directory, '--json', json, '--quiet'];
	if (filter !== undefined) args.push('--filter', filter);
	const done = spawnSync(process.execPath, args, { cwd: runner, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 900_000 });
	if (!existsSync(json)) throw new Error(`the runner wrote no counts: ${done.stdout?.slice(-500)} ${done.stderr?.slice(-500)}`);
	return JSON.parse(readFileSync(json, 'utf8'));
}

const server = await serveOne(join(scratch, 'data'), 'http');
const key = `w3c ${sample ? 'sample' : 'whole'}`;
const all = existsSync(baselinePath) ? JSON.parse(readFileSync(baselinePath, 'utf8')) : {};
const baseline = all[key] ?? {};
let worse = 0;
try {
	const report = run(`http://${server.address}`, sample ? sampled() : suite);
	if (report === null) console.log('the packages of the runner cannot be installed: skipped');
	const folders = {};
	for (const { file, passed, failed, skipped, failures } of report?.files ?? []) {
		if (passed + failed + skipped === 0) continue;
		folders[file] = { passed, failed, skipped };
		const want = filter === undefined ? baseline[file] : undefined;
		const fell = want !== undefined && (passed < want.passed || skipped > want.skipped);
		if (fell) worse++;
		console.log(`${file}: ${passed} of ${passed + failed}${want === undefined ? '' : ` (baseline ${want.passed})`}${fell ? ' FELL' : ''}`);
		if (option('failures') || fell) for (const { id, message } of failures) console.log(`    ${id}: ${message.slice(0, 200)}`);
	}
	if (report !== null) console.log(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
	if (option('update') && filter === undefined && report !== null) writeFileSync(baselinePath, `${JSON.stringify({ ...all, [key]: folders }, null, '\t')}\n`);
} finally {
	await server.stop();
	rmSync(scratch, { recursive: true, force: true });
}
process.exit(worse === 0 || option('update') ? 0 : 1);
