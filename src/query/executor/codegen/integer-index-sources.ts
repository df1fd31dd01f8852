/**
 * Accesses that an index of integers in memory answers when it can. Which way is gone is decided at each opening; both give the same
 * rows in the same order, so everything behind them is written once.
 */
import { keyAttributes } from '../../../model/table/integer-indexes.ts';
import { invariant } from '../../../platform/errors.ts';
import { IntegerIndexReader } from '../../../storage/adjacency/integer-index-reader.ts';
import type { Consume } from './produce.ts';
import { type AccessPath, cursorField, emitBounds, newBounds, openCursor } from './table-sources.ts';

const COLUMNS = ['c0', 'c1', 'c2', 'c3'] as const;

export function produceIntegers(path: AccessPath, expectedRows: number, consume: Consume): void {
	const { pipeline, plan } = path;
	const { program } = pipeline;
	const source = program.tables?.integerIndexOf?.(plan.table, plan.index) ?? null;
	invariant(source !== null, `the index of table ${plan.table.name} can be kept in memory`);
	program.expectDerived(source, expectedRows);
	const field = program.field(program.name('y'), `new ${program.slot(IntegerIndexReader)}(${program.slot(source)})`);
	const reader = pipeline.constant('y', `S.${field}.at(S.transaction)`);
	const attributes = keyAttributes(plan.table, plan.index);
	const equal = plan.bounds[0]!.equal;
	const read = plan.scan.filter(({ number }) => attributes.indexOf(number) >= equal.length).map(({ number }) => attributes.indexOf(number));
	const columns = new Map([...new Set(read)].map((place) => [place, pipeline.persistent('a', 'null')]));
	const served = pipeline.persistent('n', '0');
	const at = pipeline.persistent('n', '0');
	const end = pipeline.persistent('n', '0');
	const cursor = cursorField(pipeline);
	const values = equal.map((expression) => {
		const operand = pipeline.expressions.named(expression);
		const local = pipeline.persistent('v', 'null');
		pipeline.emit(`${local} = ${operand.text};`);
		return { local, nullable: operand.nullable };
	});
	const take = `${at} = ${reader}.start; ${end} = ${reader}.end;${[...columns].map(([place, local]) => ` ${local} = ${reader}.${COLUMNS[place]};`).join('')}`;
	const openIt = (): void => {
		values.forEach(({ local }, i) => {
			pipeline.emit(`${reader}.set(${i}, ${local});`);
		});
		pipeline.emit(`${served} = ${reader}.open(${equal.length}) ? 1 : 0;`);
		pipeline.conditional(
			`${served} === 1`,
			() => pipeline.emit(`${take} ${at}--;`),
			() => {
				const range = pipeline.constant('y', `S.${newBounds(pipeline)}`);
				emitBounds(path, plan.bounds[0]!, range);
				openCursor(pipeline, cursor, path.index.keyspace, `${range}.lower`, `${range}.upper`, false);
			},
		);
	};
	const nulls = values.filter((v) => v.nullable).map((v) => `${v.local} === null`);
	if (nulls.length === 0) openIt();
	else pipeline.conditional(nulls.join(' || '), () => pipeline.emit(`${served} = 2;`), openIt);
	pipeline.loop(true, (label) => {
		pipeline.emit(`if (${served} === 1) {`);
		pipeline.emit(`if (++${at} >= ${end}) { if (!${reader}.more()) ${pipeline.leave(label)} ${take} }`);
		pipeline.emit(`} else if (${served} === 2 || !${cursor}.next()) ${pipeline.leave(label)}`);
		for (const { column, number } of plan.scan) {
			const place = attributes.indexOf(number);
			if (place < values.length) {
				pipeline.bind(column.id, pipeline.fixed(values[place]!.local, false));
				continue;
			}
			const entry = ['keyBuffer', 'keyStart', 'keyEnd', 'valueBuffer', 'valueStart', 'valueEnd'].map((name) => `${cursor}.${name}`).join(', ');
			pipeline.bind(
				column.id,
				pipeline.lazy('v', false, () => `${served} === 1 ? ${columns.get(place)}[${at}] : ${program.slot(path.index.entryGetter(number))}(${entry})`),
			);
		}
		pipeline.rowStart();
		consume();
	});
}
