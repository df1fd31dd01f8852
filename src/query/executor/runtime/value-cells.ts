/** Long VALUES lists of constants and parameters, by column. */
import type { Expression } from '../../algebra/expression.ts';

const constantCells = new WeakMap<readonly (readonly Expression[])[], unknown[][]>();

/** The values of a template's cells; computed once when it has no parameters. */
export function bindCells(template: readonly (readonly Expression[])[], parameters: readonly unknown[]): unknown[][] {
	const known = constantCells.get(template);
	if (known !== undefined) return known;
	let hasParameters = false;
	const cells = template.map((column) =>
		column.map((e) => {
			if (e.kind === 'parameter') {
				hasParameters = true;
				return parameters[e.index];
			}
			return e.kind === 'constant' ? e.value : null;
		}),
	);
	if (!hasParameters) constantCells.set(template, cells);
	return cells;
}
