/**
 * Writes WebAssembly: the body of one function, instruction by instruction, and the module around it, which imports one shared memory and
 * exports the function as `run`. Only the instructions that kernels need are here.
 *
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format); threads proposal for the flags of shared memories.
 */

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;
const VOID = 0x40;

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const FUNCTION_SECTION = 3;
const EXPORT_SECTION = 7;
const CODE_SECTION = 10;
const FUNCTION_TYPE = 0x60;
const MEMORY_KIND = 2;
/** A shared memory with a maximum. */
const SHARED_LIMITS = 3;
const PAGES_MAX = 65536;

/** Instructions without operands. */
const PLAIN = {
	i32Eqz: 0x45,
	i32GeU: 0x4f,
	i32LeU: 0x4d,
	i32LtU: 0x49,
	i32Ne: 0x47,
	i32Add: 0x6a,
	i32Sub: 0x6b,
	i32Mul: 0x6c,
	i32And: 0x71,
	i32Or: 0x72,
	i32Shl: 0x74,
	i32ShrU: 0x76,
	i64Add: 0x7c,
	f64Add: 0xa0,
	f64Min: 0xa4,
	f64Max: 0xa5,
	i64ExtendI32S: 0xac,
	f64ConvertI32S: 0xb7,
	f64ConvertI64S: 0xb9,
} as const;

export type PlainInstruction = keyof typeof PLAIN;

const LOADS = { 1: 0x2d, 2: 0x2f, 4: 0x28 } as const;
const STORE16 = 0x3b;
const STORE32 = 0x36;
const F64_LOAD = 0x2b;
const F64_STORE = 0x39;

export class CodeWriter {
	readonly #bytes: number[] = [];
	readonly #parameterCount: number;
	/** Types of locals behind the parameters. */
	readonly #locals: number[] = [];

	constructor(parameterCount: number) {
		this.#parameterCount = parameterCount;
	}

	/** A new local; all begin at 0. */
	local(type: number): number {
		return this.#parameterCount + this.#locals.push(type) - 1;
	}

	plain(...instructions: readonly PlainInstruction[]): this {
		for (const instruction of instructions) this.#bytes.push(PLAIN[instruction]);
		return this;
	}

	get(local: number): this {
		return this.#with(0x20, local);
	}

	set(local: number): this {
		return this.#with(0x21, local);
	}

	tee(local: number): this {
		return this.#with(0x22, local);
	}

	constant(value: number): this {
		this.#bytes.push(0x41);
		signed(value | 0, this.#bytes);
		return this;
	}

	/** Loads an unsigned number of 1, 2 or 4 bytes. */
	load(width: 1 | 2 | 4): this {
		return this.#memory(LOADS[width], width === 4 ? 2 : width - 1);
	}

	store16(): this {
		return this.#memory(STORE16, 1);
	}

	store32(): this {
		return this.#memory(STORE32, 2);
	}

	loadF64(): this {
		return this.#memory(F64_LOAD, 3);
	}

	storeF64(): this {
		return this.#memory(F64_STORE, 3);
	}

	/** Runs `body` for `counter` from 0 as long as it is below `end`, both locals. */
	loop(counter: number, end: number, body: () => void): void {
		this.constant(0).set(counter);
		this.#bytes.push(0x02, VOID);
		this.get(counter).get(end).plain('i32GeU');
		this.#bytes.push(0x0d, 0);
		this.#bytes.push(0x03, VOID);
		body();
		this.get(counter).constant(1).plain('i32Add').tee(counter).get(end).plain('i32LtU');
		this.#bytes.push(0x0d, 0, 0x0b, 0x0b);
	}

	#with(opcode: number, index: number): this {
		this.#bytes.push(opcode);
		unsigned(index, this.#bytes);
		return this;
	}

	/** `alignment` as a power of two; the address is all on the stack. */
	#memory(opcode: number, alignment: number): this {
		this.#bytes.push(opcode, alignment, 0);
		return this;
	}

	/** The module; the function takes its parameters as i32 and gives nothing. */
	module(): Uint8Array {
		const type = [1, FUNCTION_TYPE, ...number(this.#parameterCount), ...new Array<number>(this.#parameterCount).fill(I32), 0];
		const memory = [1, ...name('e'), ...name('m'), MEMORY_KIND, SHARED_LIMITS, ...number(1), ...number(PAGES_MAX)];
		const locals = this.#locals.flatMap((local) => [1, local]);
		const code = [...number(this.#locals.length), ...locals, ...this.#bytes, 0x0b];
		return Uint8Array.from([
			...MAGIC,
			...section(TYPE_SECTION, type),
			...section(IMPORT_SECTION, memory),
			...section(FUNCTION_SECTION, [1, 0]),
			...section(EXPORT_SECTION, [1, ...name('run'), 0, 0]),
			...section(CODE_SECTION, [1, ...number(code.length), ...code]),
		]);
	}
}

function section(id: number, content: readonly number[]): number[] {
	return [id, ...number(content.length), ...content];
}

function name(text: string): number[] {
	return [text.length, ...Buffer.from(text)];
}

function number(value: number): number[] {
	const bytes: number[] = [];
	unsigned(value, bytes);
	return bytes;
}

function unsigned(value: number, into: number[]): void {
	let rest = value;
	while (rest > 0x7f) {
		into.push((rest & 0x7f) | 0x80);
		rest >>>= 7;
	}
	into.push(rest);
}

function signed(value: number, into: number[]): void {
	let rest = value;
	for (;;) {
		const byte = rest & 0x7f;
		rest >>= 7;
		if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
			into.push(byte);
			return;
		}
		into.push(byte | 0x80);
	}
}
