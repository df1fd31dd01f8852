/**
 * A workload taken from what a keyspace was used for: the difference of its counters over some time gives the mix, the sizes and the
 * rate; its entries are the records to load. How keys are chosen is not counted, so the distribution is as the user says.
 */
import { InputError } from '../../platform/errors.ts';
import { KEY_BYTES_MIN, KEYS_MAX, type WorkloadTexts } from './workload.ts';

/** As `polylog.statistics` gives them for a keyspace. */
export type UsageSample = Readonly<Record<string, number>>;

export interface RecordedWorkload {
	readonly texts: WorkloadTexts;
	/** Operations a second. */
	readonly rate: number;
	readonly operations: number;
}

export function workloadOfUsage(before: UsageSample, after: UsageSample, seconds: number): RecordedWorkload {
	const during = (name: string): number => Math.max(0, (after[name] ?? 0) - (before[name] ?? 0));
	const [gets, found, puts, deletes, ranges] = ['gets', 'found', 'puts', 'deletes', 'ranges'].map(during) as [number, number, number, number, number];
	const operations = gets + puts + deletes + ranges;
	if (operations === 0)
		throw new InputError('usage', 'the keyspace was not used while it was recorded', { hint: 'Record while the program works, or longer (--record-seconds).' });
	const inserts = Math.min(puts, during('entries') + (puts > 0 ? deletes : 0));
	const shares: readonly (readonly [string, number])[] = [
		['get', found],
		['missing', gets - found],
		['put', puts - inserts],
		['insert', inserts],
		['delete', deletes],
		['range', ranges],
	];
	const keyed = gets + puts + deletes;
	const valued = found + puts;
	const atLeast = (least: number, value: number): string => String(Math.max(least, Math.round(value)));
	return {
		texts: {
			keys: String(Math.min(KEYS_MAX, Math.max(1, Math.round(after['entries'] ?? 1)))),
			mix: shares
				.filter(([, count]) => count > 0)
				.map(([kind, count]) => `${kind}=${((count / operations) * 100).toFixed(4)}`)
				.join(','),
			...(keyed > 0 ? { keyBytes: atLeast(KEY_BYTES_MIN, during('keyBytes') / keyed) } : {}),
			...(valued > 0 ? { valueBytes: atLeast(0, during('valueBytes') / valued) } : {}),
			...(ranges > 0 ? { rangeEntries: atLeast(1, during('rangeEntries') / ranges) } : {}),
		},
		rate: Math.max(1, Math.round(operations / seconds)),
		operations,
	};
}
