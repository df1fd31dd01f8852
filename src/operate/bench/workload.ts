/**
 * What is asked of a keyspace in a trial: how many records of which sizes, which operations in which shares, and how keys are chosen.
 * Workloads are plain data (they go to other processes and into reports); texts of the command line become workloads here.
 */
import { InputError, type PolylogError } from '../../platform/errors.ts';

/**
 * get: a key that is there; missing: one that is not; put: a new value of a key that is there; insert: a new key; delete: of a key;
 * range: a seek and some entries; rmw: a get, then a put of the same key.
 */
export const OPERATION_KINDS = ['get', 'missing', 'put', 'insert', 'delete', 'range', 'rmw'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const DISTRIBUTIONS = ['uniform', 'zipfian', 'latest', 'sequential'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

export const KEY_ORDERS = ['hashed', 'ascending'] as const;
/** hashed: keys that were made one after the other lie anywhere; ascending: each lies behind the one before. */
export type KeyOrder = (typeof KEY_ORDERS)[number];

/** From least to most, all equally likely. */
export interface Span {
	readonly least: number;
	readonly most: number;
}

/** Shares of the kinds, which add up to 1. */
export type Mix = Readonly<Record<OperationKind, number>>;

export interface Workload {
	/** Records loaded before anything is measured. */
	readonly keys: number;
	readonly keyBytes: number;
	readonly valueBytes: Span;
	/** Of each value, the share that is one byte repeated; the rest is random. */
	readonly compressible: number;
	readonly mix: Mix;
	readonly distribution: Distribution;
	readonly keyOrder: KeyOrder;
	readonly rangeEntries: Span;
}

/** Chosen keys are numbers below 2^26, so that their products are exact. */
export const KEYS_MAX = 2 ** 26;
export const KEY_BYTES_MIN = 6;
const KEY_BYTES_MAX = 1024;
const VALUE_BYTES_MAX = 16 * 2 ** 20;
const RANGE_ENTRIES_MAX = 1_000_000;

interface NamedMix {
	readonly mix: string;
	readonly distribution: Distribution;
	readonly rangeEntries?: string;
}

/** The core workloads of YCSB (Cooper et al., 2010). */
export const NAMED_MIXES: Readonly<Record<string, NamedMix>> = {
	'ycsb-a': { mix: 'get=50,put=50', distribution: 'zipfian' },
	'ycsb-b': { mix: 'get=95,put=5', distribution: 'zipfian' },
	'ycsb-c': { mix: 'get=100', distribution: 'zipfian' },
	'ycsb-d': { mix: 'get=95,insert=5', distribution: 'latest' },
	'ycsb-e': { mix: 'range=95,insert=5', distribution: 'zipfian', rangeEntries: '1-100' },
	'ycsb-f': { mix: 'get=50,rmw=50', distribution: 'zipfian' },
};

/** What the command line says; what is undefined has its default. */
export interface WorkloadTexts {
	readonly keys?: string | undefined;
	readonly keyBytes?: string | undefined;
	readonly valueBytes?: string | undefined;
	/** Percent. */
	readonly compressible?: string | undefined;
	readonly mix?: string | undefined;
	readonly distribution?: string | undefined;
	readonly keyOrder?: string | undefined;
	readonly rangeEntries?: string | undefined;
}

export function usage(message: string): PolylogError {
	return new InputError('usage', message, { hint: 'polylog bench --help lists the options.' });
}

/** Throws a usage error that names the option. */
export function parseWorkload(texts: WorkloadTexts): Workload {
	const mixText = texts.mix ?? 'get=90,put=10';
	const named = Object.hasOwn(NAMED_MIXES, mixText.toLowerCase()) ? NAMED_MIXES[mixText.toLowerCase()] : undefined;
	return {
		keys: parseCount('--keys', texts.keys ?? '100000', 1, KEYS_MAX),
		keyBytes: parseCount('--key-bytes', texts.keyBytes ?? '16', KEY_BYTES_MIN, KEY_BYTES_MAX),
		valueBytes: parseSpan('--value-bytes', texts.valueBytes ?? '100', 0, VALUE_BYTES_MAX),
		compressible: parseCount('--compressible', texts.compressible ?? '0', 0, 100) / 100,
		mix: parseMix(named?.mix ?? mixText),
		distribution: parseOneOf('--distribution', texts.distribution ?? named?.distribution ?? 'zipfian', DISTRIBUTIONS),
		keyOrder: parseOneOf('--key-order', texts.keyOrder ?? 'hashed', KEY_ORDERS),
		rangeEntries: parseSpan('--range-entries', texts.rangeEntries ?? named?.rangeEntries ?? '50', 1, RANGE_ENTRIES_MAX),
	};
}

/** Whole numbers; `1e6`, `100k` and `1m` are understood too. */
export function parseCount(option: string, text: string, least: number, most: number): number {
	const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([km]?)$/i.exec(text.trim());
	const value = match === null ? Number.NaN : Number(match[1]) * { '': 1, k: 1e3, m: 1e6 }[match[2]!.toLowerCase() as '' | 'k' | 'm'];
	if (!Number.isInteger(value) || value < least || value > most)
		throw usage(`${option} must be a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}, not ${text}`);
	return value;
}

export function parseOneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
	const found = allowed.find((one) => one === text.toLowerCase());
	if (found === undefined) throw usage(`${option} must be one of ${allowed.join(', ')}, not ${text}`);
	return found;
}

function parseSpan(option: string, text: string, least: number, most: number): Span {
	const parts = text.split('-');
	if (parts.length > 2) throw usage(`${option} must be a number, or two as in 20-200, not ${text}`);
	const span = { least: parseCount(option, parts[0]!, least, most), most: parseCount(option, parts.at(-1)!, least, most) };
	if (span.least > span.most) throw usage(`${option}: ${span.least} is more than ${span.most}`);
	return span;
}

function parseMix(text: string): Mix {
	const weights: Record<OperationKind, number> = { get: 0, missing: 0, put: 0, insert: 0, delete: 0, range: 0, rmw: 0 };
	const seen = new Set<string>();
	for (const part of text.split(',')) {
		const match = /^\s*(\w+)\s*=\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part);
		if (match === null) throw usage(`--mix must be as in get=90,put=5,range=5, or one of ${Object.keys(NAMED_MIXES).join(', ')}, not ${text}`);
		const kind = parseOneOf('an operation of --mix', match[1]!, OPERATION_KINDS);
		if (seen.has(kind)) throw usage(`--mix names ${kind} twice`);
		seen.add(kind);
		weights[kind] = Number(match[2]);
	}
	return normalized(weights, () => usage('--mix has no share above 0'));
}

