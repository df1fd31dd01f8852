/**
 * CREATE, MERGE, SET, REMOVE, DELETE and FOREACH to a plan: calls of functions that change the graph, computed row by row in
 * projections, and behind each clause a barrier. What later clauses ask of a node or relationship is read anew (`refresh`).
 *
 * MERGE matches for each row with what the rows before have made. FOREACH is an `apply` whose right side does its updates for the
 * elements of the list and gives one row.
 */
import { assertNever } from '../../platform/errors.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import {
	createEdge,
	createVertex,
	currentLabels,
	currentProperties,
	deleteEntities,
	edgeReference,
	graphPath,
	mergedProperties,
	refreshed,
	setLabels,
	setProperties,
	setProperty,
	vertexId,
	vertexReference,
} from '../../query/functions/cypher/pattern-functions.ts';
import { BOOL, builtinTypes, DYNAMIC, INT8, PROPERTIES, TEXT } from '../../value/builtin-types.ts';
import { callOf, constantOf, elementRows, isNull, NULL, reference, textOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import { type AstNode, forEachChild } from './ast-walk.ts';
import type { CompileContext } from './compile-context.ts';
import { asDynamic, compileDynamic, compileExpression, wholeValue } from './compile-expression.ts';
import { compileMatch, graphIdOf } from './compile-pattern.ts';
import { ANY_TYPE, type CypherType } from './cypher-type.ts';
import { type Binding, type EdgeBinding, Environment, type NodeBinding } from './environment.ts';
import { typeNames } from './graph-source.ts';

const TEXT_ARRAY = builtinTypes.typeByOid(TEXT.arrayOid)!;

interface Item {
	readonly column: Column;
	readonly expression: Expression;
}

/** The environment after an updating clause. */
export function compileUpdate(context: CompileContext, environment: Environment, clause: ast.UpdatingClause): Environment {
	return settled(context, updated(context, environment, clause));
}

/** Behind what has changed the graph: everything is done, and read anew. */
export function settled(context: CompileContext, environment: Environment): Environment {
	return refresh(context, barrier(environment));
}

function updated(context: CompileContext, environment: Environment, clause: ast.UpdatingClause): Environment {
	switch (clause.kind) {
		case 'create':
			return compileCreate(context, environment, clause.patterns);
		case 'merge':
			return compileMerge(context, environment, clause);
		case 'set':
			return clause.items.reduce((env, item) => compileSet(context, env, item, null), environment);
		case 'remove':
			return clause.items.reduce((env, item) => compileRemove(context, env, item), environment);
		case 'delete':
			return compileDelete(context, environment, clause);
		case 'foreach':
			return compileForeach(context, environment, clause);
		default:
			return assertNever(clause);
	}
}

// ---- what all clauses do ----

function barrier(environment: Environment, each = false): Environment {
	const { plan } = environment;
	return environment.withPlan({ kind: 'barrier', input: plan, each, discards: false, columns: plan.columns });
}

/** With more columns, computed from those that are there. */
function computed(environment: Environment, items: readonly Item[]): Environment {
	if (items.length === 0) return environment;
	const { plan } = environment;
	const kept = plan.columns.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } as const }));
	return environment.withPlan({ kind: 'project', input: plan, items: [...kept, ...items], columns: [...plan.columns, ...items.map((i) => i.column)] });
}

/** Runs a call for what it does. */
function run(context: CompileContext, environment: Environment, call: Expression): Environment {
	return computed(environment, [{ column: context.newColumn('done', call.type), expression: call }]);
}

/** Labels and properties of all variables, and entities inside of values, as they are from here on. */
function refresh(context: CompileContext, environment: Environment, names: Iterable<string> = environment.bindings.keys()): Environment {
	const items: Item[] = [];
	const bindings: [string, Binding][] = [];
	for (const name of names) {
		const binding = environment.lookup(name);
		if (binding === undefined) continue;
		const fresh = refreshedBinding(context, name, binding, items);
		if (fresh !== binding) bindings.push([name, fresh]);
	}
	const after = computed(environment, items);
	return after.extend(after.plan, bindings);
}

function refreshedBinding(context: CompileContext, name: string, binding: Binding, items: Item[]): Binding {
	const graphId = graphIdOf(context);
	const column = (label: string, type: Column['type'], expression: Expression): Column => {
		const made = context.newColumn(label, type);
		items.push({ column: made, expression });
		return made;
	};
	const properties = (entity: Expression): Column => column('properties', PROPERTIES, callOf(currentProperties, [graphId, entity]));
	switch (binding.kind) {
		case 'node': {
			const wantsLabels = binding.labels !== null || context.uses.labels(name);
			const wantsProperties = binding.properties !== null || context.uses.properties(name);
			if (!wantsLabels && !wantsProperties) return binding;
			const entity = entityOf(binding);
			return {
				...binding,
				labels: wantsLabels ? column('labels', TEXT_ARRAY, callOf(currentLabels, [graphId, entity])) : null,
				properties: wantsProperties ? properties(entity) : null,
			};
		}
		case 'edge':
			return binding.properties !== null || context.uses.properties(name) ? { ...binding, properties: properties(entityOf(binding)) } : binding;
		case 'value':
			if (binding.column.type !== DYNAMIC || !mayHoldEntities(binding.type)) return binding;
			return { ...binding, column: column(name, DYNAMIC, callOf(refreshed, [graphId, reference(binding.column)])) };
		case 'path':
			return binding;
	}
}

