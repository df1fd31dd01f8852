/** What the stars of a query stood for when it was analysed: the stored text of a view names the columns instead. */

const expansions = new WeakMap<object, readonly (readonly string[])[]>();

/** Remembers the columns (qualified names) of a star node; does nothing when one of them has no name to write. */
export function recordStar(node: object, names: readonly (readonly string[] | null)[]): void {
	const known = names.filter((n): n is readonly string[] => n !== null);
	if (known.length === names.length && names.length > 0) expansions.set(node, known);
}

export function starExpansion(node: object): readonly (readonly string[])[] | null {
	return expansions.get(node) ?? null;
}
