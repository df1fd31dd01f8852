// How the engines grow: the same figures at 10^5, 10^6 and 10^7 records, then a sustained random load with compaction running.
//   node bench/growth.mjs [--sizes 1e5,1e6] [--engines lsm,btree,hash] [--sustain 3] [--seconds 5] [--cache-mb 128] [--dir .] [--out growth.svg] [--json growth.json]
// Records: 16-byte random keys, 100-byte values of random bytes; durability os. Each (size, engine) runs in a process of its own on an empty
// directory. `--sustain`: random overwrites, as a multiple of the records, in batches of 100; their rate is told for each tenth.
// Phases of reads end after --seconds. Only the public interface of the package is used.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { open } from 'polylog';

const KEY_BYTES = 16;
const VALUE_BYTES = 100;
const LOAD_BATCH = 1000;
const SUSTAINED_BATCH = 100;
const READS_MAX = 300_000;
const RANGE_ENTRIES = 50;
const POOL_BYTES = 1 << 20;
const QUIET_MS = 500;
const SETTLE_MS_MAX = 120_000;
const ORDERED = new Set(['lsm', 'btree']);

/** A permutation of 32-bit words: splitmix32's finisher. */
function mixed(word) {
	let value = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
	value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
	return (value ^ (value >>> 15)) >>> 0;
}

function randomFrom(seed) {
	let state = seed;
	return (below) => {
		state = (state + 0x9e3779b9) | 0;
		return Math.floor((mixed(state) / 2 ** 32) * below);
	};
}

const pool = Buffer.alloc(POOL_BYTES + VALUE_BYTES);
for (let at = 0; at + 4 <= pool.length; at += 4) pool.writeUInt32LE(mixed(at + 1), at);

function keyOf(number, into = Buffer.allocUnsafe(KEY_BYTES)) {
	let word = mixed(number);
	for (let at = 0; at < KEY_BYTES; at += 4) {
		into.writeUInt32BE(word, at);
		word = mixed((word + 0x9e3779b9) | 0);
	}
	return into;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Everything about one engine at one size. */
async function measure({ engine, records, directory, sustain, seconds, cacheBytes }) {
	const idleBytes = process.memoryUsage.rss();
	let peakBytes = idleBytes;
	const sampler = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 50);
	const options = { durability: 'os', cacheBytes };
	let db = await open(directory, options);
	let keyspace = db.keyspace('growth', { engine });
	const random = randomFrom(records);
	const value = () => {
		const at = random(POOL_BYTES);
		return pool.subarray(at, at + VALUE_BYTES);
	};
	const result = { engine, records };

	let start = performance.now();
	for (let first = 0; first < records; first += LOAD_BATCH) {
		const batch = [];
		for (let number = first; number < Math.min(records, first + LOAD_BATCH); number++) batch.push({ type: 'put', key: keyOf(number), value: value() });
		await keyspace.batch(batch);
		await turn();
	}
	result.load = (records * 1000) / (performance.now() - start);
	await db.checkpoint();
	await settled(db);

	const key = Buffer.alloc(KEY_BYTES);
	const timed = async (run) => {
		const begun = performance.now();
		let count = 0;
		while (count < READS_MAX && performance.now() - begun < seconds * 1000) {
			for (let i = 0; i < 200; i++) run();
			count += 200;
			await turn();
		}
		return (count * 1000) / (performance.now() - begun);
	};
	result.get = await timed(() => {
		if (keyspace.get(keyOf(random(records), key)) === undefined) throw new Error('a record was not found');
	});
	result.missing = await timed(() => {
		keyOf(random(records), key);
		key[KEY_BYTES - 1] ^= 0x55;
		if (keyspace.get(key) !== undefined) throw new Error('a key that was never put was found');
	});
	const visit = () => undefined;
	result.range = ORDERED.has(engine) ? await timed(() => keyspace.scan({ gte: keyOf(random(records), key), limit: RANGE_ENTRIES }, visit)) : null;

	const before = written(db);
	const puts = Math.round((records * sustain) / 10 / SUSTAINED_BATCH) * 10 * SUSTAINED_BATCH;
	result.tenths = [];
	for (let tenth = 0; tenth < 10; tenth++) {
		start = performance.now();
		for (let done = 0; done < puts / 10; done += SUSTAINED_BATCH) {
			const batch = [];
			for (let i = 0; i < SUSTAINED_BATCH; i++) batch.push({ type: 'put', key: keyOf(random(records)), value: value() });
			await keyspace.batch(batch);
			await turn();
		}
		result.tenths.push((puts * 100) / (performance.now() - start));
	}
	await db.checkpoint();
	const space = () => db.statistics().store.diskBytes / (records * (KEY_BYTES + VALUE_BYTES));
	result.spaceAmplification = space();
	await settled(db);
	result.writeAmplification = (written(db) - before) / (puts * (KEY_BYTES + VALUE_BYTES));
	result.spaceSettled = space();
	clearInterval(sampler);
	result.memoryBytes = peakBytes - idleBytes;
	await db.close();
	start = performance.now();
	db = await open(directory, options);
	keyspace = db.keyspace('growth');
	keyspace.get(keyOf(0, key));
	result.openMs = performance.now() - start;
	await db.close();
	return result;
}

