// What generated pipelines cost by themselves: a table whose cursor is a loop over one buffer, so that storage costs next to
// nothing. Scans give rows a second; statements of one row give nanoseconds from `start` to `close`.
//
//     node bench/executor.mjs            all of it
//     node bench/executor.mjs code NAME  the generated code of one
import { compile } from '../dist/query/executor/compile-program.js';
import * as a from '../dist/query/executor/test-algebra.js';
import { INT, runProgram, TEST_CATALOG, testContext } from '../dist/query/executor/test-tables.js';

const ROWS = 1_000_000;
const WIDTH = 12;
const buffer = new Uint8Array(ROWS * WIDTH);
const view = new DataView(buffer.buffer);
for (let i = 0; i < ROWS; i++) {
	view.setInt32(i * WIDTH, i, true);
	view.setInt32(i * WIDTH + 4, i % 100, true);
	view.setInt32(i * WIDTH + 8, i % 1000, true);
}

class BufferCursor {
	keyBuffer = buffer;
	keyStart = 0;
	keyEnd = 4;
	valueBuffer = buffer;
	valueStart = -WIDTH;
	valueEnd = 0;
	next() {
		this.valueStart += WIDTH;
		if (this.valueStart >= ROWS * WIDTH) return false;
		this.valueEnd = this.valueStart + WIDTH;
		return true;
	}
	seek() {
		this.valueStart = -WIDTH;
	}
	close() {}
}

const columns = ['id', 'a', 'b'].map((name) => ({ name, type: INT, notNull: true }));
const table = a.table(900, columns, [1]);
const rows = {
	id: 900,
	get(_key, _length, _offset, slot) {
		slot.buffer = buffer;
		slot.start = 10 * WIDTH;
		slot.end = 11 * WIDTH;
		return true;
	},
};
const readInt = (bytes, start, at) => bytes[start + at] | (bytes[start + at + 1] << 8) | (bytes[start + at + 2] << 16) | (bytes[start + at + 3] << 24);
const writePart = (value, key) => {
	for (let shift = 24; shift >= 0; shift -= 8) key.bytes[key.length++] = value >> shift;
};
const access = {
	table,
	rows,
	getter: (number) => (bytes, start) => readInt(bytes, start, 4 * (number - 1)),
	inlineGetter: (number, bytes, start) => `(${[0, 1, 2, 3].map((i) => `(${bytes}[${start} + ${4 * (number - 1) + i}] << ${8 * i})`).join(' | ')})`,
	inlineIsCurrent: () => 'true',
	primary: { keyspace: rows, parts: [writePart] },
};
let changed = 0;
const writer = {
	insert: () => changed++,
	update: () => changed++,
	delete: () => changed++,
	findConflict: () => null,
	lock: () => 'granted',
	finish() {},
};
const model = { access: () => access, writer: () => writer };
const context = testContext(model, { transaction: { cursor: () => new BufferCursor(), get: (space, key, length, slot) => space.get(key, length, 0, slot) } });

const [, , command, wanted] = process.argv;

function show(name, plan) {
	if (command !== 'code') return false;
	if (name === wanted) console.log(compile(plan, TEST_CATALOG, { tables: model }).code);
	return true;
}

function scanning(name, plan, count = ROWS, runs = 5) {
	if (show(name, plan)) return;
	const program = compile(plan, TEST_CATALOG, { tables: model });
	let best = Number.POSITIVE_INFINITY;
	for (let run = 0; run < runs; run++) {
		const start = performance.now();
		runProgram(program, context, 1e9);
		best = Math.min(best, performance.now() - start);
	}
	console.log(`${name.padEnd(28)} ${best.toFixed(1).padStart(8)} ms ${(count / best / 1000).toFixed(1).padStart(8)} M rows/s`);
}

function oneRow(name, plan, parameters) {
	if (show(name, plan)) return;
	const program = compile(plan, TEST_CATALOG, { tables: model });
	let given = 0;
	const sink = { begin() {}, writers: plan.columns.map(() => () => given++), end: () => true };
	const bound = { ...context, parameters };
	const run = (count) => {
		for (let i = 0; i < count; i++) {
			const execution = program.start(bound, sink);
			execution.step(1000);
			execution.close();
		}
	};
	run(20_000);
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < 5; round++) {
		const start = performance.now();
		run(100_000);
		best = Math.min(best, performance.now() - start);
	}
	console.log(`${name.padEnd(28)} ${((best / 100_000) * 1e6).toFixed(0).padStart(8)} ns`);
}

