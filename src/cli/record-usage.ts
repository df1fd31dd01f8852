/** Records what a keyspace of a running database is used for, by its counters at two moments. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type RecordedWorkload, type UsageSample, workloadOfUsage } from '../operate/bench/recorded-workload.ts';
import { InputError } from '../platform/errors.ts';
import { connectDatabase } from './client.ts';

/** Looks at the keyspace in the database of a directory, which a process must have open and serve, now and `seconds` later. */
export async function recordUsage(directory: string, keyspace: string, seconds: number): Promise<RecordedWorkload> {
	const { client, own, close } = await connectDatabase(directory, false);
	try {
		if (own)
			throw new InputError('usage', `nobody has the database in ${directory} open, so there is nothing to record`, {
				hint: 'Record while the program that uses it runs and serves it: serve(db, …), or polylog serve.',
			});
		const before = await sample(client, keyspace);
		await sleep(seconds * 1000);
		return workloadOfUsage(before, await sample(client, keyspace), seconds);
	} finally {
		await close();
	}
}

async function sample(client: pg.Client, keyspace: string): Promise<UsageSample> {
	const { rows } = await client.query({ text: 'SELECT part, name, value FROM polylog.statistics', rowMode: 'array' });
	const all = rows as [string, string, string][];
	const found = all.filter(([part]) => part === `keyspace ${keyspace}`);
	if (found.length === 0) {
		const used = [...new Set(all.map(([part]) => part).filter((part) => part.startsWith('keyspace ')))].map((part) => part.slice('keyspace '.length));
		throw new InputError('usage', `no keyspace ${keyspace} was used since the database was opened`, {
			hint: used.length === 0 ? 'No keyspace was.' : `These were: ${used.join(', ')}.`,
		});
	}
	return Object.fromEntries(found.map(([, name, value]) => [name, Number(value)]));
}
