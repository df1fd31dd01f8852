/**
 * Group-bys of very many groups over columns give what they give over rows: groups found by hash, rows parted by that hash, parts in
 * memory, in a file and made groups again; with NULLs, rows in no file, sums past 2^53, and little memory. `POLYLOG_SEED` replays a failure.
 */
import { test } from 'node:test';
import { compareTwins } from './twin-tables.ts';

const SUMS = 'count(*), sum(id), min(b), max(a), sum(c), avg(b), count(d)';

test('many groups over columns are those over rows', { timeout: 200_000 }, async () => {
	await compareTwins(['64MB', '14MB', '1MB'], (random) => {
		const [factor, more] = [7919 + random(100) * 2, 100_003 + random(1000) * 2];
		return {
			columns: 'id int not null, a int not null, b int not null, c bigint not null, d int, e text not null, f date not null',
			values: `n, n::bigint * ${factor} % 5000011, n::bigint * ${more} % 3000017, n::bigint * 30000000001 % 9000000000000 - 4500000000000,
				nullif(n % 1000, 7), 'word ' || n % 30, date '2020-01-01' + n % 3000`,
			rows: 150_000,
			again: 'id, a, b, c, null, e, f',
			queries: [
				`select count(*), sum(n), sum(s), min(s), max(t), sum(u) from (select a, b, count(*) n, sum(c) s, max(id) t, sum(id) u from t group by a, b) x`,
				`select * from (select a, e, f, ${SUMS} from t where id % 2 = 0 group by a, e, f) x order by a, e, f limit 200`,
				`select a, f, count(*), sum(c) from t where b < 2000000 group by a, f order by 4 desc, a, f limit 100`,
				`select a % 10, count(*), sum(n) from (select a, id / 20 k, count(*) n from t group by a, id / 20) x group by 1 order by 1`,
				`select b, d, ${SUMS} from t group by b, d order by b desc, d limit 100`,
				`select count(*), sum(a), sum(b) from (select distinct a, b from t) x`,
				`select distinct e, a from t where a < 100000 order by a, e limit 50`,
				`select count(*), sum(s), min(a), max(b) from (select a, b, sum(c * 1) s from t group by a, b having count(*) > 1) x`,
			],
		};
	});
});
