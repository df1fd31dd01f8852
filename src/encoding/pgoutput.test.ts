/** Messages of logical replication, written by hand after PostgreSQL's manual. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLsn, parseLsn, readFrame, readMessage, statusUpdate } from './pgoutput.ts';

const number = (bytes: number, value: number): Buffer => {
	const buffer = Buffer.alloc(bytes);
	buffer.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(6, bytes));
	return buffer;
};
const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const value = (shown: string): Buffer => Buffer.concat([Buffer.from('t'), number(4, Buffer.byteLength(shown)), Buffer.from(shown)]);

test('transactions, tables and rows', () => {
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('B'), number(8, 77), number(8, 0), number(4, 5)])), { kind: 'begin', finalLsn: 77n });
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('C\0'), number(8, 77), number(8, 99), number(8, 0)])), { kind: 'commit', lsn: 77n, endLsn: 99n });
	const column = (name: string, flags: number, oid: number): Buffer => Buffer.concat([number(1, flags), text(name), number(4, oid), number(4, 0xffffffff)]);
	const relation = Buffer.concat([
		Buffer.from('R'),
		number(4, 16_400),
		text('shop'),
		text('item'),
		Buffer.from('d'),
		number(2, 2),
		column('id', 1, 23),
		column('näme', 0, 25),
	]);
	assert.deepEqual(readMessage(relation), {
		kind: 'relation',
		relation: {
			id: 16_400,
			schema: 'shop',
			name: 'item',
			columns: [
				{ name: 'id', isKey: true, typeOid: 23 },
				{ name: 'näme', isKey: false, typeOid: 25 },
			],
		},
	});
	const row = Buffer.concat([number(2, 3), value('7'), Buffer.from('n'), Buffer.from('u')]);
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('I'), number(4, 5), Buffer.from('N'), row])), {
		kind: 'insert',
		relation: 5,
		row: ['7', null, undefined],
	});
	const key = Buffer.concat([number(2, 1), value('ä')]);
	const change = { kind: 'update', relation: 5, old: ['ä'], isOldWhole: false, row: ['7', null, undefined] };
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('U'), number(4, 5), Buffer.from('K'), key, Buffer.from('N'), row])), change);
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('U'), number(4, 5), Buffer.from('N'), row])), { ...change, old: null });
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('D'), number(4, 5), Buffer.from('O'), key])), {
		kind: 'delete',
		relation: 5,
		isOldWhole: true,
		old: ['ä'],
	});
	const truncate = { kind: 'truncate', isCascade: true, restartsIdentity: false, relations: [5, 6] };
	assert.deepEqual(readMessage(Buffer.concat([Buffer.from('T'), number(4, 2), number(1, 1), number(4, 5), number(4, 6)])), truncate);
	assert.throws(() => readMessage(Buffer.from('?')), { sqlstate: '08P01' });
});

test('frames, positions', () => {
	assert.deepEqual(readFrame(Buffer.concat([Buffer.from('w'), Buffer.alloc(24), Buffer.from('abc')])), { kind: 'data', message: Buffer.from('abc') });
	assert.deepEqual(readFrame(Buffer.concat([Buffer.from('k'), number(8, 258), Buffer.alloc(8), number(1, 1)])), {
		kind: 'keepalive',
		walEnd: 258n,
		wantsReply: true,
	});
	assert.equal(formatLsn(parseLsn('16/B374D848')), '16/B374D848');
	const update = statusUpdate(parseLsn('1/2'), 946_684_800_000_001n);
	assert.equal(update.toString('hex'), `72${'0000000100000002'.repeat(3)}0000000000000001` + '00');
});
