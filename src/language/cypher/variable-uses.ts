/**
 * What a statement asks of its variables. A pattern binds a node by its id, and reads labels and properties only where someone asks for them; this says whether anyone does.
 *
 * It goes by name over the whole statement, joining the names that a projection renames (`WITH a AS b`), so it may say yes where the answer is no (two variables of one name in
 * different scopes), and never the other way.
 */
import type {
	BinaryOperation,
	Comparison,
	DeleteClause,
	Expression,
	ForeachClause,
	FunctionCall,
	Identifier,
	LabelPredicate,
	ListComprehension,
	LoadCsvClause,
	NullPredicate,
	PathPattern,
	PropertyAccess,
	QuantifierExpression,
	ReduceExpression,
	RemoveItem,
	ReturnClause,
	SetItem,
	Statement,
	SubqueryExpression,
	UnwindClause,
	Variable,
	WithClause,
	YieldItem,
} from './ast.ts';
import { type AstNode, chainOperands, forEachChild } from './ast-walk.ts';

export interface VariableUses {
	/** The variable's labels are asked for: `n:Label` outside of a pattern, `labels(n)`, or the node as a whole. */
	labels(name: string): boolean;
	/** Its properties are asked for: `n.key`, `properties(n)`, `n {.key}`, or the node or relationship as a whole. */
	properties(name: string): boolean;
	/** The value as a whole is asked for: a path must be put together, a list of relationships kept. False: it may be left out. */
	whole(name: string): boolean;
}

/** The variable of a shortestPath() that is an expression: no name that can be written. */
export const SHORTEST_PATH = ' path';

const LABELS = 1;
const PROPERTIES = 2;
const WHOLE = 4;
const ALL = LABELS | PROPERTIES | WHOLE;

/** Functions that ask nothing of a node or relationship but what always is bound. */
const IDENTITY_FUNCTIONS = new Set(['id', 'count', 'type', 'startnode', 'endnode']);

type BoundName = UnwindClause | LoadCsvClause | ForeachClause | ListComprehension | QuantifierExpression | ReduceExpression | YieldItem;

export function findUses(statement: Statement): VariableUses {
	const finder = new UseFinder();
	finder.visit(statement);
	finder.close();
	return finder;
}

class UseFinder implements VariableUses {
	readonly #masks = new Map<string, number>();
	readonly #aliases: (readonly [string, string])[] = [];
	readonly #paths: PathPattern[] = [];
	/** Variables of which only the identity is asked, together where they are compared with each other. */
	readonly #identities: (readonly string[])[] = [];
	/** Variables that stand for something else than a single node or relationship of a pattern, somewhere. */
	readonly #others = new Set<string>();
	/** RETURN names columns for the query around it, and gives nothing to the client. */
	#isInside = false;
	/** `RETURN *` to the client: everything is asked for. */
	#isAll = false;

	labels(name: string): boolean {
		return this.#isAll || (this.#maskOf(name) & LABELS) !== 0;
	}

	properties(name: string): boolean {
		return this.#isAll || (this.#maskOf(name) & PROPERTIES) !== 0;
	}

	whole(name: string): boolean {
		return this.#isAll || (this.#maskOf(name) & WHOLE) !== 0;
	}

