/**
 * Predicates of a scan as kernels have them: ranges of codes, and tables by code. What can be neither is asked row by row.
 */
import type { ColumnScratch } from '../../../storage/column/column-scratch.ts';
import { type ColumnSegment, INTEGERS } from '../../../storage/column/column-segment.ts';
import { runInWasm } from '../wasm/star-runner.ts';
import type { KernelHost, ScanTest } from './column-scan.ts';
import type { KernelArguments, KernelShape } from './star-kernel.ts';

/** Codes of a segment for each of which a predicate is asked before its rows are read. */
const TABLE_CODES_MAX = 2 ** 12;
const TABLE_ENTRIES_MAX = 2 ** 16;

type KernelTest = KernelArguments['tests'][number];

/** A predicate over a segment; true or false: it lets all rows through, or none; null: a kernel cannot have it. */
function kernelTest(test: ScanTest, segment: ColumnSegment, scratch: ColumnScratch): KernelTest | boolean | null {
	const { codes, nulls, least, most } = segment;
	if (nulls !== null) return null;
	if (segment.kind === INTEGERS && !Number.isNaN(test.least)) {
		if (test.least > test.most) return false;
		if (test.least <= least && test.most >= most) return true;
		return { codes, from: test.least - least, to: test.most - least, table: null };
	}
	if (segment.kind === INTEGERS ? most - least >= TABLE_CODES_MAX : !segment.hasDictionary || segment.entryCount > TABLE_ENTRIES_MAX) return null;
	return { codes, from: 0, to: 0, table: scratch.bytes(test.table(segment)) };
}

function testShape({ codes, table }: KernelTest): KernelShape['tests'][number] {
	return { kind: table === null ? 'range' : 'table', width: codes.BYTES_PER_ELEMENT };
}

/** The scan's predicates for a kernel; what it cannot have is done before, and leaves a selection. */
export class KernelTests {
	readonly args: readonly KernelTest[];
	readonly hasSelection: boolean;
	readonly rows: number;
	/** No row is left, or can be. */
	readonly isNone: boolean;

	constructor(host: KernelHost, scratch: ColumnScratch) {
		const { args, rest, isNone } = split(host, scratch);
		this.args = args;
		if (isNone) {
			this.hasSelection = false;
			this.rows = 0;
			this.isNone = true;
			return;
		}
		this.hasSelection = rest.length > 0 || host.isHiding;
		this.rows = this.hasSelection ? host.select(rest) : host.rows;
		this.isNone = this.rows === 0;
	}

	get shapes(): KernelShape['tests'] {
		return this.args.map(testShape);
	}
}

interface SplitTests {
	readonly args: KernelTest[];
	readonly rest: ScanTest[];
	/** One of them lets no row through. */
	readonly isNone: boolean;
}

function split(host: KernelHost, scratch: ColumnScratch): SplitTests {
	const args: KernelTest[] = [];
	const rest: ScanTest[] = [];
	let isNone = false;
	for (const test of host.tests) {
		const taken = kernelTest(test, host.segment(test.column), scratch);
		if (taken === null) rest.push(test);
		else if (taken === false) isNone = true;
		else if (taken !== true) args.push(taken);
	}
	return { args, rest, isNone };
}

/** Selects rows of row groups by a kernel: all that passes, in one loop without branches. */
export class SelectionKernel {
	readonly #scratch: ColumnScratch;
	readonly #counts: Uint32Array;

	constructor(scratch: ColumnScratch) {
		this.#scratch = scratch;
		this.#counts = scratch.codes(1, 4) as Uint32Array;
	}

	/**
	 * Selects the rows of a group that count and pass those predicates that a kernel can have. Returns how many they are and the other
	 * predicates; null when nothing was done.
	 */
	select(host: KernelHost): { readonly count: number; readonly rest: readonly ScanTest[] } | null {
		const scratch = this.#scratch;
		scratch.nextGroup();
		const { args, rest, isNone } = split(host, scratch);
		if (isNone) return NOTHING;
		if (args.length === 0 || !scratch.isShared) return null;
		const { isHiding } = host;
		const shape: KernelShape = { ...SELECTION, hasSelection: isHiding, tests: args.map(testShape) };
		this.#counts[0] = 0;
		const count = isHiding ? host.select([]) : host.rows;
		const isDone = runInWasm(scratch.memory, shape, { ...NO_ARGUMENTS, count, selection: host.selection, tests: args, rows: this.#counts });
		return isDone ? { count: this.#counts[0]!, rest } : null;
	}
}

const NOTHING = { count: 0, rest: [] };

const SELECTION: KernelShape = {
	hasSelection: false,
	tests: [],
	lookups: [],
	groups: [],
	columnWidths: [],
	parameterCount: 0,
	aggregates: [],
	isHashed: false,
	isParted: false,
	isSingle: true,
};

const NO_ARGUMENTS = {
	lookups: [],
	groups: [],
	columns: [],
	parameters: [],
	base: 0,
	states: [],
	words: [],
	firsts: [],
	finder: null,
};
