/**
 * The loop of a star over one row group, as JavaScript: predicates on codes, look-ups in arrays by key, sums. Its text is made of
 * numbers and fixed words only, and depends on the widths of codes and arrays, so that each text sees one kind of array at
 * each place; texts are compiled once and kept.
 *
 * Arguments, in order: n, sel, then of each test (codes, from, to) or (codes, table); of each look-up (codes, offset, array); of each
 * group of the fact (codes, offset or array); of each column that aggregates read (codes, least); parameters; rows, and the states.
 */

import type { CodeArray } from '../../../storage/column/code-encoding.ts';
import type { PlaceTable } from './place-table.ts';
import type { RadixRows } from './radix-rows.ts';

/** An integer expression of an aggregate: over the columns that aggregates read, by place. */
export type KernelExpression =
	| { readonly kind: 'column'; readonly place: number }
	| { readonly kind: 'constant'; readonly value: number }
	| { readonly kind: 'parameter'; readonly place: number }
	| {
			readonly kind: '+' | '-' | '*';
			readonly left: KernelExpression;
			readonly right: KernelExpression /** The result is of type int8: it may pass 32 bits. */;
			readonly isWide: boolean;
	  };

export interface KernelAggregate {
	/** 'add': a sum; 'distinct': a bit for each value of a column; 'none': rows are enough. */
	readonly kind: 'add' | 'least' | 'most' | 'distinct' | 'none';
	readonly argument: KernelExpression | null;
}

/** Everything that a kernel's text depends on. */
export interface KernelShape {
	readonly hasSelection: boolean;
	readonly tests: readonly { readonly kind: 'range' | 'table'; readonly width: number }[];
	/** `hash`: the array is a Map. `arrayWidth` 0: matches only, the group is not told apart. */
	readonly lookups: readonly { readonly width: number; readonly arrayWidth: number; readonly isHash: boolean; readonly hasGroups: boolean }[];
	readonly groups: readonly { readonly kind: 'integer' | 'table'; readonly width: number }[];
	readonly columnWidths: readonly number[];
	readonly parameterCount: number;
	readonly aggregates: readonly KernelAggregate[];
	/** Groups are found in a hash table rather than by place. */
	readonly isHashed: boolean;
	/** Rows are parted by their group's hash: `rows` takes places, and the states take values. */
	readonly isParted: boolean;
	/** One group: states are locals. */
	readonly isSingle: boolean;
}

/** What a kernel is given for one row group. */
export interface KernelArguments {
	/** Rows of the group, or of the selection. */
	readonly count: number;
	readonly selection: Uint16Array;
	/** A range of codes, or what is let through by code. */
	readonly tests: readonly { readonly codes: CodeArray; readonly from: number; readonly to: number; readonly table: Uint8Array | null }[];
	/** The place in the array is code + offset. A Map has the values themselves. */
	readonly lookups: readonly { readonly codes: CodeArray; readonly offset: number; readonly array: CodeArray | Map<number, number> | null }[];
	readonly groups: readonly { readonly codes: CodeArray; readonly offset: number; readonly table: Uint32Array | null; readonly stride: number }[];
	readonly columns: readonly { readonly codes: CodeArray; readonly least: number; readonly most: number }[];
	readonly parameters: readonly number[];
	/** Added to places: look-ups of dimensions with groups give one more than their part. */
	readonly base: number;
	readonly rows: Uint32Array | Float64Array;
	/** Parallel to the aggregates; empty for those of kind 'none'. */
	readonly states: readonly (Float64Array | Uint32Array | Int32Array)[];
	/** Of those that count different values: words of bits of a group, and the value of the first bit. */
	readonly words: readonly number[];
	readonly firsts: readonly number[];
	readonly finder: PlaceTable | RadixRows | null;
}

/** Runs the JavaScript target. */
export function runInJavaScript(shape: KernelShape, args: KernelArguments): void {
	const list: unknown[] = [args.count, args.selection];
	for (const { codes, from, to, table } of args.tests) list.push(...(table === null ? [codes, from, to] : [codes, table]));
	for (const { codes, offset, array } of args.lookups) list.push(codes, offset, array);
	for (const { codes, offset, table, stride } of args.groups) list.push(codes, table ?? offset, stride);
	for (const { codes, least } of args.columns) list.push(codes, least);
	list.push(...args.parameters, args.base, args.rows, args.finder);
	shape.aggregates.forEach(({ kind }, a) => {
		if (kind !== 'none') list.push(args.states[a]);
		if (kind === 'distinct') list.push(args.words[a], args.firsts[a]);
	});
	kernelOf(shape)(...list);
}

export type Kernel = (...args: unknown[]) => void;

const kernels = new Map<string, Kernel>();
const KERNELS_MAX = 1000;

/** The kernel of a shape. */
export function kernelOf(shape: KernelShape): Kernel {
	const key = JSON.stringify(shape);
	let kernel = kernels.get(key);
	if (kernel === undefined) {
		if (kernels.size >= KERNELS_MAX) kernels.delete(kernels.keys().next().value as string);
		// The shape's own text in a comment keeps V8 from sharing feedback between kernels of other widths.
		kernel = new Function(`return ${kernelText(shape)}`)() as Kernel;
		kernels.set(key, kernel);
	}
	return kernel;
}

