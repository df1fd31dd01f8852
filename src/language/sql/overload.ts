/**
 * Which of several functions or operators of one name is meant, by PostgreSQL's rules (parse_func.c, parse_oper.c): exact
 * match, then those whose arguments can be converted implicitly, then most exact matches, preferred types, and for unknown
 * literals the category (string first) that the candidates agree on.
 */
import type { AnyFunction, OperatorEntry } from '../../query/functions/contracts.ts';
import { ANY, baseTypeOf, UNKNOWN } from '../../value/builtin-types.ts';
import type { Type, TypeCategory } from '../../value/type.ts';
import { canCoerce } from './coercion.ts';
import { polymorphicFits } from './signature.ts';
import type { StatementContext } from './statement-context.ts';

/** Something that could be called: its declared types for as many arguments as the call has. */
export interface Candidate<T> {
	readonly definition: T;
	readonly argumentOids: readonly number[];
}

export interface FunctionCandidate extends Candidate<AnyFunction> {
	/** VARIADIC arguments were given one by one. */
	readonly spread: boolean;
	/** For each declared argument, the index of the call's argument, or −1 for its default. Null: as written. */
	readonly order: readonly number[] | null;
	readonly defaultsUsed: number;
}

/** Candidates of a name for a number of arguments, the last `names.length` of them given by name. */
export function functionCandidates(
	functions: readonly AnyFunction[],
	argumentCount: number,
	names: readonly string[],
	variadicCall: boolean,
): FunctionCandidate[] {
	const candidates: FunctionCandidate[] = [];
	for (const definition of functions) {
		const candidate = names.length > 0 ? namedCandidate(definition, argumentCount, names) : positionalCandidate(definition, argumentCount, variadicCall);
		if (candidate !== null) candidates.push(candidate);
	}
	return dropShadowed(candidates);
}

function positionalCandidate(definition: AnyFunction, argumentCount: number, variadicCall: boolean): FunctionCandidate | null {
	const declared = definition.argumentOids;
	if (
		definition.variadicOid !== 0 &&
		!variadicCall &&
		argumentCount >= declared.length &&
		(definition.variadicOid === ANY.oid || argumentCount >= declared.length)
	) {
		const spread = [...declared.slice(0, -1)];
		while (spread.length < argumentCount) spread.push(definition.variadicOid);
		return { definition, argumentOids: spread, spread: true, order: null, defaultsUsed: 0 };
	}
	if (variadicCall && definition.variadicOid === 0) return null;
	if (argumentCount > declared.length) return null;
	const missing = declared.length - argumentCount;
	if (missing > 0 && (missing > (definition.defaults?.length ?? 0) || variadicCall)) return null;
	const order = missing === 0 ? null : declared.map((_, i) => (i < argumentCount ? i : -1));
	return { definition, argumentOids: declared, spread: false, order, defaultsUsed: missing };
}

function namedCandidate(definition: AnyFunction, argumentCount: number, names: readonly string[]): FunctionCandidate | null {
	const declared = definition.argumentOids;
	const argumentNames = definition.argumentNames;
	if (argumentNames === undefined || argumentCount > declared.length || definition.variadicOid !== 0) return null;
	const order: number[] = declared.map(() => -1);
	const positional = argumentCount - names.length;
	for (let i = 0; i < positional; i++) order[i] = i;
	for (let i = 0; i < names.length; i++) {
		const at = argumentNames.indexOf(names[i]!);
		if (at < 0 || order[at] !== -1) return null;
		order[at] = positional + i;
	}
	const firstDefault = declared.length - (definition.defaults?.length ?? 0);
	for (let i = 0; i < firstDefault; i++) if (order[i] === -1) return null;
	return { definition, argumentOids: declared, spread: false, order, defaultsUsed: order.filter((i) => i === -1).length };
}

/** Of candidates with the same argument types, those without spreading and with fewer defaults win. */
function dropShadowed(candidates: readonly FunctionCandidate[]): FunctionCandidate[] {
	if (candidates.length < 2) return [...candidates];
	return candidates.filter(
		(a) => !candidates.some((b) => b !== a && sameGiven(a, b) && ((a.spread && !b.spread) || (a.spread === b.spread && a.defaultsUsed > b.defaultsUsed))),
	);
}