	#maskOf(name: string): number {
		return this.#masks.get(name) ?? 0;
	}

	#add(name: string, mask: number): boolean {
		const before = this.#maskOf(name);
		this.#masks.set(name, before | mask);
		return (before | mask) !== before;
	}

	/** What is asked of an alias is asked of what it stands for; a path as a whole asks for its nodes and relationships as wholes. */
	close(): void {
		this.#closeIdentities();
		for (let changed = true; changed; ) {
			changed = false;
			for (const [a, b] of this.#aliases) {
				changed = this.#add(a, this.#maskOf(b)) || changed;
				changed = this.#add(b, this.#maskOf(a)) || changed;
			}
			for (const path of this.#paths) if (path.variable !== null && this.whole(path.variable.name)) changed = this.#addElements(path) || changed;
		}
	}

	#addElements(path: PathPattern): boolean {
		let changed = false;
		const names = [path.first.variable, ...path.steps.flatMap((step) => [step.relationship.variable, step.node.variable])];
		for (const name of names) if (name !== null) changed = this.#add(name.name, ALL) || changed;
		return changed;
	}

	/** Goes down from a node; a variable met where nothing says otherwise is asked for as a whole. */
	visit(node: AstNode): void {
		switch (node.kind) {
			case 'variable':
				this.#add((node as Variable).name, ALL);
				return;
			case 'property':
				this.#ask((node as PropertyAccess).subject, PROPERTIES);
				return;
			case 'labelPredicate':
				this.#ask((node as LabelPredicate).subject, LABELS);
				return;
			case 'isNull':
				this.#askIdentity((node as NullPredicate).operand);
				return;
			case 'comparison':
				this.#comparison(node as Comparison);
				return;
			case 'binary':
				this.#binary(node as BinaryOperation);
				return;
			case 'functionCall':
				this.#call(node as FunctionCall);
				return;
			case 'pathPattern':
				this.#path(node as PathPattern);
				this.#children(node);
				return;
			case 'subqueryExpression':
				this.#within((node as SubqueryExpression).form !== 'collect', node);
				return;
			case 'callSubquery':
				this.#within(true, node);
				return;
			// Rows of several queries become rows of one as values.
			case 'unionQuery':
				this.#within(false, node);
				return;
			case 'with':
			case 'return':
				this.#clause(node as WithClause | ReturnClause);
				return;
			case 'setProperty':
			case 'removeProperty':
			case 'setAllProperties':
			case 'setLabels':
			case 'removeLabels':
				this.#change(node as SetItem | RemoveItem);
				return;
			case 'delete':
				for (const expression of (node as DeleteClause).expressions) this.#askIdentity(expression);
				return;
			case 'unwind':
			case 'loadCsv':
			case 'foreach':
			case 'listComprehension':
			case 'quantifier':
			case 'reduce':
			case 'yieldItem':
				this.#bound(node as BoundName);
				this.#children(node);
				return;
			default:
				this.#children(node);
		}
	}

	/** Names that are bound to values. */
	#bound(node: BoundName): void {
		if (node.kind === 'yieldItem') this.#other(node.alias ?? node.field);
		else this.#other(node.variable);
		if (node.kind === 'reduce') this.#other(node.accumulator);
	}

	#children(node: AstNode): void {
		forEachChild(node, (child) => this.visit(child));
	}

	/** Asks `mask` of a variable, or goes on into what is none. */
	#ask(expression: Expression, mask: number): void {
		if (expression.kind === 'variable') this.#add(expression.name, mask);
		else this.visit(expression);
	}

	/** Asks which it is, or whether it is there: nothing more of a node or relationship of a pattern; anything else must be made. */
	#askIdentity(expression: Expression): void {
		if (expression.kind === 'variable') this.#identities.push([expression.name]);
		else this.visit(expression);
	}

	/** Elements of patterns are compared by their ids. */
	#comparison(node: Comparison): void {
		const names = node.operands.flatMap((operand) => (operand.kind === 'variable' ? [operand.name] : []));
		if (names.length === node.operands.length) this.#identities.push(names);
		else for (const operand of node.operands) this.visit(operand);
	}

	/** When all names are known: variables that stand for other things than single elements too are asked for as wholes. */
	#closeIdentities(): void {
		for (let count = -1; count !== this.#others.size; ) {
			count = this.#others.size;
			for (const pair of this.#aliases) if (!pair.every((name) => this.#isElement(name))) for (const name of pair) this.#others.add(name);
		}
		for (const names of this.#identities) if (!names.every((name) => this.#isElement(name))) for (const name of names) this.#add(name, ALL);
	}

	#isElement(name: string): boolean {
		return !this.#others.has(name);
	}

	#path(path: PathPattern): void {
		this.#paths.push(path);
		if (path.selector !== 'all' && path.variable === null) {
			this.#addElements(path);
			this.#add(SHORTEST_PATH, ALL);
		}
		this.#other(path.variable);
		for (const step of path.steps) if (step.relationship.range !== null) this.#other(step.relationship.variable);
	}

	/** Stands for something that is no single element of a pattern. */
	#other(name: Identifier | null): void {
		if (name !== null) this.#others.add(name.name);
	}

	#binary(node: BinaryOperation): void {
		const { operator } = node;
		const operands = operator === 'AND' || operator === 'OR' || operator === 'XOR' ? chainOperands(node, operator) : [node.left, node.right];
		for (const operand of operands) this.visit(operand);
	}

	#call(node: FunctionCall): void {
		const name = node.name.toLowerCase();
		for (const argument of node.arguments) {
			if (IDENTITY_FUNCTIONS.has(name)) this.#askIdentity(argument);
			else this.#ask(argument, name === 'labels' ? LABELS : ALL);
		}
	}

	#within(isInside: boolean, node: AstNode): void {
		const before = this.#isInside;
		this.#isInside = isInside;
		this.#children(node);
		this.#isInside = before;
	}

	#clause(node: WithClause | ReturnClause): void {
		const { projection } = node;
		const isResult = node.kind === 'return' && !this.#isInside;
		if (projection.star && isResult) this.#isAll = true;
		for (const item of projection.items) {
			if (item.expression.kind !== 'variable') {
				this.#other(item.alias);
				this.visit(item.expression);
			} else if (isResult) this.#add(item.expression.name, ALL);
			else this.#aliases.push([item.expression.name, item.alias?.name ?? item.expression.name]);
		}
		for (const sort of projection.orderBy) this.#askIdentity(sort.expression);
		if (projection.skip !== null) this.visit(projection.skip);
		if (projection.limit !== null) this.visit(projection.limit);
		if (node.kind === 'with' && node.where !== null) this.visit(node.where);
	}

	/** What is changed is known by its id. */
	#change(node: SetItem | RemoveItem): void {
		if (node.kind === 'setProperty' || node.kind === 'removeProperty') {
			this.#ask(node.target.subject, 0);
			if (node.target.kind === 'index') this.visit(node.target.index);
		}
		if (node.kind === 'setProperty' || node.kind === 'setAllProperties') this.visit(node.value);
	}
}
