/** A full disk and a failed sync, met by statements: what clients are told, what goes on, what is there afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDatabase } from './simulated-database.ts';

const SMALL = {
	memoryBytes: 32 << 10,
	cacheBytes: 64 << 10,
	logBytesMax: 64 << 10,
	segmentBytes: 8 << 10,
	parts: { blockBytes: 512, sstableBytes: 8 << 10, level0Files: 2, levelBytes: 32 << 10, manifestBytes: 4096, bulkRowsMin: 50 },
};
const NOTE = 'n'.repeat(100);

/** Inserts rows one by one until one is refused; gives the ids that were acknowledged. */
async function fill(one: SimulatedDatabase, from: number, most = 5000): Promise<{ ids: number[]; refused: string }> {
	const ids: number[] = [];
	for (let id = from; id < from + most; id++) {
		const outcome = await one.outcome('INSERT INTO t VALUES ($1, $2)', [id, NOTE]);
		if (outcome !== '') return { ids, refused: outcome };
		ids.push(id);
	}
	return { ids, refused: '' };
}

const idsOf = async (one: SimulatedDatabase): Promise<number[]> => (await one.run('SELECT id FROM t ORDER BY id')).map((row) => Number(row[0]));

for (const seed of [1, 2, 3, 4, 5, 6]) {
	for (const room of [0, 3000, 30_000]) {
		test(`writes are refused while the disk is full, and go on when it is not (room ${room}, seed ${seed})`, async () => {
			const one = await SimulatedDatabase.open(seed, SMALL);
			await one.run('CREATE TABLE t (id int PRIMARY KEY, note text)');
			await one.run('CREATE INDEX t_note ON t (note)');
			const before = await fill(one, 0, 100 * seed);
			assert.equal(before.refused, '');
			one.leaveRoom(room);
			const during = await fill(one, 10_000);
			assert.equal(during.refused, '53100');
			const known = [...before.ids, ...during.ids];
			assert.deepEqual(await idsOf(one), known, 'reads go on, and show what was acknowledged');
			assert.equal(await one.outcome('UPDATE t SET note = $1', ['other'.repeat(50)]), '53100');
			assert.deepEqual(await idsOf(one), known);
			one.makeRoom();
			const after = await fill(one, 20_000, 300);
			assert.equal(after.refused, '', 'writes go on without a restart');
			known.push(...after.ids);
			assert.deepEqual(await idsOf(one), known);
			assert.equal(await one.outcomeOf(one.db.checkpoint()), '');
			await one.reopen();
			assert.deepEqual(await idsOf(one), known);
			assert.deepEqual(await one.run('SELECT count(*) FROM t WHERE note = $1', [NOTE]), [[String(known.length)]]);
		});
	}
}

test('a bulk COPY that does not fit is refused as a whole', async () => {
	for (const seed of [1, 2, 3]) {
		const one = await SimulatedDatabase.open(seed, SMALL);
		await one.run('CREATE TABLE t (id int PRIMARY KEY, note text)');
		await one.run('CREATE INDEX t_note ON t (note)');
		const lines = Array.from({ length: 2000 }, (_, id) => `${id}\t${NOTE}${id}\n`).join('');
		for (const room of [0, 10_000, 60_000, 150_000]) {
			one.leaveRoom(room);
			assert.equal(await one.outcomeOf(one.copy('COPY t FROM STDIN', lines)), '53100', `room ${room}`);
			assert.deepEqual(await idsOf(one), []);
		}
		one.makeRoom();
		assert.equal(await one.outcomeOf(one.copy('COPY t FROM STDIN', lines)), '');
		assert.deepEqual(await one.run('SELECT count(*), max(id) FROM t'), [['2000', '1999']]);
		await one.reopen();
		assert.deepEqual(await one.run('SELECT count(*), max(id) FROM t'), [['2000', '1999']]);
	}
});

const SPILLS: Readonly<Record<string, string>> = {
	'a sort': 'SELECT md5(g::text) AS m FROM generate_series(1, 20000) g ORDER BY m',
	'an aggregation': 'SELECT md5(g::text) AS m, count(*) FROM generate_series(1, 20000) g GROUP BY 1',
	'a join':
		'SELECT count(*) FROM (SELECT md5(g::text) AS m FROM generate_series(1, 20000) g) a JOIN (SELECT md5(g::text) AS m FROM generate_series(1, 20000) g) b USING (m)',
	DISTINCT: 'SELECT DISTINCT md5(g::text) FROM generate_series(1, 20000) g',
};

for (const [name, text] of Object.entries(SPILLS)) {
	test(`${name} that finds no room to spill is refused, and leaves nothing behind`, async () => {
		const one = await SimulatedDatabase.open(7, SMALL);
		await one.run("SET work_mem = '256kB'");
		const used = one.world.disk.usedBytes;
		one.leaveRoom(20_000);
		assert.equal(await one.outcome(text), '53100');
		assert.deepEqual(await one.run('SELECT 1'), [['1']]);
		one.makeRoom();
		assert.equal(one.world.disk.usedBytes, used, 'its files are gone');
		const rows = await one.run(text);
		assert.ok(rows.length === 20_000 || rows[0]![0] === '20000');
		assert.equal(one.world.disk.usedBytes, used);
	});
}

test('synchronous_commit = off acknowledges a commit before it is synced: a kill keeps it, other settings sync first', async () => {
	const one = await SimulatedDatabase.open(11, SMALL);
	await one.run('CREATE TABLE t (id int PRIMARY KEY, note text)');
	let syncs = 0;
	one.world.disk.swallowSync = (path) => {
		if (path.includes('/log/')) syncs++;
		return false;
	};
	for (const [setting, isSynced] of [
		['on', true],
		['off', false],
		['local', true],
		['remote_apply', true],
	] as const) {
		await one.run(`SET synchronous_commit = ${setting}`);
		const before = syncs;
		await one.run('INSERT INTO t VALUES ((SELECT count(*) FROM t), $1)', [setting]);
		assert.equal(syncs > before, isSynced, setting);
	}
	await one.run('SET synchronous_commit = off');
	await one.run("INSERT INTO t VALUES (100, 'off')");
	await one.reopen('kill');
	assert.deepEqual(await idsOf(one), [0, 1, 2, 3, 100]);
});

test('after a failed sync the outcome is unknown, reads go on at what is durable, and writes are refused until reopened', async () => {
	for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
		const one = await SimulatedDatabase.open(seed, SMALL);
		await one.run('CREATE TABLE t (id int PRIMARY KEY, note text)');
		const before = await fill(one, 0, 20);
		one.world.disk.failSyncChance = 1;
		assert.equal(await one.outcome("INSERT INTO t VALUES (100, 'unknown')"), '08007');
		one.world.disk.failSyncChance = 0;
		assert.deepEqual(await idsOf(one), before.ids);
		for (const text of ["INSERT INTO t VALUES (101, 'x')", 'DELETE FROM t', 'CREATE TABLE u (a int)']) {
			const outcome = await one.outcome(text);
			assert.ok(outcome === '58030' || outcome === '57P03', outcome);
		}
		assert.deepEqual(await idsOf(one), before.ids);
		await one.reopen(seed % 2 === 0 ? 'power' : 'kill');
		const after = await idsOf(one);
		assert.deepEqual(
			after.filter((id) => id !== 100),
			before.ids,
		);
		assert.equal((await fill(one, 200, 10)).refused, '');
		assert.deepEqual(await one.run('SELECT count(*) FROM t'), [[String(after.length + 10)]]);
	}
});