function written(db) {
	const { log, store } = db.statistics();
	return log.bytesWritten + store.bytesWritten;
}

/** Waits until nothing has been done in the background for a while. */
async function settled(db) {
	const start = performance.now();
	let since = start;
	while (performance.now() - since < QUIET_MS && performance.now() - start < SETTLE_MS_MAX) {
		await new Promise((resolve) => setTimeout(resolve, 50));
		if (db.statistics().store.runningTasks > 0) since = performance.now();
	}
}

const COLUMNS = [
	['records', (r) => r.records.toLocaleString('en')],
	['engine', (r) => r.engine],
	['load /s', (r) => rate(r.load)],
	['get /s', (r) => rate(r.get)],
	['missing /s', (r) => rate(r.missing)],
	[`${RANGE_ENTRIES}-entry range /s`, (r) => (r.range === null ? 'no ranges' : rate(r.range))],
	['overwrites /s', (r) => rate(r.tenths.reduce((sum, tenth) => sum + 1 / tenth, 0) ** -1 * 10)],
	['last tenth ÷ first', (r) => (r.tenths[9] / r.tenths[0]).toFixed(2)],
	['write amp.', (r) => r.writeAmplification.toFixed(1)],
	['space amp., then settled', (r) => `${r.spaceAmplification.toFixed(2)}, ${r.spaceSettled.toFixed(2)}`],
	['memory', (r) => `${Math.round(r.memoryBytes / 2 ** 20)} MB`],
	['open', (r) => `${r.openMs.toFixed(0)} ms`],
];

function rate(perSecond) {
	return (Math.round(perSecond / 100) * 100).toLocaleString('en');
}

function markdown(results) {
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [line(COLUMNS.map(([name]) => name)), `|${'--:|'.repeat(COLUMNS.length)}`, ...results.map((r) => line(COLUMNS.map(([, cell]) => cell(r))))].join('\n');
}

/** One plot beside the other: a line per engine over the sizes, and over the tenths of the sustained load at the largest. */
function plot(results, sizes) {
	const largest = sizes.at(-1);
	const charts = [
		...[
			['load', 'records loaded / s'],
			['get', 'gets / s'],
			['range', `ranges of ${RANGE_ENTRIES} / s`],
			['writeAmplification', 'write amplification'],
		].map(([field, title]) => ({
			title,
			labels: sizes.map((size) => `10${[...String(Math.log10(size).toFixed(0))].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit]).join('')}`),
			lines: lines(results, (of) => sizes.map((size) => of.find((r) => r.records === size)?.[field] ?? null)),
		})),
		{
			title: `overwrites / s, by tenth, ${largest.toLocaleString('en')} records`,
			labels: Array.from({ length: 10 }, (_, at) => `${at + 1}`),
			lines: lines(results, (of) => of.find((r) => r.records === largest)?.tenths ?? []),
		},
	];
	const [width, height] = [300, 230];
	const columns = 3;
	const body = charts.map(
		(chart, at) =>
			`<g transform="translate(${20 + (at % columns) * (width + 24)} ${24 + Math.floor(at / columns) * (height + 24)})">${drawn(chart, width, height)}</g>`,
	);
	const light = '--ground:#fff;--ink:#1b2430;--faint:#5d6b7c;--line:#dde3ea;--lsm:#0b6bb5;--btree:#c8500a;--hash:#13805f';
	const dark = '--ground:#1a212b;--ink:#e8edf3;--faint:#9aa8b8;--line:#2e3946;--lsm:#5cb3f2;--btree:#f59b4b;--hash:#45cfa0';
	const colors = ['lsm', 'btree', 'hash'].map((name) => `path.${name}{stroke:var(--${name})}circle.${name},text.${name}{fill:var(--${name})}`).join('');
	const style = `:root{${light}}@media(prefers-color-scheme:dark){:root{${dark}}}rect{fill:var(--ground)}text{font:12px system-ui,sans-serif;fill:var(--faint)}text.title{fill:var(--ink);font-weight:600;font-size:14px}line{stroke:var(--line)}path{fill:none;stroke-width:2}${colors}`;
	const total = [20 + columns * (width + 24), 24 + Math.ceil(charts.length / columns) * (height + 24)];
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.join(' ')}"><style>${style}</style><rect width="100%" height="100%"/>${body.join('')}</svg>\n`;
}

