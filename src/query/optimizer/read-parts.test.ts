/** When a part of a column is read in its row, and when not: each case is one step away from the condition in `read-parts.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { visitPlanParts } from '../algebra/traverse.ts';
import * as a from '../executor/test-algebra.ts';
import { INT, TEXT } from '../executor/test-tables.ts';
import { readParts } from './read-parts.ts';

const TABLE = a.table(200, [
	{ name: 'id', type: INT, notNull: true },
	{ name: 's', type: TEXT },
]);

function scanned(): { readonly scan: Extract<Plan, { kind: 'scan' }>; readonly id: Expression; readonly text: Expression } {
	const scan = a.scan(TABLE);
	return { scan, id: a.ref(scan.columns[0]!), text: a.ref(scan.columns[1]!) };
}

const firstByte = (text: Expression, otherwise: Expression = a.constant(0)): Expression => a.call(a.FIRST_BYTE, [text, otherwise]);
const isLarge = (value: Expression): Expression => a.compare(a.GE, value, a.constant(100));

/** How many parts the scans of a plan read. */
function partCount(plan: Plan): number {
	let count = plan.kind === 'scan' || plan.kind === 'access' ? plan.scan.filter((s) => s.part !== undefined).length : 0;
	visitPlanParts(
		plan,
		(p) => {
			count += partCount(p);
		},
		() => {},
	);
	return count;
}

test('a part that a filter and a projection ask for is one column of the scan', () => {
	const { scan, id, text } = scanned();
	const plan = a.project(a.filter(scan, isLarge(firstByte(text))), [id, firstByte(text)]);
	const read = readParts(plan);
	assert.equal(partCount(read), 1);
	assert.deepEqual(read.columns, plan.columns);
});

test('parts for other values are other columns', () => {
	const { scan, text } = scanned();
	assert.equal(partCount(readParts(a.project(scan, [firstByte(text), firstByte(text, a.constant(7))]))), 2);
});

test('the columns of the statement stay what they are', () => {
	const { scan, text } = scanned();
	const plan = a.filter(scan, isLarge(firstByte(text)));
	const read = readParts(plan);
	assert.equal(partCount(read), 1);
	assert.deepEqual(read.columns, plan.columns);
	assert.equal(read.kind, 'project');
});

test('near misses read the value', () => {
	const { scan, id, text } = scanned();
	const nothing = (what: string, plan: Plan): void => assert.equal(partCount(readParts(plan)), 0, what);
	nothing('another argument is no constant', a.project(scan, [firstByte(text, id)]));
	nothing('a null constant', a.project(scan, [firstByte(text, a.constant(null, INT))]));
	nothing('the argument is no column', a.project(scan, [firstByte({ kind: 'coalesce', operands: [text, text], type: TEXT })]));
	nothing('the function has no such form', a.project(scan, [a.call(a.ADD, [id, a.constant(1)])]));
	nothing('the function takes nulls', a.project(scan, [a.call({ ...a.FIRST_BYTE, strict: false }, [text, a.constant(0)])]));
	const renamed = a.project(scan, [text]);
	nothing('the column is that of a projection', a.project(renamed, [firstByte(a.ref(renamed.columns[0]!))]));
	const distinct: Plan = { kind: 'distinct', input: scan, on: [], columns: scan.columns };
	nothing('rows are compared whole on the way', a.project(distinct, [firstByte(text)]));
	const access: Plan = { kind: 'access', table: TABLE, scan: scan.scan, index: null, bounds: [], reverse: false, covering: true, columns: scan.columns };
	nothing('the row is not read', a.project(access, [firstByte(text)]));
});

test('of a semi-join only the left side is passed on, of others both', () => {
	const [left, right] = [scanned(), scanned()];
	const join = (type: 'semi' | 'left'): Plan => ({
		kind: 'join',
		type,
		left: left.scan,
		right: right.scan,
		on: a.compare(a.EQ, firstByte(left.text), firstByte(right.text)),
		columns: type === 'semi' ? left.scan.columns : [...left.scan.columns, ...right.scan.columns],
	});
	assert.equal(partCount(readParts(a.project(join('semi'), [firstByte(left.text)]))), 2);
	assert.equal(partCount(readParts(a.project(join('left'), [firstByte(left.text), firstByte(right.text)]))), 2);
});

test('a subquery reads parts of what is around it', () => {
	const [outer, inner] = [scanned(), scanned()];
	const plan = a.project(a.filter(inner.scan, a.compare(a.EQ, firstByte(inner.text), firstByte(outer.text))), [inner.id]);
	const exists: Expression = { kind: 'subquery', mode: 'exists', plan, comparison: null, type: a.compare(a.EQ, inner.id, inner.id).type };
	const read = readParts(a.project(a.filter(outer.scan, exists), [outer.id]));
	assert.equal(partCount(read), 1);
	assert.ok(read.kind === 'project' && read.input.kind === 'filter' && read.input.predicate.kind === 'subquery');
	assert.equal(partCount(read.input.predicate.plan), 1);
});