export function kernelText(shape: KernelShape): string {
	const { tests, lookups, groups, aggregates } = shape;
	const parameters = ['n', 'sel'];
	const body: string[] = [];
	tests.forEach(({ kind }, t) => {
		if (kind === 'range') {
			parameters.push(`t${t}`, `f${t}`, `u${t}`);
			body.push(`const p${t} = t${t}[i]; if (p${t} < f${t} || p${t} > u${t}) continue;`);
		} else {
			parameters.push(`t${t}`, `f${t}`);
			body.push(`if (f${t}[t${t}[i]] === 0) continue;`);
		}
	});
	const places: string[] = [];
	lookups.forEach(({ isHash, hasGroups }, d) => {
		parameters.push(`d${d}`, `o${d}`, `m${d}`);
		if (isHash) body.push(`const j${d} = m${d}.get(d${d}[i] + o${d}); if (j${d} === undefined) continue;`);
		else body.push(`const j${d} = m${d}[d${d}[i] + o${d}]; if (j${d} === 0) continue;`);
		if (hasGroups) places.push(`j${d}`);
	});
	groups.forEach(({ kind }, g) => {
		parameters.push(`g${g}`, `h${g}`, `x${g}`);
		places.push(kind === 'integer' ? `(g${g}[i] + h${g}) * x${g}` : `h${g}[g${g}[i]] * x${g}`);
	});
	shape.columnWidths.forEach((_, c) => {
		parameters.push(`c${c}`, `l${c}`);
	});
	for (let p = 0; p < shape.parameterCount; p++) parameters.push(`q${p}`);
	parameters.push('base', 'rows', 'find');
	const opening: string[] = [];
	const closing: string[] = [];
	const at = shape.isSingle ? '0' : 'g';
	const place = [...places, 'base'].join(' + ');
	if (shape.isParted) body.push(`const place = ${place}; const g = find.place(${placeHashText('place')}); rows[g] = place;`);
	else if (!shape.isSingle) body.push(shape.isHashed ? `const g = find.place(${place});` : `const g = ${place};`);
	if (shape.isParted) {
		// Rows are counted when their part is read.
	} else if (shape.isSingle) {
		opening.push('let count = 0;');
		body.push('count++;');
		closing.push('rows[0] += count;');
	} else body.push(`rows[${at}]++;`);
	aggregates.forEach(({ kind, argument }, a) => {
		if (kind === 'none') return;
		parameters.push(`s${a}`);
		const value = expressionText(argument!);
		if (kind === 'distinct') {
			parameters.push(`w${a}`, `e${a}`);
			body.push(`{ const v = ${value} - e${a}; s${a}[${at} * w${a} + (v >>> 5)] |= 1 << (v & 31); }`);
			return;
		}
		if (shape.isParted) {
			body.push(`s${a}[g] = ${value};`);
			return;
		}
		const state = shape.isSingle ? `z${a}` : `s${a}[g]`;
		if (shape.isSingle) {
			opening.push(`let z${a} = s${a}[0];`);
			closing.push(`s${a}[0] = z${a};`);
		}
		if (kind === 'add') body.push(`${state} += ${value};`);
		else body.push(`{ const v = ${value}; if (v ${kind === 'least' ? '<' : '>'} ${state}) ${state} = v; }`);
	});
	const head = shape.hasSelection ? 'for (let k = 0; k < n; k++) { const i = sel[k];' : 'for (let i = 0; i < n; i++) {';
	return `function kernel(${parameters.join(', ')}) {\n/* ${JSON.stringify(shape)} */\n${opening.join('\n')}\n${head}\n${body.join('\n')}\n}\n${closing.join('\n')}\n}`;
}

/** `hashOfPlace` (`parted-groups.ts`), as text. */
function placeHashText(place: string): string {
	return `Math.imul((${place} | 0) ^ Math.imul((${place} / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1)`;
}

function expressionText(e: KernelExpression): string {
	switch (e.kind) {
		case 'column':
			return `(c${e.place}[i] + l${e.place})`;
		case 'constant':
			return `(${e.value})`;
		case 'parameter':
			return `q${e.place}`;
		default:
			return `(${expressionText(e.left)} ${e.kind} ${expressionText(e.right)})`;
	}
}

export interface Interval {
	readonly least: number;
	readonly most: number;
}

const INT4_MAX = 2 ** 31 - 1;
const INT4_MIN = -(2 ** 31);

/** Between what an expression's values lie; null when a part of it may pass its type, or be inexact. */
export function intervalOf(e: KernelExpression, columns: readonly Interval[], parameters: readonly number[]): Interval | null {
	switch (e.kind) {
		case 'column':
			return columns[e.place]!;
		case 'constant':
			return { least: e.value, most: e.value };
		case 'parameter': {
			const value = parameters[e.place]!;
			return { least: value, most: value };
		}
		default: {
			const left = intervalOf(e.left, columns, parameters);
			const right = intervalOf(e.right, columns, parameters);
			if (left === null || right === null) return null;
			const interval = combine(e.kind, left, right);
			const [least, most] = e.isWide ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [INT4_MIN, INT4_MAX];
			return interval.least >= least && interval.most <= most ? interval : null;
		}
	}
}

function combine(kind: '+' | '-' | '*', a: Interval, b: Interval): Interval {
	if (kind === '+') return { least: a.least + b.least, most: a.most + b.most };
	if (kind === '-') return { least: a.least - b.most, most: a.most - b.least };
	const ends = [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most];
	return { least: Math.min(...ends), most: Math.max(...ends) };
}
