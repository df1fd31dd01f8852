/**
 * Random SQL queries over four small tables: joins of all kinds, lateral subqueries, subqueries in conditions and outputs, grouping
 * with rollups, windows, set operations, and expressions of most types over columns full of nulls.
 *
 * Each query has one answer as a set of rows, whatever way it is run: limits come with a whole order, numbers that differ in their
 * scale only are made equal (`trim_scale`) and never become texts, divisions are guarded, so that no order of evaluation raises an error.
 */
type RandomBelow = (below: number) => number;

type Type = 'int' | 'bigint' | 'text' | 'numeric' | 'float8' | 'bool' | 'date' | 'timestamp' | 'int[]' | 'jsonb';

/** Something of a type that a query can name. */
interface Term {
	readonly text: string;
	readonly type: Type;
}

/** A piece of a FROM clause and the columns that it offers. */
interface Source {
	readonly text: string;
	readonly columns: readonly Term[];
}

interface Query {
	readonly text: string;
	readonly columns: readonly Term[];
}

export const TABLES: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
	t1: { a: 'int', b: 'int', c: 'text', d: 'numeric', e: 'date' },
	t2: { a: 'int', k: 'bigint', f: 'float8', g: 'bool', c: 'text' },
	t3: { id: 'int', ts: 'timestamp', b: 'int', arr: 'int[]', j: 'jsonb' },
	t4: { id: 'int', d: 'numeric', c: 'text', e: 'date', k: 'bigint' },
};

const LITERALS: Readonly<Record<Type, readonly string[]>> = {
	int: ['0', '1', '2', '3', '5', '7', '10', '-1', '-4', '42'],
	bigint: ['0', '1', '3', '10000000000', '-7'],
	text: ['a', 'b', 'abc', '', 'Zed', 'x y', '10'],
	numeric: ['0.0', '1.5', '2.25', '-3.10', '100', '0.001'],
	float8: ['0', '1.5', '-2.25', '1e10', 'NaN', 'Infinity'],
	bool: ['true', 'false'],
	date: ['2020-01-01', '2021-02-28', '1999-12-31', '2020-01-02'],
	timestamp: ['2020-01-01 10:00:00', '2021-02-28 23:59:59.5'],
	'int[]': ['{1,2,3}', '{}', '{1,null}', '{5}'],
	jsonb: ['{"a":1}', '[1,2]', '"x"', 'null', '{"a":{"b":[1,2]}}'],
};

/** Types that can be compared, joined and made texts of. */
const COMPARED: readonly Type[] = ['int', 'text', 'numeric', 'date', 'bigint', 'bool', 'float8'];
const WRITTEN: readonly Type[] = ['int', 'date', 'bool', 'bigint', 'timestamp'];
const OUTPUT: readonly Type[] = ['int', 'text', 'numeric', 'bool', 'date', 'bigint'];

export class RandomQueries {
	readonly #random: RandomBelow;
	#names = 0;

	constructor(random: RandomBelow) {
		this.#random = random;
	}

	/** Rows to fill the tables with: a list of VALUES for each. */
	rows(count: number): ReadonlyMap<string, readonly string[]> {
		const row = (types: readonly Type[]): string => `(${types.map((type) => this.#literal(type)).join(', ')})`;
		return new Map(Object.entries(TABLES).map(([name, columns]) => [name, Array.from({ length: count }, () => row(Object.values(columns)))]));
	}

	/** The next query. */
	next(): string {
		this.#names = 0;
		const { text, columns } = this.#select(1 + this.#random(2), []);
		const outputs = columns.map(({ type }, i) => (type === 'numeric' ? `trim_scale(o${i})` : `o${i}`));
		return `select ${outputs.join(', ')} from (${text}) q(${columns.map((_, i) => `o${i}`).join(', ')})`;
	}

