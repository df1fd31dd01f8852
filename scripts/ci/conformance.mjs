// Runs the SQL conformance suites that lie beside the repository (../shared/conformance) against a server of this build, and
// holds the counts against test/conformance/baseline.json: passes may only rise. `--sample` runs every k-th file, chosen by the
// hash of its path; without it everything runs. `--update` writes the baseline. Absent suites are skipped with a message.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveOne } from './served.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const suites = join(root, '..', 'shared', 'conformance');
const baselinePath = join(root, 'test', 'conformance', 'baseline.json');
const sample = process.argv.includes('--sample');
const update = process.argv.includes('--update');
const only = process.argv.find((a) => a.startsWith('--folder='))?.slice('--folder='.length);
const extra = process.argv.includes('--extended') ? ['--protocol', 'extended'] : process.argv.includes('--strict') ? ['--strict-sqlstate'] : [];

/** Folder → every k-th file in the sample. */
const FOLDERS = { sqlite: 6, risinglight: 1, duckdb: 3, risingwave: 2, datafusion: 1, 'postgres/core': 3, 'postgres/extra': 3 };

if (!existsSync(suites)) {
	console.log('the conformance suites are not here: skipped');
	process.exit(0);
}

const scratch = mkdtempSync(join(tmpdir(), 'polylog-conformance-'));
const runner = join(scratch, 'runners');
cpSync(join(suites, 'runners'), runner, { recursive: true });
symlinkSync(join(root, 'node_modules'), join(runner, 'node_modules'), 'dir');

function filesOf(folder) {
	const base = join(suites, 'sql', folder);
	return readdirSync(base, { recursive: true, encoding: 'utf8' })
		.filter((name) => /\.(slt|test)$/.test(name))
		.sort();
}

/** A folder with the chosen files in their places, and everything that they include. */
function sampled(folder, every) {
	const target = join(scratch, 'sql', folder);
	for (const name of readdirSync(join(suites, 'sql', folder), { recursive: true, encoding: 'utf8' })) if (/\.part$/.test(name)) link(folder, name, target);
	const setup = join(suites, 'sql', dirname(folder), '_setup');
	if (folder.includes('/') && existsSync(setup)) {
		mkdirSync(dirname(target), { recursive: true });
		if (!existsSync(join(dirname(target), '_setup'))) symlinkSync(setup, join(dirname(target), '_setup'), 'dir');
	}
	for (const name of filesOf(folder)) {
		const hash = createHash('sha256').update(`${folder}/${name}`).digest().readUInt32BE(0);
		if (hash % every === 0) link(folder, name, target);
	}
	return target;
}

function link(folder, name, target) {
	mkdirSync(dirname(join(target, name)), { recursive: true });
	symlinkSync(join(suites, 'sql', folder, name), join(target, name));
}

function run(url, folder, directory) {
	const outcomes = join(scratch, `${folder.replace('/', '-')}.out`);
	const done = spawnSync(process.execPath, ['sql.mjs', '--url', url, '--dir', directory, '--max-shown', '0', '--quiet', '--outcomes', outcomes, ...extra], {
		cwd: runner,
		encoding: 'utf8',
		maxBuffer: 1 << 28,
		timeout: 1_500_000,
	});
	const counts = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(done.stdout ?? '');
	if (counts === null) throw new Error(`${folder}: the runner printed no counts: ${done.stdout?.slice(-500)} ${done.stderr?.slice(-500)}`);
	return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: Number(counts[3]) };
}

const server = await serveOne(join(scratch, 'data'), 'postgres');
const key = `${sample ? 'sample' : 'whole'}${extra.length === 0 ? '' : ` ${extra.at(-1).replace('--', '')}`}`;
const all = existsSync(baselinePath) ? JSON.parse(readFileSync(baselinePath, 'utf8')) : {};
const baseline = all[key] ?? {};
let worse = 0;
try {
	for (const [folder, every] of Object.entries(FOLDERS)) {
		if (only !== undefined && folder !== only) continue;
		const directory = sample ? sampled(folder, every) : join(suites, 'sql', folder);
		if (!existsSync(directory)) continue;
		const got = run(`postgresql://polylog@${server.address}/polylog`, folder, directory);
		const want = baseline[folder];
		const fell = want !== undefined && (got.passed < want.passed || got.skipped > want.skipped);
		if (fell) worse++;
		console.log(
			`${folder}: ${got.passed} of ${got.passed + got.failed} passed, ${got.skipped} skipped${want === undefined ? ' (no baseline)' : ` (baseline ${want.passed})`}${fell ? ' FELL' : ''}`,
		);
		if (update) baseline[folder] = { passed: got.passed, failed: got.failed, skipped: got.skipped };
	}
} finally {
	await server.stop();
	rmSync(scratch, { recursive: true, force: true });
}
if (update) writeFileSync(baselinePath, `${JSON.stringify({ ...all, [key]: baseline }, null, '\t')}\n`);
process.exit(worse === 0 || update ? 0 : 1);
