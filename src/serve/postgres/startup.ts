/**
 * The first packets of a connection: requests for encryption, requests to cancel, and the startup packet with its parameters.
 *
 * Format: `length i32 | code i32 | rest`, without a type byte; a startup packet's rest is pairs of zero-ended strings and a
 * zero. A connection that begins like HTTP announces an impossible length here and is dropped without a word.
 *
 * Source: PostgreSQL 15, section 55.2.1 (start-up) and 55.7 (message formats).
 */
import { sqlError } from '../../platform/errors.ts';
import type { MessageReader } from './message-reader.ts';

export const STARTUP_BYTES_MAX = 10000;

const CANCEL_CODE = 80877102;
const TLS_CODE = 80877103;
const GSS_CODE = 80877104;
const MAJOR_VERSION = 3;
const MINOR_VERSION = 0;

export type FirstPacket =
	| { readonly kind: 'tls' }
	| { readonly kind: 'gss' }
	| { readonly kind: 'cancel'; readonly processId: number; readonly secret: number }
	| StartupPacket;

export interface StartupPacket {
	readonly kind: 'startup';
	readonly user: string;
	readonly applicationName: string;
	/** Settings asked for, by parameter or in `options`. */
	readonly settings: Readonly<Record<string, string>>;
	/** Set when the client speaks a newer minor version, or protocol options that are unknown here. */
	readonly negotiation: { readonly minorVersion: number; readonly unknownOptions: readonly string[] } | null;
}

/** Reads the reader's current startup packet. */
export function readFirstPacket(reader: MessageReader): FirstPacket {
	const code = reader.int32();
	if (code === TLS_CODE || code === GSS_CODE) {
		reader.expectEnd();
		return { kind: code === TLS_CODE ? 'tls' : 'gss' };
	}
	if (code === CANCEL_CODE) {
		const processId = reader.int32();
		const secret = reader.int32();
		reader.expectEnd();
		return { kind: 'cancel', processId, secret };
	}
	const major = code >>> 16;
	if (major !== MAJOR_VERSION) {
		throw sqlError('0A000', `unsupported frontend protocol ${major}.${code & 0xffff}: server supports 3.0 to 3.0`);
	}
	return readStartup(reader, code & 0xffff);
}

function readStartup(reader: MessageReader, minor: number): StartupPacket {
	const settings: Record<string, string> = Object.create(null) as Record<string, string>;
	const unknownOptions: string[] = [];
	let user = '';
	let options = '';
	for (;;) {
		const name = reader.text();
		if (name === '') break;
		const value = reader.text();
		if (name === 'user') user = value;
		else if (name === 'options') options = value;
		else if (name === 'replication') refuseReplication(value);
		else if (name.startsWith('_pq_.')) unknownOptions.push(name);
		else if (name !== 'database') settings[name] = value;
	}
	reader.expectEnd();
	if (user === '') throw sqlError('28000', 'no PostgreSQL user name specified in startup packet');
	for (const [name, value] of parseOptions(options)) settings[name] = value;
	const negotiation = minor > MINOR_VERSION || unknownOptions.length > 0 ? { minorVersion: MINOR_VERSION, unknownOptions } : null;
	return { kind: 'startup', user, applicationName: settings.application_name ?? '', settings, negotiation };
}

function refuseReplication(value: string): void {
	if (['', '0', 'false', 'off', 'no'].includes(value.toLowerCase())) return;
	throw sqlError('0A000', 'replication connections are not supported');
}

/** `-c name=value`, `-cname=value` and `--name=value`, split at spaces that no backslash precedes. */
function parseOptions(options: string): readonly (readonly [string, string])[] {
	const words = (options.match(/(?:\\.|[^\s\\])+/gs) ?? []).map((word) => word.replace(/\\(.)/gs, '$1'));
	const settings: [string, string][] = [];
	for (let index = 0; index < words.length; index++) {
		const word = words[index]!;
		let pair: string | undefined;
		if (word.startsWith('--')) pair = word.slice(2);
		else if (word === '-c') pair = words[++index];
		else if (word.startsWith('-c')) pair = word.slice(2);
		const equals = pair === undefined ? -1 : pair.indexOf('=');
		if (pair === undefined || equals <= 0) throw sqlError('42601', `invalid command-line argument for server process: ${word}`);
		settings.push([pair.slice(0, equals).replaceAll('-', '_'), pair.slice(equals + 1)]);
	}
	return settings;
}
