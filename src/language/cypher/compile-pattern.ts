/**
 * MATCH to a plan: nodes and relationships are rows of the graph's tables, joined by their ids; the optimizer orders the joins.
 *
 * A node of which nothing is asked is not read: its id stands at the ends of its relationships. Relationships of one direction are
 * joined in any order; walks of any length and relationships in either direction begin at a node that is known, so a path that has
 * some is gone along from its best known node to both sides.
 *
 * OPTIONAL MATCH, and a MATCH behind a barrier, are an `apply`: the pattern is matched for each row.
 */
import { joinColumns } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { endsInBarrier } from '../../query/algebra/traverse.ts';
import {
	currentLabels,
	currentProperties,
	edgeHead,
	edgeId,
	edgeProperties,
	edgeReference,
	edgeTail,
	edgeType,
	graphPath,
	sameEdges,
	vertexId,
	vertexReference,
} from '../../query/functions/cypher/pattern-functions.ts';
import { DYNAMIC, INT4, INT8, PROPERTIES, TEXT } from '../../value/builtin-types.ts';
import { allOf, callOf, constantOf, isNull, notOf, reference, sameOf, TRUE, textOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import { compileDynamic, compilePredicate } from './compile-expression.ts';
import { compileWalk } from './compile-walk.ts';
import { listOf, RELATIONSHIP_TYPE } from './cypher-type.ts';
import { type Binding, type EdgeBinding, type Environment, ONE_ROW, type PathBinding } from './environment.ts';
import { type Direction, type EdgeSource, edgeSource, labelPredicate, typeNames, typePredicate, vertexSource } from './graph-source.ts';
import { PatternBuilder } from './pattern-builder.ts';

/** The environment after a MATCH. */
export function compileMatch(context: CompileContext, environment: Environment, clause: ast.MatchClause): Environment {
	const isApart = clause.optional || endsInBarrier(environment.plan);
	const builder = new PatternBuilder(context, environment, isApart ? ONE_ROW : environment.plan);
	const paths = matchPatterns(builder, clause.patterns);
	const { where } = clause;
	if (where !== null) builder.requireLater(() => compilePredicate(context, builder.environment.extend(environment.plan, paths), where));
	const found = builder.finish();
	const bindings = [...builder.bindings, ...paths];
	if (!isApart) return environment.extend(found, bindings);
	const { plan } = environment;
	const type = clause.optional ? 'left' : 'inner';
	const joined: Plan = { kind: 'apply', type, left: plan, right: found, on: null, columns: joinColumns(type, plan, found) };
	return environment.extend(joined, clause.optional ? bindings.map(asNullable) : bindings);
}

function asNullable([name, binding]: readonly [string, Binding]): readonly [string, Binding] {
	return [name, binding.kind === 'value' ? binding : { ...binding, nullable: true }];
}

/** Matches all patterns; gives the paths that have a name. */
export function matchPatterns(builder: PatternBuilder, patterns: readonly ast.PathPattern[]): [string, PathBinding][] {
	const named: [string, PathBinding][] = [];
	const isPlain = (pattern: ast.PathPattern): boolean => pattern.steps.every((step) => isJoin(step.relationship));
	// What can be joined comes first: walks then begin at nodes that are known.
	for (const pattern of [...patterns.filter(isPlain), ...patterns.filter((p) => !isPlain(p))]) {
		const path = new PathMatcher(builder, pattern).match();
		if (pattern.variable !== null && path !== null) named.push([pattern.variable.name, path]);
	}
	return named;
}

function isJoin(relationship: ast.RelationshipPattern): boolean {
	return relationship.range === null && relationship.direction !== 'both';
}

/** One path of a pattern. */
class PathMatcher {
	readonly #builder: PatternBuilder;
	readonly #context: CompileContext;
	readonly #pattern: ast.PathPattern;
	readonly #nodes: readonly ast.NodePattern[];
	/** By node: the column with its id, where it is known. */
	readonly #ids: (Column | null)[];
	/** By step: the relationship as a value, or the list of them. */
	readonly #items: (Expression | null)[];
	/** A column of the relationship placed last: null where the path is. */
	#lastEdge: Column | null = null;
	/** The path is asked for as a whole. */
	readonly #isWhole: boolean;

	constructor(builder: PatternBuilder, pattern: ast.PathPattern) {
		this.#builder = builder;
		this.#context = builder.context;
		this.#pattern = pattern;
		this.#nodes = [pattern.first, ...pattern.steps.map((step) => step.node)];
		this.#ids = this.#nodes.map(() => null);
		this.#items = pattern.steps.map(() => null);
		this.#isWhole = pattern.variable !== null && this.#context.uses.whole(pattern.variable.name);
	}

	match(): PathBinding | null {
		const { steps } = this.#pattern;
		const isFree = !this.#isOverlay && steps.length > 0 && steps.every((step) => isJoin(step.relationship));
		const start = isFree ? 0 : this.#bestKnown();
		if (this.#pattern.selector !== 'all') this.#matchShortest();
		else {
			this.#place(start, null, !isFree);
			for (let at = start; at < steps.length; at++) this.#step(at, at, at + 1);
			for (let at = start - 1; at >= 0; at--) this.#step(at, at + 1, at);
		}
		return this.#pattern.variable === null ? null : this.#path();
	}

	/** A graph over other tables: its parts are unions, which are looked into row by row. */
	get #isOverlay(): boolean {
		return this.#context.graph.own === null;
	}

	/** The node to begin at: one that is bound, else one with properties, else one with labels. */
	#bestKnown(): number {
		const worth = this.#nodes.map((node): number => {
			if (node.variable !== null && this.#builder.lookup(node.variable.name) !== undefined) return 3;
			return node.properties !== null ? 2 : node.labels !== null ? 1 : 0;
		});
		return worth.indexOf(Math.max(...worth));
	}

	#path(): PathBinding {
		const start = this.#ids[0]!;
		// Nobody looks inside of it: it is only counted, or asked whether it is there.
		if (!this.#isWhole) return { kind: 'path', value: reference(this.#lastEdge ?? start), length: null, nullable: false };
		const items = this.#items.map((item) => item!);
		const value = callOf(graphPath, [this.#graphId, reference(start), ...items]);
		return { kind: 'path', value, length: null, nullable: false };
	}

	get #graphId(): Expression {
		return graphIdOf(this.#context);
	}

	// ---- nodes ----

	/**
	 * Places a node, whose id is known as `at` where a relationship led to it. `mustRead`: it has to stand for itself, as nothing
	 * leads to it.
	 */
	#place(index: number, at: Column | null, mustRead: boolean): void {
		const node = this.#nodes[index]!;
		const bound = node.variable === null ? undefined : this.#builder.lookup(node.variable.name);
		if (bound !== undefined) this.#meet(index, node, bound, at);
		else this.#bind(index, node, at, mustRead);
	}

	/** A node that is bound already. */
	#meet(index: number, node: ast.NodePattern, bound: Binding, at: Column | null): void {
		const builder = this.#builder;
		const id = this.#idOf(bound);
		this.#ids[index] = id;
		if (at !== null) builder.require(sameOf(reference(at), reference(id)));
		else if (bound.kind !== 'node' || bound.nullable) builder.require(isNull(reference(id), true));
		if (node.labels === null && node.properties === null && node.where === null) return;
		const has = bound.kind === 'node' ? bound : null;
		const entity = callOf(vertexReference, [reference(id)]);
		const labels = node.labels === null ? null : has?.labels ? reference(has.labels) : callOf(currentLabels, [this.#graphId, entity]);
		const properties = node.properties === null ? null : has?.properties ? reference(has.properties) : callOf(currentProperties, [this.#graphId, entity]);
		this.#demand(node, labels, properties);
	}

	/** The column with the id of a bound node. */
	#idOf(bound: Binding): Column {
		if (bound.kind === 'node') return bound.id;
		const id = this.#context.newColumn('id', INT8);
		const value = bound.kind === 'value' ? reference(bound.column) : constantOf(null, DYNAMIC);
		this.#builder.compute([{ column: id, expression: callOf(vertexId, [value]) }]);
		return id;
	}

	/** A node that the pattern binds. */
	#bind(index: number, node: ast.NodePattern, at: Column | null, mustRead: boolean): void {
		const builder = this.#builder;
		const { uses } = this.#context;
		const name = node.variable?.name;
		const wants = {
			labels: node.labels !== null || (name !== undefined && uses.labels(name)),
			properties: node.properties !== null || (name !== undefined && uses.properties(name)),
		};
		const isRead = mustRead || wants.labels || wants.properties;
		if (!isRead) {
			this.#ids[index] = at;
			if (at !== null && name !== undefined) builder.bindings.set(name, { kind: 'node', id: at, labels: null, properties: null, nullable: false });
			if (node.where !== null) this.#demand(node, null, null);
			return;
		}
		const isLookedUp = at !== null && this.#isOverlay;
		const source = vertexSource(this.#context, { ...wants, id: isLookedUp ? reference(at) : null, asked: node.labels });
		if (isLookedUp) builder.apply(source.plan);
		else {
			builder.join(source.plan);
			if (at !== null) builder.require(sameOf(reference(source.id), reference(at)));
		}
		this.#ids[index] = source.id;
		if (name !== undefined) {
			const { id, labels, properties } = source;
			builder.bindings.set(name, { kind: 'node', id, labels, properties, nullable: false });
		}
		this.#demand(node, source.labels === null ? null : reference(source.labels), source.properties === null ? null : reference(source.properties));
	}

	/** What the pattern asks of a node's labels and properties. */
	#demand(node: ast.NodePattern, labels: Expression | null, properties: Expression | null): void {
		const builder = this.#builder;
		if (node.labels !== null) builder.require(labelPredicate(this.#context, node.labels, labels!));
		if (node.properties !== null) this.#demandProperties(node.properties, properties!);
		const { where } = node;
		if (where !== null) builder.requireLater(() => compilePredicate(this.#context, builder.environment, where));
	}

	#demandProperties(asked: ast.MapLiteral | ast.Parameter, properties: Expression): void {
		this.#builder.requireLater(() => {
			const conditions = propertyConditions(this.#context, this.#builder.environment, asked, properties);
			return conditions.length === 0 ? TRUE : allOf(conditions);
		});
	}

	// ---- relationships ----

	/** Goes over a relationship from one of its nodes to the other. */
	#step(at: number, fromIndex: number, toIndex: number): void {
		const { relationship } = this.#pattern.steps[at]!;
		const direction = directionOf(relationship, fromIndex > toIndex);
		if (relationship.range !== null) this.#walk(at, fromIndex, toIndex, direction);
		else {
			const bound = relationship.variable === null ? undefined : this.#builder.lookup(relationship.variable.name);
			if (bound === undefined) this.#edge(at, fromIndex, toIndex, direction);
			else this.#boundEdge(at, fromIndex, toIndex, direction, bound);
		}
	}

	#edge(at: number, fromIndex: number, toIndex: number, direction: Direction): void {
		const builder = this.#builder;
		const { relationship } = this.#pattern.steps[at]!;
		const name = relationship.variable?.name;
		const properties = this.#isWhole || relationship.properties !== null || (name !== undefined && this.#context.uses.properties(name));
		const from = this.#ids[fromIndex]!;
		const isWalked = (direction === 'both' || this.#isOverlay) && from !== null;
		const edge = edgeSource(this.#context, { direction, from: isWalked ? reference(from) : null, types: relationship.types, properties });
		if (isWalked) builder.apply(edge.plan);
		else {
			builder.join(edge.plan);
			if (from === null) this.#place(fromIndex, edge.from, false);
			else builder.require(sameOf(reference(edge.from), reference(from)));
		}
		const { id, type, tail, head } = edge;
		const binding: EdgeBinding = { kind: 'edge', id, type, tail, head, properties: edge.properties, nullable: false };
		if (name !== undefined) builder.bindings.set(name, binding);
		this.#demandOfEdge(at, edge);
		this.#place(toIndex, edge.to, false);
	}

	/** What else the pattern asks of a relationship, and that it is none of the others. */
	#demandOfEdge(at: number, edge: Pick<EdgeSource, 'id' | 'type' | 'tail' | 'head' | 'properties'>): void {
		const builder = this.#builder;
		const { relationship } = this.#pattern.steps[at]!;
		this.#lastEdge = edge.id;
		builder.walked({ column: edge.id, isList: false, types: typeNames(relationship.types) });
		if (relationship.properties !== null) this.#demandProperties(relationship.properties, reference(edge.properties!));
		const { where } = relationship;
		if (where !== null) builder.requireLater(() => compilePredicate(this.#context, builder.environment, where));
		if (this.#isWhole)
			this.#items[at] = callOf(this.#context.library.operators.edge, [edge.id, edge.type, edge.tail, edge.head, edge.properties!].map(reference));
	}

	/** A relationship that is bound already: its ends are known. */
	#boundEdge(at: number, fromIndex: number, toIndex: number, direction: Direction, bound: Binding): void {
		const builder = this.#builder;
		const { relationship } = this.#pattern.steps[at]!;
		const edge = this.#partsOf(bound, this.#isWhole || relationship.properties !== null);
		builder.require(isNull(reference(edge.id), true));
		if (relationship.types !== null) builder.require(typePredicate(relationship.types, reference(edge.type)));
		const ends = direction === 'both' ? this.#eitherWay(edge) : direction === 'out' ? [edge.tail, edge.head] : [edge.head, edge.tail];
		const [from, to] = ends as [Column, Column];
		if (this.#ids[fromIndex] === null) this.#place(fromIndex, from, false);
		else builder.require(sameOf(reference(from), reference(this.#ids[fromIndex]!)));
		this.#demandOfEdge(at, edge);
		this.#place(toIndex, to, false);
	}

	/** The columns of a bound relationship. */
	#partsOf(bound: Binding, wantsProperties: boolean): Pick<EdgeSource, 'id' | 'type' | 'tail' | 'head' | 'properties'> {
		const context = this.#context;
		const [id, type, tail, head] = [
			context.newColumn('id', INT8),
			context.newColumn('type', TEXT),
			context.newColumn('tail', INT8),
			context.newColumn('head', INT8),
		];
		const properties = wantsProperties ? context.newColumn('properties', PROPERTIES) : null;
		if (bound.kind === 'edge') {
			if (!wantsProperties || bound.properties !== null) return bound;
			const entity = callOf(edgeReference, [bound.id, bound.type, bound.tail, bound.head].map(reference));
			this.#builder.compute([{ column: properties!, expression: callOf(currentProperties, [this.#graphId, entity]) }]);
			return { ...bound, properties };
		}
		const value = bound.kind === 'value' ? reference(bound.column) : constantOf(null, DYNAMIC);
		this.#builder.compute([
			{ column: id, expression: callOf(edgeId, [value]) },
			{ column: type, expression: callOf(edgeType, [value]) },
			{ column: tail, expression: callOf(edgeTail, [value]) },
			{ column: head, expression: callOf(edgeHead, [value]) },
			...(properties === null ? [] : [{ column: properties, expression: callOf(edgeProperties, [value]) }]),
		]);
		return { id, type, tail, head, properties };
	}

	/** A bound relationship in both directions: two rows, but for a loop. */
	#eitherWay({ tail, head }: Pick<EdgeSource, 'tail' | 'head'>): [Column, Column] {
		const context = this.#context;
		const side = (from: Column, to: Column): Plan => {
			const columns = [context.newColumn('from', INT8), context.newColumn('to', INT8)];
			return { kind: 'values', rows: [[reference(from), reference(to)]], columns };
		};
		const out = side(tail, head);
		const back = side(head, tail);
		const [from, to] = back.columns as [Column, Column];
		const right: Plan = { kind: 'filter', input: back, predicate: notOf(sameOf(reference(from), reference(to))), columns: back.columns };
		const columns: [Column, Column] = [context.newColumn('from', INT8), context.newColumn('to', INT8)];
		this.#builder.apply({ kind: 'set-operation', operation: 'union', all: true, left: out, right, equalities: [], columns });
		return columns;
	}

	// ---- walks ----

	#walk(at: number, fromIndex: number, toIndex: number, direction: Direction): void {
		const { relationship } = this.#pattern.steps[at]!;
		if (this.#ids[fromIndex] === null) this.#place(fromIndex, null, true);
		const range = relationship.range!;
		const walk = this.#compileWalk(at, fromIndex, direction, null, fromIndex > toIndex);
		this.#builder.apply(walk.plan);
		this.#bindWalk(at, walk.edges, range);
		this.#place(toIndex, walk.to, false);
	}

	#compileWalk(at: number, fromIndex: number, direction: Direction, goal: Expression | null, reversed: boolean): ReturnType<typeof compileWalk> {
		const context = this.#context;
		const { relationship } = this.#pattern.steps[at]!;
		const { range, properties, where } = relationship;
		const name = relationship.variable?.name;
		const asked = properties;
		const { environment } = this.#builder;
		const condition = (edge: EdgeSource): Expression[] => [
			...(asked === null ? [] : propertyConditions(context, environment, asked, reference(edge.properties!))),
			...(where === null ? [] : [compilePredicate(context, environment.bind(name ?? '', { kind: 'edge', ...edge, nullable: false }), where)]),
		];
		const isBound = name !== undefined && this.#builder.lookup(name) !== undefined;
		return compileWalk(context, {
			from: reference(this.#ids[fromIndex]!),
			goal,
			direction,
			types: relationship.types,
			minimum: range === null ? 1 : (range.from ?? 1),
			maximum: range === null ? 1 : range.to,
			asValues: this.#isWhole || (name !== undefined && !isBound && context.uses.whole(name)),
			reversed,
			selector: this.#pattern.selector,
			condition: asked === null && where === null ? null : condition,
		});
	}

	/** The list of a walk's relationships: bound to its variable, or the same as the list that is bound to it. */
	#bindWalk(at: number, edges: Column, range: ast.PatternRange | null): void {
		const builder = this.#builder;
		const { relationship } = this.#pattern.steps[at]!;
		const name = relationship.variable?.name;
		this.#lastEdge = edges;
		builder.walked({ column: edges, isList: true, types: typeNames(relationship.types) });
		if (this.#isWhole) this.#items[at] = reference(edges);
		if (name === undefined) return;
		const bound = builder.lookup(name);
		if (bound?.kind === 'value') builder.require(callOf(sameEdges, [reference(edges), reference(bound.column)]));
		else if (range !== null) builder.bindings.set(name, { kind: 'value', column: edges, type: listOf(RELATIONSHIP_TYPE) });
	}

	/** A shortest path: both its nodes are known before. */
	#matchShortest(): void {
		const { steps } = this.#pattern;
		const { relationship } = steps[0]!;
		this.#place(0, null, true);
		this.#place(1, null, true);
		const goal = reference(this.#ids[1]!);
		const walk = this.#compileWalk(0, 0, directionOf(relationship, false), goal, false);
		this.#builder.apply(walk.plan);
		this.#bindWalk(0, walk.edges, relationship.range ?? { kind: 'patternRange', start: 0, end: 0, from: 1, to: 1 });
	}
}

function directionOf(relationship: ast.RelationshipPattern, isBackward: boolean): Direction {
	if (relationship.direction === 'both') return 'both';
	return (relationship.direction === 'right') === isBackward ? 'in' : 'out';
}

/** What `{key: value, …}` in a pattern asks of properties. */
export function propertyConditions(
	context: CompileContext,
	environment: Environment,
	asked: ast.MapLiteral | ast.Parameter,
	properties: Expression,
): Expression[] {
	const { operators } = context.library;
	if (asked.kind === 'parameter')
		throw context.error('SyntaxError', 'InvalidParameterUse', 'Parameter maps cannot be used in `MATCH` patterns', asked, {
			hint: 'Use a literal map: {id: $param.id}',
		});
	return asked.entries.map((entry) => {
		const value = compileDynamic(context, environment, entry.value);
		return callOf(operators.equal, [callOf(operators.propertyOfMap, [properties, textOf(entry.key.name)]), value], context.position(entry));
	});
}

/** The id of the statement's graph, for functions that read or change it. */
export function graphIdOf(context: CompileContext): Expression {
	return constantOf(context.graph.id, INT4);
}
