// Imports the Avro and Parquet files that lie beside the repository (../shared/conformance/formats: those of the two projects' own tests) into a table of this
// build each, and holds the counts by folder against test/conformance/baseline.json: passes may only rise. A file passes when it is imported, with the values that stand
// beside it where there are some, or when it is one of those that are damaged on purpose and is refused with its name, its SQLSTATE and a reason.
// `--update` writes the baseline, `--failures` shows what fails. Absent files are skipped with a message.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const suite = process.env.POLYLOG_FILES ?? join(root, '..', 'shared', 'conformance', 'formats');
const baselinePath = join(root, 'test', 'conformance', 'baseline.json');
const option = (name) => process.argv.includes(`--${name}`);

if (!existsSync(suite)) {
	console.log('the files of Avro and Parquet are not here: skipped');
	process.exit(0);
}

const { open } = await import(pathToFileURL(join(root, 'dist', 'bundle', 'index.js')).href);

/** Refused, as they should be: damaged, or with a text longer than JavaScript has. */
const REFUSED = /\/bad_data\/|corrupt-checksum|large_string_map/;
/** Damaged, but not in what is read of them. */
const HARMLESS = /ARROW-GH-43605/;

/** What is wrong with an import; null for nothing. */
async function failureOf(file, name) {
	const db = await open(':memory:');
	try {
		const count = await db.import(file, { table: 't' });
		if (REFUSED.test(name) && !HARMLESS.test(name)) return `it was imported (${count} rows)`;
		return await wrongValues(db, file, name);
	} catch (error) {
		if (error.sqlstate === undefined || !error.message.includes(file)) return `the error is not precise: ${error.stack}`;
		return REFUSED.test(name) ? null : error.message;
	} finally {
		await db.close();
	}
}

/** Compares with values that other readers have found. */
async function wrongValues(db, file, name) {
	if (/weather.*\.avro$/.test(name)) {
		const expected = readFileSync(join(dirname(file), 'weather.json'), 'utf8')
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line));
		return differ(db.sql('select * from t order by station, time').all(), sorted(expected));
	}
	const texts = file.replace(/\.parquet$/, '_expect.csv');
	if (!existsSync(texts)) return null;
	await db.import(texts, { table: 'expected' });
	const { rest } = db.sql('select count(*)::int as rest from (select t::text from t except select e::text from expected e) as d').get();
	return rest === 0 ? null : `${rest} rows are not those of ${texts}`;
}

function sorted(rows) {
	return rows.toSorted((a, b) => (a.station === b.station ? a.time - b.time : a.station < b.station ? -1 : 1));
}

function differ(actual, expected) {
	const keys = Object.keys(expected[0]);
	const shown = (rows) => JSON.stringify(rows.map((row) => keys.map((key) => row[key])));
	return shown(actual) === shown(expected) ? null : `it holds ${shown(actual)}, not ${shown(expected)}`;
}

const folders = {};
const all = existsSync(baselinePath) ? JSON.parse(readFileSync(baselinePath, 'utf8')) : {};
for (const name of readdirSync(suite, { recursive: true, encoding: 'utf8' }).sort()) {
	const path = name.replaceAll('\\', '/');
	// Requests and responses of Avro's RPC are no container files.
	if (!/\.(parquet|avro)$/.test(path) || path.includes('/rpc/')) continue;
	const counts = (folders[dirname(path)] ??= { passed: 0, failed: 0 });
	const failure = await failureOf(join(suite, name), `/${path}`);
	if (failure === null) counts.passed++;
	else counts.failed++;
	if (failure !== null && option('failures')) console.log(`${path}: ${failure}`);
}
let worse = 0;
for (const [folder, { passed, failed }] of Object.entries(folders)) {
	const want = all.files?.[folder]?.passed;
	const fell = want !== undefined && passed < want;
	if (fell) worse++;
	console.log(`${folder}: ${passed} of ${passed + failed}${want === undefined ? '' : ` (baseline ${want})`}${fell ? ' FELL' : ''}`);
}
if (option('update')) writeFileSync(baselinePath, `${JSON.stringify({ ...all, files: folders }, null, '\t')}\n`);
process.exit(worse === 0 || option('update') ? 0 : 1);