	#isChosen(percent: number): boolean {
		return this.#random(100) < percent;
	}

	#pick<T>(list: readonly T[]): T {
		return list[this.#random(list.length)]!;
	}

	#literal(type: Type): string {
		return this.#isChosen(12) ? `null::${type}` : `'${this.#pick(LITERALS[type])}'::${type}`;
	}

	/** An expression of the type over the terms in scope. */
	#expression(type: Type, scope: readonly Term[], depth: number): string {
		const fitting = scope.filter((term) => term.type === type);
		if (depth <= 0 || this.#isChosen(30)) return fitting.length > 0 && this.#isChosen(80) ? this.#pick(fitting).text : this.#literal(type);
		const of = (t: Type): string => this.#expression(t, scope, depth - 1);
		const general = this.#random(100);
		if (general < 12) return `(case when ${of('bool')} then ${of(type)} else ${of(type)} end)`;
		if (general < 20) return `coalesce(${of(type)}, ${of(type)})`;
		if (general < 24) return `nullif(${of(type)}, ${of(type)})`;
		if (general < 28 && COMPARED.includes(type)) return `${this.#pick(['greatest', 'least'])}(${of(type)}, ${of(type)})`;
		return this.#pick(this.#forms(type, scope, depth, of))();
	}

	#forms(type: Type, scope: readonly Term[], depth: number, of: (type: Type) => string): readonly (() => string)[] {
		const nonZero = (t: Type): string => `nullif(${of(t)}, 0)`;
		switch (type) {
			case 'int':
				return [
					() => `(${of('int')} ${this.#pick(['+', '-', '*'])} ${of('int')})`,
					() => `(${of('int')} % ${nonZero('int')})`,
					() => `(${of('int')} ${this.#pick(['&', '|', '#', '<<'])} 3)`,
					() => `(${of('date')} - ${of('date')})`,
					() => `extract(year from ${of('date')})::int`,
					() => `length(${of('text')})`,
					() => `strpos(${of('text')}, ${of('text')})`,
					() => `cardinality(${of('int[]')})`,
					() => `(${of('int[]')})[${1 + this.#random(3)}]`,
					() => `${of('bool')}::int`,
				];
			case 'bigint':
				return [() => `(${of('bigint')} ${this.#pick(['+', '-'])} ${of('int')})`, () => `${of('int')}::bigint`, () => `(${of('bigint')} / ${nonZero('int')})`];
			case 'numeric':
				return [
					() => `(${of('numeric')} ${this.#pick(['+', '-', '*'])} ${of('numeric')})`,
					() => `mod(${of('numeric')}, ${nonZero('numeric')})`,
					() => `round(${of('numeric')}, ${this.#random(3)})`,
					() => `${this.#pick(['floor', 'ceil', 'sign', 'abs'])}(${of('numeric')})`,
					() => `${of('int')}::numeric`,
				];
			case 'float8':
				return [() => `(${of('float8')} ${this.#pick(['+', '-'])} ${of('float8')})`, () => `${of('int')}::float8`, () => `abs(${of('float8')})`];
			case 'text':
				return [
					() => `(${of('text')} || ${of('text')})`,
					() => `${this.#pick(['upper', 'lower', 'reverse'])}(${of('text')})`,
					() => `substr(${of('text')}, ${1 + this.#random(3)}, ${this.#random(3)})`,
					() => `replace(${of('text')}, 'a', ${of('text')})`,
					() => `left(${of('text')}, ${this.#random(4) - 1})`,
					() => `lpad(${of('text')}, ${this.#random(6)}, 'xy')`,
					() => `concat_ws('-', ${of(this.#pick(WRITTEN))}, ${of('text')})`,
					() => `${of(this.#pick(WRITTEN))}::text`,
					() => `(${of('jsonb')} ->> 'a')`,
					() => `regexp_replace(${of('text')}, '[a-c]', 'Q', 'g')`,
					() => `to_char(${of('timestamp')}, '${this.#pick(['YYYY-MM-DD HH24:MI', 'Day DD Mon', 'IYYY-IW', 'Q J'])}')`,
				];
			case 'date':
				return [() => `(${of('date')} ${this.#pick(['+', '-'])} ${this.#random(400)})`, () => `${of('timestamp')}::date`];
			case 'timestamp':
				return [
					() => `(${of('timestamp')} + interval '${this.#pick(['1 day', '2 hours', '1 mon 3 days'])}')`,
					() => `date_trunc('${this.#pick(['year', 'quarter', 'week', 'hour'])}', ${of('timestamp')})`,
					() => `${of('date')}::timestamp`,
				];
			case 'int[]':
				return [() => `array[${of('int')}, ${of('int')}]`, () => `(${of('int[]')} || ${of('int[]')})`, () => `array_remove(${of('int[]')}, ${of('int')})`];
			case 'jsonb':
				return [
					() => `to_jsonb(${of(this.#pick(['int', 'text', 'bool']))})`,
					() => `jsonb_build_object('a', ${of('int')}, 'z', ${of('text')})`,
					() => `(${of('jsonb')} -> 'a')`,
					() => `(jsonb_build_array(${of('int')}, ${of('text')}) || ${of('jsonb')})`,
				];
			case 'bool':
				return this.#conditions(scope, depth, of);
		}
	}

	#conditions(scope: readonly Term[], depth: number, of: (type: Type) => string): readonly (() => string)[] {
		const compared = (form: (side: () => string) => string): string => {
			const type = this.#pick(COMPARED);
			return form(() => of(type));
		};
		const not = (): string => (this.#isChosen(50) ? 'not ' : '');
		const forms = [
			() => compared((side) => `(${side()} ${this.#pick(['=', '<>', '<', '<=', '>', '>='])} ${side()})`),
			() => compared((side) => `(${side()} is ${not()}distinct from ${side()})`),
			() => compared((side) => `(${side()} ${not()}in (${side()}, ${side()}, ${side()}))`),
			() => compared((side) => `(${side()} is ${not()}null)`),
			() => `(${of('bool')} ${this.#pick(['and', 'or'])} ${of('bool')})`,
			() => `(not ${of('bool')})`,
			() => `(${of('bool')} is ${this.#pick(['true', 'not true', 'false', 'unknown'])})`,
			() => `(${of('text')} ${this.#pick(['like', 'not like', 'ilike', '~'])} '${this.#pick(['a%', '%b%', '_', 'Z'])}')`,
			() => `(${of('int')} between ${of('int')} and ${of('int')})`,
			() => `(${of('int')} = any (${of('int[]')}))`,
			() => `(${of('int[]')} @> ${of('int[]')})`,
			() => `(${of('jsonb')} @> ${of('jsonb')})`,
			() => `(${of('int')}, ${of('text')}) ${this.#pick(['=', '<', '>='])} (${of('int')}, ${of('text')})`,
		];
		const subquery = (): string => this.#subqueryCondition(scope, depth - 1);
		return depth > 1 ? [...forms, subquery, subquery] : forms;
	}

	#subqueryCondition(scope: readonly Term[], depth: number): string {
		const { text, columns } = this.#select(depth - 1, scope, this.#pick<Type>(['int', 'text']));
		const left = this.#expression(columns[0]!.type, scope, 1);
		const operator = this.#pick(['<', '=', '>=', '<>']);
		return this.#pick([
			`exists (${text})`,
			`not exists (${text})`,
			`(${left} in (${text}))`,
			`(${left} not in (${text}))`,
			`(${left} ${operator} ${this.#pick(['any', 'all'])} (${text}))`,
			`((select ${this.#pick(['count(*)', 'max(x.z)', 'min(x.z)'])} from (${text}) x(z)) is not null)`,
		]);
	}

	#source(depth: number): Source {
		const name = `s${this.#names++}`;
		const kind = this.#random(100);
		if (depth > 0 && kind < 20) {
			const { text, columns } = this.#select(depth - 1, []);
			const named = columns.map(({ type }, i): Term => ({ text: `${name}.x${i}`, type }));
			return { text: `(${text}) ${name}(${named.map((_, i) => `x${i}`).join(', ')})`, columns: named };
		}
		if (kind < 26) return { text: `generate_series(1, ${1 + this.#random(4)}) ${name}(g)`, columns: [{ text: `${name}.g`, type: 'int' }] };
		if (kind < 32) {
			const columns: Term[] = [
				{ text: `${name}.v`, type: 'int' },
				{ text: `${name}.w`, type: 'text' },
			];
			return { text: `(values (1, 'a'), (2, 'b'), (null, 'c')) ${name}(v, w)`, columns };
		}
		const table = this.#pick(Object.keys(TABLES));
		return { text: `${table} ${name}`, columns: Object.entries(TABLES[table]!).map(([column, type]) => ({ text: `${name}.${column}`, type })) };
	}

	#from(depth: number): Source {
		let from = this.#source(depth);
		for (let joins = this.#random(depth + 2); joins > 0; joins--) from = this.#join(from, this.#source(depth - 1));
		return this.#isChosen(12) ? this.#lateral(from, depth) : from;
	}

	#join(left: Source, right: Source): Source {
		const columns = [...left.columns, ...right.columns];
		const pairs = left.columns.flatMap((x) =>
			right.columns.filter((y) => x.type === y.type && COMPARED.includes(x.type) && x.type !== 'float8').map((y) => `${x.text} = ${y.text}`),
		);
		const kind = this.#pick(['join', 'join', 'join', 'left join', 'left join', 'right join', 'full join']);
		if (pairs.length === 0) {
			return { text: `${left.text} ${kind === 'full join' ? 'left join' : kind} ${right.text} on ${this.#expression('bool', columns, 1)}`, columns };
		}
		const conditions = [this.#pick(pairs)];
		if (this.#isChosen(30)) conditions.push(this.#pick(pairs));
		// PostgreSQL, a reference, joins in full by equalities only.
		if (this.#isChosen(30) && kind !== 'full join') conditions.push(this.#expression('bool', columns, 1));
		return { text: `${left.text} ${kind} ${right.text} on ${conditions.join(' and ')}`, columns };
	}

	#lateral(from: Source, depth: number): Source {
		const { text, columns } = this.#select(Math.max(0, depth - 1), from.columns);
		const name = `l${this.#names++}`;
		const limited = `select * from (${text}) ${name}i order by ${columns.map((_, i) => i + 1).join(', ')} limit 3`;
		const named = `lateral (${limited}) ${name}(${columns.map((_, i) => `y${i}`).join(', ')})`;
		// Of rows that differ in the scale of a number any may be among the first three.
		const seen = columns.map(({ type }, i): Term => ({ text: `${name}.y${i}`, type })).filter(({ type }) => type !== 'numeric');
		const joined = this.#isChosen(50) ? `${from.text} cross join ${named}` : `${from.text} left join ${named} on true`;
		return { text: joined, columns: [...from.columns, ...seen] };
	}

	/** A query over new sources; `outer` are terms around it, `wanted` the type of its one column. */
	#select(depth: number, outer: readonly Term[], wanted?: Type): Query {
		const from = this.#from(Math.min(depth, 2));
		const scope = [...from.columns, ...outer];
		const where = this.#isChosen(60) ? ` where ${this.#expression('bool', scope, depth + 1)}` : '';
		if (wanted !== undefined) {
			const column: Term = { text: this.#expression(wanted, scope, depth), type: wanted };
			return { text: `select ${column.text} from ${from.text}${where}`, columns: [column] };
		}
		return this.#isChosen(30) ? this.#grouped(from, where) : this.#plain(from, where, scope, depth);
	}

	#plain(from: Source, where: string, scope: readonly Term[], depth: number): Query {
		const columns = Array.from({ length: 1 + this.#random(3) }, (): Term => {
			const type = this.#pick(OUTPUT);
			return { text: this.#expression(type, scope, depth + 1), type };
		});
		if (this.#isChosen(15)) columns.push(this.#windowCall(from.columns));
		if (depth > 0 && this.#isChosen(15)) {
			const { text } = this.#select(0, scope, 'int');
			columns.push({ text: `(select ${this.#pick(['max', 'min'])}(z.v) from (${text}) z(v))`, type: 'int' });
		}
		const text = `select ${this.#isChosen(15) ? 'distinct ' : ''}${columns.map((c) => c.text).join(', ')} from ${from.text}${where}`;
		if (depth === 0 || !this.#isChosen(12)) return { text, columns };
		const other = columns.map(({ type }) => this.#expression(type, [], 1)).join(', ');
		const operation = this.#pick(['union', 'union all', 'intersect', 'except', 'except all', 'intersect all']);
		return { text: `(${text}) ${operation} (select ${other} from ${this.#pick(Object.keys(TABLES))})`, columns };
	}

	#windowCall(columns: readonly Term[]): Term {
		const keys = columns.filter(({ type }) => type !== 'jsonb');
		const partition = this.#isChosen(60) ? `partition by ${this.#pick(keys).text} ` : '';
		return { text: `${this.#pick(['count(*)', 'rank()', 'dense_rank()', 'sum(1)'])} over (${partition}order by ${this.#pick(keys).text})`, type: 'bigint' };
	}

	#grouped(from: Source, where: string): Query {
		const offered = from.columns.filter(({ type }) => COMPARED.includes(type) && type !== 'float8');
		const keys = offered.length === 0 ? [] : [...new Set(Array.from({ length: this.#random(3) }, () => this.#pick(offered)))];
		const columns = [...keys, ...Array.from({ length: 1 + this.#random(2) }, () => this.#aggregate(from.columns))];
		const list = keys.map((key) => key.text).join(', ');
		const groups = this.#isChosen(15) ? `${this.#pick(['rollup', 'cube'])} (${list})` : list;
		const groupBy = keys.length === 0 ? '' : ` group by ${groups}`;
		const having = this.#isChosen(25) ? ` having ${this.#aggregate(from.columns).text} is not null` : '';
		return { text: `select ${columns.map((c) => c.text).join(', ')} from ${from.text}${where}${groupBy}${having}`, columns };
	}

	#aggregate(scope: readonly Term[]): Term {
		const type = this.#pick(OUTPUT);
		const x = this.#expression(type, scope, 1);
		const forms: Term[] = [
			{ text: 'count(*)', type: 'bigint' },
			{ text: `count(${x})`, type: 'bigint' },
			{ text: `count(distinct ${x})`, type: 'bigint' },
		];
		if (type === 'bool') forms.push({ text: `bool_or(${x})`, type }, { text: `every(${x})`, type });
		else forms.push({ text: `min(${x})`, type }, { text: `max(${x})`, type });
		if (type === 'int') forms.push({ text: `sum(${x})`, type: 'bigint' }, { text: `sum(distinct ${x})`, type: 'bigint' });
		if (type === 'numeric' || type === 'int') forms.push({ text: `avg(${x})`, type: 'numeric' }, { text: `sum(${x}::numeric)`, type: 'numeric' });
		if (type === 'text') forms.push({ text: `string_agg(${x}, '|' order by ${x})`, type });
		const chosen = this.#pick(forms);
		return this.#isChosen(15) ? { text: `${chosen.text} filter (where ${this.#expression('bool', scope, 1)})`, type: chosen.type } : chosen;
	}
}
