/**
 * Cypher's commands on indexes and constraints. Each is carried out by an ordinary index or check of the graph's tables, which SQL sees
 * too; the graph's object notes what it stands for (`GraphRule`).
 *
 * An index of properties is partial: it holds the nodes of a label (the relationships of a type) by the values of the properties, as
 * dynamic values. Range, text and point indexes are the same.
 */
import type * as ast from '../../language/cypher/ast.ts';
import { cypherError } from '../../platform/cypher-errors.ts';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { ConstraintObject, GraphObject, GraphRule, IndexColumn, IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { DYNAMIC } from '../../value/builtin-types.ts';
import { DdlContext } from '../ddl/context.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';

export type GraphCommand = Exclude<ast.Command, ast.ShowCommand>;

/** Names of parameters that a command takes: for names alone. */
export function commandParameters(command: GraphCommand): readonly string[] {
	const name = command.kind === 'dropIndex' ? command.target : command.name;
	return name !== null && name.kind === 'parameter' ? [name.name] : [];
}

/** Carries out a command over a graph. */
export function runGraphCommand(
	session: DatabaseSession,
	graphId: ObjectId,
	command: GraphCommand,
	parameters: readonly unknown[],
): UtilityOutcome | Promise<UtilityOutcome> {
	return session.inTransaction((transaction) => {
		const refused = (error: unknown): never => {
			throw error instanceof PolylogError && (error.sqlstate === '23505' || error.sqlstate === '23514')
				? cypherError('ConstraintVerificationFailed', `the graph does not keep the constraint: ${error.message}`, { cause: error })
				: error;
		};
		try {
			const outcome = new CommandRun(session, transaction, graphId, parameters).run(command);
			return outcome instanceof Promise ? outcome.catch(refused) : outcome;
		} catch (error) {
			return refused(error);
		}
	});
}

type Outcome = UtilityOutcome | Promise<UtilityOutcome>;

class CommandRun {
	readonly #session: DatabaseSession;
	readonly #transaction: OwnedTransaction;
	readonly #graphId: ObjectId;
	readonly #parameters: readonly unknown[];
	readonly #ddl: DdlContext;

	constructor(session: DatabaseSession, transaction: OwnedTransaction, graphId: ObjectId, parameters: readonly unknown[]) {
		this.#session = session;
		this.#transaction = transaction;
		this.#graphId = graphId;
		this.#parameters = parameters;
		this.#ddl = new DdlContext(session, transaction, '');
	}

	run(command: GraphCommand): Outcome {
		const graph = this.#graph;
		if (graph.verticesId === 0) throw sqlError('0A000', `graph "${graph.name}" is over tables that have indexes and constraints of their own`);
		// Writers that know the tables without the rule must have ended.
		this.#ddl.lock(graph.verticesId, 'exclusive');
		this.#ddl.lock(graph.edgesId, 'exclusive');
		switch (command.kind) {
			case 'createIndex':
				return this.#createIndex(command);
			case 'createConstraint':
				return this.#createConstraint(command);
			case 'dropIndex':
				return this.#dropIndex(command);
			case 'dropConstraint':
				return this.#dropConstraint(command);
		}
	}

	get #graph(): GraphObject {
		const graph = this.#transaction.catalog.get(this.#graphId);
		if (graph?.kind !== 'graph') throw sqlError('3D000', 'the graph does not exist any more');
		return graph;
	}

	/** The rules that still have what carries them out. */
	get #rules(): readonly GraphRule[] {
		return liveRules(this.#graph, this.#transaction.catalog);
	}

	#nameOf(name: ast.Identifier | ast.Parameter): string {
		if (name.kind === 'identifier') return name.name;
		const value = this.#parameters[0];
		if (typeof value !== 'string') throw cypherError('TypeError', `the parameter $${name.name} must be a string: it is a name`);
		return value;
	}

	// ---- creating ----

	#createIndex(command: ast.CreateIndexCommand): Outcome {
		if (command.indexType === 'fulltext' || command.indexType === 'vector')
			throw sqlError('0A000', `${command.indexType} indexes are not supported`, { hint: 'Create a range index: CREATE INDEX FOR (n:Label) ON (n.key).' });
		const isLookup = command.indexType === 'lookup';
		const properties = command.properties.map((p) => p.name);
		const asked = { kind: isLookup ? 'lookup' : 'index', entity: command.entity, label: isLookup ? '' : command.labels[0]!.name, properties } as const;
		const name = this.#freshName(command, asked, 'index');
		if (name === null) return { tag: 'CREATE INDEX' };
		const counters = { indexesAdded: 1 };
		if (isLookup) {
			this.#note({ ...asked, name, objectIds: this.#lookupObjects(command.entity) });
			return { tag: 'CREATE INDEX', counters };
		}
		const index = this.#putIndex(asked, name, false);
		this.#note({ ...asked, name, objectIds: [index.id] });
		return this.#filled(index, { tag: 'CREATE INDEX', counters });
	}

	/** Labels and types are always indexed. */
	#lookupObjects(entity: GraphRule['entity']): readonly ObjectId[] {
		const graph = this.#graph;
		const table = this.#ddl.table(entity === 'node' ? graph.verticesId : graph.edgesId);
		return table.indexIds.filter((id) => {
			const index = this.#transaction.catalog.get(id);
			return index?.kind === 'index' && (entity === 'node' ? index.columns[0]?.each === true : index.primary);
		});
	}

	#createConstraint(command: ast.CreateConstraintCommand): Outcome {
		const { requirement } = command;
		if (requirement === 'type') throw sqlError('0A000', 'constraints on the types of properties are not supported');
		const properties = command.properties.map((p) => p.name);
		const asked = { kind: requirement, entity: command.entity, label: command.label.name, properties } as const;
		const name = this.#freshName(command, asked, 'constraint');
		if (name === null) return { tag: 'CREATE CONSTRAINT' };
		const checks = requirement === 'unique' ? [] : properties.map((property) => this.#putCheck(asked, name, property));
		const index = requirement === 'notNull' ? null : this.#putIndex(asked, name, true);
		this.#note({ ...asked, name, objectIds: [...(index === null ? [] : [index.id]), ...checks.map((c) => c.id)] });
		const outcome: UtilityOutcome = { tag: 'CREATE CONSTRAINT', counters: { constraintsAdded: 1 } };
		const validated = this.#validate(checks);
		if (index === null) return validated === undefined ? outcome : validated.then(() => outcome);
		return validated === undefined ? this.#filled(index, outcome) : validated.then(() => this.#filled(index, outcome));
	}

	/** The name of a new rule; null when IF NOT EXISTS was said and it, or one of its name, is there. */
	#freshName(
		command: ast.CreateIndexCommand | ast.CreateConstraintCommand,
		asked: Omit<GraphRule, 'name' | 'objectIds'>,
		what: 'index' | 'constraint',
	): string | null {
		const rules = this.#rules;
		const name = command.name === null ? this.#madeName(asked, what) : this.#nameOf(command.name);
		const same = rules.find((rule) => rule.name === name || isSameRule(rule, asked));
		if (same === undefined) return name;
		if (command.ifNotExists) return null;
		const kind = what === 'index' ? 'IndexAlreadyExists' : 'ConstraintAlreadyExists';
		throw cypherError(kind, `there already exists ${describe(same)}`, { hint: 'Say IF NOT EXISTS, or drop it first.' });
	}

	#madeName(asked: Omit<GraphRule, 'name' | 'objectIds'>, what: 'index' | 'constraint'): string {
		const base = [what, asked.label, ...asked.properties].filter((part) => part !== '').join('_');
		for (let count = 0; ; count++) {
			const name = count === 0 ? base : `${base}_${count}`;
			if (!this.#rules.some((rule) => rule.name === name)) return name;
		}
	}

	#tableOf(entity: GraphRule['entity']): TableObject {
		const graph = this.#graph;
		return this.#ddl.table(entity === 'node' ? graph.verticesId : graph.edgesId);
	}

	/** A name for an object among the relations of the graph's schema. */
	#relationName(wanted: string): string {
		const { schemaId, name } = this.#graph;
		for (let count = 0; ; count++) {
			const candidate = `${name}_${wanted}${count === 0 ? '' : `_${count}`}`;
			if (this.#transaction.catalog.find(schemaId, 'relation', candidate) === undefined) return candidate;
		}
	}

	#putIndex(rule: Omit<GraphRule, 'name' | 'objectIds'>, name: string, unique: boolean): IndexObject {
		const table = this.#tableOf(rule.entity);
		const index: IndexObject = {
			kind: 'index',
			id: this.#transaction.newId(),
			name: this.#relationName(name),
			schemaId: table.schemaId,
			tableId: table.id,
			keyspaceId: this.#transaction.newId(),
			unique,
			nullsNotDistinct: false,
			primary: false,
			columns: rule.properties.map(
				(property): IndexColumn => ({ column: 0, expressionText: propertyText(property), typeOid: DYNAMIC.oid, descending: false, nullsFirst: false }),
			),
			include: [],
			predicateText: conditionText(rule),
			ready: false,
			engine: 'lsm',
			method: 'btree',
		};
		this.#ddl.put(index);
		this.#ddl.put({ ...table, indexIds: [...table.indexIds, index.id] });
		return index;
	}

	#putCheck(rule: Omit<GraphRule, 'name' | 'objectIds'>, name: string, property: string): ConstraintObject {
		const table = this.#tableOf(rule.entity);
		const constraint: ConstraintObject = {
			kind: 'constraint',
			id: this.#transaction.newId(),
			name: `${name}_${property}`,
			schemaId: table.schemaId,
			tableId: table.id,
			type: 'check',
			columns: [],
			indexId: 0,
			checkText: `NOT (${conditionText(rule)}) OR ${propertyText(property)} IS NOT NULL`,
			foreignTableId: 0,
			foreignColumns: [],
			onDelete: 'no action',
			onUpdate: 'no action',
			matchFull: false,
			deferrable: false,
			initiallyDeferred: false,
			validated: true,
		};
		this.#ddl.put(constraint);
		this.#ddl.put({ ...table, constraintIds: [...table.constraintIds, constraint.id] });
		return constraint;
	}

	#note(rule: GraphRule): void {
		this.#ddl.put({ ...this.#graph, rules: [...this.#rules, rule] });
	}

	/** Makes the entries of what is there already. */
	#filled(index: IndexObject, outcome: UtilityOutcome): Outcome {
		const filled = this.#session.engine.buildIndexNow(this.#session, this.#transaction, index.tableId, index.id);
		return filled === undefined ? outcome : filled.then(() => outcome);
	}

	#validate(checks: readonly ConstraintObject[]): Promise<void> | undefined {
		let last: Promise<void> | undefined;
		for (const check of checks) {
			const validate = (): void | Promise<void> =>
				this.#session.engine.validateConstraint(this.#session, this.#transaction, this.#ddl.table(check.tableId), check);
			if (last !== undefined) last = last.then(validate);
			else last = validate() ?? undefined;
		}
		return last;
	}

	// ---- dropping ----

	#dropIndex(command: ast.DropIndexCommand): UtilityOutcome {
		const { target } = command;
		const rule = this.#rules.find((r) =>
			target.kind === 'indexDescription'
				? isSameRule(r, { kind: 'index', entity: 'node', label: target.label.name, properties: target.properties.map((p) => p.name) })
				: r.name === this.#nameOf(target),
		);
		if (rule !== undefined && rule.kind !== 'index' && rule.kind !== 'lookup')
			throw cypherError('IndexNotFound', `index '${rule.name}' belongs to a constraint`, { hint: `Drop the constraint: DROP CONSTRAINT ${rule.name}.` });
		if (rule === undefined) {
			if (command.ifExists) return { tag: 'DROP INDEX' };
			throw cypherError('IndexNotFound', 'no such index exists', { hint: 'SHOW INDEXES lists those that there are.' });
		}
		this.#drop(rule);
		return { tag: 'DROP INDEX', counters: { indexesRemoved: 1 } };
	}

	#dropConstraint(command: ast.DropConstraintCommand): UtilityOutcome {
		const name = this.#nameOf(command.name);
		const rule = this.#rules.find((r) => r.name === name && r.kind !== 'index' && r.kind !== 'lookup');
		if (rule === undefined) {
			if (command.ifExists) return { tag: 'DROP CONSTRAINT' };
			throw cypherError('ConstraintNotFound', `no constraint '${name}' exists`, { hint: 'SHOW CONSTRAINTS lists those that there are.' });
		}
		this.#drop(rule);
		return { tag: 'DROP CONSTRAINT', counters: { constraintsRemoved: 1 } };
	}

	#drop(rule: GraphRule): void {
		this.#ddl.put({ ...this.#graph, rules: this.#rules.filter((r) => r !== rule && r.name !== rule.name) });
		if (rule.kind === 'lookup') return;
		const table = this.#tableOf(rule.entity);
		const isLeft = (id: ObjectId): boolean => !rule.objectIds.includes(id);
		this.#ddl.put({ ...table, indexIds: table.indexIds.filter(isLeft), constraintIds: table.constraintIds.filter(isLeft) });
		for (const id of rule.objectIds) this.#ddl.remove(id);
	}
}

/** The rules of a graph whose indexes and constraints are still there. */
export function liveRules(graph: GraphObject, catalog: OwnedTransaction['catalog']): readonly GraphRule[] {
	return graph.rules.filter((rule) => rule.objectIds.every((id) => catalog.get(id) !== undefined));
}

function isSameRule(rule: GraphRule, other: Omit<GraphRule, 'name' | 'objectIds'>): boolean {
	return (
		rule.kind === other.kind && rule.entity === other.entity && rule.label === other.label && rule.properties.join('\u0000') === other.properties.join('\u0000')
	);
}

function describe(rule: GraphRule): string {
	const what = rule.kind === 'index' || rule.kind === 'lookup' ? 'an index' : 'a constraint';
	return `${what} '${rule.name}'${rule.label === '' ? '' : ` for ${rule.label}(${rule.properties.join(', ')})`}`;
}

function literal(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}

function propertyText(property: string): string {
	return `polylog.property(properties, ${literal(property)})`;
}

/** Which rows of the table a rule is about. */
function conditionText(rule: Omit<GraphRule, 'name' | 'objectIds'>): string {
	return rule.entity === 'node' ? `polylog.has_label(labels, ${literal(rule.label)})` : `type = ${literal(rule.label)}`;
}
