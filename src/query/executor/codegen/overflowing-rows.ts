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

/** True when rows of these types can be put aside. */
export function canOverflow(types: readonly Type[]): boolean {
	return types.length > 0 && canSpill(types);
}

export function overflowField(pipeline: PipelineBuilder, types: readonly Type[]): string {
	const { program } = pipeline;
	return program.objectField('o', `new ${program.slot(Overflow)}(${types.length}, ${spillArgument(pipeline, types, 'may spill')})`);
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

/** The rows of the partition that an overflow stands at; with `next`, code that goes to the next partition or leaves the loop. */
export function pullOverflow(pipeline: PipelineBuilder, overflow: string, locals: RowLocals, next: ((label: string) => void) | null, pull: () => void): void {
	const rows = pipeline.constant('o', `S.${overflow}`);
	const at = pipeline.persistent('n', '0');
	pipeline.emit(`${at} = 0;`);
	pipeline.loop(true, (label) => {
		pipeline.plainLoop(`while (${at} >= ${rows}.count)`, () => {
			pipeline.emit(`if (!${rows}.more()) {`);
			if (next === null) pipeline.emit(pipeline.leave(label));
			else next(label);
			pipeline.emit('}');
			pipeline.emit(`${at} = 0;`);
		});
		locals.names.forEach((name, i) => {
			pipeline.emit(`${name} = ${pipeline.constant('c', `S.${overflow}.columns[${i}]`)}[${at}];`);
		});
		pipeline.emit(`${at}++;`);
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

/** Feeds a table's pipeline: rows of a plan in mode 0, of the overflow in mode 1. `values`: those of a fresh row. */
export function produceOverflowing(
	input: PipelineBuilder,
	plan: Plan,
	source: { readonly mode: string; readonly overflow: string; readonly locals: RowLocals; readonly values: () => readonly Operand[] },
	consume: () => void,
): void {
	const { mode, overflow, locals, values } = source;
	input.pullLoop(
		() => {},
		(pull) => {
			input.exitBlock(() => {
				input.emit(`if (S.${mode} !== 0) ${input.exit()}`);
				pullPlan(input, plan, locals, values, pull);
			});
			input.exitBlock(() => {
				input.emit(`if (S.${mode} === 0) ${input.exit()}`);
				pullOverflow(input, overflow, locals, null, pull);
			});
		},
		(label) => input.emit(input.leave(label)),
		consume,
	);
}
