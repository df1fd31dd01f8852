/**
 * Messages of the server that are written whole: their type bytes and layouts.
 *
 * Source: PostgreSQL 15, section 55.7 (message formats).
 */
import type { Column } from '../../query/algebra/expression.ts';
import { baseTypeOf } from '../../value/builtin-types.ts';
import type { TypeLookup } from '../../value/type.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { formatOf } from './row-encoder.ts';

/** Type bytes of messages from a client. */
export const BIND = 0x42;
export const CLOSE = 0x43;
export const COPY_DATA = 0x64;
export const COPY_DONE = 0x63;
export const COPY_FAIL = 0x66;
export const DESCRIBE = 0x44;
export const EXECUTE = 0x45;
export const FLUSH = 0x48;
export const FUNCTION_CALL = 0x46;
export const PARSE = 0x50;
export const PASSWORD = 0x70;
export const QUERY = 0x51;
export const SYNC = 0x53;
export const TERMINATE = 0x58;

/** Names of a statement and a portal in Describe and Close. */
export const STATEMENT = 0x53;
export const PORTAL = 0x50;

/** Type bytes of messages without a body. */
export const PARSE_COMPLETE = 0x31;
export const BIND_COMPLETE = 0x32;
export const CLOSE_COMPLETE = 0x33;
export const NO_DATA = 0x6e;
export const EMPTY_QUERY = 0x49;
export const PORTAL_SUSPENDED = 0x73;
export const COPY_OUT_DONE = 0x63;

const AUTHENTICATION = 0x52;
const AUTHENTICATION_OK = 0;
const AUTHENTICATION_SASL = 10;
const AUTHENTICATION_SASL_CONTINUE = 11;
const AUTHENTICATION_SASL_FINAL = 12;

const COPY_FORMATS = { text: 0, csv: 0, binary: 1 } as const;

/** A column of a domain is described as one of the type under it, as PostgreSQL does. */
export function writeRowDescription(out: OutputBuffer, columns: readonly Column[], formats: readonly number[], types: TypeLookup): void {
	out.begin(0x54);
	out.int16(columns.length);
	for (let index = 0; index < columns.length; index++) {
		const column = columns[index]!;
		const type = baseTypeOf(column.type, types);
		const typmod = type === column.type || column.typmod !== -1 ? column.typmod : column.type.baseTypmod;
		out.string(column.name);
		out.int32(column.origin?.[0] ?? 0);
		out.int16(column.origin?.[1] ?? 0);
		out.int32(type.oid);
		out.int16(type.length);
		out.int32(typmod);
		out.int16(formatOf(formats, index));
	}
	out.finish();
}

export function writeParameterDescription(out: OutputBuffer, oids: readonly number[]): void {
	out.begin(0x74);
	out.int16(oids.length);
	for (const oid of oids) out.int32(oid);
	out.finish();
}

export function writeCommandComplete(out: OutputBuffer, tag: string): void {
	out.begin(0x43);
	out.string(tag);
	out.finish();
}

export function writeReady(out: OutputBuffer, status: 'idle' | 'transaction' | 'failed'): void {
	out.begin(0x5a);
	out.byte(status === 'idle' ? 0x49 : status === 'transaction' ? 0x54 : 0x45);
	out.finish();
}

export function writeParameterStatus(out: OutputBuffer, name: string, value: string): void {
	out.begin(0x53);
	out.string(name);
	out.string(value);
	out.finish();
}

export function writeBackendKey(out: OutputBuffer, processId: number, secret: number): void {
	out.begin(0x4b);
	out.int32(processId);
	out.int32(secret);
	out.finish();
}

export function writeNotification(out: OutputBuffer, processId: number, channel: string, payload: string): void {
	out.begin(0x41);
	out.int32(processId);
	out.string(channel);
	out.string(payload);
	out.finish();
}

/** What COPY is about to send (`out`) or wants to be sent (`in`): the format of the whole and of each column. */
export function writeCopyResponse(out: OutputBuffer, direction: 'in' | 'out', format: 'text' | 'csv' | 'binary', columnCount: number): void {
	out.begin(direction === 'in' ? 0x47 : 0x48);
	out.byte(COPY_FORMATS[format]);
	out.int16(columnCount);
	for (let index = 0; index < columnCount; index++) out.int16(COPY_FORMATS[format]);
	out.finish();
}

export function writeCopyData(out: OutputBuffer, piece: Uint8Array): void {
	out.begin(COPY_DATA);
	out.append(piece);
	out.finish();
}

export function writeAuthenticationOk(out: OutputBuffer): void {
	out.begin(AUTHENTICATION);
	out.int32(AUTHENTICATION_OK);
	out.finish();
}

export function writeSaslMechanisms(out: OutputBuffer, mechanisms: readonly string[]): void {
	out.begin(AUTHENTICATION);
	out.int32(AUTHENTICATION_SASL);
	for (const mechanism of mechanisms) out.string(mechanism);
	out.byte(0);
	out.finish();
}

export function writeSaslData(out: OutputBuffer, final: boolean, data: string): void {
	out.begin(AUTHENTICATION);
	out.int32(final ? AUTHENTICATION_SASL_FINAL : AUTHENTICATION_SASL_CONTINUE);
	out.text(data);
	out.finish();
}

/** The newest minor version that is spoken, and the protocol options of the client that are not known. */
export function writeNegotiation(out: OutputBuffer, minorVersion: number, unknownOptions: readonly string[]): void {
	out.begin(0x76);
	out.int32(minorVersion);
	out.int32(unknownOptions.length);
	for (const option of unknownOptions) out.string(option);
	out.finish();
}
