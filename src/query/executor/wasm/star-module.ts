/**
 * The kernel of a star (`runtime/star-kernel.ts`) as WebAssembly, for row groups whose arrays all lie in the pool's memory: the same answer,
 * by passes instead of one loop, so that nothing depends on a branch that cannot be foretold:
 *
 *     1. all tests, or the first look-up where there are none, over all rows: the rows that pass go to the selection
 *     2. each further look-up: the selection shrinks
 *     3. sums over the selection
 *
 * A row is written to the selection in any case, and counted only when it passes.
 *
 * Parameters, all i32: rows, address of the selection (16 bits a row; with room for one more); of each test codes, then from and span of a range, or a table of bytes; of
 * each look-up codes and array, moved so that the code 0 of the segment finds its place; of each group codes, then offset or table, stride; of each
 * column codes and least value; parameters; base, address of the counts of rows, and of the states, behind those of different values words and first value.
 */

import type { KernelExpression, KernelShape } from '../runtime/star-kernel.ts';
import { CodeWriter, F64, I32, I64 } from './code-writer.ts';

type Width = 1 | 2 | 4;

/** True when a kernel of this shape can be made: no hash tables, no sums of wide integers. */
export function canEmit(shape: KernelShape): boolean {
	return !shape.isHashed && shape.lookups.every(({ isHash }) => !isHash) && shape.aggregates.every(({ argument }) => argument === null || isNarrow(argument));
}

function isNarrow(e: KernelExpression): boolean {
	return e.kind === 'column' || e.kind === 'constant' || e.kind === 'parameter' || (!e.isWide && isNarrow(e.left) && isNarrow(e.right));
}

export function starModule(shape: KernelShape): Uint8Array {
	return new StarEmitter(shape).emit();
}

class StarEmitter {
	readonly #shape: KernelShape;
	readonly #code: CodeWriter;
	readonly #rows = 0;
	readonly #selection = 1;
	readonly #tests: number[] = [];
	readonly #lookups: number[] = [];
	readonly #groups: number[] = [];
	readonly #columns: number[] = [];
	readonly #parameters: number;
	readonly #base: number;
	readonly #counts: number;
	readonly #states: number[] = [];
	/** The row, the place in the selection read, that written, and how many are left. */
	readonly #row: number;
	readonly #read: number;
	readonly #written: number;
	readonly #left: number;
	/** For bits: which, and the address of its word. */
	readonly #bit: number;
	readonly #word: number;

	constructor(shape: KernelShape) {
		this.#shape = shape;
		let at = 2;
		const take = (count: number): number => {
			at += count;
			return at - count;
		};
		for (const { kind } of shape.tests) this.#tests.push(take(kind === 'range' ? 3 : 2));
		for (const _ of shape.lookups) this.#lookups.push(take(2));
		for (const _ of shape.groups) this.#groups.push(take(3));
		for (const _ of shape.columnWidths) this.#columns.push(take(2));
		this.#parameters = take(shape.parameterCount);
		this.#base = take(1);
		this.#counts = take(1);
		for (const { kind } of shape.aggregates) this.#states.push(kind === 'none' ? -1 : take(kind === 'distinct' ? 3 : 1));
		this.#code = new CodeWriter(at);
		this.#row = this.#code.local(I32);
		this.#read = this.#code.local(I32);
		this.#written = this.#code.local(I32);
		this.#left = this.#code.local(I32);
		this.#bit = this.#code.local(I32);
		this.#word = this.#code.local(I32);
	}

