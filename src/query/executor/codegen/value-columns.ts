/**
 * Columns of values beside an adjacency in generated code: which of them a read of a graph's table wants, whether all are there, and
 * the text of a cell. What is read is caught in locals where the read is opened, so that it stays what it was over suspensions.
 */
import type { TableAccess } from '../../../model/table/contracts.ts';
import type { AdjacencySource, ColumnSource } from '../../../storage/adjacency/adjacency-reader.ts';
import { PLAIN } from '../../../storage/adjacency/value-column.ts';
import type { ScanColumn } from '../../algebra/plan.ts';
import type { ScalarFunction } from '../../functions/contracts.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';

type PartColumn = Required<ScanColumn>;

/** Numbers for functions, by which columns are told apart. */
const functionNumbers = new WeakMap<ScalarFunction, number>();
let functionCount = 0;

function numberOf(definition: ScalarFunction): number {
	let number = functionNumbers.get(definition);
	if (number === undefined) functionNumbers.set(definition, (number = ++functionCount));
	return number;
}

/** A function that reads the part of a column in a row's bytes. */
export function partReader(access: TableAccess, { number, part }: PartColumn): (buffer: Uint8Array, start: number, end: number) => unknown {
	const definition = part.function;
	const evaluate = definition.evaluate as (...values: readonly unknown[]) => unknown;
	return access.partGetter(number, { read: definition.stored!(part.values), ofValue: (value) => evaluate(value, ...part.values) });
}

export class ValueColumns {
	readonly #pipeline: PipelineBuilder;
	/** What is read as of, and the local in which it is caught: behind a suspension the reader may not serve any more. */
	readonly #offset: { readonly local: string; readonly found: string };
	/** By the column's id: the column caught, what it is caught from, and its source. */
	readonly #caught = new Map<number, { readonly local: string; readonly found: string; readonly source: string }>();

	/** `reader`: the local with the operator's `AdjacencyReader`. */
	constructor(
		pipeline: PipelineBuilder,
		source: AdjacencySource,
		access: TableAccess,
		part: 'edges' | 'vertices',
		scan: readonly ScanColumn[],
		use: { readonly reader: string; readonly expectedValues: number },
	) {
		this.#pipeline = pipeline;
		const isUsed = scan.some((column) => column.part !== undefined);
		this.#offset = isUsed ? { local: pipeline.persistent('n', '-1'), found: pipeline.constant('n', `${use.reader}.offset`) } : { local: '', found: '' };
		const { program } = pipeline;
		// The adjacency comes first: columns are filled on the way where it is built.
		program.expectAdjacency(source, 0);
		for (const column of scan) {
			if (column.part === undefined) continue;
			const { number, part: read } = column;
			const key = `${number} ${numberOf(read.function)} ${JSON.stringify(read.values)}`;
			const kept: ColumnSource = source.column(part, key, partReader(access, column as PartColumn));
			program.expectDerived(kept, use.expectedValues);
			const found = pipeline.constant('c', `${use.reader}.column(${program.slot(kept)})`);
			this.#caught.set(column.column.id, { local: pipeline.persistent('c', 'null'), found, source: program.slot(kept) });
		}
	}

	get isEmpty(): boolean {
		return this.#caught.size === 0;
	}

	/** Conditions that all columns are there; what is run anew behind a barrier may read changes that neither they nor the adjacency have. */
	conditions(): string[] {
		if (this.#pipeline.program.isAnew) return ['false'];
		return [...this.#caught.values()].map(({ found }) => `${found} !== null`);
	}

	/** Catches the columns, and what they are read as of, where the read is opened. */
	emitCatch(): void {
		if (!this.isEmpty) this.#pipeline.emit(`${this.#offset.local} = ${this.#offset.found};`);
		for (const { local, found } of this.#caught.values()) this.#pipeline.emit(`${local} = ${found};`);
	}

	/** Counts a row of which the values were read without the columns. */
	emitMissed(): void {
		for (const { source } of this.#caught.values()) this.#pipeline.emit(`${source}.wanted++;`);
	}

	/** The local of some column: all share the numbers of rows. */
	get any(): string {
		return this.#caught.values().next().value!.local;
	}

	/** Text of a column's value in the row with a number: the text of a local. */
	cell(id: number, row: string): string {
		const { local } = this.#caught.get(id)!;
		return `(${local}.kinds[${row}] === ${PLAIN} ? ${local}.numbers[${row}] : ${local}.valueAt(${row}, ${this.#offset.local}))`;
	}
}
