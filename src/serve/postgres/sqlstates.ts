/**
 * The SQLSTATE of every error code of the house that has none of its own, and the fields of an ErrorResponse. SQL errors bring
 * their SQLSTATE with them; `sqlstates.test.ts` finds codes that are missing here.
 *
 * Source: PostgreSQL 15, appendix A (error codes) and section 55.8 (fields of error and notice messages).
 */
import type { Notice } from '../../database/contracts.ts';
import {
	ClosedError,
	ConflictError,
	CorruptionError,
	InputError,
	IoError,
	LimitError,
	PolylogError,
	UnavailableError,
	UnsupportedError,
} from '../../platform/errors.ts';
import type { OutputBuffer } from './output-buffer.ts';

export const INTERNAL_ERROR = 'XX000';

/** By `PolylogError.code`, for the codes whose family says too little. */
const byCode: ReadonlyMap<string, string> = new Map([['invariant', INTERNAL_ERROR]]);

/** By family: `PolylogError`'s subclasses. */
const byFamily: readonly (readonly [new (...args: never[]) => PolylogError, string])[] = [
	[InputError, '22023'],
	[ConflictError, '40001'],
	[LimitError, '54000'],
	[UnsupportedError, '0A000'],
	[ClosedError, '57P01'],
	[UnavailableError, '57P03'],
	[IoError, '58030'],
	[CorruptionError, 'XX001'],
];

/** null for a code that neither table knows. */
export function sqlstateOf(error: PolylogError): string | null {
	if (error.sqlstate !== undefined) return error.sqlstate;
	const known = byCode.get(error.code);
	if (known !== undefined) return known;
	for (const [family, sqlstate] of byFamily) if (error instanceof family) return sqlstate;
	return null;
}

export type Severity = 'ERROR' | 'FATAL' | 'PANIC';

const ERROR_RESPONSE = 0x45;
const NOTICE_RESPONSE = 0x4e;

export function writeError(out: OutputBuffer, error: unknown, severity: Severity = 'ERROR'): void {
	const known = knownError(error);
	out.begin(ERROR_RESPONSE);
	field(out, 'S', severity);
	field(out, 'V', severity);
	field(out, 'C', sqlstateOf(known) ?? INTERNAL_ERROR);
	field(out, 'M', known.message);
	field(out, 'D', known.detail);
	field(out, 'H', known.hint);
	field(out, 'P', known.position === undefined || known.position <= 0 ? undefined : String(known.position));
	field(out, 'W', known.where);
	field(out, 's', known.schema);
	field(out, 't', known.table);
	field(out, 'c', known.column);
	field(out, 'd', known.dataType);
	field(out, 'n', known.constraint);
	out.byte(0);
	out.finish();
}

export function writeNotice(out: OutputBuffer, notice: Notice): void {
	out.begin(NOTICE_RESPONSE);
	field(out, 'S', notice.severity);
	field(out, 'V', notice.severity);
	field(out, 'C', notice.sqlstate);
	field(out, 'M', notice.message);
	field(out, 'D', notice.detail);
	field(out, 'H', notice.hint);
	field(out, 'P', notice.position === undefined ? undefined : String(notice.position));
	out.byte(0);
	out.finish();
}

function field(out: OutputBuffer, name: string, value: string | undefined): void {
	if (value === undefined) return;
	out.byte(name.charCodeAt(0));
	out.string(value);
}

/** Anything thrown as an error of the house: what JavaScript itself throws is a bug of ours, but for a stack used up. */
function knownError(error: unknown): PolylogError {
	if (error instanceof PolylogError) return error;
	if (error instanceof RangeError && error.message.includes('call stack')) {
		return new LimitError('sql', 'stack depth limit exceeded', { sqlstate: '54001', hint: 'Nest expressions less deeply.' });
	}
	const message = error instanceof Error ? `internal error: ${error.message}` : 'internal error';
	return new PolylogError('invariant', message, { sqlstate: INTERNAL_ERROR, cause: error, hint: 'Please report this as a bug.' });
}
