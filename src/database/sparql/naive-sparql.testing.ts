/**
 * SPARQL's algebra evaluated as the standard writes it down (section 18.5), over lists of solutions: an oracle for tests. It shares
 * the translation of texts and the comparison of values with the real thing, and nothing of plans.
 */

import type { Formula, Path, Pattern, Selection, Slot } from '../../language/sparql/algebra.ts';
import { isVisible } from '../../language/sparql/algebra.ts';
import { assertNever } from '../../platform/errors.ts';
import { compareValues, valueEquals } from '../../query/functions/sparql/comparison.ts';
import { booleanLiteral } from '../../query/functions/sparql/meaning.ts';
import { effectiveBoolean } from '../../query/functions/sparql/term-functions.ts';
import { type NamedNode, type Quad, type RdfTerm, sameTerm, termKey } from '../../value/rdf-term.ts';

export type Solution = ReadonlyMap<string, RdfTerm>;

/** The triples of the active graph, and how the other graphs are found. */
interface Active {
	readonly triples: readonly Quad[];
	readonly dataset: readonly Quad[];
}

/** The solutions of a SELECT without aggregates, over the quads. */
export function solutionsOf(selection: Selection, quads: readonly Quad[]): Solution[] {
	const active: Active = { triples: quads.filter((q) => q.graph.termType === 'DefaultGraph'), dataset: quads };
	return select(selection, active);
}

function select(selection: Selection, active: Active): Solution[] {
	const all = evaluate(selection.where, active, new Map());
	const names = selection.projection?.map((p) => p.variable) ?? null;
	const projected = all.map((s) => new Map([...s].filter(([name]) => (names === null ? isVisible(name) : names.includes(name)))));
	if (!selection.distinct) return projected;
	return [...new Map(projected.map((s) => [solutionKey(s), s])).values()];
}

/** A text that is the same for the same bindings. */
export function solutionKey(solution: Solution): string {
	return [...solution]
		.map(([name, term]) => `${name}=${termKey(term)}`)
		.sort()
		.join(' ');
}

function compatible(a: Solution, b: Solution): boolean {
	for (const [name, term] of a) {
		const other = b.get(name);
		if (other !== undefined && !sameTerm(term, other)) return false;
	}
	return true;
}

function merged(a: Solution, b: Solution): Solution {
	return new Map([...a, ...b]);
}

function joined(left: readonly Solution[], right: readonly Solution[]): Solution[] {
	return left.flatMap((a) => right.filter((b) => compatible(a, b)).map((b) => merged(a, b)));
}

/** `outer`: the solution for which an EXISTS is asked. */
function evaluate(pattern: Pattern, active: Active, outer: Solution): Solution[] {
	switch (pattern.kind) {
		case 'bgp':
			return pattern.parts.reduce<Solution[]>(
				(left, part) => {
					const path: Path | Slot = part.kind === 'path' ? part.path : part.predicate;
					return joined(left, matches(part.subject, path, part.object, active));
				},
				[new Map()],
			);
		case 'join':
			return joined(evaluate(pattern.left, active, outer), evaluate(pattern.right, active, outer));
		case 'left-join': {
			const right = evaluate(pattern.right, active, outer);
			return evaluate(pattern.left, active, outer).flatMap((a) => {
				const found = joined([a], right).filter((s) => pattern.condition === null || truth(pattern.condition, s, active, outer) === true);
				return found.length > 0 ? found : [a];
			});
		}
		case 'minus': {
			const right = evaluate(pattern.right, active, outer);
			return evaluate(pattern.left, active, outer).filter((a) => !right.some((b) => compatible(a, b) && [...a.keys()].some((name) => b.has(name))));
		}
		case 'union':
			return pattern.branches.flatMap((branch) => evaluate(branch, active, outer));
		case 'filter':
			return evaluate(pattern.input, active, outer).filter((s) => truth(pattern.condition, s, active, outer) === true);
		case 'extend':
			return evaluate(pattern.input, active, outer).map((s) => {
				const value = term(pattern.value, s, active, outer);
				return value === null ? s : merged(s, new Map([[pattern.variable, value]]));
			});
		case 'values':
			return pattern.rows.map((row) => new Map(pattern.variables.flatMap((name, i) => (row[i] === null ? [] : [[name, row[i]!] as const]))));
		case 'graph':
			return ofGraphs(pattern, active, outer);
		case 'select':
			return select(pattern.query, active);
		case 'service':
			return [new Map()];
		default:
			return assertNever(pattern);
	}
}

function ofGraphs(pattern: Extract<Pattern, { kind: 'graph' }>, { dataset }: Active, outer: Solution): Solution[] {
	const graphs = new Map(dataset.filter((q) => q.graph.termType !== 'DefaultGraph').map((q) => [termKey(q.graph), q.graph as RdfTerm]));
	const within = (graph: RdfTerm): Solution[] => evaluate(pattern.input, { dataset, triples: dataset.filter((q) => q.graph.equals(graph)) }, outer);
	if (pattern.name.kind === 'term') return within(pattern.name.term);
	const { name } = pattern.name;
	return [...graphs.values()].flatMap((graph) => joined([new Map([[name, graph]])], within(graph)));
}

