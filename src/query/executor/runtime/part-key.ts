/** One part of a composite key as text. Different lists of parts give different concatenations: numbers end in a comma, strings tell their length. */
export function partKey(value: unknown): string {
	switch (typeof value) {
		case 'number':
			return `${value},`;
		case 'string':
			return `${value.length}:${value}`;
		case 'bigint':
			return `b${value},`;
		case 'boolean':
			return value ? 't' : 'f';
		default:
			return '_';
	}
}
