/** Both targets of a star's kernel leave the same rows and states, whatever its shape and data. `POLYLOG_SEED` replays a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeArray } from '../../../storage/column/code-encoding.ts';
import { ColumnPool } from '../../../storage/column/column-pool.ts';
import { ColumnScratch } from '../../../storage/column/column-scratch.ts';
import { seededRandom } from '../../../storage/engine.suite.ts';
import { intervalOf, type KernelAggregate, type KernelArguments, type KernelExpression, type KernelShape, runInJavaScript } from '../runtime/star-kernel.ts';
import { runInWasm } from './star-runner.ts';

type Random = (below: number) => number;
const WIDTHS = [1, 2, 4] as const;

function codes(random: Random, scratch: ColumnScratch, count: number, below: number): CodeArray {
	const array = scratch.codes(count, below <= 256 ? WIDTHS[random(3)]! : below <= 65536 ? WIDTHS[1 + random(2)]! : 4);
	for (let i = 0; i < count; i++) array[i] = random(below);
	return array;
}

function expression(random: Random, depth: number): KernelExpression {
	const choice = random(depth > 2 ? 3 : 6);
	if (choice === 0) return { kind: 'constant', value: random(9) - 4 };
	if (choice === 1) return { kind: 'parameter', place: random(2) };
	if (choice === 2 || choice === 5) return { kind: 'column', place: random(2) };
	return { kind: (['+', '-', '*'] as const)[random(3)]!, left: expression(random, depth + 1), right: expression(random, depth + 1), isWide: false };
}

function aggregate(random: Random): KernelAggregate {
	const kind = (['add', 'least', 'most', 'none', 'distinct'] as const)[random(5)]!;
	if (kind === 'distinct') return { kind, argument: { kind: 'column', place: random(2) } };
	return { kind, argument: kind === 'none' ? null : expression(random, 0) };
}

/** One kernel with two sets of states over the same input. */
function kernel(random: Random, scratch: ColumnScratch): { shape: KernelShape; args: KernelArguments; other: KernelArguments } {
	const rows = 1 + random(500);
	const hasSelection = random(3) === 0;
	const selection = scratch.selection(rows);
	let count = rows;
	if (hasSelection) {
		count = 0;
		for (let row = 0; row < rows; row++) if (random(2) === 0) selection[count++] = row;
	}
	const groups = random(3);
	const tests = Array.from({ length: random(3) }, () => {
		const table = random(2) === 0 ? scratch.codes(50, 1) : null;
		if (table !== null) for (let i = 0; i < 50; i++) table[i] = random(2);
		return { codes: codes(random, scratch, rows, 50), from: random(30) - 10, to: 20 + random(40), table: table as Uint8Array | null };
	});
	const lookups = Array.from({ length: random(4) }, () => {
		const hasGroups = groups > 0 && random(2) === 0;
		const array = scratch.codes(110, WIDTHS[random(3)]!);
		for (let i = 0; i < 110; i++) array[i] = random(3) === 0 ? 0 : 1 + (hasGroups ? random(5) : 0);
		return { codes: codes(random, scratch, rows, 100), offset: random(10), array, hasGroups };
	});
	const parts = Array.from({ length: groups }, (_, g) => {
		const table = random(2) === 0 ? (scratch.codes(8, 4) as Uint32Array) : null;
		if (table !== null) for (let i = 0; i < 8; i++) table[i] = random(8);
		return { codes: codes(random, scratch, rows, 8), offset: table === null ? random(4) : 0, table, stride: 12 ** g };
	});
	const columns = Array.from({ length: 2 }, () => ({ codes: codes(random, scratch, rows, 300), least: random(2000) - 1000, most: 2000 }));
	const parameters = [random(20) - 10, random(5)];
	const intervals = columns.map(({ least }) => ({ least, most: least + 300 }));
	// What may pass 32 bits is not given to kernels.
	const aggregates = Array.from({ length: 1 + random(3) }, () => aggregate(random)).filter(
		({ argument }) => argument === null || intervalOf(argument, intervals, parameters) !== null,
	);
	const places = 12 ** 2 + 64;
	const words = aggregates.map(() => 10);
	const firsts = aggregates.map(({ argument }) => (argument?.kind === 'column' ? columns[argument.place]!.least : 0));
	const states = (): readonly (Float64Array | Uint32Array)[] =>
		aggregates.map(({ kind }) =>
			kind === 'distinct'
				? (scratch.codes(places * 10, 4) as Uint32Array)
				: scratch.doubles(places).fill(kind === 'least' ? Number.POSITIVE_INFINITY : kind === 'most' ? Number.NEGATIVE_INFINITY : 0),
		);
	const args: KernelArguments = {
		count,
		selection,
		tests,
		lookups,
		groups: parts,
		columns,
		parameters,
		base: -lookups.filter(({ hasGroups }) => hasGroups).length,
		rows: scratch.codes(places, 4) as Uint32Array,
		states: states(),
		words,
		firsts,
		finder: null,
	};
	const shape: KernelShape = {
		hasSelection,
		tests: tests.map(({ codes: array, table }) => ({ kind: table === null ? 'range' : 'table', width: array.BYTES_PER_ELEMENT })),
		lookups: lookups.map(({ codes: array, array: found, hasGroups }) => ({
			width: array.BYTES_PER_ELEMENT,
			arrayWidth: found.BYTES_PER_ELEMENT,
			isHash: false,
			hasGroups,
		})),
		groups: parts.map(({ codes: array, table }) => ({ kind: table === null ? 'integer' : 'table', width: array.BYTES_PER_ELEMENT })),
		columnWidths: columns.map(({ codes: array }) => array.BYTES_PER_ELEMENT),
		parameterCount: 2,
		aggregates,
		isHashed: false,
		isParted: false,
		isSingle: groups === 0,
	};
	return { shape, args, other: { ...args, rows: scratch.codes(places, 4) as Uint32Array, states: states() } };
}

test('WebAssembly and JavaScript give the same', () => {
	const first = Number(process.env.POLYLOG_SEED ?? 1);
	for (let seed = first; seed < first + Number(process.env.POLYLOG_RUNS ?? 300); seed++) {
		const random = seededRandom(seed);
		const pool = new ColumnPool(1 << 26, true);
		const scratch = new ColumnScratch(pool);
		const { shape, args, other } = kernel(random, scratch);
		assert.ok(scratch.isShared);
		runInJavaScript(shape, other);
		assert.ok(runInWasm(scratch.memory, shape, args), `seed ${seed} ran as WebAssembly`);
		assert.deepEqual([...args.rows], [...other.rows], `rows, POLYLOG_SEED=${seed} POLYLOG_RUNS=1`);
		args.states.forEach((state, a) => {
			// A sum of nothing may be 0 or -0.
			assert.deepEqual(
				[...state].map((v) => v + 0),
				[...other.states[a]!].map((v) => v + 0),
				`state ${a}, POLYLOG_SEED=${seed} POLYLOG_RUNS=1`,
			);
		});
		scratch.release();
	}
});

test('what is not in the shared memory is left to JavaScript', () => {
	const scratch = new ColumnScratch(new ColumnPool(1 << 26, true));
	const { shape, args } = kernel(seededRandom(5), scratch);
	assert.equal(
		runInWasm(scratch.memory, shape, { ...args, columns: args.columns.map((column) => ({ ...column, codes: new Uint8Array(column.codes) })) }),
		false,
	);
	assert.equal(runInWasm(scratch.memory, shape, { ...args, columns: args.columns.map((column) => ({ ...column, least: 2 ** 40 })) }), false);
});