// ---- triples and paths ----

function matches(subject: Slot, predicate: Path | Slot, object: Slot, active: Active): Solution[] {
	if (predicate.kind === 'variable' || predicate.kind === 'term')
		return active.triples.flatMap((t) => bind([subject, predicate, object], [t.subject, t.predicate, t.object]));
	const ends = [subject, object].flatMap((slot) => (slot.kind === 'term' ? [slot.term] : []));
	return pairs(predicate, active.triples, ends).flatMap((pair) => bind([subject, object], pair));
}

function bind(slots: readonly Slot[], terms: readonly RdfTerm[]): Solution[] {
	const solution = new Map<string, RdfTerm>();
	for (const [i, slot] of slots.entries()) {
		const known = slot.kind === 'term' ? slot.term : solution.get(slot.name);
		if (known !== undefined && !sameTerm(known, terms[i]!)) return [];
		if (slot.kind === 'variable') solution.set(slot.name, terms[i]!);
	}
	return [solution];
}

type Pair = readonly [RdfTerm, RdfTerm];

/** All pairs of nodes that a path connects, as often as it does. `ends`: terms of the pattern, which zero steps connect too. */
function pairs(path: Path, triples: readonly Quad[], ends: readonly RdfTerm[]): Pair[] {
	switch (path.kind) {
		case 'predicate':
			return triples.filter((t) => t.predicate.equals(path.iri)).map((t) => [t.subject, t.object]);
		case 'inverse':
			return pairs(path.path, triples, ends).map(([a, b]) => [b, a]);
		case 'sequence': {
			const right = pairs(path.right, triples, ends);
			return pairs(path.left, triples, ends).flatMap(([a, b]) => right.filter(([c]) => sameTerm(b, c)).map(([, d]): Pair => [a, d]));
		}
		case 'alternative':
			return path.paths.flatMap((p) => pairs(p, triples, ends));
		case 'negated': {
			const but = (list: readonly NamedNode[] | null, t: Quad): boolean => list !== null && !list.some((iri) => iri.equals(t.predicate));
			return triples.flatMap((t): Pair[] => [
				...(but(path.forward, t) ? [[t.subject, t.object] as Pair] : []),
				...(but(path.inverse, t) ? [[t.object, t.subject] as Pair] : []),
			]);
		}
		case 'optional':
			return distinctPairs([...zero(triples, ends), ...pairs(path.path, triples, ends)]);
		case 'closure': {
			const step = pairs(path.path, triples, ends);
			let all = distinctPairs(path.zero ? [...zero(triples, ends), ...step] : step);
			for (;;) {
				const more = distinctPairs([...all, ...all.flatMap(([a, b]) => step.filter(([c]) => sameTerm(b, c)).map(([, d]): Pair => [a, d]))]);
				if (more.length === all.length) return all;
				all = more;
			}
		}
	}
}

function zero(triples: readonly Quad[], ends: readonly RdfTerm[]): Pair[] {
	return [...triples.flatMap((t): RdfTerm[] => [t.subject, t.object]), ...ends].map((node) => [node, node]);
}

function distinctPairs(list: readonly Pair[]): Pair[] {
	return [...new Map(list.map((pair) => [pair.map(termKey).join(' '), pair])).values()];
}

// ---- expressions: null is an error ----

function truth(formula: Formula, solution: Solution, active: Active, outer: Solution): boolean | null {
	if (formula.kind === 'exists') {
		const seen = merged(outer, solution);
		return evaluate(formula.pattern, active, seen).some((s) => compatible(s, seen)) !== formula.negated;
	}
	if (formula.kind === 'operation') {
		const { name } = formula;
		const each = (): (boolean | null)[] => formula.arguments.map((a) => truth(a, solution, active, outer));
		if (name === '&&') return each().includes(false) ? false : each().includes(null) ? null : true;
		if (name === '||') return each().includes(true) ? true : each().includes(null) ? null : false;
		if (name === '!') {
			const [operand] = each();
			return operand === null ? null : !operand;
		}
		if (name === 'bound') return value(formula.arguments[0]!, solution, outer) !== null;
		const [a, b] = formula.arguments.map((argument) => term(argument, solution, active, outer));
		if (a == null || b == null) return null;
		const equal = valueEquals(a, b);
		if (name === '=') return equal;
		if (name === '!=') return equal === null ? null : !equal;
		const order = compareValues(a, b);
		if (order === null) return null;
		return name === '<' ? order < 0 : name === '<=' ? order <= 0 : name === '>' ? order > 0 : order >= 0;
	}
	const found = term(formula, solution, active, outer);
	return found === null ? null : effectiveBoolean(found);
}

function value(formula: Formula, solution: Solution, outer: Solution): RdfTerm | null {
	return formula.kind === 'variable' ? (solution.get(formula.name) ?? outer.get(formula.name) ?? null) : null;
}

function term(formula: Formula, solution: Solution, active: Active, outer: Solution): RdfTerm | null {
	if (formula.kind === 'variable') return value(formula, solution, outer);
	if (formula.kind === 'term') return formula.term;
	const found = truth(formula, solution, active, outer);
	return found === null ? null : booleanLiteral(found);
}
