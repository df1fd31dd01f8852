/** Ranges and multiranges, as PostgreSQL 15 reads, prints and computes them. */
import { type Step, testCases } from './stepped-statements.ts';

const SETUP: readonly Step[] = [
	['create table r (id int, v int4range)', null],
	["insert into r values (1,'[1,5)'),(2,'empty'),(3,'(,3)'),(4,'[3,)'),(5,'[5,10)'),(6,'[1,3]'),(7,'(,)'),(8,'[7,8)')", null],
	['create table n (id int, v numrange)', null],
	["insert into n values (1,'[1,5)'),(2,'empty'),(3,'(,3)'),(4,'[3,)'),(5,'(5,10)'),(6,'[1,3]'),(7,'(,)'),(8,'[5,5]'),(9,'(3,5)'),(10,'[1.0,5)')", null],
	['create table m (id int, v int4multirange)', null],
	["insert into m values (1,'{[1,5)}'),(2,'{}'),(3,'{(,3),[7,9)}'),(4,'{[3,)}'),(5,'{[1,2),[5,6),[10,12)}'),(6,'{[5,6)}'),(7,'{(,)}')", null],
	['create table nm (id int, v nummultirange)', null],
	["insert into nm values (1,'{[1,5)}'),(2,'{}'),(3,'{(,3),[7,9)}'),(4,'{(3,)}'),(5,'{[1,2),(5,6),[10,12]}'),(6,'{(5,6)}'),(7,'{(,)}')", null],
];

