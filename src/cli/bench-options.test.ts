/** Options of bench and advise: defaults, what is refused, and what a recording gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../platform/errors.ts';
import { type Recorder, readBenchOptions } from './bench-options.ts';

const noRecorder: Recorder = () => assert.fail('nothing is to be recorded');
const read = (...args: string[]) => readBenchOptions(args, noRecorder);

test('without options all engines are compared, durable, on a small keyspace', async () => {
	const { plan, scratch, out } = await read();
	assert.deepEqual(plan.engines, ['lsm', 'btree', 'hash']);
	assert.deepEqual([plan.workload.keys, plan.settings.durability, plan.rate, plan.rounds, plan.settings.seconds], [100_000, 'disk', 'auto', 3, 3]);
	assert.deepEqual([plan.settings.cacheBytes, plan.settings.memoryBytes, scratch, out], [null, null, '.', null]);
});

test('each option arrives', async () => {
	const { plan, scratch, out } = await read(
		...'--engines btree,hash,btree --keys 1m --durability os --cache 64MB --memory 8MB --compression lz4 --compressible 50 --in-flight 4 --rate 5000'.split(
			' ',
		),
		...'--seconds 0.5 --rounds 2 --seed 7 --dir /tmp --out report.HTML --mix ycsb-e --key-order ascending'.split(' '),
	);
	assert.deepEqual(plan.engines, ['btree', 'hash']);
	assert.deepEqual(plan.settings, { durability: 'os', cacheBytes: 64 << 20, memoryBytes: 8 << 20, compression: 'lz4', seconds: 0.5, warmUpSeconds: 0.125 });
	assert.deepEqual([plan.inFlight, plan.rate, plan.rounds, plan.seed, scratch], [4, 5000, 2, 7, '/tmp']);
	assert.deepEqual([plan.workload.keys, plan.workload.mix.range, plan.workload.keyOrder, plan.workload.compressible], [1_000_000, 0.95, 'ascending', 0.5]);
	assert.deepEqual(out, { path: 'report.HTML', form: 'html' });
});

test('what is wrong is refused by its name', async () => {
	const wrong: readonly (readonly [string, RegExp])[] = [
		['--engines lsm,rtree', /^--engines must be one of lsm, btree, hash, not rtree$/],
		['--durability full', /^--durability must be one of disk, os, memory/],
		['--rate fast', /^--rate must be a whole number/],
		['--seconds 0', /^--seconds must be a number from 0\.05 to 3600, not 0$/],
		['--rounds 0', /^--rounds must/],
		['--in-flight 0', /^--in-flight must/],
		['--cache big', /^--cache must be a size such as 64MB, not big$/],
		['--out report.pdf', /^--out must end in \.html, \.svg, \.json, not report\.pdf$/],
		['--keyspace x', /^--keyspace goes with --record$/],
		['--record ./data', /^--record needs --keyspace/],
		['--record ./data --keyspace x --record-seconds -1', /^--record-seconds must|argument is ambiguous/],
	];
	for (const [args, message] of wrong) {
		await assert.rejects(
			read(...args.split(' ')),
			(error) => error instanceof Error && message.test(error.message) && (error instanceof PolylogError || 'code' in error),
			args,
		);
	}
});

test('a recording gives what is not said', async () => {
	const asked: unknown[] = [];
	const recorder: Recorder = async (...what) => {
		asked.push(what);
		return { texts: { keys: '5000', mix: 'get=70,range=30', keyBytes: '24', valueBytes: '300', rangeEntries: '7' }, rate: 250, operations: 2500 };
	};
	const { plan } = await readBenchOptions('--record ./data --keyspace sessions --record-seconds 2 --keys 1e6 --distribution uniform'.split(' '), recorder);
	assert.deepEqual(asked, [['./data', 'sessions', 2]]);
	assert.deepEqual([plan.workload.keys, plan.workload.keyBytes, plan.workload.mix.range, plan.rate], [1_000_000, 24, 0.3, 250]);
	assert.deepEqual([plan.workload.valueBytes.least, plan.workload.rangeEntries.most, plan.workload.distribution], [300, 7, 'uniform']);
});
