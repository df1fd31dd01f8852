/**
 * Runs kernels of stars as WebAssembly, where all that they read lies in the pool's memory; else tells so, and the JavaScript target does it.
 * Modules are compiled once for each shape, instances made once for each memory.
 */
import { type WasmMemory, type WasmModule, webAssembly } from '../../../platform/web-assembly.ts';
import type { KernelArguments, KernelShape } from '../runtime/star-kernel.ts';
import { canEmit, starModule } from './star-module.ts';

type Run = (...args: number[]) => void;

const MODULES_MAX = 1000;
/** Null: no kernel of this shape can be made. */
const modules = new Map<string, WasmModule | null>();
const instances = new WeakMap<WasmMemory, Map<string, Run>>();

function moduleOf(shape: KernelShape, key: string): WasmModule | null {
	let module = modules.get(key);
	if (module === undefined) {
		if (modules.size >= MODULES_MAX) modules.delete(modules.keys().next().value as string);
		module = canEmit(shape) ? new webAssembly.Module(starModule(shape)) : null;
		modules.set(key, module);
	}
	return module;
}

function runOf(memory: WasmMemory, shape: KernelShape): Run | null {
	const key = JSON.stringify(shape);
	let known = instances.get(memory);
	if (known === undefined) instances.set(memory, (known = new Map()));
	const found = known.get(key);
	if (found !== undefined) return found;
	const module = moduleOf(shape, key);
	if (module === null) return null;
	const { run } = new webAssembly.Instance(module, { e: { m: memory } }).exports as { run: Run };
	if (known.size >= MODULES_MAX) known.clear();
	known.set(key, run);
	return run;
}

/** Runs the kernel; false when it cannot be run here, and nothing was done. */
export function runInWasm(memory: WasmMemory, shape: KernelShape, args: KernelArguments): boolean {
	const numbers = addresses(shape, args);
	if (numbers === null) return false;
	const run = runOf(memory, shape);
	if (run === null) return false;
	run(...numbers);
	return true;
}

/** The module and its arguments, for a call in another thread; null when it cannot be run there. */
export function wasmCall(shape: KernelShape, args: KernelArguments): { readonly module: WasmModule; readonly numbers: readonly number[] } | null {
	const numbers = addresses(shape, args);
	const module = numbers === null ? null : moduleOf(shape, JSON.stringify(shape));
	return numbers === null || module === null ? null : { module, numbers };
}

/** The parameters of the module, or null when an array lies elsewhere or a number is too large. */
function addresses(shape: KernelShape, args: KernelArguments): number[] | null {
	if (!(args.rows instanceof Uint32Array)) return null;
	const arrays: ArrayBufferView[] = [args.selection, args.rows, ...args.states];
	const integers: number[] = [...args.parameters];
	const numbers = [args.count, args.selection.byteOffset];
	for (const { codes, from, to, table } of args.tests) {
		arrays.push(codes);
		if (table !== null) {
			arrays.push(table);
			numbers.push(codes.byteOffset, table.byteOffset);
			continue;
		}
		const first = Math.max(0, from);
		if (to < first) return null;
		numbers.push(codes.byteOffset, first, Math.min(to, 0xffffffff) - first);
	}
	for (const { codes, offset, array } of args.lookups) {
		if (array === null || array instanceof Map) return null;
		arrays.push(codes, array);
		numbers.push(codes.byteOffset, array.byteOffset + offset * array.BYTES_PER_ELEMENT);
	}
	for (const { codes, offset, table, stride } of args.groups) {
		arrays.push(codes, ...(table === null ? [] : [table]));
		if (table === null) integers.push(offset);
		numbers.push(codes.byteOffset, table === null ? offset : table.byteOffset, stride);
	}
	for (const { codes, least, most } of args.columns) {
		arrays.push(codes);
		integers.push(least, most);
		numbers.push(codes.byteOffset, least);
	}
	numbers.push(...args.parameters, args.base, args.rows.byteOffset);
	shape.aggregates.forEach(({ kind, argument }, a) => {
		if (kind !== 'none') numbers.push(args.states[a]!.byteOffset);
		if (kind === 'distinct') numbers.push(args.words[a]!, args.firsts[a]!);
		if (argument?.kind === 'constant') integers.push(argument.value);
	});
	if (!arrays.every((array) => array.buffer instanceof SharedArrayBuffer || array.byteLength === 0)) return null;
	return integers.every((value) => value === (value | 0)) ? numbers : null;
}
