/** Options that `bench` and `advise` share: a workload, how it is run, and where. */
import { parseArgs } from 'node:util';
import type { KeyspaceEngine } from '../database/embedded/keyspace.ts';
import type { Durability } from '../log/log.ts';
import type { ComparisonPlan } from '../operate/bench/comparison.ts';
import type { RecordedWorkload } from '../operate/bench/recorded-workload.ts';
import { parseCount, parseOneOf, parseWorkload, usage } from '../operate/bench/workload.ts';
import { ENGINE_NAMES } from '../storage/engine-abilities.ts';
import { sizeOption } from './serve-options.ts';

export const WORKLOAD_HELP = `The workload, recorded (--mix, sizes, --keys and --rate are then those of the recording, unless given):
  --record DIR         of the running and served database in DIR
  --keyspace NAME      this keyspace (needed with --record)
  --record-seconds S   for so long (default 10)

The workload, described:
  --keys N             records loaded before anything is measured (default 100000; 1e6 and 100k are understood)
  --key-bytes N        length of a key (default 16)
  --value-bytes N      length of a value, or from-to as in 20-200 (default 100)
  --compressible P     share of each value that compresses, in percent (default 0)
  --mix M              shares of operations (default get=90,put=10), of:
                         get (a key that is there), missing (one that is not), put (a new value of a key that is
                         there), insert (a new key), delete, range, rmw (get, then put);
                       or a mix of YCSB by name: ycsb-a … ycsb-f
  --range-entries N    entries read by a range, or from-to (default 50)
  --distribution D     how keys are chosen: uniform, zipfian (default), latest or sequential
  --key-order O        hashed (default): new keys lie anywhere; ascending: behind those before

How it is run:
  --durability D       disk (default), os or memory: how sure a write is when acknowledged
  --cache SIZE, --memory SIZE
                       as of serve: memory for blocks, and for recent writes, such as 64MB
  --compression C      none (default) or lz4, as of serve
  --in-flight N        operations at a time in the closed loop (default 16)
  --rate R             operations a second of the open loop; auto (default): a third of what the slowest can do;
                       none: no open loop
  --seconds S          length of each measurement (default 3), after a warm-up of a quarter of it
  --rounds N           measurements of each kind (default 3)
  --seed N             seed of all choices (default 42)
  --dir DIR            where scratch databases are made and removed: name the disk to be measured (default .);
                       :memory: keeps their files in memory`;

const OPTIONS = {
	engines: { type: 'string' },
	keys: { type: 'string' },
	'key-bytes': { type: 'string' },
	'value-bytes': { type: 'string' },
	compressible: { type: 'string' },
	mix: { type: 'string' },
	'range-entries': { type: 'string' },
	distribution: { type: 'string' },
	'key-order': { type: 'string' },
	durability: { type: 'string' },
	compression: { type: 'string' },
	cache: { type: 'string' },
	memory: { type: 'string' },
	'in-flight': { type: 'string' },
	rate: { type: 'string' },
	seconds: { type: 'string' },
	rounds: { type: 'string' },
	seed: { type: 'string' },
	dir: { type: 'string' },
	out: { type: 'string' },
	record: { type: 'string' },
	keyspace: { type: 'string' },
	'record-seconds': { type: 'string' },
} as const;

/** A part of each measurement that comes before it and is not recorded. */
const WARM_UP_SHARE = 0.25;
const OUT_FORMS = ['html', 'svg', 'json'] as const;

export interface BenchOptions {
	readonly plan: ComparisonPlan;
	/** Where scratch databases are made. */
	readonly scratch: string;
	readonly out: { readonly path: string; readonly form: (typeof OUT_FORMS)[number] } | null;
}

/** Records a workload: `recordUsage`, or another in tests. */
export type Recorder = (directory: string, keyspace: string, seconds: number) => Promise<RecordedWorkload>;

/** Throws a usage error that names the option. With --record it records first. */
export async function readBenchOptions(args: readonly string[], record: Recorder): Promise<BenchOptions> {
	const { values } = parseArgs({ args: [...args], options: OPTIONS });
	// Wrong options are found before anything is recorded.
	const options = benchOptions(values, null);
	if (values.record === undefined) {
		for (const name of ['keyspace', 'record-seconds'] as const) if (values[name] !== undefined) throw usage(`--${name} goes with --record`);
		return options;
	}
	if (values.keyspace === undefined) throw usage('--record needs --keyspace: the name of the keyspace to record');
	return benchOptions(values, await record(values.record, values.keyspace, secondsOf('record-seconds', values['record-seconds'] ?? '10')));
}

function benchOptions(values: Readonly<Partial<Record<keyof typeof OPTIONS, string>>>, recorded: RecordedWorkload | null): BenchOptions {
	const workload = parseWorkload({
		keys: values.keys ?? recorded?.texts.keys,
		keyBytes: values['key-bytes'] ?? recorded?.texts.keyBytes,
		valueBytes: values['value-bytes'] ?? recorded?.texts.valueBytes,
		compressible: values.compressible,
		mix: values.mix ?? recorded?.texts.mix,
		distribution: values.distribution,
		keyOrder: values['key-order'],
		rangeEntries: values['range-entries'] ?? recorded?.texts.rangeEntries,
	});
	const seconds = secondsOf('seconds', values.seconds ?? '3');
	const size = (name: 'cache' | 'memory'): number | null => (values[name] === undefined ? null : sizeOption(name, values[name]));
	return {
		plan: {
			engines: enginesOf(values.engines),
			workload,
			settings: {
				durability: parseOneOf<Durability>('--durability', values.durability ?? 'disk', ['disk', 'os', 'memory']),
				cacheBytes: size('cache'),
				memoryBytes: size('memory'),
				compression: parseOneOf('--compression', values.compression ?? 'none', ['none', 'lz4'] as const),
				seconds,
				warmUpSeconds: seconds * WARM_UP_SHARE,
			},
			inFlight: parseCount('--in-flight', values['in-flight'] ?? '16', 1, 100_000),
			rate: rateOf(values.rate ?? (recorded === null ? 'auto' : String(recorded.rate))),
			rounds: parseCount('--rounds', values.rounds ?? '3', 1, 100),
			seed: parseCount('--seed', values.seed ?? '42', 0, 2 ** 31 - 1),
		},
		scratch: values.dir ?? '.',
		out: values.out === undefined ? null : outOf(values.out),
	};
}

function enginesOf(text: string | undefined): KeyspaceEngine[] {
	if (text === undefined) return [...ENGINE_NAMES];
	return [...new Set(text.split(',').map((name) => parseOneOf<KeyspaceEngine>('--engines', name.trim(), ENGINE_NAMES)))];
}

function rateOf(text: string): ComparisonPlan['rate'] {
	return text === 'auto' || text === 'none' ? text : parseCount('--rate', text, 1, 10_000_000);
}

function secondsOf(name: string, text: string): number {
	const seconds = Number(text);
	if (!(seconds >= 0.05 && seconds <= 3600)) throw usage(`--${name} must be a number from 0.05 to 3600, not ${text}`);
	return seconds;
}

function outOf(path: string): BenchOptions['out'] {
	const form = OUT_FORMS.find((one) => path.toLowerCase().endsWith(`.${one}`));
	if (form === undefined) throw usage(`--out must end in ${OUT_FORMS.map((one) => `.${one}`).join(', ')}, not ${path}`);
	return { path, form };
}
