/**
 * Rows of a plan that may be put aside and come again: what hash tables that spill are fed by. A row's values lie in locals,
 * whether the plan has just produced them or they are read back from an `Overflow`; the consumer's code exists once.
 */

import type { Type } from '../../../value/type.ts';
import type { Plan } from '../../algebra/plan.ts';
import { Overflow } from '../runtime/overflow.ts';
import { canSpill } from '../runtime/spill-codec.ts';
import type { Operand } from './expression-compiler.ts';
import { spillArgument } from './kept-rows.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { produce } from './produce.ts';
import { forgetLookups } from './scan-lookup.ts';

/** True when rows of these types can be put aside. */
export function canOverflow(types: readonly Type[]): boolean {
	return types.length > 0 && canSpill(types);
}

export function overflowField(pipeline: PipelineBuilder, types: readonly Type[]): string {
	const { program } = pipeline;
	return program.objectField('o', `new ${program.slot(Overflow)}(${types.length}, ${spillArgument(pipeline, types)})`);
}

/** The locals with a row's values. */
export class RowLocals {
	readonly names: readonly string[];
	readonly #nullable: boolean[];

	constructor(pipeline: PipelineBuilder, count: number) {
		this.names = Array.from({ length: count }, () => pipeline.temporary('v'));
		this.#nullable = this.names.map(() => false);
	}

	assign(pipeline: PipelineBuilder, values: readonly Operand[]): void {
		values.forEach((value, i) => {
			this.#nullable[i] ||= value.nullable;
			pipeline.emit(`${this.names[i]} = ${value.text};`);
		});
	}

	nullable(index: number): boolean {
		return this.#nullable[index]!;
	}

	operand(index: number): Operand {
		return { text: this.names[index]!, nullable: this.nullable(index), atomic: true };
	}

	/** JavaScript of the row as an array. */
	get rowText(): string {
		return `[${this.names.join(', ')}]`;
	}

	bind(pipeline: PipelineBuilder, index: number, id: number): void {
		pipeline.bind(id, pipeline.assigned(this.names[index]!, this.nullable(index)));
	}
}

/** The rows of a plan, in locals, to be pulled. */
export function pullPlan(pipeline: PipelineBuilder, plan: Plan, locals: RowLocals, values: () => readonly Operand[], pull: () => void): void {
	pipeline.exitBlock(() =>
		produce(pipeline, plan, () => {
			locals.assign(pipeline, values());
			pull();
		}),
	);
}

/**
 * The rows of the partition that is read. `stop`: a condition under which no more rows are wanted for now; `next`: code that goes
 * to the next partition or leaves the loop.
 */
export function pullOverflow(
	pipeline: PipelineBuilder,
	overflow: string,
	locals: RowLocals,
	pull: () => void,
	more: { readonly stop?: string; readonly next?: (label: string) => void } = {},
): void {
	const rows = pipeline.constant('o', `S.${overflow}`);
	pipeline.loop(true, (label) => {
		if (more.stop !== undefined) pipeline.emit(`if (${more.stop}) ${pipeline.leave(label)}`);
		pipeline.plainLoop(`while (${rows}.at >= ${rows}.count)`, () => {
			pipeline.emit(`if (!${rows}.more()) {`);
			if (more.next === undefined) pipeline.emit(pipeline.leave(label));
			else more.next(label);
			pipeline.emit('}');
		});
		locals.names.forEach((name, i) => {
			pipeline.emit(`${name} = ${pipeline.constant('c', `S.${overflow}.columns[${i}]`)}[${rows}.at];`);
		});
		pipeline.emit(`${rows}.at++;`);
		pull();
	});
}

/**
 * Runs a pipeline that fills a table here, or once before, so that the table holds what came first. Field `mode` is 0 while
 * its rows come from the plan, 1 when they come from a partition. A table whose partitions have been read is filled anew.
 */
export function openPartitioned(pipeline: PipelineBuilder, input: PipelineBuilder, isDependent: boolean, mode: string): void {
	if (isDependent) {
		pipeline.emit(`S.${mode} = 0;`);
		pipeline.runHere(input);
		return;
	}
	pipeline.dependOnce(input);
	const again = pipeline.persistent('m', '0');
	pipeline.emit(`${again} = S.${mode}; if (${again} !== 0) { S.${mode} = 0; S.${input.openField} = 0; }`);
	pipeline.nextSegment();
	pipeline.emit(`if (${again} !== 0) { ${runText(input)} ${again} = 0; }`);
}

/** Fills the table from the partition that its overflow stands at. */
export function refill(pipeline: PipelineBuilder, input: PipelineBuilder, mode: string): void {
	pipeline.emit(`S.${mode} = 1; S.${input.openField} = 0;`);
	pipeline.nextSegment();
	pipeline.emit(runText(input));
}

function runText(input: PipelineBuilder): string {
	return `r = ${input.name}(S, b); b = S.left; if (r !== 0) break P;`;
}

/** Where the rows of a table come from. */
export interface OverflowingSource {
	/** Field: 0 while they come from the plan, 1 when from the overflow. */
	readonly mode: string;
	readonly overflow: string;
	readonly locals: RowLocals;
	/** Values of a row that the plan has just produced. */
	readonly values: () => readonly Operand[];
	/** No more rows are wanted of the partition for now. */
	readonly stop?: string;
}

/** The rows of a plan in mode 0, of the partition that is read in mode 1. */
export function produceOverflowing(pipeline: PipelineBuilder, plan: Plan, source: OverflowingSource, consume: () => void): void {
	const { mode, overflow, locals, values, stop } = source;
	pipeline.pullLoop(
		() => {},
		(pull) => {
			pipeline.exitBlock(() => {
				pipeline.emit(`if (S.${mode} !== 0) ${pipeline.exit()}`);
				pullPlan(pipeline, plan, locals, values, pull);
			});
			pipeline.exitBlock(() => {
				pipeline.emit(`if (S.${mode} === 0) ${pipeline.exit()}`);
				const pullAgain = (): void => {
					forgetLookups(pipeline, plan);
					pull();
				};
				pullOverflow(pipeline, overflow, locals, pullAgain, stop === undefined ? {} : { stop });
			});
		},
		(label) => pipeline.emit(pipeline.leave(label)),
		consume,
	);
}
