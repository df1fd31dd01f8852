/**
 * TABLESAMPLE: whether a row is in the sample. BERNOULLI draws each row by itself, SYSTEM all rows whose keys differ in the last byte alone
 * (up to 256 neighbours) together. Both draw by a hash of the key and the seed, so the same seed gives the same rows, whatever
 * else is in the table.
 */
import { hashBytes } from '../../bytes/mixed-hash.ts';
import { sqlError } from '../../platform/errors.ts';
import type { FunctionContext, ScalarFunction } from './contracts.ts';
import { contextual, scalar } from './define.ts';

const ALWAYS = { strict: false } as const;
/** Hashes lie below this. */
const HASHES = 2 ** 53;

/** A percentage, as the hashes below which a row is drawn. */
export const sampleShare: ScalarFunction = scalar(
	0,
	'sample_share(float4) float8',
	(percentage: number | null) => {
		if (percentage === null) throw sqlError('2202H', 'TABLESAMPLE parameter cannot be null');
		if (!(percentage >= 0 && percentage <= 100)) throw sqlError('2202H', 'sample percentage must be between 0 and 100');
		return (percentage / 100) * HASHES;
	},
	ALWAYS,
);

export const sampleSeed: ScalarFunction = scalar(
	0,
	'sample_seed(float8) float8',
	(seed: number | null) => {
		if (seed === null) throw sqlError('2202G', 'TABLESAMPLE REPEATABLE parameter cannot be null');
		return seed;
	},
	ALWAYS,
);

export const sampleSeedAtRandom: ScalarFunction = contextual(0, 'sample_seed() float8', (context: FunctionContext) => context.random(), {
	volatility: 'volatile',
});

/** (key, share, seed), by the name of the method. */
export const SAMPLE_METHODS: ReadonlyMap<string, ScalarFunction> = new Map([
	[
		'bernoulli',
		scalar(0, 'sample_bernoulli(bytea, float8, float8) bool', (key: Uint8Array, share: number, seed: number) => hashBytes(key, key.length, seed) < share),
	],
	[
		'system',
		scalar(0, 'sample_system(bytea, float8, float8) bool', (key: Uint8Array, share: number, seed: number) => {
			return hashBytes(key, Math.max(0, key.length - 1), seed) < share;
		}),
	],
]);
