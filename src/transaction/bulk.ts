/**
 * Bulk loads of a transaction: sorted files per keyspace, finished and synced before the log names them. The log record's file
 * list holds the files of all loads one after another; a change of model 4 says how many belong to which keyspace: varint
 * keyspace id, varint count of files.
 */
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../bytes/varint.ts';
import type { BulkFile } from '../log/log.ts';
import { invariant } from '../platform/errors.ts';
import type { BulkTarget } from '../storage/bulk-builder.ts';
import { BULK_MODEL } from './models.ts';
import type { WriteSet } from './write-set.ts';

export interface BulkLoad {
	readonly keyspaceId: number;
	readonly builder: BulkTarget;
}

export interface FinishedLoad {
	readonly keyspaceId: number;
	readonly files: readonly BulkFile[];
}

export const NO_LOADS: readonly FinishedLoad[] = [];
const NO_FILES: readonly BulkFile[] = [];

/** Finishes the loads and adds their changes to the payload. */
export function finishLoads(loads: readonly BulkLoad[], writes: WriteSet, changes: ByteWriter): FinishedLoad[] {
	return loads.map(({ keyspaceId, builder }) => {
		invariant(!writes.touches(keyspaceId), `a transaction that loads keyspace ${keyspaceId} in bulk does not change it otherwise`);
		const files = builder.finish();
		changes.varint(BULK_MODEL);
		changes.varint(varintBytes(keyspaceId) + varintBytes(files.length));
		changes.varint(keyspaceId);
		changes.varint(files.length);
		return { keyspaceId, files };
	});
}

export function filesOf(loads: readonly FinishedLoad[]): readonly BulkFile[] {
	return loads.length === 0 ? NO_FILES : loads.flatMap((load) => load.files);
}

export function decodeBulkChange(bytes: Uint8Array, start: number): { keyspaceId: number; fileCount: number } {
	const keyspaceId = readVarint(bytes, start);
	return { keyspaceId, fileCount: readVarint(bytes, start + varintBytes(keyspaceId)) };
}
