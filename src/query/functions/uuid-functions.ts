/**
 * Making uuids. The random bits are the session's, so that a simulated run repeats.
 */
import type { FunctionContext, ScalarFunction } from './contracts.ts';
import { contextual } from './define.ts';

/** Version 4, variant 1. */
function randomUuid(context: FunctionContext): string {
	const bytes = context.randomBytes(16);
	let hex = '';
	for (let index = 0; index < 16; index++) {
		let byte = bytes[index]!;
		if (index === 6) byte = (byte & 0x0f) | 0x40;
		else if (index === 8) byte = (byte & 0x3f) | 0x80;
		if (index === 4 || index === 6 || index === 8 || index === 10) hex += '-';
		hex += byte.toString(16).padStart(2, '0');
	}
	return hex;
}

export const uuidFunctions: readonly ScalarFunction[] = [contextual(3432, 'gen_random_uuid() uuid', randomUuid, { volatility: 'volatile' })];
