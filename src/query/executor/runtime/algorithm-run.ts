/**
 * One run of an algorithm over a graph: on the shared adjacency where the transaction may read it, else on one that is built from what the
 * transaction sees and goes with the run.
 */
import { AdjacencyBuild } from '../../../model/graph/adjacency-build.ts';
import { EDGE_PROPERTIES, VERTEX_LABELS } from '../../../model/graph/contracts.ts';
import type { TableAccess } from '../../../model/table/contracts.ts';
import { cypherError } from '../../../platform/cypher-errors.ts';
import type { Adjacency } from '../../../storage/adjacency/adjacency.ts';
import type { AdjacencySource } from '../../../storage/adjacency/adjacency-reader.ts';
import {
	BreadthFirst,
	CheapestWalk,
	ConnectedComponents,
	type EdgeCost,
	type GraphAlgorithm,
	GraphState,
	PageRank,
	TriangleCount,
} from '../../../storage/adjacency/graph-algorithms.ts';
import type { Cursor, Keyspace } from '../../../storage/contracts.ts';
import type { Transaction } from '../../../transaction/contracts.ts';
import { asNumber, type DynamicValue, floatValue, isIntegerValue, isNumberValue, kindName, Vertex } from '../../../value/dynamic.ts';
import type { PgArray } from '../../../value/pg-array.ts';
import type { PropertyMap } from '../../../value/property-map.ts';
import type { Plan } from '../../algebra/plan.ts';
import { makeSlot, ScanKey } from './scan-key.ts';

export type AlgorithmName = Extract<Plan, { kind: 'graph-algorithm' }>['algorithm'];

const BUILD_ENTRIES = 2048;
const NOWHERE = -1;

export class AlgorithmRun {
	/** The row that `next` found. */
	id: number;
	/** A dynamic value: an integer, or (ranks and costs) a float. */
	value: DynamicValue;
	isDone: boolean;
	readonly #name: AlgorithmName;
	readonly #source: AdjacencySource;
	readonly #edges: TableAccess;
	readonly #vertices: TableAccess;
	#transaction: Transaction | null;
	#arguments: readonly DynamicValue[];
	#build: AdjacencyBuild | null;
	#state: GraphState | null;
	#algorithm: GraphAlgorithm | null;
	#at: number;

	constructor(name: AlgorithmName, source: AdjacencySource, edges: TableAccess, vertices: TableAccess) {
		this.id = 0;
		this.value = 0;
		this.isDone = true;
		this.#name = name;
		this.#source = source;
		this.#edges = edges;
		this.#vertices = vertices;
		this.#transaction = null;
		this.#arguments = [];
		this.#build = null;
		this.#state = null;
		this.#algorithm = null;
		this.#at = 0;
	}

	open(transaction: Transaction, values: readonly DynamicValue[]): void {
		this.clear();
		this.#transaction = transaction;
		this.#arguments = values;
		this.isDone = false;
		this.#at = NOWHERE;
		const shared = this.#source.current();
		const offset = shared === null ? -1 : this.#source.offsetOf(transaction);
		if (shared !== null && offset >= shared.builtOffset && shared.numbers.isOrdered && isThere(shared, offset)) this.#begin(shared, offset);
		else this.#build = new AdjacencyBuild(seen(transaction, this.#edges.rows), seen(transaction, this.#vertices.rows), 0, this.#labelsOf(), []);
	}