const cases: Readonly<Record<string, readonly Step[]>> = {
	'texts and constructors': [
		["select ''::int4range", '22P02'],
		["select '-[a,z)'::int4range", '22P02'],
		["select '[a,z) - '::numrange", '22P02'],
		["select '(\",a)'::numrange", '22P02'],
		["select '(,,a)'::numrange", '22P02'],
		["select '(a,a]'::numrange", '22P02'],
		["select 'empty'::numrange, ' EmPtY '::numrange", ['empty|empty']],
		["select '[1,2'::numrange", '22P02'],
		["select '[1 2)'::numrange", '22P02'],
		["select 'empty)'::numrange", '22P02'],
		["select '[3,1]'::int4range", '22000'],
		[
			"select '[1,5]'::int4range, '(1,5)'::int4range, '[1,1]'::int4range, '(1,2)'::int4range, '(,5]'::int8range, '[1,)'::int4range, '(,)'::daterange, '[2020-01-01,2020-01-31]'::daterange, '[\"2020-01-01 10:00\",2020-01-02)'::tsrange, '[2020-01-01 00:00+02,)'::tstzrange, '[1.50,2.0]'::numrange, '[infinity,)'::daterange, '(-infinity,infinity]'::daterange",
			[
				'[1,6)|[2,5)|[1,2)|empty|(,6)|[1,)|(,)|[2020-01-01,2020-02-01)|["2020-01-01 10:00:00","2020-01-02 00:00:00")|["2019-12-31 22:00:00+00",)|[1.50,2.0]|[infinity,)|(-infinity,infinity]',
			],
		],
		[
			"select int4range(1,5), int4range(1,5,'[]'), numrange(1.1,null), numrange(null,null,'[]'), int4range(3,3), daterange('2020-01-01','2020-02-01','(]')",
			['[1,5)|[1,6)|[1.1,)|(,)|empty|[2020-01-02,2020-02-02)'],
		],
		['select int4range(5,1)', '22000'],
		["select int4range(1,2,'xx')", '42601'],
		['select int4range(1,2,null)', '22000'],
		["select '[2147483647,2147483647]'::int4range", '22003'],
		[
			"select '{}'::int4multirange, '{[1,3),[5,8)}'::int4multirange, '{[1,3],[4,8),empty}'::int4multirange, '{(,3), [2,)}'::nummultirange",
			['{}|{[1,3),[5,8)}|{[1,8)}|{(,)}'],
		],
		["select '{[1,2)'::int4multirange", '22P02'],
		["select '[1,2)'::int4multirange", '22P02'],
		["select '{[1,2) [3,4)}'::int4multirange", '22P02'],
		["select '{a}'::int4multirange", '22P02'],
		["select '{[1,2)} x'::int4multirange", '22P02'],
		["select '{[1,2),}'::int4multirange", '22P02'],
	],
	operators: [
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'true false true true false true true false false false false false false false true false true false false true true true false false true true true true false false false true true false true true false true true false true true true false true true true true true',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'true false false true true false true false false false false false false false true false true true true true true false false false true false false true false false false true true false true true false false true true true true false false false true false false true',
			],
		],
		[
			"select string_agg((a.v &> b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'true false true false false true true false false false false false false false false false true false false false true true false true true false true true true false true true true true true true false true false false true true false false true false false false true',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'false false false false true false false false false false false false false false false false false true true false false false false false false false false false false false false false false false false false false false false true false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v >> b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false true false false false false true false true false false true false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'false false false false true false false false false false false false false false false false false true false false false false false true false false false false true false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'true true false false false true false false true false false false false false false true true false false false false false true false true true false false false true false false true false false false true false false false true false true true true true true true true',
			],
		],
		[
			"select string_agg((a.v = b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true',
			],
		],
		[
			"select string_agg((a.v < b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'false false false true true false false true false true true true true true true false false true true true true false false false false true false false false false false false false false false true false false true true false false true false false true true true false',
			],
		],
		[
			"select string_agg((a.v >= b.v)::text, ' ' order by a.id, b.id) from r a, r b where a.id < 8 and b.id < 8",
			[
				'true true true false false true true false true false false false false false false true true false false false false true true true true false true true true true true true true true true false true true false false true true false true true false false false true',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'true false true true false true true false false false false false false false true false true false false true true true false false true true true true false false false true true false true true false true true false true true true false true true true true true',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'true false false true true false true false false false false false false false true false true true true true true false false false true false false true false false false true true false true true false false true true true true false false false true false false true',
			],
		],
		[
			"select string_agg((a.v &> b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'true false true false false true true false false false false false false false false false true false false false true true false true true false true true true false true true true true true true false true false false true true false false true false false false true',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'false false false false true false false false false false false false false false false false false true true false false false false false false false false false false false false false false false false false false false false true false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v >> b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false true false false false false true false true false false true false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'false false false false false false false false false false false false false false false false false true false false false false false true false false false false false false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'true true false false false true false false true false false false false false false true true false false false false false true false true true false false false true false false true false false false true false false false true false true true true true true true true',
			],
		],
		[
			"select string_agg((a.v = b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true',
			],
		],
		[
			"select string_agg((a.v < b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'false false false true true false false true false true true true true true true false false true true true true false false false false true false false false false false false false false false true false false true true false false true false false true true true false',
			],
		],
		[
			"select string_agg((a.v >= b.v)::text, ' ' order by a.id, b.id) from n a, n b where a.id < 8 and b.id < 8",
			[
				'true true true false false true true false true false false false false false false true true false false false false true true true true false true true true true true true true true true false true true false false true true false true true false false false true',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'true false true true true false true false false false false false false false true false true true true false true true false true true true true true true false true true true true true false false false true true true true true false true true true true true',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'true false true true true true true false false false false false false false false false true true true false true false false false true false false true false false false true true false true false false true true true true true false false false true false false true',
			],
		],
		[
			"select string_agg((a.v &> b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'true false true false true false true false false false false false false false false false true false false false true true false true true true false true true false true false true false true true false true true true true true false false true false false false true',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'false false false false false true false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v >> b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false true false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'false false false false false true false false false false false false false false false false false false false false false false false false false false false false false false false false false false false true false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'true true false false false false false false true false false false false false false true true false false false false false true false true false true false false true false false true true false false true false false false true false true true true true true true true',
			],
		],
		[
			"select string_agg((a.v = b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true',
			],
		],
		[
			"select string_agg((a.v < b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'false false false true false true false true false true true true true true true false false true true true true false false false false false true false true false false true false true false false false false false false false false true false false true true true false',
			],
		],
		[
			"select string_agg((a.v >= b.v)::text, ' ' order by a.id, b.id) from m a, m b where a.id < 8 and b.id < 8",
			[
				'true true true false true false true false true false false false false false false true true false false false false true true true true true false true false true true false true false true true true true true true true true false true true false false false true',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'true false true true true false true false false false false false false false true false true true true false true true false true true true true true true false true true true true true false false false true true true true true false true true true true true',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'true false true true true true true false false false false false false false false false true true true false true false false false true false false true false false false true true false true false false true true true true true false false false true false false true',
			],
		],
		[
			"select string_agg((a.v &> b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'true false true false true false true false false false false false false false false false true false false false true true false true true true false true true false true false true false true true false true true true true true false false true false false false true',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'false false false false false true false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v >> b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false true false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'true true false false false false false false true false false false false false false true true false false false false false true false true false true false false true false false true true false false true false false false true false true true true true true true true',
			],
		],
		[
			"select string_agg((a.v = b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true false false false false false false false true',
			],
		],
		[
			"select string_agg((a.v < b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'false false false true false true false true false true true true true true true false false true true true true false false false false false true false true false false true false true false false false false false false false false true false false true true true false',
			],
		],
		[
			"select string_agg((a.v >= b.v)::text, ' ' order by a.id, b.id) from nm a, nm b where a.id < 8 and b.id < 8",
			[
				'true true true false true false true false true false false false false false false true true false false false false true true true true true false true false true true false true false true true true true true true true true false true true false false false true',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from r a, m b where a.id < 7 and b.id < 7",
			[
				'true false true true true false false false false false false false true false true false true false true false true true true true false false true true true true true false true true true false',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from r a, m b where a.id < 7 and b.id < 7",
			[
				'true false true true true true false false false false false false true false true true true true false false false true false false false false false true true false true false true true true true',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from r a, m b where a.id < 7 and b.id < 7",
			[
				'false false false false false true false false false false false false false false false true false true false false false false false false false false false false false false false false false false false true',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from r a, m b where a.id < 7 and b.id < 7",
			[
				'false false false false false true false false false false false false false false false true false false false false false false false false true false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from r a, m b where a.id < 7 and b.id < 7",
			[
				'true true false false false false false true false false false false false true false false false false false true false true false true false true false false false true false true false false false false',
			],
		],
		[
			"select string_agg((a.v <@ b.v)::text, ' ' order by a.id, b.id) from r a, m b where a.id < 7 and b.id < 7",
			[
				'true false false false false false true true true true true true false false true false false false false false false true false false false false false true false false true false false false false false',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from m a, r b where a.id < 7 and b.id < 7",
			[
				'true false true true false true false false false false false false true false true true true true true false false true true true true false true true true true false false false true true false',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from m a, r b where a.id < 7 and b.id < 7",
			[
				'true false false true true false false false false false false false false false false true true false false false false true false false false false false true false false false false false true true false',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from m a, r b where a.id < 7 and b.id < 7",
			[
				'false false false false true false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from m a, r b where a.id < 7 and b.id < 7",
			[
				'false false false false true false false false false false false false false false false false false false false false true false false false false false false false false false true false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from m a, r b where a.id < 7 and b.id < 7",
			[
				'true true false false false true false true false false false false false true true false false false false true false true true false false true false false false false false true false false false false',
			],
		],
		[
			"select string_agg((a.v <@ b.v)::text, ' ' order by a.id, b.id) from m a, r b where a.id < 7 and b.id < 7",
			[
				'true false false false false false true true true true true true false false false false false false false false false true false false false false false false false false false false false true true false',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from n a, nm b where a.id < 7 and b.id < 7",
			[
				'true false true true true false false false false false false false true false true false true false true false true true true true false false true true true true true false true false true false',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from n a, nm b where a.id < 7 and b.id < 7",
			[
				'true false true true true true false false false false false false true false true true true true false false false true false false false false false true true false true false true true true true',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from n a, nm b where a.id < 7 and b.id < 7",
			[
				'false false false false false true false false false false false false false false false true false true false false false false false false false false false false false false false false false true false true',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from n a, nm b where a.id < 7 and b.id < 7",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false true false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from n a, nm b where a.id < 7 and b.id < 7",
			[
				'true true false false false false false true false false false false false true false false false false false true false true false true false true false false false true false true false false false false',
			],
		],
		[
			"select string_agg((a.v <@ b.v)::text, ' ' order by a.id, b.id) from n a, nm b where a.id < 7 and b.id < 7",
			[
				'true false false false false false true true true true true true false false true false false false false false false false false false false false false true false false true false false false false false',
			],
		],
		[
			"select string_agg((a.v && b.v)::text, ' ' order by a.id, b.id) from nm a, n b where a.id < 7 and b.id < 7",
			[
				'true false true true false true false false false false false false true false true true true true true false false true true false true false true true true true false false false true true false',
			],
		],
		[
			"select string_agg((a.v &< b.v)::text, ' ' order by a.id, b.id) from nm a, n b where a.id < 7 and b.id < 7",
			[
				'true false false true true false false false false false false false false false false true true false false false false true false false false false false true false false false false false true true false',
			],
		],
		[
			"select string_agg((a.v << b.v)::text, ' ' order by a.id, b.id) from nm a, n b where a.id < 7 and b.id < 7",
			[
				'false false false false true false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v -|- b.v)::text, ' ' order by a.id, b.id) from nm a, n b where a.id < 7 and b.id < 7",
			[
				'false false false false false false false false false false false false false false false false false false false false false false false true false false false false false false false false false false false false',
			],
		],
		[
			"select string_agg((a.v @> b.v)::text, ' ' order by a.id, b.id) from nm a, n b where a.id < 7 and b.id < 7",
			[
				'true true false false false true false true false false false false false true true false false false false true false false true false false true false false false false false true false false false false',
			],
		],
		[
			"select string_agg((a.v <@ b.v)::text, ' ' order by a.id, b.id) from nm a, n b where a.id < 7 and b.id < 7",
			[
				'true false false false false false true true true true true true false false false false false false false false false true false false false false false false false false false false false true true false',
			],
		],
		[
			"select a.id, string_agg((a.v * b.v)::text, ' ' order by b.id) from nm a, nm b group by a.id order by a.id",
			[
				'1|{[1,5)} {} {[1,3)} {(3,5)} {[1,2)} {} {[1,5)}',
				'2|{} {} {} {} {} {} {}',
				'3|{[1,3)} {} {(,3),[7,9)} {[7,9)} {[1,2)} {} {(,3),[7,9)}',
				'4|{(3,5)} {} {[7,9)} {(3,)} {(5,6),[10,12]} {(5,6)} {(3,)}',
				'5|{[1,2)} {} {[1,2)} {(5,6),[10,12]} {[1,2),(5,6),[10,12]} {(5,6)} {[1,2),(5,6),[10,12]}',
				'6|{} {} {} {(5,6)} {(5,6)} {(5,6)} {(5,6)}',
				'7|{[1,5)} {} {(,3),[7,9)} {(3,)} {[1,2),(5,6),[10,12]} {(5,6)} {(,)}',
			],
		],
		[
			"select a.id, string_agg((a.v + b.v)::text, ' ' order by b.id) from nm a, nm b group by a.id order by a.id",
			[
				'1|{[1,5)} {[1,5)} {(,5),[7,9)} {[1,)} {[1,5),(5,6),[10,12]} {[1,5),(5,6)} {(,)}',
				'2|{[1,5)} {} {(,3),[7,9)} {(3,)} {[1,2),(5,6),[10,12]} {(5,6)} {(,)}',
				'3|{(,5),[7,9)} {(,3),[7,9)} {(,3),[7,9)} {(,3),(3,)} {(,3),(5,6),[7,9),[10,12]} {(,3),(5,6),[7,9)} {(,)}',
				'4|{[1,)} {(3,)} {(,3),(3,)} {(3,)} {[1,2),(3,)} {(3,)} {(,)}',
				'5|{[1,5),(5,6),[10,12]} {[1,2),(5,6),[10,12]} {(,3),(5,6),[7,9),[10,12]} {[1,2),(3,)} {[1,2),(5,6),[10,12]} {[1,2),(5,6),[10,12]} {(,)}',
				'6|{[1,5),(5,6)} {(5,6)} {(,3),(5,6),[7,9)} {(3,)} {[1,2),(5,6),[10,12]} {(5,6)} {(,)}',
				'7|{(,)} {(,)} {(,)} {(,)} {(,)} {(,)} {(,)}',
			],
		],
		[
			"select a.id, string_agg((a.v - b.v)::text, ' ' order by b.id) from nm a, nm b group by a.id order by a.id",
			[
				'1|{} {[1,5)} {[3,5)} {[1,3]} {[2,5)} {[1,5)} {}',
				'2|{} {} {} {} {} {} {}',
				'3|{(,1),[7,9)} {(,3),[7,9)} {} {(,3)} {(,1),[2,3),[7,9)} {(,3),[7,9)} {}',
				'4|{[5,)} {(3,)} {(3,7),[9,)} {} {(3,5],[6,10),(12,)} {(3,5],[6,)} {}',
				'5|{(5,6),[10,12]} {[1,2),(5,6),[10,12]} {(5,6),[10,12]} {[1,2)} {} {[1,2),[10,12]} {}',
				'6|{(5,6)} {(5,6)} {(5,6)} {} {} {} {}',
				'7|{(,1),[5,)} {(,)} {[3,7),[9,)} {(,3]} {(,1),[2,5],[6,10),(12,)} {(,5],[6,)} {}',
			],
		],
		[
			"select a.id, string_agg((a.v * b.v)::text, ' ' order by b.id) from n a, n b group by a.id order by a.id",
			[
				'1|[1,5) empty [1,3) [3,5) empty [1,3] [1,5) empty (3,5) [1,5)',
				'2|empty empty empty empty empty empty empty empty empty empty',
				'3|[1,3) empty (,3) empty empty [1,3) (,3) empty empty [1.0,3)',
				'4|[3,5) empty empty [3,) (5,10) [3,3] [3,) [5,5] (3,5) [3,5)',
				'5|empty empty empty (5,10) (5,10) empty (5,10) empty empty empty',
				'6|[1,3] empty [1,3) [3,3] empty [1,3] [1,3] empty empty [1,3]',
				'7|[1,5) empty (,3) [3,) (5,10) [1,3] (,) [5,5] (3,5) [1.0,5)',
				'8|empty empty empty [5,5] empty empty [5,5] [5,5] empty empty',
				'9|(3,5) empty empty (3,5) empty empty (3,5) empty (3,5) (3,5)',
				'10|[1.0,5) empty [1.0,3) [3,5) empty [1.0,3] [1.0,5) empty (3,5) [1.0,5)',
			],
		],
		["select '[1,5)'::int4range - '[2,3)'::int4range", '22000'],
		["select '[1,2)'::int4range + '[5,6)'::int4range", '22000'],
		["select range_merge('[1,2)'::int4range,'[5,6)'), range_merge('{[1,2),[5,9)}'::int4multirange), range_merge('{}'::int4multirange)", ['[1,6)|[1,9)|empty']],
		['select id, v @> 3, 3 <@ v from r order by id', ['1|t|t', '2|f|f', '3|f|f', '4|t|t', '5|f|f', '6|t|t', '7|t|t', '8|f|f']],
		['select id, v @> 3.0, v @> 5.0 from n order by id', ['1|t|f', '2|f|f', '3|f|f', '4|t|t', '5|f|f', '6|t|f', '7|t|t', '8|f|t', '9|f|f', '10|t|f']],
		['select id, v @> 3 from m order by id', ['1|t', '2|f', '3|f', '4|t', '5|f', '6|f', '7|t']],
		['select numrange(1,2) @> 1', '42883'],
		["select int4range(1,5) @> '[2,3]'", ['t']],
		["select '[1,5)' && int4range(2,3), 2 <@ '[1,5)'::int4range", ['t|t']],
	],
	'functions, order and keys': [
		[
			'select id, lower(v), upper(v), isempty(v), lower_inc(v), upper_inc(v), lower_inf(v), upper_inf(v) from r order by id',
			['1|1|5|f|t|f|f|f', '2|∅|∅|t|f|f|f|f', '3|∅|3|f|f|f|t|f', '4|3|∅|f|t|f|f|t', '5|5|10|f|t|f|f|f', '6|1|4|f|t|f|f|f', '7|∅|∅|f|f|f|t|t', '8|7|8|f|t|f|f|f'],
		],
		['select v, count(*) from r group by v order by v', ['empty|1', '(,3)|1', '(,)|1', '[1,4)|1', '[1,5)|1', '[3,)|1', '[5,10)|1', '[7,8)|1']],
		['select range_agg(v), range_intersect_agg(v) from r where id > 3', ['{(,)}|empty']],
		['create index on r (v)', null],
		['select id from r where v > (select v from r where id = 1) order by id', ['4', '5', '8']],
		['select a.id, b.id from r a join r b on a.v = b.v order by 1, 2', ['1|1', '2|2', '3|3', '4|4', '5|5', '6|6', '7|7', '8|8']],
		[
			'select id, lower(v), upper(v), isempty(v), lower_inc(v), upper_inc(v), lower_inf(v), upper_inf(v) from n order by id',
			[
				'1|1|5|f|t|f|f|f',
				'2|∅|∅|t|f|f|f|f',
				'3|∅|3|f|f|f|t|f',
				'4|3|∅|f|t|f|f|t',
				'5|5|10|f|f|f|f|f',
				'6|1|3|f|t|t|f|f',
				'7|∅|∅|f|f|f|t|t',
				'8|5|5|f|t|t|f|f',
				'9|3|5|f|f|f|f|f',
				'10|1.0|5|f|t|f|f|f',
			],
		],
		['select v, count(*) from n group by v order by v', ['empty|1', '(,3)|1', '(,)|1', '[1,3]|1', '[1,5)|2', '[3,)|1', '(3,5)|1', '[5,5]|1', '(5,10)|1']],
		['select range_agg(v), range_intersect_agg(v) from n where id > 3', ['{(,)}|empty']],
		['create index on n (v)', null],
		['select id from n where v > (select v from n where id = 1) order by id', ['4', '5', '8', '9']],
		[
			'select a.id, b.id from n a join n b on a.v = b.v order by 1, 2',
			['1|1', '1|10', '2|2', '3|3', '4|4', '5|5', '6|6', '7|7', '8|8', '9|9', '10|1', '10|10'],
		],
		[
			'select id, lower(v), upper(v), isempty(v), lower_inc(v), upper_inc(v), lower_inf(v), upper_inf(v) from m order by id',
			['1|1|5|f|t|f|f|f', '2|∅|∅|t|f|f|f|f', '3|∅|9|f|f|f|t|f', '4|3|∅|f|t|f|f|t', '5|1|12|f|t|f|f|f', '6|5|6|f|t|f|f|f', '7|∅|∅|f|f|f|t|t'],
		],
		['select v, count(*) from m group by v order by v', ['{}|1', '{(,3),[7,9)}|1', '{(,)}|1', '{[1,2),[5,6),[10,12)}|1', '{[1,5)}|1', '{[3,)}|1', '{[5,6)}|1']],
		['select range_agg(v), range_intersect_agg(v) from m where id > 3', ['{(,)}|{[5,6)}']],
		['create index on m (v)', null],
		['select id from m where v > (select v from m where id = 1) order by id', ['4', '6']],
		['select a.id, b.id from m a join m b on a.v = b.v order by 1, 2', ['1|1', '2|2', '3|3', '4|4', '5|5', '6|6', '7|7']],
		[
			'select id, lower(v), upper(v), isempty(v), lower_inc(v), upper_inc(v), lower_inf(v), upper_inf(v) from nm order by id',
			['1|1|5|f|t|f|f|f', '2|∅|∅|t|f|f|f|f', '3|∅|9|f|f|f|t|f', '4|3|∅|f|f|f|f|t', '5|1|12|f|t|t|f|f', '6|5|6|f|f|f|f|f', '7|∅|∅|f|f|f|t|t'],
		],
		[
			'select v, count(*) from nm group by v order by v',
			['{}|1', '{(,3),[7,9)}|1', '{(,)}|1', '{[1,2),(5,6),[10,12]}|1', '{[1,5)}|1', '{(3,)}|1', '{(5,6)}|1'],
		],
		['select range_agg(v), range_intersect_agg(v) from nm where id > 3', ['{(,)}|{(5,6)}']],
		['create index on nm (v)', null],
		['select id from nm where v > (select v from nm where id = 1) order by id', ['4', '6']],
		['select a.id, b.id from nm a join nm b on a.v = b.v order by 1, 2', ['1|1', '2|2', '3|3', '4|4', '5|5', '6|6', '7|7']],
		["select unnest('{[1,2),[5,6)}'::int4multirange)", ['[1,2)', '[5,6)']],
		["select * from unnest('{[1,2),[5,6)}'::int4multirange) with ordinality", ['[1,2)|1', '[5,6)|2']],
		[
			"select array[int4range(1,2),null], '{\"[1,2)\",empty}'::int4range[], row(int4range(1,2), 'x'), array_agg(v order by v) from r",
			['{"[1,2)",NULL}|{"[1,2)",empty}|("[1,2)",x)|{empty,"(,3)","(,)","[1,4)","[1,5)","[3,)","[5,10)","[7,8)"}'],
		],
		['create table k (r int4range primary key, x int)', null],
		["insert into k values ('[1,2)',1),('[1,1]',2)", '23505'],
		["insert into k values ('(0,1]', 3)", null],
		["insert into k values ('empty', 4), ('(,1)', 5) ", null],
		['select * from k order by r desc', ['[1,2)|3', '(,1)|5', 'empty|4']],
		["select * from k where r = '[1,2)'", ['[1,2)|3']],
		["update k set r = r + '[2,3)' where x = 1 returning *", null],
		['create unique index on k (x desc, r desc)', null],
		['select x from k order by x desc, r desc', ['5', '4', '3']],
		["select lower('ABC'), upper('abc'), lower(null::int4range), isempty(null::int4range)", ['abc|ABC|∅|∅']],
		[
			'select rngtypid::regtype, rngsubtype::regtype, rngmultitypid::regtype from pg_range order by 1',
			[
				'int4range|integer|int4multirange',
				'numrange|numeric|nummultirange',
				'tsrange|timestamp without time zone|tsmultirange',
				'tstzrange|timestamp with time zone|tstzmultirange',
				'daterange|date|datemultirange',
				'int8range|bigint|int8multirange',
			],
		],
		["create view vr as select v * '[2,8)' as x, v @> 3 as y from r", null],
		['select * from vr where y order by x', ['[2,4)|t', '[2,5)|t', '[2,8)|t', '[3,8)|t']],
		['select lower(v) from r where v <@ int4range(1,10) order by 1', ['1', '1', '5', '7', '∅']],
		["create table c (r int4range default '[1,2)' check (lower(r) > 0), g int generated always as (upper(r)) stored)", null],
		["insert into c values (default), ('[4,9)')", null],
		["insert into c values ('[-1,3)')", '23514'],
		['select * from c', ['[1,2)|2', '[4,9)|9']],
		["with x as (select '[1,3)'::int4range r union select '[1,2]') select * from x", ['[1,3)']],
		["select case when true then int4range(1,2) else '[3,4)' end", ['[1,2)']],
	],
	'types of calls': [
		["create function f(anyrange) returns anyelement language sql as 'select lower($1)'", null],
		['select f(int4range(3,5)), f(numrange(1.5,2))', ['3|1.5']],
		["create function g(anyelement, anyelement) returns anyrange language sql as 'select $1'", '42P13'],
		["create function u(anyrange) returns anymultirange language sql as 'select multirange($1)'", null],
		['select u(int4range(1,4))', ['{[1,4)}']],
		['select json_agg(v order by id) from r where id < 4', ['["[1,5)", "empty", "(,3)"]']],
		['select v::text from r where id=1', ['[1,5)']],
		["select '[1,2)'::text::int4range", ['[1,2)']],
		['select int4range(1,2)::int4multirange', ['{[1,2)}']],
		['select int4range(1,3)::int8range', '42846'],
		["select int4range(1,2)::text || 'x'", ['[1,2)x']],
		["set timezone to 'America/New_York'", null],
		["select '[2020-01-01 00:00+00,2020-01-02 00:00+00)'::tstzrange", ['["2019-12-31 19:00:00-05","2020-01-01 19:00:00-05")']],
		["set datestyle to 'SQL, DMY'", null],
		["select '[2020-01-01,2020-02-02]'::daterange", ['[01/01/2020,03/02/2020)']],
		['reset timezone', null],
		['reset datestyle', null],
		['select sum(upper(v) - lower(v)) from r where not lower_inf(v) and not upper_inf(v)', ['13']],
		[
			'select rngtypid::regtype, rngsubtype::regtype, rngmultitypid::regtype from pg_range where rngtypid < 10000 order by 1',
			[
				'int4range|integer|int4multirange',
				'numrange|numeric|nummultirange',
				'tsrange|timestamp without time zone|tsmultirange',
				'tstzrange|timestamp with time zone|tstzmultirange',
				'daterange|date|datemultirange',
				'int8range|bigint|int8multirange',
			],
		],
	],
	hashes: [
		[
			"select v, hash_range(v), hash_range_extended(v, 0), hash_range_extended(v, 7) from (values (int4range(1, 5)), ('empty'), ('(,3)'), ('[3,)')) a (v)",
			[
				'[1,5)|728650269|9082665408568119837|1320964691323871286',
				'empty|484847245|-7341197756718502259|5318964025514983295',
				'(,3)|-172262498|721923232793066398|-8897749129698208324',
				'[3,)|65423033|-8645912657344969031|-3635377072994963753',
			],
		],
		[
			"select v, hash_multirange(v), hash_multirange_extended(v, 9) from (values ('{[1,5)}'::int4multirange), ('{}'), ('{(,3),[5,7)}')) a (v)",
			['{[1,5)}|728650300|2572764276957938170', '{}|1|1', '{(,3),[5,7)}|-441256755|-8228883187093886956'],
		],
	],
};

testCases('ranges:', SETUP, cases);
