/**
 * From the parser's tree to the algebra: SPARQL 1.1 Query Language, section 18.2 (filters of a group apply to the whole of it,
 * OPTIONAL takes the filters of its group along), SPARQL 1.1 Update, section 3. Checks what the parser leaves out (`checks.ts`).
 */
import { sqlError } from '../../platform/errors.ts';
import type { NamedNode, RdfTerm } from '../../value/rdf-term.ts';
import type {
	Dataset,
	Form,
	Formula,
	GraphTarget,
	Operation,
	Path,
	PathPattern,
	Pattern,
	QuadTemplate,
	Request,
	Selection,
	Slot,
	TriplePattern,
} from './algebra.ts';
import { checkSelection } from './checks.ts';
import { parseSyntax, type SyntaxTree } from './parser-module.ts';
import { Prologue, type TermNode } from './prologue.ts';

type QueryNode = Extract<SyntaxTree, { type: 'query' }>;
type SelectNode = Extract<QueryNode, { subType: 'select' }>;
type GroupNode = SelectNode['where'];
type PatternNode = GroupNode['patterns'][number];
type BgpNode = Extract<PatternNode, { subType: 'bgp' }>;
type TripleNode = BgpNode['triples'][number];
type ExpressionNode = Extract<PatternNode, { subType: 'filter' }>['expression'];
type OperationNode = NonNullable<Extract<SyntaxTree, { type: 'update' }>['updates'][number]['operation']>;
type ModifyNode = Extract<OperationNode, { subType: 'modify' }>;
type QuadsNode = ModifyNode['insert'][number];
type GraphRefNode = Extract<OperationNode, { subType: 'copy' }>['source'] | Extract<OperationNode, { subType: 'clear' }>['destination'];

/** A node of a path: an IRI, or an operator with its operands. */
interface PathNode {
	readonly type: string;
	readonly subType: string;
	readonly items?: readonly PathNode[];
}

const UNIT: Pattern = { kind: 'bgp', parts: [] };

/** What a text means; 42601 with a place when it means nothing. Relative IRIs are below `base`. */
export function parseRequest(text: string, base = ''): Request {
	try {
		const tree = parseSyntax(text);
		const prologue = new Prologue(base);
		const translator = new Translator(prologue);
		const form = tree.type === 'update' ? translator.update(tree) : translator.query(tree);
		return { ...form, prefixes: prologue.prefixes };
	} catch (error) {
		if (error instanceof RangeError) throw sqlError('54001', 'stack depth limit exceeded', { hint: 'Nest the text less deeply.' });
		throw error;
	}
}

class Translator {
	readonly #prologue: Prologue;

	constructor(prologue: Prologue) {
		this.#prologue = prologue;
	}

	// ---- queries ----