	emit(): Uint8Array {
		const { tests, lookups, hasSelection } = this.#shape;
		const code = this.#code;
		let isSelected = hasSelection;
		code.get(this.#rows).set(this.#left);
		const conditions = tests.map((_, t) => () => this.#test(t));
		const further = lookups.map((_, d) => () => this.#found(d));
		if (conditions.length === 0 && further.length > 0) conditions.push(further.shift()!);
		if (conditions.length > 0) {
			this.#pass(isSelected, conditions);
			isSelected = true;
		}
		for (const condition of further) this.#pass(true, [condition]);
		this.#sum(isSelected);
		return code.module();
	}

	/** Keeps the rows for which all conditions hold, each of which leaves 0 or 1. */
	#pass(isSelected: boolean, conditions: readonly (() => void)[]): void {
		const code = this.#code;
		code.constant(0).set(this.#written);
		code.loop(this.#read, this.#left, () => {
			this.#loadRow(isSelected);
			this.#address(this.#selection, this.#written, 2);
			code.get(this.#row).store16();
			conditions.forEach((condition, i) => {
				condition();
				if (i > 0) code.plain('i32And');
			});
			code.get(this.#written).plain('i32Add').set(this.#written);
		});
		code.get(this.#written).set(this.#left);
	}

	#loadRow(isSelected: boolean): void {
		const code = this.#code;
		if (!isSelected) {
			code.get(this.#read).set(this.#row);
			return;
		}
		this.#address(this.#selection, this.#read, 2);
		code.load(2).set(this.#row);
	}

	/** Pushes base + index × width. */
	#address(base: number, index: number, width: number): void {
		const code = this.#code;
		code.get(base).get(index);
		if (width > 1) code.constant(Math.log2(width)).plain('i32Shl');
		code.plain('i32Add');
	}

	/** Pushes the row's code. */
	#codeOf(codes: number, width: number): void {
		this.#address(codes, this.#row, width);
		this.#code.load(width as Width);
	}

	#test(t: number): void {
		const { kind, width } = this.#shape.tests[t]!;
		const at = this.#tests[t]!;
		const code = this.#code;
		if (kind === 'range') {
			this.#codeOf(at, width);
			code
				.get(at + 1)
				.plain('i32Sub')
				.get(at + 2)
				.plain('i32LeU');
			return;
		}
		code.get(at + 1);
		this.#codeOf(at, width);
		code.plain('i32Add').load(1);
	}

	/** Pushes what a look-up gives: 0, or one more than its part of the place. */
	#lookUp(d: number): void {
		const { width, arrayWidth } = this.#shape.lookups[d]!;
		const at = this.#lookups[d]!;
		const code = this.#code;
		code.get(at + 1);
		this.#codeOf(at, width);
		if (arrayWidth > 1) code.constant(Math.log2(arrayWidth)).plain('i32Shl');
		code.plain('i32Add').load(arrayWidth as Width);
	}

	#found(d: number): void {
		this.#lookUp(d);
		this.#code.constant(0).plain('i32Ne');
	}

	#sum(isSelected: boolean): void {
		const { aggregates, isSingle } = this.#shape;
		const code = this.#code;
		if (isSingle) {
			code.get(this.#counts).get(this.#counts).load(4).get(this.#left).plain('i32Add').store32();
			const sums = aggregates.map(({ kind }) => (kind === 'none' ? -1 : kind === 'distinct' ? -2 : code.local(kind === 'add' ? I64 : F64)));
			if (sums.every((sum) => sum === -1)) return;
			this.#openSingle(sums);
			code.loop(this.#read, this.#left, () => {
				this.#loadRow(isSelected);
				aggregates.forEach(({ kind, argument }, a) => {
					if (kind === 'none') return;
					if (kind === 'distinct') this.#mark(a, argument!, -1);
					else if (kind === 'add') {
						this.#value(argument!);
						code.plain('i64ExtendI32S').get(sums[a]!).plain('i64Add').set(sums[a]!);
					} else {
						this.#value(argument!);
						code
							.plain('f64ConvertI32S')
							.get(sums[a]!)
							.plain(kind === 'least' ? 'f64Min' : 'f64Max')
							.set(sums[a]!);
					}
				});
			});
			this.#closeSingle(sums);
			return;
		}
		const place = code.local(I32);
		code.loop(this.#read, this.#left, () => {
			this.#loadRow(isSelected);
			this.#place();
			code.set(place);
			this.#address(this.#counts, place, 4);
			this.#address(this.#counts, place, 4);
			code.load(4).constant(1).plain('i32Add').store32();
			aggregates.forEach(({ kind, argument }, a) => {
				if (kind === 'none') return;
				if (kind === 'distinct') {
					this.#mark(a, argument!, place);
					return;
				}
				this.#address(this.#states[a]!, place, 8);
				this.#address(this.#states[a]!, place, 8);
				code.loadF64();
				this.#value(argument!);
				code
					.plain('f64ConvertI32S')
					.plain(kind === 'add' ? 'f64Add' : kind === 'least' ? 'f64Min' : 'f64Max')
					.storeF64();
			});
		});
	}

	/** Sets the bit of a value among those of a group; place −1: the only one. */
	#mark(a: number, argument: KernelExpression, place: number): void {
		const code = this.#code;
		const [state, words, first] = [this.#states[a]!, this.#states[a]! + 1, this.#states[a]! + 2];
		this.#value(argument);
		code.get(first).plain('i32Sub').set(this.#bit);
		code.get(this.#bit).constant(5).plain('i32ShrU');
		if (place >= 0) code.get(place).get(words).plain('i32Mul', 'i32Add');
		code.constant(2).plain('i32Shl').get(state).plain('i32Add').tee(this.#word);
		code.get(this.#word).load(4).constant(1).get(this.#bit).plain('i32Shl', 'i32Or').store32();
	}

	/** Least and greatest values go on from their states; sums begin at 0. */
	#openSingle(sums: readonly number[]): void {
		this.#shape.aggregates.forEach(({ kind }, a) => {
			if (kind === 'least' || kind === 'most') this.#code.get(this.#states[a]!).loadF64().set(sums[a]!);
		});
	}

	#closeSingle(sums: readonly number[]): void {
		const code = this.#code;
		this.#shape.aggregates.forEach(({ kind }, a) => {
			if (kind === 'none' || kind === 'distinct') return;
			code.get(this.#states[a]!);
			if (kind === 'add') code.get(this.#states[a]!).loadF64().get(sums[a]!).plain('f64ConvertI64S', 'f64Add');
			else code.get(sums[a]!);
			code.storeF64();
		});
	}

	/** Pushes the place of the row's group. */
	#place(): void {
		const { lookups, groups } = this.#shape;
		const code = this.#code;
		code.get(this.#base);
		lookups.forEach(({ hasGroups }, d) => {
			if (!hasGroups) return;
			this.#lookUp(d);
			code.plain('i32Add');
		});
		groups.forEach(({ kind, width }, g) => {
			const at = this.#groups[g]!;
			if (kind === 'integer') {
				this.#codeOf(at, width);
				code.get(at + 1).plain('i32Add');
			} else {
				code.get(at + 1);
				this.#codeOf(at, width);
				code.constant(2).plain('i32Shl', 'i32Add').load(4);
			}
			code.get(at + 2).plain('i32Mul', 'i32Add');
		});
	}

	/** Pushes the value of an expression as i32: the bounds of its columns have shown that it is one. */
	#value(e: KernelExpression): void {
		const code = this.#code;
		switch (e.kind) {
			case 'column':
				this.#codeOf(this.#columns[e.place]!, this.#shape.columnWidths[e.place]!);
				code.get(this.#columns[e.place]! + 1).plain('i32Add');
				return;
			case 'constant':
				code.constant(e.value);
				return;
			case 'parameter':
				code.get(this.#parameters + e.place);
				return;
			default:
				this.#value(e.left);
				this.#value(e.right);
				code.plain(e.kind === '+' ? 'i32Add' : e.kind === '-' ? 'i32Sub' : 'i32Mul');
		}
	}
}
