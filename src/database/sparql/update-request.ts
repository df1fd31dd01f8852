/**
 * An update request of SPARQL: its operations in order, in one transaction. The pattern of a DELETE/INSERT is evaluated to its
 * end, then what it says is deleted, then inserted (SPARQL 1.1 Update, section 3.1.3). Templates that make no quad for a solution
 * (an unbound variable, a literal as a subject) are passed over for it.
 */
import type { GraphTarget, Operation, QuadTemplate, Slot } from '../../language/sparql/algebra.ts';
import { type CompiledPattern, compileGraphScan, compileModify } from '../../language/sparql/compile-request.ts';
import type { QuadWriter, TripleStore } from '../../model/triple/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Program } from '../../query/executor/contracts.ts';
import { TermSpace } from '../../query/functions/sparql/term-space.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { DEFAULT_GRAPH_ID, FIRST_LITERAL_ID, inlineTag, localIndex, NO_TERM, TAG_BLANK } from '../../value/rdf-inline.ts';
import type { RdfTerm } from '../../value/rdf-term.ts';
import { RowList } from '../collect-rows.ts';
import type { UtilityOutcome } from '../portal.ts';
import { Run } from '../run.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import { parameterOf } from './term-parameters.ts';

/** One operation, its pattern compiled when it is first run. */
interface Step {
	readonly operation: Operation;
	readonly pattern: CompiledPattern | null;
	program: Program | null;
}

export class UpdateRequest {
	readonly #store: TripleStore;
	readonly #base: string;
	readonly #steps: readonly Step[];

	constructor(store: TripleStore, operations: readonly Operation[], base: string, likelyId: (term: RdfTerm) => number) {
		this.#store = store;
		this.#base = base;
		this.#steps = operations.map((operation) => ({ operation, pattern: patternOf(operation, store, likelyId), program: null }));
	}

	run(session: DatabaseSession): UtilityOutcome | Promise<UtilityOutcome> {
		return session.inTransaction((transaction) => {
			let changed = 0;
			this.#steps.forEach((step, i) => {
				if (i > 0) transaction.startStatement();
				changed += new StepRun(session, transaction, this.#store, this.#base, step).run();
			});
			return { tag: 'UPDATE', rowCount: changed };
		});
	}
}

function patternOf(operation: Operation, store: TripleStore, likelyId: (term: RdfTerm) => number): CompiledPattern | null {
	if (operation.kind === 'modify') return compileModify(operation, store, likelyId);
	if (operation.kind !== 'copy') return null;
	return compileGraphScan(operation.source.kind === 'graph' ? operation.source.iri : null, store);
}

type Values = readonly unknown[];

/** One operation in one transaction. */
class StepRun {
	readonly #session: DatabaseSession;
	readonly #transaction: OwnedTransaction;
	readonly #step: Step;
	readonly #writer: QuadWriter;
	readonly #space: TermSpace;
	/** New blank nodes of the operation, by label. */
	readonly #blanks = new Map<string, number>();

	constructor(session: DatabaseSession, transaction: OwnedTransaction, store: TripleStore, base: string, step: Step) {
		this.#session = session;
		this.#transaction = transaction;
		this.#step = step;
		this.#writer = session.functions.service('triples.writer', store.id) as QuadWriter;
		this.#space = new TermSpace(() => this.#writer, base);
	}

	/** How many quads were inserted and deleted. */
	run(): number {
		const { operation } = this.#step;
		const changed = this.#change(operation);
		this.#writer.finish();
		return changed;
	}

	#change(operation: Operation): number {
		switch (operation.kind) {
			case 'modify':
				return this.#modify(operation);
			case 'clear':
				return this.#graphs(operation.target).reduce((sum, graph) => sum + this.#writer.clear(graph), 0);
			case 'create': {
				const id = this.#writer.id(operation.graph);
				if (!operation.silent && id !== NO_TERM && this.#writer.namedGraphs().includes(id))
					throw sqlError('42710', `graph <${operation.graph.value}> already exists`, { hint: 'Say CREATE SILENT GRAPH to keep it.' });
				return 0;
			}
			case 'copy':
				return this.#copy(operation);
			case 'load':
				if (operation.silent) return 0;
				throw sqlError('0A000', `LOAD <${operation.source.value}> is not supported`, {
					hint: 'Send the document to the graph store endpoint, or load the file with polylog sparql.',
				});
		}
	}

	#graphs(target: GraphTarget): number[] {
		switch (target.kind) {
			case 'default':
				return [DEFAULT_GRAPH_ID];
			case 'named':
				return this.#writer.namedGraphs();
			case 'all':
				return [DEFAULT_GRAPH_ID, ...this.#writer.namedGraphs()];
			case 'graph': {
				const id = this.#writer.id(target.iri);
				return id === NO_TERM ? [] : [id];
			}
		}
	}

