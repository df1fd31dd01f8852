/**
 * A prepared statement or a portal as the protocol keeps it, with what was worked out for it before: parameter readers by
 * format, row encoder and row description by format. A statement that is bound again with the same formats, as drivers do,
 * finds them ready.
 */
import type { Portal, PreparedStatement, Session } from '../../database/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { TextSettings } from '../../value/text-settings.ts';
import type { TypeLookup } from '../../value/type.ts';
import type { ByteTarget } from '../buffer-pool.ts';
import { writeRowDescription } from './messages.ts';
import { OutputBuffer } from './output-buffer.ts';
import { formatOf, RowEncoder } from './row-encoder.ts';
import { type ParameterReader, parameterReader } from './value-forms.ts';

const NONE: readonly number[] = [];

/** What a result looks like in one choice of formats. */
export interface ResultForm {
	readonly columns: readonly Column[] | null;
	readonly formats: readonly number[];
	readonly settings: TextSettings;
	readonly encoder: RowEncoder;
	/** RowDescription, ready to be copied; null until asked for. */
	description: Buffer | null;
}

export class StatementEntry {
	readonly name: string;
	readonly nameBytes: Buffer;
	readonly statement: PreparedStatement;
	#readerFormats: readonly number[] = NONE;
	#readers: readonly ParameterReader[] | null = null;
	#readerSettings: TextSettings | null = null;
	#form: ResultForm | null = null;

	constructor(name: string, statement: PreparedStatement) {
		this.name = name;
		this.nameBytes = Buffer.from(name);
		this.statement = statement;
	}

	/** One reader per parameter. */
	parameterReaders(formats: readonly number[], session: Session): readonly ParameterReader[] {
		const settings = session.textSettings;
		if (this.#readers !== null && this.#readerSettings === settings && equal(formats, this.#readerFormats)) return this.#readers;
		const forms = { types: session.lookup, settings };
		const readers = this.statement.parameterTypes.map((type, index) => parameterReader(type, formatOf(formats, index), forms));
		this.#readers = readers;
		this.#readerFormats = formats;
		this.#readerSettings = settings;
		return readers;
	}

	resultForm(columns: readonly Column[] | null, formats: readonly number[], session: Session, out: OutputBuffer, target: ByteTarget): ResultForm {
		const settings = session.textSettings;
		const known = this.#form;
		if (known !== null && known.columns === columns && known.settings === settings && equal(formats, known.formats)) return known;
		const encoder = new RowEncoder(columns ?? [], formats, out, target, { types: session.lookup, settings });
		const form: ResultForm = { columns, formats, settings, encoder, description: null };
		this.#form = form;
		return form;
	}
}

/** The RowDescription of a form with columns. */
export function describeForm(form: ResultForm, types: TypeLookup): Buffer {
	if (form.description === null) {
		const scratch = new OutputBuffer();
		writeRowDescription(scratch, form.columns!, form.formats, types);
		form.description = Buffer.from(scratch.bytes.subarray(0, scratch.length));
		scratch.discard();
	}
	return form.description;
}

export class PortalEntry {
	readonly entry: StatementEntry;
	readonly portal: Portal;
	readonly form: ResultForm;
	/** 'new', 'suspended' by a row limit, or 'finished'. */
	state: 'new' | 'suspended' | 'finished';

	constructor(entry: StatementEntry, portal: Portal, form: ResultForm) {
		this.entry = entry;
		this.portal = portal;
		this.form = form;
		this.state = 'new';
	}
}

/** Refuses format codes that are neither text nor binary, and a number of them that fits nothing. */
export function checkFormats(formats: readonly number[], count: number, what: string): void {
	if (formats.length > 1 && formats.length !== count) {
		throw sqlError('08P01', `bind message has ${formats.length} ${what} formats but ${count} ${what}${what === 'result' ? ' columns' : 's'}`);
	}
	for (const format of formats) if (format !== 0 && format !== 1) throw sqlError('22023', `unsupported format code: ${format}`);
}

function equal(left: readonly number[], right: readonly number[]): boolean {
	if (left === right) return true;
	if (left.length !== right.length) return false;
	for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
	return true;
}