	query(node: QueryNode): Form {
		this.#prologue.declare(node.context);
		const dataset = this.#dataset(node.datasets);
		switch (node.subType) {
			case 'select':
				return { kind: 'select', selection: this.#selection(node), dataset };
			case 'ask':
				return { kind: 'ask', selection: this.#everything(node), dataset };
			case 'construct':
				return { kind: 'construct', template: this.#quads([node.template]), selection: this.#everything(node), dataset };
			case 'describe': {
				const terms = node.variables.flatMap((v) => (v.type === 'term' && v.subType === 'namedNode' ? [this.#prologue.iri(v)] : []));
				const names = node.variables.flatMap((v) => (v.type === 'term' && v.subType === 'variable' ? [v.value] : []));
				const isAll = node.variables.some((v) => v.type === 'wildcard');
				if (node.where === undefined) return { kind: 'describe', terms, selection: null, dataset };
				const projection = isAll ? null : names.map((name) => ({ variable: name, value: null }));
				return { kind: 'describe', terms, selection: { ...this.#everything(node), projection }, dataset };
			}
		}
	}

	#dataset(node: QueryNode['datasets']): Dataset {
		if (node.clauses.length === 0) return null;
		const of = (type: string): NamedNode[] => node.clauses.filter((c) => c.clauseType === type).map((c) => this.#prologue.iri(c.value));
		return { defaults: of('default'), named: of('named') };
	}

	/** A form whose result is made of all variables. */
	#everything(node: QueryNode): Selection {
		const { group, having, order, limitOffset } = node.solutionModifiers;
		const selection: Selection = {
			projection: null,
			distinct: false,
			where: node.where === undefined ? UNIT : this.#group(node.where.patterns),
			groups: group === undefined ? null : group.groupings.map((g) => this.#grouping(g)),
			having: having === undefined ? [] : having.having.map((e) => this.#formula(e)),
			orderBy: order === undefined ? [] : order.orderDefs.map((o) => ({ value: this.#formula(o.expression), descending: o.descending })),
			limit: limitOffset?.limit ?? null,
			offset: limitOffset?.offset ?? null,
			values: node.values === undefined ? null : this.#values(node.values),
		};
		return selection;
	}

	#selection(node: SelectNode): Selection {
		const base = this.#everything(node);
		const isAll = node.variables.some((v) => v.type === 'wildcard');
		const projection = isAll
			? null
			: (node.variables as Exclude<SelectNode['variables'][number], { type: 'wildcard' }>[]).map((v) =>
					v.type === 'term' ? { variable: v.value, value: null } : { variable: v.variable.value, value: this.#formula(v.expression) },
				);
		const selection: Selection = { ...base, projection, distinct: node.distinct === true };
		return checkSelection(selection);
	}

	#grouping(node: NonNullable<QueryNode['solutionModifiers']['group']>['groupings'][number]): { variable: string | null; value: Formula } {
		if ('variable' in node && 'value' in node && typeof node.value === 'object')
			return { variable: (node.variable as { value: string }).value, value: this.#formula(node.value as ExpressionNode) };
		const value = this.#formula(node as ExpressionNode);
		return { variable: value.kind === 'variable' ? value.name : null, value };
	}

	// ---- patterns ----

	#group(nodes: readonly PatternNode[]): Pattern {
		const filters: Formula[] = [];
		let pattern = UNIT;
		for (const node of nodes) {
			if (node.type === 'pattern' && node.subType === 'filter') filters.push(this.#formula(node.expression));
			else pattern = this.#add(pattern, node);
		}
		return filters.reduce<Pattern>((input, condition) => ({ kind: 'filter', input, condition }), pattern);
	}

	/** A group so far, and its next part. */
	#add(left: Pattern, node: Exclude<PatternNode, { subType: 'filter' }>): Pattern {
		if (node.type === 'query') return joined(left, { kind: 'select', query: this.#selection(node) });
		switch (node.subType) {
			case 'optional': {
				const right = this.#group(node.patterns);
				if (right.kind !== 'filter') return { kind: 'left-join', left, right, condition: null };
				// All filters of the optional group are the join's condition.
				let input: Pattern = right;
				let condition: Formula | null = null;
				while (input.kind === 'filter') {
					condition = condition === null ? input.condition : { kind: 'operation', name: '&&', arguments: [input.condition, condition] };
					input = input.input;
				}
				return { kind: 'left-join', left, right: input, condition };
			}
			case 'minus':
				return { kind: 'minus', left, right: this.#group(node.patterns) };
			case 'bind':
				return { kind: 'extend', input: left, variable: node.variable.value, value: this.#formula(node.expression) };
			default:
				return joined(left, this.#pattern(node));
		}
	}

	#pattern(node: Exclude<PatternNode, { type: 'query' } | { subType: 'filter' | 'optional' | 'minus' | 'bind' }>): Pattern {
		switch (node.subType) {
			case 'bgp':
				return { kind: 'bgp', parts: this.#triples(node.triples) };
			case 'group':
				return this.#group(node.patterns);
			case 'union':
				return { kind: 'union', branches: node.patterns.map((branch) => this.#group(branch.patterns)) };
			case 'graph':
				return { kind: 'graph', name: this.#prologue.slot(node.name as TermNode), input: this.#group(node.patterns) };
			case 'service':
				return { kind: 'service', name: this.#prologue.slot(node.name as TermNode), silent: node.silent, input: this.#group(node.patterns) };
			case 'values':
				return this.#values(node);
		}
	}

	#values(node: Extract<PatternNode, { subType: 'values' }>): Pattern {
		const variables = node.variables.map((v) => v.value);
		const rows = node.values.map((row) =>
			variables.map((name): RdfTerm | null => {
				const term = row[name];
				return term === undefined ? null : this.#prologue.term(term as TermNode);
			}),
		);
		return { kind: 'values', variables, rows };
	}

	#triples(nodes: readonly TripleNode[]): (TriplePattern | PathPattern)[] {
		const parts: (TriplePattern | PathPattern)[] = [];
		for (const node of nodes) this.#triple(node, parts);
		return parts;
	}

	#triple(node: TripleNode, parts: (TriplePattern | PathPattern)[]): void {
		if (node.type === 'tripleCollection') {
			for (const inner of node.triples) this.#triple(inner, parts);
			return;
		}
		const subject = this.#place(node.subject, parts);
		const object = this.#place(node.object, parts);
		if (node.predicate.type === 'term') parts.push({ kind: 'triple', subject, predicate: this.#prologue.slot(node.predicate as TermNode), object });
		else parts.push({ kind: 'path', subject, path: this.#path(node.predicate as PathNode), object });
	}

	/** A subject or object; the triples of a collection go to `parts`. */
	#place(node: Extract<TripleNode, { type: 'triple' }>['subject'], parts: (TriplePattern | PathPattern)[]): Slot {
		if (node.type === 'term') return this.#prologue.slot(node as TermNode);
		for (const inner of node.triples) this.#triple(inner, parts);
		return this.#prologue.slot(node.identifier as TermNode);
	}

	#path(node: PathNode): Path {
		if (node.type === 'term') return { kind: 'predicate', iri: this.#prologue.iri(node as unknown as TermNode) };
		const items = node.items ?? [];
		switch (node.subType) {
			case '/':
				return items.map((item) => this.#path(item)).reduce((left, right) => ({ kind: 'sequence', left, right }));
			case '|':
				return { kind: 'alternative', paths: items.map((item) => this.#path(item)) };
			case '^':
				return { kind: 'inverse', path: this.#path(items[0]!) };
			case '?':
				return { kind: 'optional', path: this.#path(items[0]!) };
			case '!':
				return this.#negated(items[0]!);
			default:
				return { kind: 'closure', path: this.#path(items[0]!), zero: node.subType === '*' };
		}
	}

	#negated(node: PathNode): Path {
		const elements = node.type !== 'term' && node.subType === '|' ? (node.items ?? []) : [node];
		const iri = (element: PathNode): NamedNode => this.#prologue.iri(element as unknown as TermNode);
		const forward = elements.filter((e) => e.type === 'term').map(iri);
		const inverse = elements.filter((e) => e.type !== 'term').map((e) => iri(e.items![0]!));
		return { kind: 'negated', forward: forward.length > 0 || inverse.length === 0 ? forward : null, inverse: inverse.length > 0 ? inverse : null };
	}

	// ---- expressions ----

	#formula(node: ExpressionNode): Formula {
		if (node.type === 'term') return this.#prologue.slot(node as TermNode);
		switch (node.subType) {
			case 'operation':
				if (node.operator === '||' || node.operator === '&&')
					return { kind: 'operation', name: node.operator, arguments: chained(node, node.operator).map((a) => this.#formula(a)) };
				return { kind: 'operation', name: node.operator.toLowerCase(), arguments: node.args.map((a) => this.#formula(a)) };
			case 'functionCall':
				return { kind: 'function', iri: this.#prologue.iri(node.function as TermNode).value, arguments: node.args.map((a) => this.#formula(a)) };
			case 'patternOperation':
				return { kind: 'exists', pattern: this.#group(node.args.patterns), negated: node.operator.toLowerCase() === 'notexists' };
			case 'aggregate': {
				const [argument] = node.expression;
				return {
					kind: 'aggregate',
					name: node.aggregation.toLowerCase(),
					distinct: node.distinct,
					argument: argument.type === 'wildcard' ? null : this.#formula(argument),
					separator: 'separator' in node ? node.separator : ' ',
				};
			}
		}
	}

	// ---- updates ----

	update(tree: Extract<SyntaxTree, { type: 'update' }>): Form {
		const operations: Operation[] = [];
		for (const { context, operation } of tree.updates) {
			this.#prologue.declare(context);
			if (operation !== undefined) operations.push(this.#operation(operation));
		}
		return { kind: 'update', operations };
	}

	#operation(node: OperationNode): Operation {
		const modify = { remove: [], insert: [], where: null, graph: null, dataset: null };
		switch (node.subType) {
			case 'insertdata':
				return { kind: 'modify', ...modify, insert: this.#quads(node.data) };
			case 'deletedata':
				return { kind: 'modify', ...modify, remove: this.#quads(node.data) };
			case 'deletewhere': {
				const remove = this.#quads(node.data);
				return { kind: 'modify', ...modify, remove, where: patternOf(remove) };
			}
			case 'modify':
				return this.#modify(node);
			case 'load': {
				const graph = node.destination === undefined ? null : this.#prologue.iri(node.destination.graph);
				return { kind: 'load', source: this.#prologue.iri(node.source), silent: node.silent, graph };
			}
			case 'clear':
			case 'drop':
				return { kind: 'clear', target: this.#target(node.destination), silent: node.silent, drop: node.subType === 'drop' };
			case 'create':
				return { kind: 'create', graph: this.#prologue.iri(node.destination.graph), silent: node.silent };
			case 'add':
			case 'move':
			case 'copy':
				return { kind: 'copy', mode: node.subType, source: this.#target(node.source), target: this.#target(node.destination), silent: node.silent };
		}
	}

	#modify(node: ModifyNode): Operation {
		const graph = node.graph === undefined ? null : this.#prologue.iri(node.graph);
		const within = (quads: QuadTemplate[]): QuadTemplate[] =>
			graph === null ? quads : quads.map((q) => (q.graph === null ? { ...q, graph: { kind: 'term', term: graph } } : q));
		return {
			kind: 'modify',
			remove: within(this.#quads(node.delete)),
			insert: within(this.#quads(node.insert)),
			where: this.#group(node.where.patterns),
			graph,
			dataset: this.#dataset(node.from),
		};
	}

	#target(node: GraphRefNode): GraphTarget {
		return node.subType === 'specific' ? { kind: 'graph', iri: this.#prologue.iri(node.graph) } : { kind: node.subType };
	}

	#quads(nodes: readonly QuadsNode[]): QuadTemplate[] {
		return nodes.flatMap((node) => {
			const graph = node.type === 'graph' ? this.#prologue.slot(node.graph as TermNode) : null;
			const triples = node.type === 'graph' ? node.triples.triples : node.triples;
			return this.#triples(triples).map((part): QuadTemplate => {
				if (part.kind === 'path') throw sqlError('42601', 'SPARQL syntax error: a property path cannot stand in a template');
				return { graph, subject: part.subject, predicate: part.predicate, object: part.object };
			});
		});
	}
}

/** The operands of a chain of one operator, which the parser nests to the left. */
function chained(node: ExpressionNode, operator: string): ExpressionNode[] {
	const operands: ExpressionNode[] = [];
	let rest = node;
	while (rest.type === 'expression' && rest.subType === 'operation' && rest.operator === operator) {
		operands.push(rest.args[1]!);
		rest = rest.args[0]!;
	}
	return [rest, ...operands.reverse()];
}

function joined(left: Pattern, right: Pattern): Pattern {
	if (left.kind === 'bgp' && left.parts.length === 0) return right;
	if (left.kind === 'bgp' && right.kind === 'bgp') return { kind: 'bgp', parts: [...left.parts, ...right.parts] };
	return { kind: 'join', left, right };
}

/** DELETE WHERE: the templates as a pattern. */
function patternOf(quads: readonly QuadTemplate[]): Pattern {
	return quads.reduce<Pattern>((pattern, { graph, ...places }) => {
		const triples: Pattern = { kind: 'bgp', parts: [{ kind: 'triple', ...places }] };
		return joined(pattern, graph === null ? triples : { kind: 'graph', name: graph, input: triples });
	}, UNIT);
}