	#copy({ mode, source, target }: Extract<Operation, { kind: 'copy' }>): number {
		const [from] = this.#graphs(source);
		const to = target.kind === 'graph' ? this.#writer.intern(target.iri) : DEFAULT_GRAPH_ID;
		if (from === to) return 0;
		const rows = this.#solutions();
		let changed = mode === 'add' ? 0 : this.#writer.clear(to);
		for (const [subject, predicate, object] of rows) changed += Number(this.#writer.insert(to, subject as number, predicate as number, object as number));
		if (mode === 'move' && from !== undefined) changed += this.#writer.clear(from);
		return changed;
	}

	#modify({ remove, insert }: Extract<Operation, { kind: 'modify' }>): number {
		const rows = this.#solutions();
		let changed = 0;
		const place = this.#places();
		for (const template of remove) for (const row of rows) changed += Number(this.#delete(template, row, place));
		const added = insert.map((template) => ({ template, constants: this.#constants(template) }));
		for (const row of rows) {
			// Blank nodes of templates are new for each solution; those of data are one.
			const solution = new Map<string, number>();
			for (const { template, constants } of added) changed += Number(this.#insert(template, constants, row, place, solution));
		}
		return changed;
	}

	/** The solutions of the pattern; data has one, in which nothing is bound. */
	#solutions(): readonly Values[] {
		const { pattern } = this.#step;
		if (pattern === null) return [[]];
		const { engine } = this.#session;
		this.#step.program ??= engine.compile(pattern.plan, this.#session.catalog, false);
		const parameters = [this.#space, ...pattern.constants.map((constant) => parameterOf(this.#space, constant))];
		const sink = new RowList(pattern.columns.length);
		const run = new Run(this.#step.program, new RunContext(this.#session, this.#transaction, parameters), this.#transaction, sink);
		while (run.advance(true) !== 'done');
		run.close();
		return sink.rows;
	}

	#places(): ReadonlyMap<string, number> {
		return new Map(this.#step.pattern?.names.map((name, i) => [name, i]));
	}

	/** The value of a variable in a solution; null: unbound. */
	#bound(slot: Slot, row: Values, place: ReadonlyMap<string, number>): number | RdfTerm | null {
		if (slot.kind === 'term') return slot.term;
		const at = place.get(slot.name);
		const value = at === undefined ? null : (row[at] as number | RdfTerm | null);
		return typeof value === 'number' && localIndex(value) >= 0 ? this.#space.term(value) : value;
	}

	#delete(template: QuadTemplate, row: Values, place: ReadonlyMap<string, number>): boolean {
		const id = (slot: Slot): number => {
			const value = this.#bound(slot, row, place);
			return value === null ? NO_TERM : typeof value === 'number' ? value : this.#writer.id(value);
		};
		const graph = template.graph === null ? DEFAULT_GRAPH_ID : id(template.graph);
		const [subject, predicate, object] = [id(template.subject), id(template.predicate), id(template.object)];
		if (graph === NO_TERM || subject === NO_TERM || predicate === NO_TERM || object === NO_TERM) return false;
		return this.#writer.delete(graph, subject, predicate, object);
	}

	/** Ids of the constants of a template, given to them now; null for variables. */
	#constants(template: QuadTemplate): readonly (number | null)[] {
		return [template.graph, template.subject, template.predicate, template.object].map((slot) =>
			slot === null ? DEFAULT_GRAPH_ID : slot.kind === 'term' ? this.#writer.intern(slot.term) : null,
		);
	}

	#insert(
		template: QuadTemplate,
		constants: readonly (number | null)[],
		row: Values,
		place: ReadonlyMap<string, number>,
		solution: Map<string, number>,
	): boolean {
		const id = (slot: Slot | null, at: number): number => constants[at] ?? this.#idOf(slot!, row, place, solution);
		const graph = id(template.graph, 0);
		const subject = id(template.subject, 1);
		const predicate = id(template.predicate, 2);
		const object = id(template.object, 3);
		if (object === NO_TERM || !isNode(subject) || !isIri(predicate) || (graph !== DEFAULT_GRAPH_ID && !isNode(graph))) return false;
		return this.#writer.insert(graph, subject, predicate, object);
	}

	/** The id of a variable's value, or of a blank node of the template. */
	#idOf(slot: Slot, row: Values, place: ReadonlyMap<string, number>, solution: Map<string, number>): number {
		if (slot.kind === 'variable' && slot.name.startsWith('_:')) return this.#blank(slot.name, this.#step.pattern === null ? this.#blanks : solution);
		const value = this.#bound(slot, row, place);
		if (value === null) return NO_TERM;
		if (typeof value === 'number') return value;
		if (value.termType === 'BlankNode' && this.#writer.id(value) === NO_TERM) return this.#blank(value.value, this.#blanks);
		return this.#writer.intern(value);
	}

	#blank(label: string, known: Map<string, number>): number {
		let id = known.get(label);
		if (id === undefined) known.set(label, (id = this.#writer.blank()));
		return id;
	}
}

function isIri(id: number): boolean {
	return id > 0 && id < FIRST_LITERAL_ID;
}

function isNode(id: number): boolean {
	return isIri(id) || (id < 0 && inlineTag(id) === TAG_BLANK);
}
