/**
 * Changes to one graph in one statement, through the ordinary writers of its two tables: constraints, locks, the log and what SQL
 * sees are those of tables.
 *
 * Every call reads the newest state of what it changes, the statement's own changes included, so that changes of one clause add up
 * row by row. An edge holds both its vertices by a `key share` lock, as a foreign key would; deleting a vertex asks for the
 * strongest, so neither can slip past the other.
 *
 * Calls: any number of changes, then `finish` at the end of the statement. Each may throw `LockWait` or `StatementRestart`: the
 * statement is then undone, and the writer with it.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { invariant } from '../../platform/errors.ts';
import type { Slot } from '../../storage/contracts.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { LockWait } from '../../transaction/signals.ts';
import { type DynamicMap, type DynamicValue, Edge, GraphPath, Vertex } from '../../value/dynamic.ts';
import { PropertyKey } from '../../value/dynamic-binary.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { PgArray } from '../../value/pg-array.ts';
import { withValue } from '../../value/property-change.ts';
import { PropertyMap } from '../../value/property-map.ts';
import { compareText } from '../../value/text-order.ts';
import type { IndexAccess, TableAccess, TableModel, TableWriter } from '../table/contracts.ts';
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL, EDGE_TYPE, type GraphCounters, type GraphTables } from './contracts.ts';
import { checkProperty } from './property-values.ts';
import { refreshValue } from './refresh-value.ts';
import { inWordsOfCypher } from './refused-changes.ts';

type Id = number | bigint;
type Row = unknown[];

const COUNTERS = [
	'nodesCreated',
	'nodesDeleted',
	'relationshipsCreated',
	'relationshipsDeleted',
	'propertiesSet',
	'labelsAdded',
	'labelsRemoved',
] as const satisfies readonly (keyof GraphCounters)[];

export interface GraphWriterParts {
	readonly transaction: Transaction;
	readonly tables: TableModel;
	readonly graph: GraphTables;
	/** The next id of the graph's sequence. */
	nextId(): Id;
}

export class GraphWriter {
	readonly counters: Record<(typeof COUNTERS)[number], number> = {
		nodesCreated: 0,
		nodesDeleted: 0,
		relationshipsCreated: 0,
		relationshipsDeleted: 0,
		propertiesSet: 0,
		labelsAdded: 0,
		labelsRemoved: 0,
	};
	readonly #parts: GraphWriterParts;
	readonly #vertexAccess: TableAccess;
	readonly #edgeAccess: TableAccess;
	readonly #edgesByHead: IndexAccess;
	readonly #slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	readonly #prefix = new GrowingKeyBuffer(32);
	readonly #keys = new Map<string, PropertyKey>();
	/** Of the vertex made last. */
	#givenLabels: readonly string[] = [];
	#labels: PgArray = PgArray.of([]);
	#vertices: TableWriter | null = null;
	#edges: TableWriter | null = null;
	/** Vertices that are known to be there, and locked. */
	readonly #held = new Set<Id>();
	/** Vertices that were deleted without their edges: at the end no edge may hold one. */
	readonly #deleted = new Set<Id>();

	constructor(parts: GraphWriterParts) {
		const { transaction, tables, graph } = parts;
		this.#parts = parts;
		this.#vertexAccess = tables.access(transaction.catalog, graph.vertices);
		this.#edgeAccess = tables.access(transaction.catalog, graph.edges);
		const byHead = graph.edges.indexIds
			.map((id) => transaction.catalog.get(id))
			.find((index) => index?.kind === 'index' && !index.primary && index.predicateText === null && index.columns[0]?.column === EDGE_HEAD);
		invariant(byHead?.kind === 'index', `the edges ${graph.edges.name} have an index by their heads`);
		this.#edgesByHead = this.#edgeAccess.indexAccess(byHead);
	}

	// ---- creating ----

