/** An open result of a client: where its rows go, and what is told at its end. */

import type { ByteTarget } from '../buffer-pool.ts';
import type { BoltResult, BoltSummary } from './host.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { Packer } from './packer.ts';
import { RecordEncoder } from './record-encoder.ts';
import { addSummary } from './summary-metadata.ts';
import type { BoltVersion } from './versions.ts';

export class ResultStream {
	readonly result: BoltResult;
	readonly encoder: RecordEncoder;
	/** When its RUN came, on the monotonic clock. */
	readonly startMs: number;

	constructor(result: BoltResult, out: OutputBuffer, packer: Packer, target: ByteTarget, startMs: number) {
		this.result = result;
		this.encoder = new RecordEncoder(result.fields.length, out, packer, target);
		this.startMs = startMs;
	}

	/** What is told of a result that ran to its end. */
	finished(summary: BoltSummary, version: BoltVersion): Map<string, unknown> {
		const metadata = new Map<string, unknown>();
		addSummary(metadata, summary, version, this.result.fields.length, this.encoder.rowCount);
		return metadata;
	}

	/** What is told of one that only read, and was given up before its end. */
	unfinished(): Map<string, unknown> {
		return new Map([['type', 'r']]);
	}
}
