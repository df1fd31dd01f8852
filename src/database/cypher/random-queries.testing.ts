/** Random queries of Cypher that only read, over labels A, B, C, types R, S and properties x, y: patterns, projections, subqueries, nested in each other. */

type Kind = 'node' | 'edge' | 'path' | 'edges' | 'value';

/** Makes queries, always the same for a seed. */
export class QueryGenerator {
	readonly #random: () => number;
	#nextName = 0;
	#variables = new Map<string, Kind>();

	constructor(random: () => number) {
		this.#random = random;
	}

	query(): string {
		this.#nextName = 0;
		this.#variables = new Map();
		const clauses = Array.from({ length: 1 + this.#below(4) }, () => this.#clause(1));
		return `${clauses.join(' ')} RETURN ${this.#chance(0.2) ? 'DISTINCT ' : ''}${this.#items().text}`;
	}

	#below(count: number): number {
		return Math.floor(this.#random() * count);
	}

	#chance(probability: number): boolean {
		return this.#random() < probability;
	}

	#pick<T>(items: readonly T[]): T {
		return items[this.#below(items.length)]!;
	}

	#names(...kinds: readonly Kind[]): string[] {
		return [...this.#variables].filter(([, kind]) => kinds.includes(kind)).map(([name]) => name);
	}

	#bind(kind: Kind): string {
		const name = `v${this.#nextName++}`;
		this.#variables.set(name, kind);
		return name;
	}

	#node(): string {
		const bound = this.#names('node');
		const name = bound.length > 0 && this.#chance(0.4) ? this.#pick(bound) : this.#chance(0.6) ? this.#bind('node') : '';
		const labels = this.#chance(0.3) ? this.#pick([':A', ':B', ':A|B', ':!A']) : '';
		return `(${name}${labels}${this.#chance(0.15) ? ` {x: ${this.#value(1)}}` : ''})`;
	}

	#edge(): string {
		const isLong = this.#chance(0.2);
		const name = this.#chance(0.4) ? this.#bind(isLong ? 'edges' : 'edge') : '';
		const types = this.#chance(0.5) ? this.#pick([':R', ':S', ':R|S']) : '';
		const detail = `[${name}${types}${isLong ? this.#pick(['*1..2', '*0..1', '*2']) : ''}]`;
		return this.#pick([`-${detail}->`, `<-${detail}-`, `-${detail}-`]);
	}

	#pattern(): string {
		const isNamed = this.#chance(0.2);
		let text = this.#node();
		for (let steps = this.#below(3); steps > 0; steps--) text += this.#edge() + this.#node();
		return isNamed ? `${this.#bind('path')} = ${text}` : text;
	}