function normalized(weights: Mix, empty: () => Error): Mix {
	const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
	if (!(sum > 0)) throw empty();
	return Object.fromEntries(Object.entries(weights).map(([kind, weight]) => [kind, weight / sum])) as Record<OperationKind, number>;
}

/** The same without ranges, for engines that have none; null when nothing is left. */
export function withoutRanges(workload: Workload): Workload | null {
	const { range } = workload.mix;
	if (range === 0) return workload;
	if (range > 1 - 1e-9) return null;
	return { ...workload, mix: normalized({ ...workload.mix, range: 0 }, () => usage('--mix has ranges only')) };
}

/** Whether anything in it changes what is stored. */
export function hasWrites({ mix }: Workload): boolean {
	return mix.put + mix.insert + mix.delete + mix.rmw > 0;
}

function shownSpan({ least, most }: Span): string {
	return least === most ? least.toLocaleString('en') : `${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
}

/** `12.5 %` */
export function shownShare(share: number): string {
	return `${Number((share * 100).toFixed(1))} %`;
}

/** In words, for the head of a report. */
export function describeWorkload(workload: Workload): string {
	const { keys, keyBytes, valueBytes, compressible, mix, distribution, keyOrder, rangeEntries } = workload;
	const kinds = OPERATION_KINDS.filter((kind) => mix[kind] > 0).map((kind) => {
		const what = kind === 'range' ? `range of ${shownSpan(rangeEntries)} entries` : kind;
		return `${what} ${shownShare(mix[kind])}`;
	});
	return `${keys.toLocaleString('en')} records, keys of ${keyBytes} bytes (${keyOrder}), values of ${shownSpan(valueBytes)} bytes${compressible === 0 ? '' : `, ${shownShare(compressible)} compressible`}; ${kinds.join(', ')}; ${distribution} choice of keys`;
}
