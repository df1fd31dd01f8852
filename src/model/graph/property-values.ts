/** What may be the value of a property: anything but maps, nodes, relationships, paths, and lists of unlike or nested values. */
import { cypherError } from '../../platform/cypher-errors.ts';
import { type DynamicKind, type DynamicValue, kindName, kindOf } from '../../value/dynamic.ts';

const REFUSED: ReadonlySet<DynamicKind> = new Set<DynamicKind>(['map', 'vertex', 'edge', 'path']);
/** Lists hold none of these, and no list. */
const REFUSED_IN_LISTS: ReadonlySet<DynamicKind> = new Set<DynamicKind>([...REFUSED, 'list', 'null', 'bytes']);

/** Throws a TypeError of Cypher when `value` cannot be kept under `key`. */
export function checkProperty(key: string, value: DynamicValue): void {
	if (typeof value !== 'object' || value === null) return;
	if (Array.isArray(value)) {
		for (const item of value as readonly DynamicValue[]) if (REFUSED_IN_LISTS.has(kindOf(item))) throw refused(key, `a list with a ${kindName(item)}`);
		return;
	}
	if (REFUSED.has(kindOf(value))) throw refused(key, `a ${kindName(value)}`);
}

function refused(key: string, what: string): Error {
	return cypherError('TypeError', `Property values can only be of primitive types or arrays thereof: ${key} cannot be ${what}`);
}