function lines(results, values) {
	return Object.entries(Object.groupBy ? Object.groupBy(results, (r) => r.engine) : grouped(results)).map(([engine, of]) => ({ engine, values: values(of) }));
}

function grouped(results) {
	const groups = {};
	for (const result of results) (groups[result.engine] ??= []).push(result);
	return groups;
}

function drawn({ title, labels, lines: drawnLines }, width, height) {
	const most = Math.max(1e-9, ...drawnLines.flatMap(({ values }) => values.map((value) => value ?? 0)));
	const unit = 10 ** Math.floor(Math.log10(most));
	const top = Math.ceil(most / unit) * unit;
	const [left, floor, ceiling] = [52, height - 44, 26];
	const x = (at) => left + 12 + ((width - left - 24) * at) / Math.max(1, labels.length - 1);
	const y = (value) => floor - ((floor - ceiling) * value) / top;
	const shown = (value) => (value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : `${Number(value.toFixed(2))}`);
	const parts = [`<text class="title" x="0" y="10">${title}</text>`];
	for (const share of [0, 0.5, 1]) {
		parts.push(`<line x1="${left}" x2="${width}" y1="${y(top * share)}" y2="${y(top * share)}"/>`);
		parts.push(`<text x="${left - 6}" y="${y(top * share) + 4}" text-anchor="end">${shown(top * share)}</text>`);
	}
	labels.forEach((label, at) => {
		parts.push(`<text x="${x(at)}" y="${floor + 16}" text-anchor="middle">${label}</text>`);
	});
	drawnLines.forEach(({ engine, values }, row) => {
		const points = values.flatMap((value, at) => (value === null ? [] : [[x(at).toFixed(1), y(value).toFixed(1)]]));
		if (points.length > 0) parts.push(`<path class="${engine}" d="M${points.map((point) => point.join(' ')).join('L')}"/>`);
		for (const [cx, cy] of points) parts.push(`<circle class="${engine}" cx="${cx}" cy="${cy}" r="3"/>`);
		parts.push(`<text class="${engine}" x="${left + row * 75}" y="${height - 6}">${engine}${points.length === 0 ? ': no ranges' : ''}</text>`);
	});
	return parts.join('');
}

function inChild(input) {
	return new Promise((resolve, reject) => {
		const child = fork(fileURLToPath(import.meta.url), ['--child']);
		let answer = null;
		child.on('message', (message) => (answer = message));
		child.on('exit', (status) => (answer === null ? reject(new Error(`a measurement ended with ${status}`)) : resolve(answer)));
		child.send(input);
	});
}

if (process.argv[2] === '--child') {
	process.once('message', async (input) => {
		process.send(await measure(input), () => process.exit(0));
	});
} else {
	const { values } = parseArgs({
		options: {
			sizes: { type: 'string', default: '1e5,1e6' },
			engines: { type: 'string', default: 'lsm,btree,hash' },
			sustain: { type: 'string', default: '3' },
			seconds: { type: 'string', default: '5' },
			'cache-mb': { type: 'string', default: '128' },
			dir: { type: 'string', default: '.' },
			out: { type: 'string' },
			json: { type: 'string' },
		},
	});
	const sizes = values.sizes.split(',').map(Number);
	const results = [];
	for (const records of sizes) {
		for (const engine of values.engines.split(',')) {
			const scratch = mkdtempSync(join(values.dir, 'polylog-growth-'));
			try {
				const input = {
					engine,
					records,
					directory: join(scratch, 'data'),
					sustain: Number(values.sustain),
					seconds: Number(values.seconds),
					cacheBytes: Number(values['cache-mb']) << 20,
				};
				results.push(await inChild(input));
				console.error(JSON.stringify(results.at(-1)));
			} finally {
				rmSync(scratch, { recursive: true, force: true });
			}
		}
	}
	console.log(markdown(results));
	if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, '\t')}\n`);
	if (values.out !== undefined) writeFileSync(values.out, plot(results, sizes));
}