function givenOids(candidate: FunctionCandidate): readonly number[] {
	return candidate.order === null ? candidate.argumentOids : candidate.argumentOids.filter((_, i) => candidate.order![i] !== -1);
}

function sameGiven(a: FunctionCandidate, b: FunctionCandidate): boolean {
	const left = givenOids(a);
	const right = givenOids(b);
	return left.length === right.length && left.every((oid, i) => oid === right[i]);
}

/** Declared types in the order of the call's arguments. */
export function declaredInCallOrder(candidate: FunctionCandidate): readonly number[] {
	if (candidate.order === null) return candidate.argumentOids;
	const declared: number[] = [];
	candidate.order.forEach((from, at) => {
		if (from >= 0) declared[from] = candidate.argumentOids[at]!;
	});
	return declared;
}

/** The best of the candidates for the given types; null: none fits; 'ambiguous': several do. */
export function chooseFunction(
	context: StatementContext,
	candidates: readonly FunctionCandidate[],
	actual: readonly Type[],
): FunctionCandidate | null | 'ambiguous' {
	const views = candidates.map((c) => ({ definition: c, argumentOids: declaredInCallOrder(c) }));
	const exact = views.find((c) => c.argumentOids.every((oid, i) => oid === actual[i]!.oid));
	if (exact !== undefined) return exact.definition;
	const chosen = chooseCandidate(context, matching(context, views, actual), actual);
	return chosen === null || chosen === 'ambiguous' ? chosen : chosen.definition;
}

/** Operators by their two types, per list of the library. */
const exactOperators = new WeakMap<readonly OperatorEntry[], Map<number, OperatorEntry>>();

function exactOperator(entries: readonly OperatorEntry[], left: number, right: number): OperatorEntry | undefined {
	let byTypes = exactOperators.get(entries);
	if (byTypes === undefined) {
		byTypes = new Map(entries.map((e) => [e.leftOid * 0x100000000 + e.rightOid, e]));
		exactOperators.set(entries, byTypes);
	}
	return byTypes.get(left * 0x100000000 + right);
}

/** `left` null for a prefix operator. */
export function chooseOperator(context: StatementContext, name: string, left: Type | null, right: Type): OperatorEntry | null | 'ambiguous' {
	const entries = context.functions.operators(name);
	const exact = exactMatch(context, entries, left, right);
	if (exact !== undefined) return exact;
	const candidates: Candidate<OperatorEntry>[] = [];
	for (const entry of entries) {
		if ((entry.leftOid === 0) !== (left === null)) continue;
		candidates.push({ definition: entry, argumentOids: left === null ? [entry.rightOid] : [entry.leftOid, entry.rightOid] });
	}
	const actual = left === null ? [right] : [left, right];
	const chosen = chooseCandidate(context, matching(context, candidates, actual), actual);
	return chosen === null || chosen === 'ambiguous' ? chosen : chosen.definition;
}

function exactMatch(context: StatementContext, entries: readonly OperatorEntry[], left: Type | null, right: Type): OperatorEntry | undefined {
	if (left === null) return exactOperator(entries, 0, right.oid);
	if (left.oid === UNKNOWN.oid || right.oid === UNKNOWN.oid) {
		const known = left.oid === UNKNOWN.oid ? right : left;
		const same = exactOperator(entries, known.oid, known.oid);
		if (same !== undefined) return same;
		const base = baseTypeOf(known, context.catalog);
		return base === known ? undefined : exactOperator(entries, base.oid, base.oid);
	}
	return exactOperator(entries, left.oid, right.oid);
}

/** Candidates all of whose arguments can be converted implicitly. */
function matching<T>(context: StatementContext, candidates: readonly Candidate<T>[], actual: readonly Type[]): Candidate<T>[] {
	return candidates.filter(
		(c) =>
			c.argumentOids.every((oid, i) => oid === actual[i]!.oid || canCoerceTo(context, actual[i]!, oid)) && polymorphicFits(context, actual, c.argumentOids),
	);
}

function canCoerceTo(context: StatementContext, from: Type, oid: number): boolean {
	const to = context.catalog.typeByOid(oid);
	return to !== undefined && canCoerce(context, from, to, 'implicit');
}

