/**
 * The simulation's own test: with any one sync of the database removed (of a file, a directory, the manifest, the log), some
 * seed must fail. The places that sync are found by running seeds; each is a line of the code.
 *
 * After some of the syncs that are swallowed the power fails within a few dozen operations, since what a missing sync leaves open
 * is often closed by the next one.
 *
 * Syncs of the database's directory cover each other: stores and log both make sure that their own directories' names are
 * durable, so that each is safe alone. One of them may survive; all of them together must not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseHistory, DIRECTORY } from './database-history.ts';

const LOOK_SEEDS = 60;
const SEEDS_MAX = 1000;
/** For syncs of the database's directory, one of which may survive. */
const COVERED_SEEDS_MAX = 60;
const TIMEOUT_MS = 3_600_000;
/** The power fails after one in so many of the swallowed syncs, within so many operations. */
const CUT_EVERY = 3;
const CUT_WITHIN = 60;

interface Site {
	readonly name: string;
	readonly path: string;
}

/** The line that asked for the sync under way. */
function callSite(kind: string): string {
	const lines = (new Error().stack ?? '').split('\n');
	const line = lines.find((one) => one.includes('/dist/') && !one.includes('/dist/platform/'));
	return `${line?.replace(/^.*\/dist\//, '').replace(/:\d+\)?$/, '') ?? 'unknown'} (${kind})`;
}

async function findSites(): Promise<Site[]> {
	const sites = new Map<string, Site>();
	for (let seed = 1; seed <= LOOK_SEEDS; seed++) {
		const history = new DatabaseHistory(seed);
		history.world.disk.swallowSync = (path, kind) => {
			const name = callSite(kind);
			if (!sites.has(name)) sites.set(name, { name, path });
			return false;
		};
		await history.run();
	}
	return [...sites.values()];
}

async function failingSeed(seeds: number, swallow: (path: string, kind: string) => boolean): Promise<number | null> {
	for (let seed = 1; seed <= seeds; seed++) {
		const history = new DatabaseHistory(seed);
		const { disk } = history.world;
		let swallowed = 0;
		disk.swallowSync = (path, kind) => {
			if (!swallow(path, kind)) return false;
			swallowed++;
			if (disk.fault === null && (seed + swallowed) % CUT_EVERY === 0) {
				disk.fault = { operation: disk.operationCount + 1 + ((seed * 31 + swallowed * 17) % CUT_WITHIN), kind: 'power' };
			}
			return true;
		};
		try {
			await history.run();
		} catch {
			return seed;
		}
	}
	return null;
}

test('with any one sync removed, some seed fails', { timeout: TIMEOUT_MS, skip: process.env.POLYLOG_SEED !== undefined }, async (context) => {
	const limit = Error.stackTraceLimit;
	Error.stackTraceLimit = 30;
	try {
		const sites = await findSites();
		assert.ok(sites.length >= 12, `only ${sites.length} places sync`);
		for (const { name, path } of sites) {
			const seed = await failingSeed(path === DIRECTORY ? COVERED_SEEDS_MAX : SEEDS_MAX, (_, kind) => callSite(kind) === name);
			context.diagnostic(`${name}: ${seed === null ? 'no seed fails' : `seed ${seed} fails`}`);
			if (seed === null) assert.equal(path, DIRECTORY, `no seed noticed that the sync at ${name} was removed`);
		}
		assert.notEqual(await failingSeed(SEEDS_MAX, (path) => path === DIRECTORY), null, 'no seed noticed that the directory of the database was never synced');
	} finally {
		Error.stackTraceLimit = limit;
	}
});
