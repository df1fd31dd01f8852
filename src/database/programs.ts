/**
 * The programs of one plan. Mostly there is one. Where the optimizer's estimates hang on the values of parameters, by the statistics of the columns that
 * they are compared with, there is one for each combination of shares of rows that came up, shares within a factor of about four
 * being alike: a common value is looked for by another way than a rare one.
 *
 * Cost of a choice: a search among the common values and the bounds of each such column.
 */
import type { Program } from '../query/executor/contracts.ts';
import type { ValueUse } from '../query/optimizer/value-statistics.ts';

export interface Compiled {
	readonly program: Program;
	/** What the plan was made by. */
	readonly uses: readonly ValueUse[];
}

/** Programs of one plan at most; for further combinations the first one does. */
const PROGRAMS_MAX = 8;
const SHARE_LEAST = 1e-7;

export class Programs {
	readonly #compile: (values: readonly unknown[] | null) => Compiled;
	#first: Compiled | null = null;
	readonly #others = new Map<string, Program>();

	constructor(compile: (values: readonly unknown[] | null) => Compiled) {
		this.#compile = compile;
	}

	/** The program for these values of the parameters; null: they are not known. */
	for(values: readonly unknown[] | null): Program {
		const first = this.#first;
		if (first !== null && (values === null || first.uses.length === 0)) return first.program;
		if (first === null) {
			const made = this.#compile(values);
			this.#first = made;
			if (values !== null && made.uses.length > 0) this.#others.set(sharesOf(made.uses, values), made.program);
			return made.program;
		}
		const shares = sharesOf(first.uses, values!);
		let program = this.#others.get(shares);
		if (program === undefined) {
			if (this.#others.size >= PROGRAMS_MAX) return first.program;
			this.#others.set(shares, (program = this.#compile(values).program));
		}
		return program;
	}
}

/** Names what shares of rows the values find. */
function sharesOf(uses: readonly ValueUse[], values: readonly unknown[]): string {
	let name = '';
	for (const use of uses) name += `${Math.round(Math.log2(Math.max(SHARE_LEAST, use.share(values[use.parameter]))) / 2)} `;
	return name;
}
