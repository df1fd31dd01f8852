/**
 * A value of the current row that is computed where it is first used: a decoded column, an item of a projection, the bounds of
 * a row's bytes. It lives in one local of the pipeline's function.
 *
 * Invariants: (1) after `use()` returned, the local holds the value at every point that the current scope dominates; (2) when
 * first used in a loop deeper than its own, a flag says whether this row's value has been computed; the flag is cleared at
 * the place where the value was defined.
 */
import type { Frame, PipelineBuilder, Scope } from './pipeline-builder.ts';

/** Texts: where the condition holds for a reader (the local of its `firstIds` given), the number is that of the vertex. */
export interface NumberedVertex {
	readonly condition: (firstIds: string) => string;
	readonly number: string;
}

export class LazyValue {
	readonly #pipeline: PipelineBuilder;
	/** The local, or (fixed values) any text without cost. */
	readonly text: string;
	readonly nullable: boolean;
	/** Of a vertex's id: what tells its number under an adjacency without the id. */
	numbered: NumberedVertex | null = null;
	readonly #compute: (() => string) | null;
	readonly #frame: Frame;
	readonly #definedAtLine: number;
	#flag: string | null = null;
	#readyIn: Scope | null = null;
	#assignedAt = 0;

	/** `compute` null: a fixed value, ready everywhere, or (with `assigned`) one the caller has just assigned. */
	constructor(pipeline: PipelineBuilder, text: string, nullable: boolean, compute: (() => string) | null, assigned = false) {
		this.#pipeline = pipeline;
		this.text = text;
		this.nullable = nullable;
		this.#compute = compute;
		this.#frame = pipeline.frame;
		this.#definedAtLine = compute === null ? -1 : pipeline.placeholder();
		if (assigned) {
			this.#readyIn = pipeline.scope;
			this.#assignedAt = pipeline.suspensions;
		}
	}

	/** Makes sure that the value is in its local here; returns the local's text. */
	use(): string {
		const pipeline = this.#pipeline;
		if (this.#compute !== null && !pipeline.dominates(this.#readyIn)) {
			if (pipeline.frame === this.#frame) this.#assign(this.#compute);
			else this.#assignOnce(this.#compute);
		}
		if (this.#readyIn !== null && this.#assignedAt !== pipeline.suspensions) pipeline.persist(this.text);
		return this.text;
	}

	#assign(compute: () => string): void {
		const value = compute();
		this.#pipeline.emit(`${this.text} = ${value};${this.#flag === null ? '' : ` ${this.#flag} = 1;`}`);
		this.#readyIn = this.#pipeline.scope;
		this.#assignedAt = this.#pipeline.suspensions;
	}

	#assignOnce(compute: () => string): void {
		const pipeline = this.#pipeline;
		if (this.#flag === null) {
			this.#flag = pipeline.persistent('d', '0');
			pipeline.patch(this.#definedAtLine, `${this.#flag} = 0;`);
			pipeline.persist(this.text);
		}
		pipeline.conditional(`${this.#flag} === 0`, () => {
			const value = compute();
			pipeline.emit(`${this.text} = ${value}; ${this.#flag} = 1;`);
		});
		this.#readyIn = pipeline.scope;
		this.#assignedAt = pipeline.suspensions;
	}
}
