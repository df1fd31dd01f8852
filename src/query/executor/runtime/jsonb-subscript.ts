/** Subscripts of jsonb: `value['a'][0]`. What is not there is SQL's null. */
import { type Jsonb, JsonbArray, JsonbObject } from '../../../value/jsonb.ts';

export function jsonbAt(value: unknown, path: readonly unknown[]): unknown {
	let at: Jsonb | undefined = value as Jsonb;
	for (const step of path) {
		if (at instanceof JsonbObject) at = at.get(String(step));
		else if (at instanceof JsonbArray) {
			const index = typeof step === 'number' ? step : /^-?\d+$/.test(String(step)) ? Number(step) : Number.NaN;
			at = at.items[index < 0 ? at.items.length + index : index];
		} else return null;
		if (at === undefined) return null;
	}
	return at;
}