const scan = () => a.scan(table);
const aggregate = (input, groups, calls) => ({
	kind: 'aggregate',
	input,
	groups,
	sets: [groups.map((_, i) => i)],
	aggregates: calls,
	grouping: [],
	columns: [...groups, ...calls].map((c) => c.column),
});
const group = (expression) => ({ column: a.column('g'), expression, equality: a.SAME });
const join = (left, right, l, r) => ({
	kind: 'join',
	type: 'inner',
	left,
	right,
	on: a.compare(a.EQ, a.ref(l), a.ref(r)),
	columns: [...left.columns, ...right.columns],
});

{
	const s = scan();
	const [, x, y] = s.columns.map(a.ref);
	scanning('filter-sum', aggregate(a.filter(s, a.compare(a.LT, x, a.constant(50))), [], [a.aggregateCall(a.SUM, [y])]));
	scanning('group', aggregate(s, [group(y)], [a.aggregateCall(a.SUM, [x]), a.aggregateCall(a.COUNT, [])]));
	scanning('group-by-two', aggregate(s, [group(y), group(x)], [a.aggregateCall(a.SUM, [x])]), ROWS, 3);
	const keys = [a.sortKey(a.ref(s.columns[2]), true), a.sortKey(a.ref(s.columns[0]))];
	scanning('top-10', { kind: 'sort', input: s, keys, limit: a.constant(10), columns: s.columns });
	const sorted = { kind: 'sort', input: s, keys, columns: s.columns };
	scanning('sort', { kind: 'limit', input: sorted, count: a.constant(3), offset: a.constant(999_990), columns: s.columns }, ROWS, 2);
	const distinct = { kind: 'distinct', input: a.project(s, [x, y]), on: [] };
	distinct.columns = distinct.input.columns;
	scanning('distinct', distinct, ROWS, 2);
}
{
	const [left, right] = [scan(), scan()];
	const total = [a.aggregateCall(a.SUM, [a.ref(right.columns[1])])];
	const small = a.filter(right, a.compare(a.LT, a.ref(right.columns[0]), a.constant(1000)));
	scanning('join-small', aggregate(join(left, small, left.columns[2], right.columns[0]), [], total));
	scanning('join-large', aggregate(join(left, right, left.columns[0], right.columns[0]), [], total), 2 * ROWS, 2);
}
{
	const numbered = [1, 2, 3].map((number) => ({ column: a.column('c'), number }));
	const key = a.column('key');
	const point = (scanned) => ({
		kind: 'access',
		table,
		scan: scanned,
		index: null,
		bounds: [{ equal: [a.parameter(0)], lower: null, upper: null }],
		reverse: false,
		covering: false,
		columns: scanned.map((s) => s.column),
	});
	const withKey = point([...numbered, { column: key, number: 0 }]);
	const newRow = () => table.columns.map((c) => a.column(c.name));
	const common = { table, viewChecks: [], returning: null, columns: [] };
	const target = { input: withKey, keyColumn: key.id, oldRow: numbered.map((s) => s.column.id) };
	oneRow('point-select', point(numbered), [5]);
	const assignments = [{ number: 2, expression: a.call(a.ADD, [a.ref(numbered[1].column), a.parameter(1)]) }];
	oneRow('point-update', { kind: 'update', ...common, ...target, newRow: newRow(), assignments }, [5, 1]);
	oneRow('point-delete', { kind: 'delete', ...common, ...target, newRow: [] }, [5]);
	const values = { kind: 'values', rows: [[0, 1, 2].map((i) => a.parameter(i))], columns: newRow() };
	const insert = { kind: 'insert', ...common, newRow: newRow(), input: values, values: values.columns.map(a.ref), conflict: null };
	oneRow('insert', insert, [5, 1, 2]);
	const [existing, excluded] = [newRow(), newRow()];
	const update = { existing, excluded, where: null, assignments: [{ number: 2, expression: a.ref(excluded[1]) }] };
	oneRow('upsert', { ...insert, conflict: { indexes: [], update } }, [5, 1, 2]);
}