	createVertex(labels: readonly string[], properties: DynamicMap): Id {
		const id = this.#parts.nextId();
		// A clause names the same labels for all its rows.
		if (labels !== this.#givenLabels) {
			this.#givenLabels = labels;
			this.#labels = PgArray.of(sortedLabels(labels));
		}
		const kept = this.#labels;
		this.#constrained(() => this.#vertexWriter.insert([id, kept, this.#propertyMap(properties)]));
		this.#held.add(id);
		this.counters.nodesCreated++;
		this.counters.labelsAdded += kept.elements.length;
		return id;
	}

	createEdge(type: string, tail: Id, head: Id, properties: DynamicMap): Id {
		this.#hold(tail);
		this.#hold(head);
		const id = this.#parts.nextId();
		this.#constrained(() => this.#edgeWriter.insert([tail, type, head, id, this.#propertyMap(properties)]));
		this.counters.relationshipsCreated++;
		return id;
	}

	#propertyMap(properties: DynamicMap): PropertyMap {
		for (const [key, value] of properties) {
			if (value === null) continue;
			checkProperty(key, value);
			this.counters.propertiesSet++;
		}
		return PropertyMap.ofMap(properties);
	}

	/** Locks a vertex, so that it stays; throws when it is not there. */
	#hold(id: Id): void {
		if (this.#held.has(id)) return;
		const key = this.#vertexKey(id);
		const { transaction } = this.#parts;
		if (transaction.lock(this.#vertexAccess.rows.id, key, key.length, 'key share', false) === 'wait') throw new LockWait();
		if (!transaction.getNewest(this.#vertexAccess.rows, key, key.length, this.#slot)) throw gone('Node', id);
		this.#held.add(id);
	}

	// ---- changing ----

	setProperty(entity: Vertex | Edge, key: string, value: DynamicValue): void {
		if (value !== null) checkProperty(key, value);
		this.#change(entity, (before) => {
			if (value === null && !before.has(key)) return before;
			this.counters.propertiesSet++;
			const replaced = value === null ? null : withValue(before, this.#keyOf(key), value);
			if (replaced !== null) return replaced;
			const after = new Map(before.entries());
			if (value === null) after.delete(key);
			else after.set(key, value);
			return PropertyMap.ofMap(after);
		});
	}

	#keyOf(name: string): PropertyKey {
		let key = this.#keys.get(name);
		if (key === undefined) this.#keys.set(name, (key = new PropertyKey(name)));
		return key;
	}

	/** `adds`: other properties are kept. */
	setProperties(entity: Vertex | Edge, properties: DynamicMap, adds: boolean): void {
		for (const [key, value] of properties) if (value !== null) checkProperty(key, value);
		this.#change(entity, (before) => {
			const after = new Map(adds ? before.entries() : []);
			for (const [key, value] of properties) {
				if (value === null) after.delete(key);
				else after.set(key, value);
			}
			this.counters.propertiesSet += adds ? properties.size : Math.max(properties.size, before.keys().length);
			return PropertyMap.ofMap(after);
		});
	}

	#change(entity: Vertex | Edge, change: (before: PropertyMap) => PropertyMap): void {
		const isVertex = entity instanceof Vertex;
		const key = isVertex ? this.#vertexKey(entity.id) : this.#edgeKey(entity);
		const writer = isVertex ? this.#vertexWriter : this.#edgeWriter;
		const row = writer.fetch(key);
		if (row === null) throw goneEntity(entity);
		const place = row.length - 1;
		const before = row[place] as PropertyMap;
		const after = change(before);
		if (after === before) return;
		const changed = [...row];
		changed[place] = after;
		this.#constrained(() => writer.update(key, row, changed, []));
	}

	setLabels(vertex: Vertex, labels: readonly string[], adds: boolean): void {
		const key = this.#vertexKey(vertex.id);
		const row = this.#vertexWriter.fetch(key);
		if (row === null) throw goneEntity(vertex);
		const before = (row[1] as PgArray).elements as readonly string[];
		const after = adds ? sortedLabels([...before, ...labels]) : before.filter((label) => !labels.includes(label));
		if (after.length === before.length) return;
		if (adds) this.counters.labelsAdded += after.length - before.length;
		else this.counters.labelsRemoved += before.length - after.length;
		this.#constrained(() => this.#vertexWriter.update(key, row, [row[0], PgArray.of(after), row[2]], []));
	}

	// ---- deleting ----

	/** Deletes a vertex, an edge, those of a path, those in a list. What is gone already is left alone. */
	delete(value: DynamicValue, detach: boolean): void {
		if (value instanceof Vertex) this.#deleteVertex(value.id, detach);
		else if (value instanceof Edge) this.#deleteEdge(this.#edgeKey(value));
		else if (value instanceof GraphPath) {
			for (const edge of value.edges) this.delete(edge, detach);
			for (const vertex of value.vertices) this.delete(vertex, detach);
		} else if (Array.isArray(value)) for (const item of value as readonly DynamicValue[]) this.delete(item, detach);
		else if (value !== null) throw cypherError('TypeError', 'DELETE takes nodes, relationships and paths');
	}

	#deleteVertex(id: Id, detach: boolean): void {
		const key = this.#vertexKey(id);
		if (detach) for (const edge of this.#edgesOf(id, Number.POSITIVE_INFINITY)) this.#deleteEdge(edge);
		const row = this.#vertexWriter.fetch(key);
		if (row === null) return;
		this.#vertexWriter.delete(key, row);
		this.#held.delete(id);
		// With its edges gone and its lock held none can come to it: who makes one needs a vertex that is there.
		if (!detach) this.#deleted.add(id);
		this.counters.nodesDeleted++;
	}

	#deleteEdge(key: Uint8Array): void {
		const row = this.#edgeWriter.fetch(key);
		if (row === null) return;
		this.#edgeWriter.delete(key, row);
		this.counters.relationshipsDeleted++;
	}

	/** Keys of the newest edges that begin or end at a vertex, `most` of each direction. */
	#edgesOf(id: Id, most: number): readonly Uint8Array[] {
		const prefix = this.#prefix;
		prefix.reset();
		this.#edgesByHead.parts[0]!(id, prefix);
		const lower = prefix.copy();
		const upper = endOf(prefix);
		let keys: Uint8Array[] | null = null;
		const { transaction } = this.#parts;
		const leaving = transaction.cursorNewest(this.#edgeAccess.rows, lower, upper, false);
		for (let count = 0; count < most && leaving.next(); count++) (keys ??= []).push(leaving.keyBuffer.slice(leaving.keyStart, leaving.keyEnd));
		leaving.close();
		const byHead = this.#edgesByHead;
		const coming = transaction.cursorNewest(byHead.keyspace, lower, upper, false);
		for (let count = 0; count < most && coming.next(); count++) {
			byHead.rowKey(coming.keyBuffer, coming.keyStart, coming.keyEnd, coming.valueBuffer, coming.valueStart, coming.valueEnd, prefix);
			(keys ??= []).push(prefix.copy());
		}
		coming.close();
		return keys ?? NO_KEYS;
	}

	// ---- reading what the statement has made of things ----

	/** The row of an entity: with the statement's own changes, else as of its snapshot; null when it is gone. */
	#current(access: TableAccess, key: Uint8Array): Row | null {
		const { transaction } = this.#parts;
		const { rows } = access;
		const isThere = transaction.changedByStatement(rows, key, key.length)
			? transaction.getNewest(rows, key, key.length, this.#slot)
			: transaction.get(rows, key, key.length, this.#slot);
		return isThere ? access.decode(this.#slot.buffer, this.#slot.start, this.#slot.end) : null;
	}

	#currentRow(entity: Vertex | Edge): Row | null {
		return entity instanceof Vertex ? this.#current(this.#vertexAccess, this.#vertexKey(entity.id)) : this.#current(this.#edgeAccess, this.#edgeKey(entity));
	}

	/** The labels of a vertex now. Throws when it was deleted. */
	labels(vertex: Vertex): PgArray {
		const row = this.#currentRow(vertex);
		if (row === null) throw goneEntity(vertex);
		return row[1] as PgArray;
	}

	/** The properties now. Throws when the entity was deleted. */
	properties(entity: Vertex | Edge): PropertyMap {
		const row = this.#currentRow(entity);
		if (row === null) throw goneEntity(entity);
		return row[row.length - 1] as PropertyMap;
	}

	/** The vertex as it is now; without labels and properties when it was deleted. */
	vertex(vertex: Vertex): Vertex {
		const row = this.#currentRow(vertex);
		if (row === null) return new Vertex(vertex.id, [], PropertyMap.empty);
		return new Vertex(vertex.id, (row[1] as PgArray).elements as readonly string[], row[2] as PropertyMap);
	}

	/** The edge as it is now; without properties when it was deleted. */
	edge(edge: Edge): Edge {
		const row = this.#currentRow(edge);
		return new Edge(edge.id, edge.type, edge.tail, edge.head, row === null ? PropertyMap.empty : (row[row.length - 1] as PropertyMap));
	}

	/** A value with all entities in it as they are now; the same value when there is none. */
	refresh(value: DynamicValue): DynamicValue {
		return refreshValue(value, this);
	}

	// ---- the end ----

	/** The end of the statement: no edge may hold a vertex that was deleted. */
	finish(): void {
		for (const id of this.#deleted) {
			if (this.#edgesOf(id, 1).length === 0) continue;
			throw cypherError('ConstraintVerificationFailed', `Cannot delete node<${id}>, because it still has relationships.`, {
				hint: 'Delete its relationships too, or use DETACH DELETE.',
			});
		}
		this.#vertices?.finish();
		this.#edges?.finish();
	}

	/** Does a change; a constraint that refuses it says so in Cypher's words. */
	#constrained(change: () => void): void {
		try {
			change();
		} catch (error) {
			throw inWordsOfCypher(error);
		}
	}

	get #vertexWriter(): TableWriter {
		this.#vertices ??= this.#parts.tables.writer(this.#parts.transaction, this.#parts.graph.vertices);
		return this.#vertices;
	}

	get #edgeWriter(): TableWriter {
		this.#edges ??= this.#parts.tables.writer(this.#parts.transaction, this.#parts.graph.edges);
		return this.#edges;
	}

	#vertexKey(id: Id): Uint8Array {
		return this.#vertexAccess.key([id]);
	}

	#edgeKey(edge: Edge): Uint8Array {
		const row: Row = [];
		row[EDGE_TAIL - 1] = edge.tail;
		row[EDGE_TYPE - 1] = edge.type;
		row[EDGE_HEAD - 1] = edge.head;
		row[EDGE_ID - 1] = edge.id;
		return this.#edgeAccess.key(row);
	}
}

/** The counters of several writers together, without those that are 0; undefined when all are. */
export function totalCounters(writers: Iterable<GraphWriter>): GraphCounters | undefined {
	const total: Record<string, number> = {};
	for (const { counters } of writers) for (const name of COUNTERS) if (counters[name] !== 0) total[name] = (total[name] ?? 0) + counters[name];
	return Object.keys(total).length === 0 ? undefined : total;
}

function sortedLabels(labels: readonly string[]): string[] {
	return [...new Set(labels)].sort(compareText);
}

const NO_KEYS: readonly Uint8Array[] = [];

/** The first key behind all that begin with the bytes of `prefix`, which are an id: never all 255. */
function endOf(prefix: GrowingKeyBuffer): Uint8Array {
	const end = prefix.copy();
	let at = end.length - 1;
	while (end[at] === 0xff) end[at--] = 0;
	end[at]!++;
	return end;
}

function goneEntity(entity: Vertex | Edge): Error {
	return gone(entity instanceof Vertex ? 'Node' : 'Relationship', entity.id);
}

function gone(what: 'Node' | 'Relationship', id: Id): Error {
	return cypherError('EntityNotFound', `${what} with id ${id} has been deleted in this transaction`);
}
