/**
 * Statements of a session that were prepared before, by their text (and, beside SQL, their language and target): drivers that send the same text again and again (the
 * extended protocol's unnamed statement, pgbench's modes) are spared parser, analysis and code generation.
 *
 * A statement is found only while it means the same: same parameter types, same place in its text, and a plan key that has not
 * changed. The statement used longest ago goes first.
 */
import type { Prepared, StatementMaker } from './prepared.ts';

const STATEMENTS_MAX = 200;
/** Longer texts are data more than statements. */
const TEXT_CHARACTERS_MAX = 4096;

export class PreparedCache {
	readonly #byText = new Map<string, Prepared>();

	find(text: string, parameterOids: readonly number[], start: number, maker: StatementMaker): Prepared | null {
		const known = this.#byText.get(text);
		if (known === undefined) return null;
		if (known.start !== start || !sameOids(known.parameterOids, parameterOids) || !known.isCurrent(maker)) return null;
		this.#byText.delete(text);
		this.#byText.set(text, known);
		return known;
	}

	add(statement: Prepared): void {
		const { cacheKey } = statement;
		if (cacheKey.length > TEXT_CHARACTERS_MAX) return;
		this.#byText.delete(cacheKey);
		this.#byText.set(cacheKey, statement);
		if (this.#byText.size <= STATEMENTS_MAX) return;
		for (const oldest of this.#byText.keys()) {
			this.#byText.delete(oldest);
			return;
		}
	}
}

function sameOids(left: readonly number[], right: readonly number[]): boolean {
	return left.length === right.length && left.every((oid, index) => oid === right[index]);
}
