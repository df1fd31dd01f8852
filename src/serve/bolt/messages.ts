/** Tags of messages, and the answers that a server gives. */

import type { OutputBuffer } from './output-buffer.ts';
import type { Packer } from './packer.ts';
import type { Failure } from './status-codes.ts';
import type { BoltVersion } from './versions.ts';
import { atLeast } from './versions.ts';

export const HELLO = 0x01;
export const GOODBYE = 0x02;
export const RESET = 0x0f;
export const RUN = 0x10;
export const BEGIN = 0x11;
export const COMMIT = 0x12;
export const ROLLBACK = 0x13;
export const DISCARD = 0x2f;
export const PULL = 0x3f;
export const TELEMETRY = 0x54;
export const ROUTE = 0x66;
export const LOGON = 0x6a;
export const LOGOFF = 0x6b;

export const SUCCESS = 0x70;
export const RECORD = 0x71;
export const IGNORED = 0x7e;
export const FAILURE = 0x7f;

const REQUEST_NAMES: ReadonlyMap<number, string> = new Map([
	[HELLO, 'HELLO'],
	[GOODBYE, 'GOODBYE'],
	[RESET, 'RESET'],
	[RUN, 'RUN'],
	[BEGIN, 'BEGIN'],
	[COMMIT, 'COMMIT'],
	[ROLLBACK, 'ROLLBACK'],
	[DISCARD, 'DISCARD'],
	[PULL, 'PULL'],
	[TELEMETRY, 'TELEMETRY'],
	[ROUTE, 'ROUTE'],
	[LOGON, 'LOGON'],
	[LOGOFF, 'LOGOFF'],
]);

/** A request's name for messages, or undefined when no version has one of this tag. */
export function requestName(tag: number): string | undefined {
	return REQUEST_NAMES.get(tag);
}

const NOTHING: ReadonlyMap<string, unknown> = new Map();

export function writeSuccess(out: OutputBuffer, packer: Packer, metadata: ReadonlyMap<string, unknown> = NOTHING): void {
	out.begin(SUCCESS, 1);
	packer.map(metadata);
	out.finish();
}

export function writeIgnored(out: OutputBuffer): void {
	out.begin(IGNORED, 0);
	out.finish();
}

export function writeFailure(out: OutputBuffer, packer: Packer, version: BoltVersion, failure: Failure): void {
	out.begin(FAILURE, 1);
	packer.map(
		atLeast(version, 5, 7)
			? gqlFailure(failure)
			: new Map([
					['code', failure.status.code],
					['message', failure.message],
				]),
	);
	out.finish();
}

function gqlFailure({ status, message, position }: Failure): ReadonlyMap<string, unknown> {
	const diagnostics = new Map<string, unknown>([
		['OPERATION', ''],
		['OPERATION_CODE', '0'],
		['CURRENT_SCHEMA', '/'],
		['_classification', classification(status.code)],
	]);
	if (position > 0) diagnostics.set('_position', new Map([['offset', position - 1]]));
	return new Map<string, unknown>([
		['neo4j_code', status.code],
		['message', message],
		['gql_status', status.gqlStatus],
		['description', status.description],
		['diagnostic_record', diagnostics],
	]);
}

function classification(code: string): string {
	if (code.startsWith('Neo.TransientError')) return 'TRANSIENT_ERROR';
	return code.startsWith('Neo.DatabaseError') ? 'DATABASE_ERROR' : 'CLIENT_ERROR';
}
