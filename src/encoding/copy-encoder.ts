/**
 * Writes rows in COPY's formats: a row sink whose rows become lines (or binary rows) in one buffer, to be taken row by row.
 *
 * Calls: `header` once; `begin`, the writers, `end` per row, any number of rows; `rows` gives what has gathered, each piece one
 * whole row valid until the next call; `trailer` once.
 * Source: PostgreSQL 15, COPY, "File Formats".
 */
import { COPY_SIGNATURE } from './copy-binary-decoder.ts';
import type { CopyTextOptions } from './copy-options.ts';

/** A buffer that grows; the shape that binary encoders of values append to. */
export interface CopyBytes {
	bytes: Uint8Array;
	length: number;
}

/** Bytes gathered before `end` asks for them to be taken. */
const BATCH_BYTES = 64 * 1024;
const NEWLINE = 10;

/** What a buffer of rows can do, whatever the format. */
export abstract class CopyEncoder implements CopyBytes {
	bytes: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES * 2);
	length = 0;
	rowCount = 0;
	/** Ends of the rows gathered. */
	#rowEnds: number[] = [];
	abstract readonly writers: readonly ((value: unknown) => void)[];

	abstract header(): Uint8Array | null;
	abstract trailer(): Uint8Array | null;
	abstract begin(): void;

	/** False when enough has gathered: take it with `rows`. */
	end(): boolean {
		this.endRow();
		this.rowCount++;
		this.#rowEnds.push(this.length);
		return this.length < BATCH_BYTES;
	}

	/** The rows gathered, one piece each. They are gone when the last was taken. */
	*rows(): Iterable<Uint8Array> {
		let start = 0;
		for (const end of this.#rowEnds) {
			yield this.bytes.subarray(start, end);
			start = end;
		}
		this.#rowEnds = [];
		this.length = 0;
	}

	protected abstract endRow(): void;

	protected reserve(count: number): void {
		const needed = this.length + count;
		if (needed <= this.bytes.length) return;
		const larger = Buffer.allocUnsafeSlow(needed * 2);
		larger.set(this.bytes.subarray(0, this.length));
		this.bytes = larger;
	}
}

/** Text and CSV. `formats[i]` makes the text of column i's values. */
export class CopyLineEncoder extends CopyEncoder {
	readonly writers: readonly ((value: unknown) => void)[];
	readonly #options: CopyTextOptions;
	readonly #names: readonly string[];
	readonly #nullBytes: Buffer;
	readonly #delimiter: number;
	/** By byte below 128: 0 plain; text: the letter after the backslash; CSV: 1 when it forces quotes. */
	readonly #special = new Uint8Array(256);
	#first = true;

