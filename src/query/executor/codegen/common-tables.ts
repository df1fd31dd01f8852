/** CTEs and recursion: rows that have a name, kept or read as they come. */
import type { Plan } from '../../algebra/plan.ts';
import { changesTables, readOnce, visitPlans } from '../plan-facts.ts';
import { RowSet } from '../runtime/row-set.ts';
import { VisitedKeys } from '../runtime/visited-keys.ts';
import { bufferField, collect, type KeptRows, readRows } from './kept-rows.ts';
import { keyText } from './keys.ts';
import { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, type PlanOf, produce } from './produce.ts';
import { emitUnseen } from './row-operators.ts';

/**
 * A definition read once, where nothing is run again, becomes part of its reader: so a LIMIT ends it early. Others are kept, and
 * computed when a scan is first reached. Definitions that change tables run before the body when it reads them, else behind it.
 */
export function produceWith(pipeline: PipelineBuilder, plan: PlanOf<'with'>, consume: Consume): void {
	const { program } = pipeline;
	const changes = changesTables(plan.definition);
	if (!changes && !isRead(plan.body, plan.name)) {
		produce(pipeline, plan.body, consume);
		return;
	}
	const isDependent = program.isDependent(plan.definition);
	if (isDependent) program.dependentNames.add(plan.name);
	if (!changes && readOnce(plan.body, plan.name)) {
		program.inlined.set(plan.name, plan.definition);
		produce(pipeline, plan.body, consume);
		return;
	}
	const kept = collect(pipeline, plan.definition, pipeline.neededOf(plan.definition.columns));
	if (isDependent) {
		const doneField = program.field(`d_${kept.pipeline.name}`, '0');
		pipeline.emit(`${pipeline.openText(kept.pipeline)}; S.${doneField} = 0;`);
		program.named.set(plan.name, { kept, doneField });
	} else {
		program.named.set(plan.name, { kept, doneField: null });
		if (changes && pipeline.isAtRoot && !isRead(plan.body, plan.name) && !changesTables(plan.body)) {
			produceBefore(pipeline, plan.body, kept.pipeline, consume);
			return;
		}
		if (changes) pipeline.dependOnce(kept.pipeline);
	}
	produce(pipeline, plan.body, consume);
}

/** A change that the body does not read comes after it, so that the body does not see it. */
function produceBefore(pipeline: PipelineBuilder, body: Plan, change: PipelineBuilder, consume: Consume): void {
	pipeline.exitBlock(() => produce(pipeline, body, () => pipeline.outsideExit(consume)));
	pipeline.runHere(change);
}

function isRead(plan: Plan, name: number): boolean {
	let found = false;
	visitPlans(plan, (p) => {
		found ||= p.kind === 'cte-scan' && p.name === name;
	});
	return found;
}

export function produceCteScan(pipeline: PipelineBuilder, plan: PlanOf<'cte-scan'>, consume: Consume): void {
	const { program } = pipeline;
	const inlined = program.inlined.get(plan.name);
	if (inlined !== undefined) {
		produce(pipeline, inlined, () => {
			plan.columns.forEach((column, i) => {
				pipeline.bind(column.id, pipeline.column(plan.source[i]!));
			});
			consume();
		});
		return;
	}
	const { kept, doneField } = program.namedRows(plan.name);
	if (doneField === null) pipeline.dependOnce(kept.pipeline);
	else {
		pipeline.nextSegment();
		pipeline.emit(`if (S.${doneField} === 0) { r = ${kept.pipeline.name}(S, b); b = S.left; if (r !== 0) break P; S.${doneField} = 1; }`);
	}
	const bound = kept.columns.map((column) => {
		const at = plan.source.indexOf(column.id);
		return at >= 0 ? plan.columns[at]!.id : column.id;
	});
	readRows(pipeline, kept, bound, () => {
		bindRepeated(pipeline, plan, bound);
		consume();
	});
}

/** A scan may show a column of its source more than once. */
function bindRepeated(pipeline: PipelineBuilder, plan: PlanOf<'cte-scan'>, bound: readonly number[]): void {
	plan.columns.forEach((column, i) => {
		if (bound.includes(column.id)) return;
		const first = plan.columns[plan.source.indexOf(plan.source[i]!)]!;
		if (first.id !== column.id && pipeline.has(first.id)) pipeline.bind(column.id, pipeline.column(first.id));
	});
}

/** Rows of the last round are read by `working-scan`s while the step fills another buffer, which then takes their place. */
export function produceRecursion(pipeline: PipelineBuilder, plan: PlanOf<'recursion'>, consume: Consume): void {
	const { program } = pipeline;
	const seen = plan.distinct ? program.objectField('h', `new ${program.slot(RowSet)}()`) : null;
	const visited = plan.visit === undefined ? null : program.objectField('h', `new ${program.slot(VisitedKeys)}(${plan.visit.among === 'rounds'})`);
	const types = plan.columns.map((c) => c.type);
	const [working, fresh] = [bufferField(pipeline, types), bufferField(pipeline, types)];
	const nullable = plan.columns.map(() => true);
	const fill = (input: Plan, field: string): PipelineBuilder => {
		const filler = new PipelineBuilder(program, pipeline);
		filler.isLate = true;
		filler.emitAtOpen(`S.${field}.open(S.memory);`);
		produce(filler, input, () => {
			const values = input.columns.map((c) => ({ text: filler.use(c.id), nullable: filler.column(c.id).nullable, atomic: true }));
			if (seen !== null) emitUnseen(filler, seen, values, plan.equalities);
			if (visited !== null) {
				const at = plan.columns.findIndex((c) => c.id === plan.visit!.column);
				filler.emit(`if (!${filler.constant('h', `S.${visited}`)}.visit(${keyText(filler, [values[at]!], [plan.visit!.equality])})) ${filler.skip()}`);
			}
			values.forEach((value, i) => {
				filler.emit(`${filler.constant('c', `S.${field}.columns[${i}]`)}.push(${value.text});`);
			});
			filler.emit(`${filler.constant('q', `S.${field}`)}.added();`);
		});
		filler.emitWhenDone(`S.${field}.finish();`);
		program.addFunction(filler.finish());
		return filler;
	};
	if (seen !== null) pipeline.emit(`S.${seen}.open(S.memory, S.spill);`);
	if (visited !== null) pipeline.emit(`S.${visited}.open(S.memory);`);
	const base = fill(plan.base, working);
	const rows: KeptRows = { pipeline: base, field: working, columns: plan.columns, nullable };
	program.dependentNames.add(plan.name);
	program.named.set(plan.name, { kept: rows, doneField: null });
	const step = fill(plan.step, fresh);
	pipeline.runHere(base);
	pipeline.loop(false, (rounds) => {
		const ids = plan.columns.map((c) => c.id);
		readRows(pipeline, rows, ids, consume);
		pipeline.emit(`if (S.${working}.isEmpty) ${pipeline.leave(rounds)}`);
		if (visited !== null) pipeline.emit(`S.${visited}.nextRound();`);
		pipeline.runHere(step);
		pipeline.emit(`S.${working}.takeFrom(S.${fresh});`);
	});
}

export function produceWorkingScan(pipeline: PipelineBuilder, plan: PlanOf<'working-scan'>, consume: Consume): void {
	const { kept } = pipeline.program.namedRows(plan.name);
	readRows(
		pipeline,
		kept,
		plan.columns.map((c) => c.id),
		consume,
	);
}