function mayHoldEntities(type: CypherType): boolean {
	if (type.kind === 'list') return mayHoldEntities(type.element);
	return type.kind === 'any' || type.kind === 'map' || type.kind === 'node' || type.kind === 'relationship' || type.kind === 'path';
}

/** What names a node or relationship to the functions that change it. */
function entityOf(binding: NodeBinding | EdgeBinding): Expression {
	return binding.kind === 'node'
		? callOf(vertexReference, [reference(binding.id)])
		: callOf(edgeReference, [binding.id, binding.type, binding.tail, binding.head].map(reference));
}

/** An expression that names what is changed: a variable by its id alone. */
function targetOf(context: CompileContext, environment: Environment, expression: ast.Expression): Expression {
	if (expression.kind === 'variable') {
		const binding = environment.lookup(expression.name);
		if (binding?.kind === 'node' || binding?.kind === 'edge') return entityOf(binding);
	}
	return compileDynamic(context, environment, expression);
}

// ---- CREATE ----

function compileCreate(context: CompileContext, environment: Environment, patterns: readonly ast.PathPattern[]): Environment {
	let creation = new PatternCreation(context, environment, null, new Set());
	for (const pattern of patterns) {
		if (readsAny(pattern, creation.bindings)) creation = new PatternCreation(context, refresh(context, barrier(creation.finish())), null, new Set());
		creation.add(pattern);
	}
	return creation.finish();
}

/** Whether the properties of a pattern ask for what the patterns before it make. */
function readsAny(node: AstNode, made: ReadonlyMap<string, Binding>): boolean {
	if (node.kind === 'variable') return made.has((node as ast.Variable).name);
	let reads = false;
	forEachChild(node, (child) => {
		reads ||= readsAny(child, made);
	});
	return reads;
}

/**
 * The calls that make a pattern. First all nodes, then the relationships between them. With a `marker` (MERGE) only in rows in
 * which it is null; in others the parts are what was found, as `before` binds them.
 */
class PatternCreation {
	readonly environment: Environment;
	readonly bindings = new Map<string, Binding>();
	readonly #context: CompileContext;
	readonly #marker: Column | null;
	/** Variables that the pattern itself has bound in `environment`, by what it found. */
	readonly #fresh: ReadonlySet<string>;
	readonly #nodes: Item[] = [];
	readonly #edges: Item[] = [];
	readonly #ends: Item[] = [];

	constructor(context: CompileContext, environment: Environment, marker: Column | null, fresh: ReadonlySet<string>) {
		this.#context = context;
		this.environment = environment;
		this.#marker = marker;
		this.#fresh = fresh;
	}

