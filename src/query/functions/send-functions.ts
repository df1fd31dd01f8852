/**
 * Send functions: the binary form of a value, as the wire carries it (float8send, record_send and their kin).
 */
import type { KeyTarget } from '../../value/key-buffer.ts';
import { binaryEncoder } from '../../value/value-binary.ts';
import type { CallInfo, ScalarFunction } from './contracts.ts';
import { bound, type Evaluate } from './define.ts';

const FIRST_BYTES = 64;

function bindSend(info: CallInfo): Evaluate {
	const encode = binaryEncoder(info.argumentTypes[0]!, info.types);
	return (value: unknown): Uint8Array => {
		const target: KeyTarget = { bytes: new Uint8Array(FIRST_BYTES), length: 0 };
		encode(value, target);
		return target.bytes.slice(0, target.length);
	};
}

/** Those of texts and of nested values depend on the client's encoding. */
const STABLE: readonly (readonly [oid: number, name: string, type: string])[] = [
	[2401, 'array_send', 'anyarray'],
	[2403, 'record_send', 'record'],
	[2415, 'textsend', 'text'],
	[2423, 'namesend', 'name'],
	[2431, 'bpcharsend', 'bpchar'],
	[2433, 'varcharsend', 'varchar'],
	[3533, 'enum_send', 'anyenum'],
];

const IMMUTABLE: readonly (readonly [oid: number, name: string, type: string])[] = [
	[2437, 'boolsend', 'bool'],
	[2435, 'charsend', 'char'],
	[2405, 'int2send', 'int2'],
	[2407, 'int4send', 'int4'],
	[2409, 'int8send', 'int8'],
	[2419, 'oidsend', 'oid'],
	[2425, 'float4send', 'float4'],
	[2427, 'float8send', 'float8'],
	[2461, 'numeric_send', 'numeric'],
	[2493, 'cash_send', 'money'],
	[2413, 'byteasend', 'bytea'],
	[2457, 'bit_send', 'bit'],
	[2459, 'varbit_send', 'varbit'],
	[2469, 'date_send', 'date'],
	[2471, 'time_send', 'time'],
	[2473, 'timetz_send', 'timetz'],
	[2475, 'timestamp_send', 'timestamp'],
	[2477, 'timestamptz_send', 'timestamptz'],
	[2479, 'interval_send', 'interval'],
	[2962, 'uuid_send', 'uuid'],
	[2497, 'inet_send', 'inet'],
	[2499, 'cidr_send', 'cidr'],
	[324, 'json_send', 'json'],
	[3803, 'jsonb_send', 'jsonb'],
	[2429, 'point_send', 'point'],
	[2481, 'lseg_send', 'lseg'],
	[2483, 'path_send', 'path'],
	[2485, 'box_send', 'box'],
	[2487, 'poly_send', 'polygon'],
	[2489, 'line_send', 'line'],
	[2491, 'circle_send', 'circle'],
];

export const sendFunctions: readonly ScalarFunction[] = [
	...STABLE.map(([oid, name, type]) => bound(oid, `${name}(${type}) bytea`, bindSend, { volatility: 'stable' })),
	...IMMUTABLE.map(([oid, name, type]) => bound(oid, `${name}(${type}) bytea`, bindSend)),
];