	/** A pattern that binds nothing. */
	#walk(): string {
		const nodes = this.#names('node');
		if (nodes.length === 0) return '()-->()';
		return `(${this.#pick(nodes)})${this.#pick(['-->', '--', '<--', '-[:R]->', '-[:R*1..2]->'])}(${this.#chance(0.4) ? this.#pick(nodes) : ''})`;
	}

	#any(depth: number): string {
		const whole = this.#names('node', 'edge', 'path', 'edges');
		return whole.length > 0 && this.#chance(0.3) ? this.#pick(whole) : this.#value(depth);
	}

	#value(depth: number): string {
		const options = ['1', '2', 'null', "'a'", 'true', '[1, 2]', ...this.#names('value')];
		for (const name of this.#names('node', 'edge')) options.push(`${name}.x`, `${name}.y`, `id(${name})`);
		for (const n of this.#names('node')) options.push(`labels(${n})`, `${n}:A`, `properties(${n})`, `${n} {.x, .*}`, `[(${n})-->(o) | o.x]`);
		for (const r of this.#names('edge')) options.push(`type(${r})`, `startNode(${r}).x`, `endNode(${r})`);
		for (const p of this.#names('path')) options.push(`length(${p})`, `nodes(${p})`, `[q IN nodes(${p}) | q.x]`);
		for (const list of this.#names('edges')) options.push(`size(${list})`, `[q IN ${list} | type(q)]`);
		if (depth > 0) options.push(...this.#compounds(depth - 1));
		return this.#pick(options);
	}

	#compounds(depth: number): string[] {
		return [
			`coalesce(${this.#value(depth)}, ${this.#value(depth)})`,
			`[${this.#any(depth)}, ${this.#value(depth)}]`,
			`{k: ${this.#any(depth)}}.k`,
			`CASE WHEN ${this.#predicate(depth)} THEN ${this.#any(depth)} ELSE ${this.#value(depth)} END`,
			`(${this.#any(depth)} = ${this.#any(depth)})`,
			`(${this.#value(depth)} IN [${this.#any(depth)}])`,
			`COUNT { ${this.#walk()} }`,
		];
	}

	#predicate(depth: number): string {
		const options = [`${this.#any(0)} <> ${this.#any(0)}`, `${this.#value(depth)} IS NOT NULL`, `EXISTS { ${this.#walk()} }`];
		const bound = [...this.#variables.keys()];
		if (bound.length > 0) options.push(`${this.#pick(bound)} IS NULL`);
		if (this.#names('node').length > 0) options.push(this.#walk(), `NOT ${this.#walk()}`);
		if (depth > 0)
			options.push(`(${this.#predicate(depth - 1)} AND ${this.#predicate(depth - 1)})`, `(${this.#predicate(depth - 1)} OR ${this.#predicate(depth - 1)})`);
		return this.#pick(options);
	}

	/** Items of WITH or RETURN, and what they bind. */
	#items(): { readonly text: string; readonly variables: Map<string, Kind> } {
		const variables = new Map<string, Kind>();
		const items: string[] = [];
		const add = (text: string, kind: Kind): void => {
			const name = `v${this.#nextName++}`;
			items.push(`${text} AS ${name}`);
			variables.set(name, kind);
		};
		for (let count = 1 + this.#below(3); count > 0; count--) {
			const bound = [...this.#variables];
			if (bound.length > 0 && this.#chance(0.5)) add(...this.#pick(bound));
			else add(this.#any(1), 'value');
		}
		if (this.#chance(0.3)) add(this.#pick(['count(*)', `count(${this.#any(0)})`, `count(DISTINCT ${this.#any(0)})`, `min(${this.#value(0)})`]), 'value');
		return { text: items.join(', '), variables };
	}

	#clause(depth: number): string {
		const choice = this.#random();
		if (choice < 0.55) return this.#match();
		if (choice < 0.65) return `UNWIND ${this.#pick(['[1, 2]', '[]', `[${this.#any(0)}]`])} AS ${this.#bind('value')}`;
		if (choice < 0.9 || depth === 0) {
			const { text, variables } = this.#items();
			this.#variables = variables;
			return `WITH ${this.#chance(0.2) ? 'DISTINCT ' : ''}${text}${this.#chance(0.2) ? ` WHERE ${this.#predicate(1)}` : ''}`;
		}
		return this.#call();
	}

	#match(): string {
		const patterns = Array.from({ length: this.#chance(0.2) ? 2 : 1 }, () => this.#pattern());
		return `${this.#chance(0.25) ? 'OPTIONAL ' : ''}MATCH ${patterns.join(', ')}${this.#chance(0.4) ? ` WHERE ${this.#predicate(1)}` : ''}`;
	}

	#call(): string {
		const outer = this.#variables;
		this.#variables = new Map(outer);
		const clauses = Array.from({ length: 1 + this.#below(2) }, () => this.#clause(0));
		const { text, variables } = this.#items();
		this.#variables = new Map([...outer, ...variables]);
		return `${this.#chance(0.2) ? 'OPTIONAL ' : ''}CALL (${[...outer.keys()].join(', ')}) { ${clauses.join(' ')} RETURN ${text} }`;
	}
}
