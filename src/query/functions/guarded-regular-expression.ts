/**
 * Regular expressions that cannot hold the thread. JavaScript's matcher backtracks: repetitions inside repetitions may take time
 * exponential in the text, several beside each other polynomial time. Patterns of such a form, met by a text long enough for it to
 * show, run under the runtime's watchdog, which ends them after a second with 2201B; all others run plainly. The watchdog costs some
 * 100 µs for each match.
 */
import { Script } from 'node:vm';
import { sqlError } from '../../platform/errors.ts';

const LIMIT_MS = 1000;

/** How a pattern repeats: what its matching time depends on. */
export interface Repetition {
	/** A repetition of variable count inside another, or a back reference. */
	readonly isNested: boolean;
	/** Repetitions without an upper bound. */
	readonly unboundedCount: number;
}

/** The text length, in UTF-16 units, from which a pattern is watched. */
function watchedLength({ isNested, unboundedCount }: Repetition): number {
	if (isNested) return 24;
	if (unboundedCount >= 3) return 300;
	if (unboundedCount === 2) return 3000;
	return unboundedCount === 1 ? 30_000 : Number.POSITIVE_INFINITY;
}

const SLOT = Symbol.for('polylog.watched');
const slots = globalThis as { [SLOT]?: () => unknown };
let script: Script | null = null;

function watched<T>(run: () => T): T {
	script ??= new Script("globalThis[Symbol.for('polylog.watched')]()");
	const outer = slots[SLOT];
	slots[SLOT] = run;
	try {
		return script.runInThisContext({ timeout: LIMIT_MS }) as T;
	} catch (error) {
		if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
		throw sqlError('2201B', 'regular expression failed: regular expression is too complex', {
			hint: 'Its repetitions can match this text in too many ways. Avoid repetitions inside or beside each other that match the same characters.',
		});
	} finally {
		if (outer === undefined) delete slots[SLOT];
		else slots[SLOT] = outer;
	}
}

class GuardedRegExp extends RegExp {
	readonly #watchedLength: number;

	constructor(source: string, flags: string, length: number) {
		super(source, flags);
		this.#watchedLength = length;
	}

	override exec(text: string): RegExpExecArray | null {
		if (text.length - this.lastIndex < this.#watchedLength) return super.exec(text);
		return watched(() => super.exec(text));
	}

	override test(text: string): boolean {
		if (text.length - this.lastIndex < this.#watchedLength) return super.test(text);
		return this.exec(text) !== null;
	}
}

/** A RegExp, guarded where its form asks for it. */
export function guardedRegExp(source: string, flags: string, repetition: Repetition): RegExp {
	const length = watchedLength(repetition);
	return length === Number.POSITIVE_INFINITY ? new RegExp(source, flags) : new GuardedRegExp(source, flags, length);
}
