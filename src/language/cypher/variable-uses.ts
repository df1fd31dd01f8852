/**
 * What a statement asks of its variables. A pattern binds a node by its id, and reads labels and properties only where someone asks for them; this says whether anyone does.
 *
 * It goes by name over the whole statement, joining the names that a projection renames (`WITH a AS b`), so it may say yes where the answer is no (two variables of one name in
 * different scopes), and never the other way.
 */

export interface VariableUses {
	/** The variable's labels are asked for: `n:Label` outside of a pattern, `labels(n)`, or the node as a whole. */
	labels(name: string): boolean;
	/** Its properties are asked for: `n.key`, `properties(n)`, `n {.key}`, or the node or relationship as a whole. */
	properties(name: string): boolean;
	/** The value as a whole is asked for: a path must be put together, a list of relationships kept. False: it may be left out. */
	whole(name: string): boolean;
}
