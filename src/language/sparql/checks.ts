/** Rules of the language that its grammar does not say: SPARQL 1.1 Query Language, section 19.8, notes 12 to 14; section 11.4. */
import { sqlError } from '../../platform/errors.ts';
import type { Formula, Path, Pattern, Selection, Slot } from './algebra.ts';
import { isVisible } from './algebra.ts';

/** Variables that may be bound by a pattern (section 18.2.1), in the order in which they appear. */
export function inScope(pattern: Pattern): Set<string> {
	const names = new Set<string>();
	collect(pattern, names);
	return names;
}

function collect(pattern: Pattern, names: Set<string>): void {
	const slot = (s: Slot): void => {
		if (s.kind === 'variable') names.add(s.name);
	};
	switch (pattern.kind) {
		case 'bgp':
			for (const part of pattern.parts) {
				slot(part.subject);
				if (part.kind === 'triple') slot(part.predicate);
				slot(part.object);
			}
			return;
		case 'join':
		case 'left-join':
			collect(pattern.left, names);
			collect(pattern.right, names);
			return;
		case 'minus':
			collect(pattern.left, names);
			return;
		case 'union':
			for (const branch of pattern.branches) collect(branch, names);
			return;
		case 'filter':
			collect(pattern.input, names);
			return;
		case 'extend':
			collect(pattern.input, names);
			names.add(pattern.variable);
			return;
		case 'values':
			for (const name of pattern.variables) names.add(name);
			return;
		case 'graph':
		case 'service':
			slot(pattern.name);
			collect(pattern.input, names);
			return;
		case 'select':
			for (const name of projectedNames(pattern.query)) names.add(name);
	}
}

/** What a SELECT gives, in order. */
export function projectedNames(selection: Selection): string[] {
	if (selection.projection !== null) return selection.projection.map((p) => p.variable);
	const names = inScope(selection.where);
	if (selection.values !== null) for (const name of inScope(selection.values)) names.add(name);
	return [...names].filter(isVisible);
}

/** True when an aggregate stands in the formula. */
export function hasAggregate(formula: Formula): boolean {
	if (formula.kind === 'aggregate') return true;
	return (formula.kind === 'operation' || formula.kind === 'function') && formula.arguments.some(hasAggregate);
}

/** Checks a SELECT; one with aggregates and without GROUP BY has one group. */
export function checkSelection(selection: Selection): Selection {
	const { projection } = selection;
	const aggregated =
		selection.groups !== null ||
		selection.having.some(hasAggregate) ||
		selection.orderBy.some((o) => hasAggregate(o.value)) ||
		(projection ?? []).some((p) => p.value !== null && hasAggregate(p.value));
	if (projection === null) {
		if (aggregated) throw broken('SELECT * cannot be grouped');
		return selection;
	}
	const scope = inScope(selection.where);
	const named = new Set<string>();
	for (const { variable, value } of projection) {
		if (value !== null && scope.has(variable)) throw broken(`?${variable} after AS is bound in the pattern already`);
		if (named.has(variable) && value !== null) throw broken(`?${variable} is selected twice`);
		named.add(variable);
	}
	if (!aggregated) return selection;
	const groups = selection.groups ?? [];
	const usable = new Set(groups.flatMap((g) => (g.variable === null ? [] : [g.variable])));
	for (const { variable, value } of projection) {
		if (value === null && !usable.has(variable)) throw broken(`?${variable} is neither grouped nor aggregated`);
		const loose = value === null ? undefined : ungrouped(value, usable);
		if (loose !== undefined) throw broken(`?${loose} is neither grouped nor aggregated`);
		usable.add(variable);
	}
	return { ...selection, groups };
}

/** A variable outside aggregates that is not among the usable ones. */
function ungrouped(formula: Formula, usable: ReadonlySet<string>): string | undefined {
	if (formula.kind === 'variable') return usable.has(formula.name) ? undefined : formula.name;
	if (formula.kind !== 'operation' && formula.kind !== 'function') return undefined;
	for (const argument of formula.arguments) {
		const found = ungrouped(argument, usable);
		if (found !== undefined) return found;
	}
	return undefined;
}

function broken(what: string): Error {
	return sqlError('42601', `SPARQL syntax error: ${what}`);
}

/** True when a path holds a closure, whose length has no bound. */
export function isUnbounded(path: Path): boolean {
	switch (path.kind) {
		case 'closure':
			return true;
		case 'inverse':
		case 'optional':
			return isUnbounded(path.path);
		case 'sequence':
			return isUnbounded(path.left) || isUnbounded(path.right);
		case 'alternative':
			return path.paths.some(isUnbounded);
		default:
			return false;
	}
}
