/** Polylog under the star schema benchmark: tables kept in columns, statements through the public API, a user's defaults. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { open as openPolylog } from 'polylog';

const int = (names) => names.map((name) => `${name} int not null`);
const text = (names) => names.map((name) => `${name} text not null`);

const TABLES = {
	dates: [
		'd_datekey int primary key',
		...text(['d_date', 'd_dayofweek', 'd_month']),
		...int(['d_year', 'd_yearmonthnum']),
		...text(['d_yearmonth']),
		...int(['d_daynuminweek', 'd_daynuminmonth', 'd_daynuminyear', 'd_monthnuminyear', 'd_weeknuminyear']),
		...text(['d_sellingseason']),
		...int(['d_lastdayinweekfl', 'd_lastdayinmonthfl', 'd_holidayfl', 'd_weekdayfl']),
	],
	customer: ['c_custkey int primary key', ...text(['c_name', 'c_address', 'c_city', 'c_nation', 'c_region', 'c_phone', 'c_mktsegment'])],
	supplier: ['s_suppkey int primary key', ...text(['s_name', 's_address', 's_city', 's_nation', 's_region', 's_phone'])],
	part: [
		'p_partkey int primary key',
		...text(['p_name', 'p_mfgr', 'p_category', 'p_brand1', 'p_color', 'p_type']),
		...int(['p_size']),
		...text(['p_container']),
	],
	lineorder: [
		...int(['lo_orderkey', 'lo_linenumber', 'lo_custkey', 'lo_partkey', 'lo_suppkey', 'lo_orderdate']),
		...text(['lo_orderpriority']),
		...int(['lo_shippriority', 'lo_quantity', 'lo_extendedprice', 'lo_ordtotalprice', 'lo_discount', 'lo_revenue', 'lo_supplycost', 'lo_tax', 'lo_commitdate']),
		...text(['lo_shipmode']),
	],
};

/** `sort`: how the fact table is sorted; '' leaves it in the order of arrival. */
export function ssbAdapter({ name, store }, sort, threads = 1) {
	let db;
	return {
		name,
		persistent: true,
		async open() {
			db = await openPolylog(store, { threads });
		},
		async load(directory) {
			for (const [table, columns] of Object.entries(TABLES)) {
				const sorted = table === 'lineorder' && sort !== '' ? ` with (sort = '${sort}')` : '';
				await db.execute(`create table ${table} (${columns.join(', ')}) using columnar${sorted}`);
				const file = createReadStream(path.join(directory, `${table}.tbl`), { highWaterMark: 1 << 20 });
				await db.copy(`copy ${table} from stdin with (delimiter '|')`, file);
			}
			await db.checkpoint();
		},
		query: (sql) => db.sql(sql),
		diskBytes: () => directoryBytes(store),
		close: () => db.close(),
	};
}

function directoryBytes(directory) {
	let bytes = 0;
	for (const entry of readdirSync(directory, { withFileTypes: true })) {
		const file = path.join(directory, entry.name);
		bytes += entry.isDirectory() ? directoryBytes(file) : statSync(file).size;
	}
	return bytes;
}
