/**
 * Joins of large tables over columns give what they give over rows: tables in the caches and parted ones, in memory and in a file, with NULLs
 * in keys and values, rows in no file, several joins of one scan, and little memory. `POLYLOG_SEED` replays a failure.
 */
import { test } from 'node:test';
import { compareTwins } from './twin-tables.ts';

const SUMS = 'count(*), sum(x.id), sum(y.g), min(x.e), max(y.e), sum(y.d), max(y.f), min(x.f)';

test('joins of large tables over columns are those over rows', { timeout: 200_000 }, async () => {
	await compareTwins(['64MB', '16MB', '1MB'], (random) => {
		const [factor, more] = [7919 + random(100) * 2, 100_003 + random(1000) * 2];
		return {
			columns: 'id int not null, a int not null, b smallint not null, c int, d bigint, e text, f date, g int not null',
			values: `n, n::bigint * ${factor} % 2000003, n % 300, nullif(n::bigint * ${more} % 70001, 7)::int, nullif(n * 100003::bigint, 300009),
				nullif('word ' || n % 3000, 'word 5'), case when n % 11 = 0 then 'infinity'::date else date '2020-01-01' + n % 3000 end, n % 20`,
			rows: 200_000,
			again: 'id, a, b, c, null, e, f, 77',
			queries: [
				`select ${SUMS} from t x join t y on x.a = y.a and x.b = y.b`,
				`select ${SUMS} from t x left join t y on x.a = y.a and x.id = y.id and y.g > 3`,
				`select count(*), sum(x.id), min(x.e) from t x where exists (select from t y where y.a = x.a and y.id = x.id and y.g not in (3, 4))`,
				`select count(*), sum(x.id), max(x.f) from t x where not exists (select from t y where y.a = x.a and y.b = x.b and y.g < 14)`,
				`select ${SUMS} from t x join t y on x.c = y.c where x.g = 3 and y.g < 3`,
				`select ${SUMS}, count(z.id) from t x join t y on x.a = y.a and x.id = y.id join t z on x.b = z.id and z.g = 7`,
				`select x.e, ${SUMS} from t x left join t y on x.id = y.id and x.c = y.c and x.g = y.g where x.b < 280 group by x.e order by 1 nulls first limit 30`,
				`select x.id, x.e, y.f, y.d from t x join t y on x.a = y.a and x.c = y.c where x.id % 5000 < 2 order by x.id, y.g, x.g limit 100`,
			],
		};
	});
});
