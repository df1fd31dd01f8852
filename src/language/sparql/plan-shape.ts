/**
 * A text that is the same for two plans that differ in nothing but what their parameters are likely to be: by it queries that name
 * different things share one program. Functions, equalities and orders count by identity, terms and other constants by value.
 */
import type { Plan } from '../../query/algebra/plan.ts';
import { BlankNode, DefaultGraph, Literal, NamedNode, termKey } from '../../value/rdf-term.ts';

const numbers = new WeakMap<object, number>();
let count = 0;

function numberOf(object: object): number {
	let number = numbers.get(object);
	if (number === undefined) numbers.set(object, (number = ++count));
	return number;
}

export function planShape(plan: Plan): string {
	return JSON.stringify(plan, shown);
}

function shown(name: string, value: unknown): unknown {
	if (name === 'likely') return undefined;
	if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : value;
	if (value instanceof NamedNode || value instanceof Literal || value instanceof BlankNode || value instanceof DefaultGraph) {
		// The language of a literal is shown as written: it may be part of an answer.
		return `${termKey(value)}${value instanceof Literal ? `@${value.language}` : ''}`;
	}
	if ('kind' in value && value.kind === 'table' && 'id' in value) return `table ${String(value.id)}`;
	if ('evaluate' in value || 'bind' in value || 'equals' in value || 'compare' in value) return `#${numberOf(value)}`;
	// Types of columns are objects of their own, few and shared.
	if ('oid' in value && 'category' in value) return `type ${String(value.oid)}`;
	return value;
}