	constructor(options: CopyTextOptions, names: readonly string[], formats: readonly ((value: never) => string)[]) {
		super();
		this.#options = options;
		this.#names = names;
		this.#nullBytes = Buffer.from(options.nullText);
		this.#delimiter = options.delimiter.charCodeAt(0);
		const csv = options.format === 'csv';
		this.#markSpecial(csv);
		const forced = new Set(options.forceQuote);
		this.writers = formats.map((format, index) => (csv ? this.#csvWriter(format, forced.has(index)) : this.#textWriter(format)));
	}

	header(): Uint8Array | null {
		if (this.#options.header === false) return null;
		this.begin();
		const write = this.#options.format === 'csv' ? this.#csvWriter((name: string) => name, false) : this.#textWriter((name: string) => name);
		for (const name of this.#names) write(name);
		this.endRow();
		const line = Buffer.from(this.bytes.subarray(0, this.length));
		this.length = 0;
		return line;
	}

	trailer(): Uint8Array | null {
		return null;
	}

	begin(): void {
		this.#first = true;
	}

	protected endRow(): void {
		this.reserve(1);
		this.bytes[this.length++] = NEWLINE;
	}

	#markSpecial(csv: boolean): void {
		const special = this.#special;
		if (csv) {
			for (const character of [this.#options.delimiter, this.#options.quote, this.#options.escape, '\n', '\r']) special[character.charCodeAt(0)] = 1;
			return;
		}
		for (const [code, letter] of ['\bb', '\ff', '\nn', '\rr', '\tt', '\vv', '\\\\'].map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const))
			special[code] = letter;
		if (special[this.#delimiter] === 0) special[this.#delimiter] = this.#delimiter;
	}

	#startField(): void {
		if (this.#first) {
			this.#first = false;
			return;
		}
		this.reserve(1);
		this.bytes[this.length++] = this.#delimiter;
	}

	#null(): void {
		this.reserve(this.#nullBytes.length);
		this.bytes.set(this.#nullBytes, this.length);
		this.length += this.#nullBytes.length;
	}

	#textWriter(format: (value: never) => string): (value: unknown) => void {
		return (value) => {
			this.#startField();
			if (value === null) this.#null();
			else this.#escaped(format(value as never));
		};
	}

	#escaped(text: string): void {
		this.reserve(text.length * 3);
		const special = this.#special;
		const bytes = this.bytes;
		let at = this.length;
		for (let index = 0; index < text.length; index++) {
			const code = text.charCodeAt(index);
			if (code >= 0x80) {
				this.#escapedWide(text);
				return;
			}
			const letter = special[code]!;
			if (letter !== 0) {
				bytes[at++] = 92;
				bytes[at++] = letter;
			} else bytes[at++] = code;
		}
		this.length = at;
	}

	/** The same for text beyond ASCII. */
	#escapedWide(text: string): void {
		const special = this.#special;
		const source = Buffer.from(text);
		this.reserve(source.length * 2);
		const bytes = this.bytes;
		let at = this.length;
		for (let index = 0; index < source.length; index++) {
			const byte = source[index]!;
			const letter = byte < 0x80 ? special[byte]! : 0;
			if (letter !== 0) {
				bytes[at++] = 92;
				bytes[at++] = letter;
			} else bytes[at++] = byte;
		}
		this.length = at;
	}

	#csvWriter(format: (value: never) => string, forced: boolean): (value: unknown) => void {
		return (value) => {
			const alone = this.#first && this.writers !== undefined && this.writers.length === 1;
			this.#startField();
			if (value === null) {
				this.#null();
				return;
			}
			const text = format(value as never);
			if (forced || this.#needsQuotes(text, alone)) this.#quoted(text);
			else {
				this.reserve(text.length * 3);
				this.length += this.bytes.write(text, this.length, 'utf8');
			}
		};
	}

	/** A value that would be read as NULL, as two fields or lines, or (alone in its line) as the end of the data. */
	#needsQuotes(text: string, alone: boolean): boolean {
		if (text === this.#options.nullText || (alone && text === '\\.')) return true;
		const special = this.#special;
		for (let index = 0; index < text.length; index++) {
			const code = text.charCodeAt(index);
			if (code < 0x80 && special[code] === 1) return true;
		}
		return false;
	}

	#quoted(text: string): void {
		const { quote, escape: mark } = this.#options;
		const inner = text.replaceAll(mark, mark + mark);
		const whole = quote + (quote === mark ? inner : inner.replaceAll(quote, mark + quote)) + quote;
		this.reserve(whole.length * 3);
		this.length += this.bytes.write(whole, this.length, 'utf8');
	}
}

/** Binary. `encoders[i]` appends the bytes of column i's values. */
export class CopyBinaryEncoder extends CopyEncoder {
	readonly writers: readonly ((value: unknown) => void)[];

	constructor(encoders: readonly ((value: unknown, target: CopyBytes) => void)[]) {
		super();
		this.writers = encoders.map((encode) => (value: unknown) => this.#field(value, encode));
	}

	header(): Uint8Array {
		return Buffer.concat([COPY_SIGNATURE, Buffer.alloc(8)]);
	}

	trailer(): Uint8Array {
		return Buffer.from([0xff, 0xff]);
	}

	begin(): void {
		this.reserve(2);
		this.length = this.bytes.writeInt16BE(this.writers.length, this.length);
	}

	protected endRow(): void {
		// A row has no end mark.
	}

	#field(value: unknown, encode: (value: unknown, target: CopyBytes) => void): void {
		this.reserve(4);
		const at = this.length;
		this.length = at + 4;
		if (value === null) {
			this.bytes.writeInt32BE(-1, at);
			return;
		}
		encode(value, this);
		this.bytes.writeInt32BE(this.length - at - 4, at);
	}
}
