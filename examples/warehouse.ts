/**
 * A warehouse, twice: the same sales of a shop as a star, whose dimensions repeat themselves, and as a snowflake, whose dimensions refer to others. The sales are generated,
 * the same ones at each run, written to CSV and loaded through the import; then five questions are asked of both, have the same answers, and are timed.
 *
 * npm run example warehouse [rows]
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'polylog';

const SALES = Number(process.argv[2] ?? 50_000);
const [PRODUCTS, STORES, DAYS] = [2000, 120, 730];
const DEPARTMENTS = ['Food', 'Garden', 'Books', 'Tools'];
const COUNTRIES = ['Norway', 'Chile', 'Kenya', 'Japan', 'Canada'];

const directory = mkdtempSync(join(tmpdir(), 'polylog-warehouse-'));
const db = await open(join(directory, 'db'));

// ---- the sources: one file for each thing, as an application would export them

let state = 20_240_229;
/** Numbers that look random and are the same at each run (Lehmer). */
const random = (below: number): number => {
	state = (state * 48_271) % 2_147_483_647;
	return state % below;
};
const csv = (name: string, header: string, rows: number, row: (i: number) => readonly unknown[]): string => {
	const lines = Array.from({ length: rows }, (_, i) => row(i + 1).join(','));
	const file = join(directory, `${name}.csv`);
	writeFileSync(file, `${header}\n${lines.join('\n')}\n`);
	return file;
};

const departmentOf = (category: number) => ((category - 1) % DEPARTMENTS.length) + 1;
const countryOf = (city: number) => ((city - 1) % COUNTRIES.length) + 1;
const day = (i: number) => new Date(Date.UTC(2023, 0, i));
const files = {
	department: csv('department', 'department_id,department', DEPARTMENTS.length, (i) => [i, DEPARTMENTS[i - 1]]),
	category: csv('category', 'category_id,category,department_id', 40, (i) => [i, `Category ${i}`, departmentOf(i)]),
	product: csv('product', 'product_id,product,price,category_id', PRODUCTS, (i) => [i, `Product ${i}`, (1 + random(9900)) / 100, 1 + random(40)]),
	country: csv('country', 'country_id,country', COUNTRIES.length, (i) => [i, COUNTRIES[i - 1]]),
	city: csv('city', 'city_id,city,country_id', 30, (i) => [i, `City ${i}`, countryOf(i)]),
	store: csv('store', 'store_id,store,city_id', STORES, (i) => [i, `Store ${i}`, 1 + random(30)]),
	month: csv('month', 'month_id,month,quarter,year', 24, (i) => [i, ((i - 1) % 12) + 1, Math.floor(((i - 1) % 12) / 3) + 1, 2023 + Math.floor((i - 1) / 12)]),
	day: csv('day', 'day_id,day,weekday,month_id', DAYS, (i) => [
		i,
		day(i).toISOString().slice(0, 10),
		day(i).getUTCDay(),
		(day(i).getUTCFullYear() - 2023) * 12 + day(i).getUTCMonth() + 1,
	]),
	sale: csv('sale', 'sale_id,day_id,product_id,store_id,quantity,cents', SALES, (i) => {
		const quantity = 1 + random(9);
		return [i, 1 + random(DAYS), 1 + random(PRODUCTS), 1 + random(STORES), quantity, quantity * (100 + random(9900))];
	}),
};

// ---- the tables: dimensions by rows, with keys; facts in columns, with foreign keys to them

const facts = (schema: string) => `create table ${schema}.sale (sale_id int not null, day_id int not null references ${schema}.day,
	product_id int not null references ${schema}.product, store_id int not null references ${schema}.store, quantity int not null, cents int not null) using columnar`;
await db.execute(`
	create schema snowflake;
	create table snowflake.department (department_id int primary key, department text not null);
	create table snowflake.category (category_id int primary key, category text not null, department_id int not null references snowflake.department);
	create table snowflake.product (product_id int primary key, product text not null, price numeric(8,2) not null, category_id int not null references snowflake.category);
	create table snowflake.country (country_id int primary key, country text not null);
	create table snowflake.city (city_id int primary key, city text not null, country_id int not null references snowflake.country);
	create table snowflake.store (store_id int primary key, store text not null, city_id int not null references snowflake.city);
	create table snowflake.month (month_id int primary key, month int not null, quarter int not null, year int not null);
	create table snowflake.day (day_id int primary key, day date not null, weekday int not null, month_id int not null references snowflake.month);
	${facts('snowflake')};

	create schema star;
	create table star.product (product_id int primary key, product text not null, price numeric(8,2) not null, category text not null, department text not null);
	create table star.store (store_id int primary key, store text not null, city text not null, country text not null);
	create table star.day (day_id int primary key, day date not null, weekday int not null, month int not null, quarter int not null, year int not null);
	${facts('star')}`);

