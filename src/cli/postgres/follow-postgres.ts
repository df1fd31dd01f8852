/**
 * Follows a PostgreSQL database: takes the stream of its slot and applies it, until it is told to stop. A connection that breaks, at either end of the stream, is
 * made again after a while that doubles; errors that would only come again end it.
 */
import type pg from 'pg';
import { formatLsn, readMessage, type SourceFrame } from '../../encoding/pgoutput.ts';
import { PolylogError } from '../../platform/errors.ts';
import { ChangeWriter } from './change-writer.ts';
import type { Copied, PostgresImport, Say } from './import-postgres.ts';
import { ReplicationConnection } from './replication.ts';

const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 30_000;
/** The source gives a silent follower up after a minute. */
const CONFIRM_EVERY_MS = 10_000;
/** SQLSTATE classes that may pass: connection, transaction rollback, resources, operator intervention; the slot is still held by a connection that broke. */
const PASSING = /^(08|40|53|57|55006)/;

/** Resolves when `signal` aborts, with the number of transactions applied. */
export async function followPostgres(client: pg.Client, wanted: PostgresImport, copied: Copied, say: Say, signal: AbortSignal): Promise<number> {
	let applied = copied.lsn;
	const rest: Rest = { finish: copied.finish };
	let count = 0;
	let waitMs = RETRY_FIRST_MS;
	while (!signal.aborted) {
		const writer = new ChangeWriter(client, copied.state, applied, copied.tables);
		try {
			await takeStream(wanted, writer, copied.endLsn, rest, signal);
		} catch (error) {
			await writer.abandon();
			if (!mayPass(error)) throw error;
			if (writer.transactionCount > 0) waitMs = RETRY_FIRST_MS;
			say(`the stream broke at ${formatLsn(writer.appliedLsn)}: ${error instanceof Error ? error.message : String(error)}; again in ${waitMs / 1000} s`);
			await pause(waitMs, signal);
			waitMs = Math.min(RETRY_LAST_MS, waitMs * 2);
		}
		await writer.abandon();
		applied = writer.appliedLsn;
		count += writer.transactionCount;
	}
	return count;
}

/** What is to be done once when the changes have caught up with the copies. */
interface Rest {
	finish: (() => Promise<void>) | null;
}

async function takeStream(wanted: PostgresImport, writer: ChangeWriter, endLsn: bigint, rest: Rest, signal: AbortSignal): Promise<void> {
	const replication = await ReplicationConnection.open(wanted.url);
	const confirm = (): void => replication.confirm(writer.appliedLsn, BigInt(Date.now()) * 1000n);
	const timer = setInterval(confirm, CONFIRM_EVERY_MS);
	try {
		const take = async (frame: SourceFrame): Promise<void> => {
			if (frame.kind === 'data') await writer.take(readMessage(frame.message));
			// Nothing up to here is left to come but what belongs to transactions that are open.
			else if (!writer.isWithin && frame.walEnd > writer.appliedLsn) writer.appliedLsn = frame.walEnd;
			if (frame.kind === 'keepalive' && frame.wantsReply) confirm();
			if (rest.finish === null || writer.isWithin || writer.appliedLsn < endLsn) return;
			await rest.finish();
			rest.finish = null;
		};
		await replication.stream(wanted.slot, wanted.slot, writer.appliedLsn, take, signal);
		confirm();
	} finally {
		clearInterval(timer);
		await replication.close();
	}
}

function mayPass(error: unknown): boolean {
	if (error instanceof PolylogError || !(error instanceof Error)) return false;
	const code = (error as { readonly code?: unknown }).code;
	// Without a SQLSTATE it is the connection's.
	return typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || PASSING.test(code);
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, durationMs);
		signal.addEventListener(
			'abort',
			() => {
				clearTimeout(timer);
				resolve();
			},
			{ once: true },
		);
	});
}
