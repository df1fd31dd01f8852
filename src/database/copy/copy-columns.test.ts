/** COPY into the columns of a table gives what it gives row by row, in whatever pieces its data comes, with the same errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolylogError } from '../../platform/errors.ts';
import { seededRandom } from '../../storage/engine.suite.ts';
import type { Database } from '../embedded/database.ts';
import { openDatabase } from '../open.ts';

const COLUMNS = 'a int not null, b smallint, c bigint, d text, e varchar, f varchar(6), g numeric, h bool, i date, j text not null';

type Random = (below: number) => number;

function one<T>(random: Random, items: readonly T[]): T {
	return items[random(items.length)]!;
}

function field(random: Random, column: number, isCsv: boolean): string {
	const isNull = column !== 0 && column !== 9 && random(7) === 0;
	if (isNull) return isCsv ? '' : '\\N';
	switch (column) {
		case 0:
			return one(random, ['0', '7', '-12', '2147483647', '-2147483648', ' 5', '+6', '007', '123456']);
		case 1:
			return one(random, ['1', '-32768', '32767', '0', '250']);
		case 2:
			return one(random, ['9007199254740993', '-9223372036854775808', '4294967296', '-4294967297', '12', '-1', '999999999999999']);
		case 6:
			return one(random, ['1.50', '-3', '12345678901234567890.5', 'NaN']);
		case 7:
			return one(random, ['t', 'f', 'true', 'no']);
		case 8:
			return one(random, ['2024-02-29', 'infinity', '1999-12-31']);
		case 5:
			return one(random, ['short', '', 'äöü', 'x']).replace(/^$/, isCsv ? '""' : '');
		default:
			return isCsv
				? one(random, ['plain', '"quoted, ""so"""', 'ärger', '"two\nlines"', 'a longer text of some words', '🚀', '""', 'back\\slash'])
				: one(random, ['plain', 'tab\\there', 'ärger', 'a\\\\b', '', 'a longer text of some words', '🚀', '\\x41', 'quote"']);
	}
}

function data(random: Random, rows: number, isCsv: boolean): string[] {
	return Array.from({ length: rows }, () => Array.from({ length: 10 }, (_, column) => field(random, column, isCsv)).join(isCsv ? ',' : '\t'));
}

async function* pieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += pieceBytes) {
		const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
		yield piece;
		piece.fill(0x21);
	}
}

async function copy(db: Database, table: string, text: string, pieceBytes: number, options: string): Promise<number> {
	return db.copy(`copy ${table} from stdin ${options}`, pieces(Buffer.from(text), pieceBytes));
}

function failure(work: Promise<unknown>): Promise<PolylogError> {
	return work.then(
		() => assert.fail('it did not fail'),
		(error: unknown) => error as PolylogError,
	);
}

async function withTables(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', { parts: { bulkRowsMin: 20 } });
	try {
		await db.execute(`create table by_rows (${COLUMNS}); create table by_columns (${COLUMNS}) using columnar`);
		await work(db);
	} finally {
		await db.close();
	}
}

test('rows of all kinds, in the order in which they came', async () => {
	const seed = Number(process.env['POLYLOG_SEED'] ?? 1);
	for (let run = 0; run < 6; run++) {
		const random = seededRandom(seed + run);
		const isCsv = run % 2 === 1;
		const options = isCsv ? '(format csv, header)' : '';
		await withTables(async (db) => {
			const text = `${[...(isCsv ? ['a,b,c,d,e,f,g,h,i,j'] : []), ...data(random, 400, isCsv)].join('\n')}${random(2) === 0 ? '\n' : ''}`;
			const pieceBytes = 1 + random(3000);
			const at = `seed ${seed + run}, pieces of ${pieceBytes}`;
			assert.equal(await copy(db, 'by_rows', text, pieceBytes, options), 400, at);
			assert.equal(await copy(db, 'by_columns', text, pieceBytes, options), 400, at);
			const shown = (table: string) => db.sql(`select t::text as line from ${table} t`).all();
			assert.deepEqual(shown('by_columns'), shown('by_rows'), at);
			assert.deepEqual(
				db.sql('select count(*) from by_columns where c > 0 and d is not null').all(),
				db.sql('select count(*) from by_rows where c > 0 and d is not null').all(),
			);
			await db.execute(
				`update by_columns set b = 9 where a = 7; delete from by_columns where h; update by_rows set b = 9 where a = 7; delete from by_rows where h`,
			);
			await db.checkpoint();
			const sorted = (table: string) => db.sql(`select t::text as line from ${table} t order by 1`).all();
			assert.deepEqual(sorted('by_columns'), sorted('by_rows'), at);
		});
	}
});

test('what is wrong is said as it is for rows, and nothing is kept', async () => {
	const good = Array.from({ length: 100 }, (_, i) => `${i}\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\tj`);
	const wrong = [
		'x\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\tj',
		'2147483648\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\tj',
		'1\t40000\t2\tx\ty\tz\t1\tt\t2024-01-01\tj',
		'1\t1\t2\tx\ty\ttoo long for it\t1\tt\t2024-01-01\tj',
		'1\t1\t2\tx\ty\tz\tno number\tt\t2024-01-01\tj',
		'1\t1\t2\tx\ty\tz\t1\tt\t2024-01-01',
		'1\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\tj\tmore',
		'1\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\t\\N',
		'\\N\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\tj',
		'1\t1\t2\tx\0\ty\tz\t1\tt\t2024-01-01\tj',
		'1\t1\t2\tx\ty\tz\t1\tt\t2024-01-01\tj\r',
	];
	await withTables(async (db) => {
		for (const line of wrong) {
			const text = `${[...good, line, ...good].join('\n')}\n`;
			const expected = await failure(copy(db, 'by_rows', text, 1500, ''));
			const found = await failure(copy(db, 'by_columns', text, 1500, ''));
			assert.equal(found.sqlstate, expected.sqlstate, line);
			assert.equal(found.message.replaceAll('by_columns', 'by_rows'), expected.message, line);
			assert.equal(db.sql('select count(*) as n from by_columns').all()[0]!['n'], 0, line);
		}
		assert.equal(await copy(db, 'by_columns', `${good.join('\n')}\n\\.\n`, 1500, ''), 100);
	});
});