	add(pattern: ast.PathPattern): void {
		const start = this.#node(pattern.first);
		let from = start;
		const edges: EdgeBinding[] = [];
		for (const { relationship, node } of pattern.steps) {
			const to = this.#node(node);
			const edge = relationship.direction === 'left' ? this.#edge(relationship, to, from) : this.#edge(relationship, from, to);
			edges.push(edge);
			from = to;
		}
		if (pattern.variable !== null) this.bindings.set(pattern.variable.name, { kind: 'path', value: this.#path(start, edges), length: null, nullable: false });
	}

	finish(): Environment {
		const after = computed(computed(computed(this.environment, this.#nodes), this.#edges), this.#ends);
		return after.extend(after.plan, this.bindings);
	}

	/** The id of a node: of one that is bound, or of the one to be made. */
	#node(pattern: ast.NodePattern): Column {
		const context = this.#context;
		const name = pattern.variable?.name;
		const made = name === undefined ? undefined : this.bindings.get(name);
		if (made?.kind === 'node') return made.id;
		const bound = name === undefined ? undefined : this.environment.lookup(name);
		const isMade = name !== undefined && this.#fresh.has(name);
		if (bound !== undefined && !isMade) return bound.kind === 'node' ? bound.id : this.#idOf(bound);
		const labels = constantOf(pattern.labels === null ? [] : labelNames(pattern.labels), DYNAMIC);
		const call = callOf(createVertex, [graphIdOf(context), labels, this.#properties(pattern.properties)]);
		const id = this.#made('id', call, bound?.kind === 'node' ? bound.id : null, this.#nodes);
		if (name !== undefined) this.bindings.set(name, { kind: 'node', id, labels: null, properties: null, nullable: false });
		return id;
	}

	#idOf(bound: Binding): Column {
		const id = this.#context.newColumn('id', INT8);
		this.#nodes.push({ column: id, expression: callOf(vertexId, [wholeValue(this.#context, bound)]) });
		return id;
	}

	#edge(pattern: ast.RelationshipPattern, tail: Column, head: Column): EdgeBinding {
		const context = this.#context;
		const name = pattern.variable?.name;
		const found = this.#marker === null || name === undefined ? undefined : this.environment.lookup(name);
		const has = found?.kind === 'edge' ? found : null;
		const type = textOf(typeNames(pattern.types)![0]!);
		const call = callOf(createEdge, [graphIdOf(context), type, reference(tail), reference(head), this.#properties(pattern.properties)]);
		const binding: EdgeBinding = {
			kind: 'edge',
			id: this.#made('id', call, has?.id ?? null, this.#edges),
			type: this.#made('type', type, has?.type ?? null, this.#ends),
			tail: this.#made('tail', reference(tail), has?.tail ?? null, this.#ends),
			head: this.#made('head', reference(head), has?.head ?? null, this.#ends),
			properties: null,
			nullable: false,
		};
		if (name !== undefined) this.bindings.set(name, binding);
		return binding;
	}

	/** A column of what is made, or of what was found. */
	#made(label: string, value: Expression, found: Column | null, items: Item[]): Column {
		const column = this.#context.newColumn(label, value.type);
		const expression: Expression =
			this.#marker === null || found === null
				? value
				: {
						kind: 'case',
						branches: [{ when: isNull(reference(this.#marker)), then: value }],
						otherwise: reference(found),
						type: value.type,
					};
		items.push({ column, expression });
		return column;
	}

	#properties(asked: ast.MapLiteral | ast.Parameter | null): Expression {
		if (asked === null) return constantOf(new Map(), DYNAMIC);
		const map = asDynamic(compileExpression(this.#context, this.environment, asked));
		return this.#marker === null ? map : callOf(mergedProperties, [map]);
	}

	#path(start: Column, edges: readonly EdgeBinding[]): Expression {
		const context = this.#context;
		const graphId = graphIdOf(context);
		const items = edges.map((edge) => {
			const properties = callOf(currentProperties, [graphId, entityOf(edge)]);
			return callOf(context.library.operators.edge, [...[edge.id, edge.type, edge.tail, edge.head].map(reference), properties]);
		});
		return callOf(graphPath, [graphId, reference(start), ...items]);
	}
}

function labelNames(labels: ast.LabelExpression): readonly string[] {
	if (labels.kind === 'labelName') return [labels.name];
	return labels.kind === 'labelAnd' ? labels.operands.flatMap(labelNames) : [];
}

// ---- MERGE ----

/** Names that no variable has: of what MERGE has to know although nobody named it. */
const HIDDEN = ' merge';

function compileMerge(context: CompileContext, environment: Environment, clause: ast.MergeClause): Environment {
	const fresh = new Set<string>();
	const pattern = namedPattern(environment, clause.pattern, fresh);
	const { start, end } = clause;
	const match: ast.MatchClause = { kind: 'match', optional: true, patterns: [pattern], hints: [], where: null, start, end };
	const found = compileMatch(context, barrier(environment, true), match);
	const marker = markerOf(found, pattern);
	const creation = new PatternCreation(context, found, marker, fresh);
	creation.add(pattern);
	const made = creation.finish();
	const wasMade = isNull(reference(marker));
	const wasFound = isNull(reference(marker), true);
	const created = clause.onCreate.reduce((env, item) => compileSet(context, env, item, wasMade), made);
	const after = clause.onMatch.reduce((env, item) => compileSet(context, env, item, wasFound), created);
	return withoutHidden(after);
}

/** The pattern with a name for each part, so that what was found can be told from what is to be made: `fresh` has the names that were not bound before. */
function namedPattern(environment: Environment, pattern: ast.PathPattern, fresh: Set<string>): ast.PathPattern {
	let count = 0;
	const named = <Part extends ast.NodePattern | ast.RelationshipPattern>(part: Part): Part => {
		const variable: ast.Identifier = part.variable ?? { kind: 'identifier', name: `${HIDDEN}${count++}`, start: part.start, end: part.end };
		if (environment.lookup(variable.name) === undefined) fresh.add(variable.name);
		return { ...part, variable };
	};
	return {
		...pattern,
		first: named(pattern.first),
		steps: pattern.steps.map((step) => ({ ...step, relationship: named(step.relationship), node: named(step.node) })),
	};
}

/** The id of a part that MERGE finds or makes: null in rows for which it found nothing. */
function markerOf(found: Environment, pattern: ast.PathPattern): Column {
	const part = pattern.steps[0]?.relationship ?? pattern.first;
	const binding = found.lookup(part.variable!.name);
	if (binding?.kind === 'edge' || binding?.kind === 'node') return binding.id;
	throw new TypeError('MERGE finds nodes and relationships');
}

function withoutHidden(environment: Environment): Environment {
	return new Environment(environment.plan, new Map([...environment.bindings].filter(([name]) => !name.startsWith(HIDDEN))));
}

// ---- SET and REMOVE ----

/** Does a call only in rows for which the condition holds. */
function onlyIf(condition: Expression | null, call: Expression): Expression {
	return condition === null ? call : { kind: 'case', branches: [{ when: condition, then: call }], otherwise: null, type: call.type };
}

function compileSet(context: CompileContext, before: Environment, item: ast.SetItem, condition: Expression | null): Environment {
	const graphId = graphIdOf(context);
	// A row sees what the rows and items before it have set.
	const environment = refresh(context, before, changedNames(item));
	switch (item.kind) {
		case 'setProperty': {
			const value = compileDynamic(context, environment, item.value);
			const call = callOf(setProperty, [graphId, targetOf(context, environment, item.target.subject), keyOf(context, environment, item.target), value]);
			return run(context, environment, onlyIf(condition, call));
		}
		case 'setAllProperties': {
			const value = targetOf(context, environment, item.value);
			const call = callOf(setProperties, [graphId, targetOf(context, environment, item.variable), value, constantOf(item.merge, BOOL)]);
			return run(context, environment, onlyIf(condition, call));
		}
		case 'setLabels': {
			const labels = constantOf(
				item.labels.map((label) => label.name),
				DYNAMIC,
			);
			const call = callOf(setLabels, [graphId, targetOf(context, environment, item.variable), labels, constantOf(true, BOOL)]);
			return run(context, environment, onlyIf(condition, call));
		}
		default:
			return assertNever(item);
	}
}

/** The variables that an item changes. */
function changedNames(item: ast.SetItem): string[] {
	const target = item.kind === 'setProperty' ? item.target.subject : item.variable;
	return target.kind === 'variable' ? [target.name] : [];
}

/** The key of `subject.key` or `subject[key]`. */
function keyOf(context: CompileContext, environment: Environment, target: ast.PropertyAccess | ast.IndexAccess): Expression {
	return target.kind === 'property' ? constantOf(target.key.name, DYNAMIC) : compileDynamic(context, environment, target.index);
}

function compileRemove(context: CompileContext, environment: Environment, item: ast.RemoveItem): Environment {
	const graphId = graphIdOf(context);
	if (item.kind === 'removeProperty') {
		const target = targetOf(context, environment, item.target.subject);
		return run(context, environment, callOf(setProperty, [graphId, target, keyOf(context, environment, item.target), NULL]));
	}
	const labels = constantOf(
		item.labels.map((label) => label.name),
		DYNAMIC,
	);
	return run(context, environment, callOf(setLabels, [graphId, targetOf(context, environment, item.variable), labels, constantOf(false, BOOL)]));
}

// ---- DELETE and FOREACH ----

function compileDelete(context: CompileContext, environment: Environment, clause: ast.DeleteClause): Environment {
	const items = clause.expressions.map((expression): Item => {
		const call = callOf(deleteEntities, [graphIdOf(context), targetOf(context, environment, expression), constantOf(clause.detach, BOOL)]);
		return { column: context.newColumn('done', call.type), expression: call };
	});
	return computed(environment, items);
}

function compileForeach(context: CompileContext, environment: Environment, clause: ast.ForeachClause): Environment {
	const outer = barrier(environment);
	const inner = outer.inner();
	const element = context.newColumn(clause.variable.name, DYNAMIC);
	const rows = elementRows(context.library, compileExpression(context, outer, clause.list));
	const elements: Plan = {
		kind: 'expand',
		input: inner.plan,
		items: [{ column: element, ...rows }],
		columns: [element],
	};
	const body = inner.extend(elements, [[clause.variable.name, { kind: 'value', column: element, type: ANY_TYPE }]]);
	const done = clause.updates.reduce((env, update) => compileUpdate(context, env, update), body);
	const count = context.newColumn('count', INT8);
	const call = {
		column: count,
		function: context.library.countRows,
		arguments: [],
		distinct: false,
		equalities: [],
		filter: null,
		orderBy: [],
		withinGroup: [],
	};
	const right: Plan = { kind: 'aggregate', input: done.plan, groups: [], sets: [[]], aggregates: [call], grouping: [], columns: [count] };
	const { plan } = outer;
	return outer.withPlan({ kind: 'apply', type: 'inner', left: plan, right, on: null, columns: [...plan.columns, count] });
}
