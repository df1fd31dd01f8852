/**
 * Reading and changing jsonb trees: members, elements, paths, containment, concatenation, deletion. Trees are never changed in
 * place; a change copies the nodes above it.
 */
import { sqlError } from '../../platform/errors.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject, jsonbKind } from '../../value/jsonb.ts';
import { pathIndex } from './json-text.ts';

export function jsonbMember(value: Jsonb, key: string): Jsonb | undefined {
	return value instanceof JsonbObject ? value.get(key) : undefined;
}

/** Counted from 0, or from the end if negative. */
export function jsonbElement(value: Jsonb, index: number): Jsonb | undefined {
	if (!(value instanceof JsonbArray)) return undefined;
	return value.items[index < 0 ? value.items.length + index : index];
}

/** What a path leads to; undefined where it leads nowhere. */
export function jsonbAtPath(value: Jsonb, path: readonly (string | null)[]): Jsonb | undefined {
	let current: Jsonb | undefined = value;
	for (const step of path) {
		if (step === null || current === undefined) return undefined;
		if (current instanceof JsonbObject) current = current.get(step);
		else {
			const index = pathIndex(step);
			current = index === undefined ? undefined : jsonbElement(current, index);
		}
	}
	return current;
}

const isScalar = (value: Jsonb): boolean => !(value instanceof JsonbArray) && !(value instanceof JsonbObject);

function scalarsEqual(left: Jsonb, right: Jsonb): boolean {
	const kind = jsonbKind(left);
	if (kind !== jsonbKind(right)) return false;
	if (kind === 'number') return (left as { equals(other: unknown): boolean }).equals(right);
	return left === right;
}

/** `@>`. At the top, an array contains a scalar that is one of its elements. */
export function jsonbContains(container: Jsonb, contained: Jsonb): boolean {
	if (container instanceof JsonbArray && isScalar(contained)) return container.items.some((item) => isScalar(item) && scalarsEqual(item, contained));
	return containsNested(container, contained);
}

function containsNested(container: Jsonb, contained: Jsonb): boolean {
	if (contained instanceof JsonbObject) {
		if (!(container instanceof JsonbObject)) return false;
		return contained.keys.every((key, index) => {
			const found = container.get(key);
			return found !== undefined && containsNested(found, contained.values[index]!);
		});
	}
	if (contained instanceof JsonbArray) {
		if (!(container instanceof JsonbArray)) return false;
		return contained.items.every((wanted) => container.items.some((item) => containsNested(item, wanted)));
	}
	return isScalar(container) && scalarsEqual(container, contained);
}

/** `?`: a key of an object, a string of an array, or the string itself. */
export function jsonbExists(value: Jsonb, key: string): boolean {
	if (value instanceof JsonbObject) return value.get(key) !== undefined;
	if (value instanceof JsonbArray) return value.items.includes(key);
	return value === key;
}

/** `||`: merges objects, joins arrays; anything else counts as an array of one. */
export function jsonbConcatenate(left: Jsonb, right: Jsonb): Jsonb {
	if (left instanceof JsonbObject && right instanceof JsonbObject) {
		return JsonbObject.from([...entriesOf(left), ...entriesOf(right)]);
	}
	return new JsonbArray([...itemsOf(left), ...itemsOf(right)]);
}

const itemsOf = (value: Jsonb): readonly Jsonb[] => (value instanceof JsonbArray ? value.items : [value]);

export function entriesOf(value: JsonbObject): [string, Jsonb][] {
	return value.keys.map((key, index) => [key, value.values[index]!]);
}

/** `-` with keys: members of an object, or equal strings of an array. */
export function jsonbDeleteKeys(value: Jsonb, keys: readonly (string | null)[]): Jsonb {
	if (value instanceof JsonbObject) return JsonbObject.from(entriesOf(value).filter(([key]) => !keys.includes(key)));
	if (value instanceof JsonbArray) return new JsonbArray(value.items.filter((item) => typeof item !== 'string' || !keys.includes(item)));
	throw sqlError('22023', 'cannot delete from scalar');
}

