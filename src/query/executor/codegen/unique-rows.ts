/** DISTINCT and UNION: each row once. Rows for whose keys there is no room are put aside and looked at when the others are done. */
import type { Column } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import type { Equality } from '../../functions/contracts.ts';
import { RowSet } from '../runtime/row-set.ts';
import { keyText } from './keys.ts';
import { canOverflow, overflowField, pullOverflow, pullPlan, RowLocals } from './overflowing-rows.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import type { Consume } from './produce.ts';

/** The rows of all inputs, in order of position under `columns`; with `equalities`, without those equal to an earlier one. */
export function produceUnion(
	pipeline: PipelineBuilder,
	inputs: readonly Plan[],
	columns: readonly Column[],
	equalities: readonly Equality[] | null,
	consume: Consume,
): void {
	const { program } = pipeline;
	const locals = new RowLocals(pipeline, columns.length);
	const types = columns.map((c) => c.type);
	const overflow = equalities !== null && canOverflow(types) ? overflowField(pipeline, types) : null;
	const seen = equalities === null ? null : program.objectField('h', `new ${program.slot(RowSet)}()`);
	if (seen !== null) pipeline.emit(`S.${seen}.openPartial(S.memory, ${overflow === null ? 'false' : `S.${overflow}.canSpill`});`);
	if (overflow !== null) pipeline.emit(`S.${overflow}.clear();`);
	pipeline.pullLoop(
		() => {},
		(pull) => {
			for (const input of inputs) {
				const values = (): { text: string; nullable: boolean; atomic: true }[] =>
					input.columns.map((c) => ({ text: pipeline.use(c.id), nullable: pipeline.column(c.id).nullable, atomic: true }));
				pullPlan(pipeline, input, locals, values, pull);
			}
			if (overflow === null) return;
			const next = (label: string): void => pipeline.emit(`if (!S.${overflow}.nextPartition()) ${pipeline.leave(label)} S.${seen}.restart();`);
			pipeline.exitBlock(() => pullOverflow(pipeline, overflow, locals, pull, { next }));
		},
		(label) => pipeline.emit(pipeline.leave(label)),
		() => {
			columns.forEach((column, i) => {
				locals.bind(pipeline, i, column.id);
			});
			if (seen !== null) emitOffer(pipeline, seen, overflow, locals, equalities!);
			consume();
		},
	);
}

function emitOffer(pipeline: PipelineBuilder, seen: string, overflow: string | null, locals: RowLocals, equalities: readonly Equality[]): void {
	const parts = locals.names.map((_, i) => locals.operand(i));
	const keys = pipeline.constant('h', `S.${seen}`);
	const key = keyText(pipeline, parts, equalities);
	if (overflow === null) {
		pipeline.emit(`if (!${keys}.add(${key})) ${pipeline.skip()}`);
		return;
	}
	const [name, outcome] = [pipeline.temporary('k'), pipeline.temporary('t')];
	pipeline.emit(`${name} = ${key}; ${outcome} = ${keys}.offer(${name});`);
	pipeline.emit(`if (${outcome} < 0) { ${pipeline.constant('o', `S.${overflow}`)}.put(${name}, ${locals.rowText}); ${pipeline.skip()} }`);
	pipeline.emit(`if (${outcome} === 0) ${pipeline.skip()}`);
}