/** func_select_candidate: narrows down step by step; each step that leaves none is skipped. */
export function chooseCandidate<T>(context: StatementContext, candidates: Candidate<T>[], actual: readonly Type[]): Candidate<T> | null | 'ambiguous' {
	if (candidates.length <= 1) return candidates[0] ?? null;
	const bases = actual.map((t) => baseTypeOf(t, context.catalog));
	let left = keepBest(candidates, (c) => count(bases, (base, i) => base.oid !== UNKNOWN.oid && base.oid === c.argumentOids[i]));
	if (left.length === 1) return left[0]!;
	left = keepBest(left, (c) =>
		count(bases, (base, i) => base.oid !== UNKNOWN.oid && (base.oid === c.argumentOids[i] || isPreferredIn(context, base.category, c.argumentOids[i]!))),
	);
	if (left.length === 1) return left[0]!;
	const unknowns = bases.filter((b) => b.oid === UNKNOWN.oid).length;
	if (unknowns === 0) return 'ambiguous';
	left = narrowByCategory(context, left, bases);
	if (left.length === 1) return left[0]!;
	return unknownsLikeKnowns(context, left, bases, unknowns) ?? 'ambiguous';
}

function keepBest<T>(candidates: Candidate<T>[], score: (candidate: Candidate<T>) => number): Candidate<T>[] {
	let best = -1;
	let kept: Candidate<T>[] = [];
	for (const candidate of candidates) {
		const points = score(candidate);
		if (points > best) {
			best = points;
			kept = [candidate];
		} else if (points === best) kept.push(candidate);
	}
	return kept;
}

function count(types: readonly Type[], test: (type: Type, index: number) => boolean): number {
	let total = 0;
	for (let i = 0; i < types.length; i++) if (test(types[i]!, i)) total++;
	return total;
}

function isPreferredIn(context: StatementContext, category: TypeCategory, oid: number): boolean {
	const type = context.catalog.typeByOid(oid);
	return type !== undefined && type.category === category && type.preferred;
}

/** For arguments of unknown type: if all candidates agree on a category (string wins if any has it), keep those that take it. */
function narrowByCategory<T>(context: StatementContext, candidates: Candidate<T>[], bases: readonly Type[]): Candidate<T>[] {
	const slots: ({ category: TypeCategory; preferred: boolean } | null)[] = bases.map(() => null);
	for (let i = 0; i < bases.length; i++) {
		if (bases[i]!.oid !== UNKNOWN.oid) continue;
		const slot = slotCategory(context, candidates, i);
		if (slot === null) return candidates;
		slots[i] = slot;
	}
	const kept = candidates.filter((c) =>
		slots.every((slot, i) => {
			if (slot === null) return true;
			const type = context.catalog.typeByOid(c.argumentOids[i]!);
			return type !== undefined && type.category === slot.category && (!slot.preferred || type.preferred);
		}),
	);
	return kept.length > 0 ? kept : candidates;
}

function slotCategory<T>(context: StatementContext, candidates: readonly Candidate<T>[], index: number): { category: TypeCategory; preferred: boolean } | null {
	let category: TypeCategory | null = null;
	let preferred = false;
	let conflict = false;
	for (const candidate of candidates) {
		const type = context.catalog.typeByOid(candidate.argumentOids[index]!);
		if (type === undefined) continue;
		if (category === null) {
			category = type.category;
			preferred = type.preferred;
		} else if (type.category === category) preferred ||= type.preferred;
		else if (type.category === 'S') {
			category = 'S';
			preferred = type.preferred;
			conflict = false;
		} else if (category !== 'S') conflict = true;
	}
	return category === null || conflict ? null : { category, preferred };
}

/** Last resort: all known arguments have one type; suppose that the unknown ones have it too. */
function unknownsLikeKnowns<T>(context: StatementContext, candidates: readonly Candidate<T>[], bases: readonly Type[], unknowns: number): Candidate<T> | null {
	if (unknowns === bases.length) return null;
	let known: Type | null = null;
	for (const base of bases) {
		if (base.oid === UNKNOWN.oid) continue;
		if (known === null) known = base;
		else if (known.oid !== base.oid) return null;
	}
	const supposed = bases.map(() => known!);
	const fitting = candidates.filter(
		(c) => c.argumentOids.every((oid) => oid === known!.oid || canCoerceTo(context, known!, oid)) && polymorphicFits(context, supposed, c.argumentOids),
	);
	return fitting.length === 1 ? fitting[0]! : null;
}