export function jsonbDeleteIndex(value: Jsonb, index: number): Jsonb {
	if (value instanceof JsonbObject) throw sqlError('22023', 'cannot delete from object using integer index');
	if (!(value instanceof JsonbArray)) throw sqlError('22023', 'cannot delete from scalar');
	const at = index < 0 ? value.items.length + index : index;
	return at < 0 || at >= value.items.length ? value : new JsonbArray(value.items.filter((_, place) => place !== at));
}

/** What happens at the end of a path. */
export interface PathChange {
	readonly operation: 'set' | 'insert' | 'delete';
	/** Undefined to delete. */
	readonly value?: Jsonb;
	/** Set a key or index that is not there. */
	readonly create?: boolean;
	/** Insert behind the element instead of before it. */
	readonly after?: boolean;
	/** Fill a gap before an index beyond the end with nulls, and make containers on the way: subscripted assignment. */
	readonly fill?: boolean;
}

/** Applies a change at the end of a path; the value itself where the path leads nowhere. */
export function jsonbChangePath(value: Jsonb, path: readonly (string | null)[], change: PathChange, depth = 0): Jsonb {
	const step = path[depth];
	if (step === undefined) return value;
	if (step === null) throw sqlError('22004', `path element at position ${depth + 1} is null`);
	if (value instanceof JsonbObject) return changeMember(value, step, path, change, depth);
	if (value instanceof JsonbArray) return changeElement(value, step, path, change, depth);
	return value;
}

function changeMember(object: JsonbObject, key: string, path: readonly (string | null)[], change: PathChange, depth: number): Jsonb {
	const found = object.get(key);
	const isLast = depth === path.length - 1;
	if (!isLast) {
		if (found === undefined) return object;
		return withMember(object, key, jsonbChangePath(found, path, change, depth + 1));
	}
	switch (change.operation) {
		case 'delete':
			return found === undefined ? object : JsonbObject.from(entriesOf(object).filter(([name]) => name !== key));
		case 'insert':
			if (found !== undefined) {
				throw sqlError('22023', 'cannot replace existing key', { hint: 'Try using the function jsonb_set to replace key value.' });
			}
			return withMember(object, key, change.value!);
		case 'set':
			return found === undefined && change.create !== true ? object : withMember(object, key, change.value!);
	}
}

function withMember(object: JsonbObject, key: string, value: Jsonb): JsonbObject {
	return JsonbObject.from([...entriesOf(object), [key, value]]);
}

function changeElement(array: JsonbArray, step: string, path: readonly (string | null)[], change: PathChange, depth: number): Jsonb {
	const given = pathIndex(step);
	if (given === undefined) throw sqlError('22P02', `path element at position ${depth + 1} is not an integer: "${step}"`);
	const count = array.items.length;
	let index = given < 0 ? count + given : given;
	if (index < 0 && change.fill === true) throw sqlError('22023', `path element at position ${depth + 1} is out of range: ${given}`);
	const isInside = index >= 0 && index < count;
	if (depth < path.length - 1) {
		if (!isInside) return array;
		const item = jsonbChangePath(array.items[index]!, path, change, depth + 1);
		return new JsonbArray(array.items.with(index, item));
	}
	if (change.operation === 'delete') return isInside ? new JsonbArray(array.items.filter((_, place) => place !== index)) : array;
	if (change.operation === 'set' && isInside) return new JsonbArray(array.items.with(index, change.value!));
	if (change.operation === 'set' && change.create !== true) return array;
	const gap = change.fill === true && index > count ? new Array<Jsonb>(index - count).fill(JSON_NULL) : [];
	if (change.operation === 'insert' && isInside && change.after === true) index++;
	index = Math.max(0, Math.min(index, count));
	return new JsonbArray([...array.items.slice(0, index), ...gap, change.value!, ...array.items.slice(index)]);
}

/** Without the members of objects that are null. */
export function jsonbStripNulls(value: Jsonb): Jsonb {
	if (value instanceof JsonbArray) return new JsonbArray(value.items.map(jsonbStripNulls));
	if (!(value instanceof JsonbObject)) return value;
	return JsonbObject.from(
		entriesOf(value)
			.filter(([, item]) => item !== JSON_NULL)
			.map(([key, item]) => [key, jsonbStripNulls(item)] as const),
	);
}