	#labelsOf() {
		const getter = this.#vertices.getter(VERTEX_LABELS);
		return (buffer: Uint8Array, start: number, end: number) => (getter(buffer, start, end) as PgArray).elements as readonly string[];
	}

	#begin(adjacency: Adjacency, offset: number): void {
		const values = this.#arguments;
		const isPath = this.#name === 'shortestPath';
		const type = values[isPath ? 2 : this.#name === 'bfs' ? 1 : 0] ?? null;
		if (type !== null && typeof type !== 'string') throw wrong(this.#name, 'type', 'a string', type);
		this.#state = new GraphState(adjacency, offset, type);
		this.#algorithm = this.#make(this.#state, values);
	}

	#make(state: GraphState, values: readonly DynamicValue[]): GraphAlgorithm | null {
		switch (this.#name) {
			case 'bfs': {
				const start = this.#numberOf(state, 'source', values[0]);
				return start < 0 ? null : new BreadthFirst(state, start, this.#integer('maxDepth', values[2], Number.POSITIVE_INFINITY));
			}
			case 'shortestPath': {
				const start = this.#numberOf(state, 'source', values[0]);
				const goal = this.#numberOf(state, 'target', values[1]);
				return start < 0 || goal < 0 ? null : new CheapestWalk(state, start, goal, this.#costs(values[3] ?? null));
			}
			case 'pageRank':
				return new PageRank(state, this.#integer('iterations', values[1], 20), this.#damping(values[2]));
			case 'connectedComponents':
				return new ConnectedComponents(state);
			case 'triangleCount':
				return new TriangleCount(state);
		}
	}

	#numberOf(state: GraphState, argument: string, value: DynamicValue | undefined): number {
		if (!(value instanceof Vertex)) throw wrong(this.#name, argument, 'a node', value ?? null);
		return typeof value.id === 'number' ? state.adjacency.numbers.numberOf(value.id) : -1;
	}

	#integer(argument: string, value: DynamicValue | undefined, preset: number): number {
		if (value === null || value === undefined) return preset;
		if (!isIntegerValue(value) || value < 0) throw wrong(this.#name, argument, 'an integer of 0 or more', value);
		return Number(value);
	}

	#damping(value: DynamicValue | undefined): number {
		if (value === null || value === undefined) return 0.85;
		const damping = isNumberValue(value) ? asNumber(value) : Number.NaN;
		if (!(damping >= 0 && damping < 1)) throw wrong(this.#name, 'damping', 'a number from 0 to below 1', value);
		return damping;
	}

	/** What edges cost: a property of theirs, or 1 where none is named. */
	#costs(key: DynamicValue): EdgeCost {
		if (key === null) return () => 1;
		if (typeof key !== 'string') throw wrong(this.#name, 'weight', 'the name of a property', key);
		const { primary, rows } = this.#edges;
		const getter = this.#edges.getter(EDGE_PROPERTIES);
		const bytes = new ScanKey();
		const slot = makeSlot();
		const parts = primary!.parts;
		return (tail, type, head, edge) => {
			bytes.length = 0;
			parts[0]!(tail, bytes);
			parts[1]!(type, bytes);
			parts[2]!(head, bytes);
			parts[3]!(edge, bytes);
			this.#transaction!.get(rows, bytes.bytes, bytes.length, slot);
			const cost = (getter(slot.buffer, slot.start, slot.end) as PropertyMap).get(key) ?? null;
			const number = isNumberValue(cost) ? asNumber(cost) : Number.NaN;
			if (!(number >= 0)) throw cypherError('ArgumentError', `relationship ${edge} has no '${key}' that is a number of 0 or more`);
			return number;
		};
	}

	/** True with the next row; false where a part of the work was done, or (`isDone`) all. */
	next(): boolean {
		if (this.#build !== null) {
			if (!this.#build.step(BUILD_ENTRIES)) return false;
			const { adjacency, isImpossible } = this.#build;
			this.#build.close();
			this.#build = null;
			if (isImpossible) throw cypherError('ProcedureCallFailed', `${this.#name} needs ids below 2^32`);
			this.#begin(adjacency, 0);
			return false;
		}
		const algorithm = this.#algorithm;
		if (algorithm === null) {
			this.isDone = true;
			return false;
		}
		if (this.#at === NOWHERE) {
			if (algorithm.work()) this.#at = 0;
			return false;
		}
		if (this.#at === algorithm.found.length) {
			this.isDone = true;
			return false;
		}
		this.id = this.#state!.adjacency.numbers.idOf(algorithm.found[this.#at]!);
		const value = algorithm.values[this.#at++]!;
		this.value = this.#name === 'pageRank' || this.#name === 'shortestPath' ? floatValue(value) : value;
		return true;
	}

	clear(): void {
		this.#build?.close();
		this.#build = null;
		this.#algorithm = null;
		this.#state = null;
		this.#transaction = null;
		this.isDone = true;
	}
}

/** The states of all lists at an offset are still there. */
function isThere(adjacency: Adjacency, offset: number): boolean {
	if (offset < adjacency.labels.floorOffset) return false;
	for (const { outgoing, incoming } of adjacency.types.values()) if (offset < outgoing.floorOffset || offset < incoming.floorOffset) return false;
	return true;
}

/** A keyspace as a transaction sees it, its own changes included. */
function seen(transaction: Transaction, keyspace: Keyspace): Pick<Keyspace, 'cursor'> {
	return { cursor: (lower, upper, reverse): Cursor => transaction.cursor(keyspace, lower, upper, reverse) };
}

function wrong(name: string, argument: string, wanted: string, value: DynamicValue): Error {
	return cypherError('ArgumentError', `${argument} of algo.${name} must be ${wanted}, not ${kindName(value)}`);
}
