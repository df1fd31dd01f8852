/**
 * Which seeds a run takes. POLYLOG_SEED replays one; POLYLOG_RUNS sets how many. Half of them are always the same, half derive
 * from the commit that is tested, so that every change of the code is met by new ones; `failed-seeds.txt` keeps those that
 * once failed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const FAILED = new URL('../../test/simulation/failed-seeds.txt', import.meta.url);

export interface Seeds {
	readonly seeds: readonly number[];
	/** One seed was asked for: nothing is said about what all of them reach. */
	readonly isReplay: boolean;
}

export function chooseSeeds(runs: number): Seeds {
	const only = process.env.POLYLOG_SEED;
	if (only !== undefined) return { seeds: [Number(only)], isReplay: true };
	const count = Number(process.env.POLYLOG_RUNS ?? runs);
	const seeds = new Set(failedSeeds());
	const fixed = Math.ceil(count / 2);
	for (let seed = 1; seed <= fixed; seed++) seeds.add(seed);
	for (let seed = commitSeed(); seeds.size < count; seed = (seed + 1) >>> 0) seeds.add(seed);
	return { seeds: [...seeds], isReplay: false };
}

function failedSeeds(): number[] {
	return readFileSync(FAILED, 'utf8')
		.split('\n')
		.filter((line) => /^\d/.test(line))
		.map((line) => Number.parseInt(line, 10));
}

/** The first 32 bits of the commit's hash; of a checkout without history, always the same. */
function commitSeed(): number {
	try {
		const hash = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
		return Number.parseInt(hash.slice(0, 8), 16);
	} catch {
		return 0xc0ffee;
	}
}
