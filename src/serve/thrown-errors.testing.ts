/** What the built files throw: for tests that each protocol has an answer to all of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
	ClosedError,
	ConflictError,
	CorruptionError,
	InputError,
	IoError,
	LimitError,
	PolylogError,
	sqlError,
	UnavailableError,
	UnsupportedError,
} from '../platform/errors.ts';

const FAMILIES = { PolylogError, InputError, ConflictError, LimitError, UnsupportedError, ClosedError, UnavailableError, IoError, CorruptionError };
const BUILT = fileURLToPath(new URL('../', import.meta.url));
const BY_CODE = new RegExp(`new (${Object.keys(FAMILIES).join('|')})\\(\\s*["']([a-z0-9-]+)["']`, 'g');
const BY_SQLSTATE = /sqlError\(\s*["']([0-9A-Z]{5})["']/g;

export interface Thrown {
	readonly error: PolylogError;
	/** Its code or SQLSTATE, and the file that throws it. */
	readonly name: string;
}

/** An error of every code that is thrown anywhere, and of every SQLSTATE. */
export function thrownErrors(): { readonly byCode: readonly Thrown[]; readonly bySqlstate: readonly Thrown[] } {
	const byCode: Thrown[] = [];
	const bySqlstate: Thrown[] = [];
	for (const file of readdirSync(BUILT, { recursive: true, encoding: 'utf8' })) {
		if (!file.endsWith('.js') || /\.(test|suite|testing)\./.test(file) || file.startsWith('bundle')) continue;
		const text = readFileSync(join(BUILT, file), 'utf8');
		for (const [, family, code] of text.matchAll(BY_CODE)) {
			const error = new FAMILIES[family as keyof typeof FAMILIES](code!, 'message');
			byCode.push({ error, name: `${code} (${file})` });
		}
		for (const [, sqlstate] of text.matchAll(BY_SQLSTATE)) bySqlstate.push({ error: sqlError(sqlstate!, 'message'), name: `${sqlstate} (${file})` });
	}
	return { byCode, bySqlstate };
}