const milliseconds = async (work: () => unknown): Promise<number> => {
	const start = performance.now();
	await work();
	return performance.now() - start;
};

const snowflakeLoad = await milliseconds(async () => {
	for (const [table, file] of Object.entries(files)) await db.import(file, { table: `snowflake.${table}` });
});
const starLoad = await milliseconds(async () => {
	await db.execute(`
		insert into star.product select product_id, product, price, category, department from snowflake.product natural join snowflake.category natural join snowflake.department;
		insert into star.store select store_id, store, city, country from snowflake.store natural join snowflake.city natural join snowflake.country;
		insert into star.day select day_id, day, weekday, month, quarter, year from snowflake.day natural join snowflake.month`);
	await db.import(files.sale, { table: 'star.sale' });
});
await db.checkpoint();
await db.execute('analyze');

// ---- what each is made of

const FROM = {
	star: `star.sale join star.product using (product_id) join star.store using (store_id) join star.day using (day_id)`,
	snowflake: `snowflake.sale join snowflake.product using (product_id) join snowflake.category using (category_id) join snowflake.department using (department_id)
		join snowflake.store using (store_id) join snowflake.city using (city_id) join snowflake.country using (country_id)
		join snowflake.day using (day_id) join snowflake.month using (month_id)`,
} as const;
const bytesOf = (schema: string): number => {
	const { bytes } = db
		.sql(`select sum(pg_total_relation_size(c.oid))::int as bytes from pg_class c where relnamespace = '${schema}'::regnamespace and relkind = 'r'`)
		.get() as {
		bytes: number;
	};
	return bytes;
};
console.log(`${SALES} sales`.padEnd(44), 'star'.padStart(9), 'snowflake'.padStart(10));
const line = (name: string, star: number, snowflake: number, digits: number): void =>
	console.log(name.padEnd(44), star.toFixed(digits).padStart(9), snowflake.toFixed(digits).padStart(10));
line('loaded, ms', starLoad, snowflakeLoad, 0);
line('size, kB', bytesOf('star') / 1024, bytesOf('snowflake') / 1024, 0);

// ---- the questions

const QUESTIONS = {
	'turnover by department and year': ['department, year, sum(cents) as total', '', 'department, year'],
	'one department in one country, by month': ['month, sum(cents) as total', "where department = 'Garden' and country = 'Chile' and year = 2024", 'month'],
	'quantities by category in a quarter': ['category, sum(quantity) as n, count(*) as sales', 'where year = 2023 and quarter = 4', 'category'],
	'the weekends of one city': ['store, sum(cents) as total', "where city = 'City 7' and weekday in (0, 6)", 'store'],
	'averages by country': ['country, avg(quantity)::numeric(6,3) as average', '', 'country'],
} as const;
const RUNS = 5;

for (const [question, [columns, where, by]] of Object.entries(QUESTIONS)) {
	const ask = (schema: keyof typeof FROM) => db.sql(`select ${columns} from ${FROM[schema]} ${where} group by ${by} order by ${by}`).all();
	const answer = ask('star');
	assert.deepEqual(ask('snowflake'), answer);
	assert.ok(answer.length > 0);
	const best = { star: Number.POSITIVE_INFINITY, snowflake: Number.POSITIVE_INFINITY };
	for (let run = 0; run < RUNS; run++)
		for (const schema of ['star', 'snowflake'] as const) best[schema] = Math.min(best[schema], await milliseconds(() => ask(schema)));
	line(`${question}, ms`, best.star, best.snowflake, 1);
}

for (const schema of ['star', 'snowflake'] as const) {
	const [columns, where, by] = QUESTIONS['one department in one country, by month'];
	const plan = db.sql(`explain select ${columns} from ${FROM[schema]} ${where} group by ${by} order by ${by}`).runSync().rows as readonly {
		'QUERY PLAN': string;
	}[];
	console.log(`\nthe plan of the second question over the ${schema}:\n${plan.map((row) => `  ${row['QUERY PLAN']}`).join('\n')}`);
}

await db.close();
rmSync(directory, { recursive: true });
