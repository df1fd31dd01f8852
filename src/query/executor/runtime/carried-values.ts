/**
 * Values of columns as numbers in typed arrays, and back: of rows that are put aside in parts (`radix-rows.ts`). Integers are themselves,
 * NaN is NULL, and what is no number gets a code when it is first met.
 */
import { type MemoryAccount, outOfMemory, valueBytes } from './memory-account.ts';
import type { RadixColumn } from './radix-rows.ts';

/** 'integer': 32 bits, never NULL; 'number': others up to 2^53; 'coded': texts and the like. */
export type CarriedKind = 'integer' | 'number' | 'coded';

/** About what an entry of a map takes. */
const ENTRY_BYTES = 64;

const KINDS: Readonly<Record<string, CarriedKind>> = {
	int2: 'number',
	int4: 'number',
	int8: 'number',
	date: 'number',
	bool: 'coded',
	text: 'coded',
	varchar: 'coded',
	bpchar: 'coded',
};

/** How values of a type are carried; null: they are not. */
export function carriedKind(type: string, isNullable: boolean): CarriedKind | null {
	if (!isNullable && (type === 'int4' || type === 'int2')) return 'integer';
	return KINDS[type] ?? null;
}

export function radixColumn(kind: CarriedKind): RadixColumn {
	return kind === 'number' ? 'double' : 'integer';
}

/** A column's values as numbers. */
export class CarriedValues {
	readonly kind: CarriedKind;
	readonly #account: MemoryAccount;
	readonly #codes = new Map<unknown, number>();
	readonly #values: unknown[] = [];
	#takenBytes = 0;

	constructor(kind: CarriedKind, account: MemoryAccount) {
		this.kind = kind;
		this.#account = account;
	}

	encode(value: unknown): number {
		if (typeof value === 'number') return value;
		if (this.kind === 'coded') return this.#code(value);
		if (value === null) return Number.NaN;
		// A bigint: the statement begins again with tables that have any value.
		throw outOfMemory('the table of a hash join', this.#account.limitBytes);
	}

	#code(value: unknown): number {
		let code = this.#codes.get(value);
		if (code === undefined) {
			code = this.#values.length;
			this.#codes.set(value, code);
			this.#values.push(value);
			const bytes = ENTRY_BYTES + valueBytes(value);
			this.#takenBytes += bytes;
			this.#account.demand(bytes, 'the values of a hash join');
		}
		return code;
	}

	decode(number: number): unknown {
		if (this.kind === 'coded') return this.#values[number];
		return Number.isNaN(number) ? null : number;
	}

	clear(): void {
		this.#account.give(this.#takenBytes);
		this.#takenBytes = 0;
	}
}
