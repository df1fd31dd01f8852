/**
 * A map from keys of any kind to small non-negative numbers, with the part of `Map`'s interface that groups use. 32-bit integers, which
 * most keys are where there are any, lie in arrays of their own.
 */
import { IntKeyMap } from './int-key-map.ts';

export class MixedKeyMap {
	readonly #integers = new IntKeyMap();
	readonly #others = new Map<unknown, number>();

	get(key: unknown): number | undefined {
		return typeof key === 'number' && key === (key | 0) ? this.#integers.get(key) : this.#others.get(key);
	}

	set(key: unknown, value: number): void {
		if (typeof key === 'number' && key === (key | 0)) this.#integers.set(key, value);
		else this.#others.set(key, value);
	}

	clear(): void {
		this.#integers.clear();
		this.#others.clear();
	}
}
