/** Clauses that change the graph: CREATE, MERGE, SET, REMOVE, DELETE, FOREACH. */
import type { DeleteClause, Expression, ForeachClause, MergeClause, RemoveItem, SetItem, UpdatingClause } from './ast.ts';
import { parseExpression, parseTarget } from './parse-expression.ts';
import { labelNames, parsePathPattern } from './parse-pattern.ts';
import { parsePatternList } from './parse-query.ts';
import type { TokenReader } from './token-reader.ts';

/** Null where none begins. */
export function parseUpdatingClause(reader: TokenReader): UpdatingClause | null {
	const { start } = reader.current;
	if (reader.takeWords('CREATE')) return { kind: 'create', patterns: parsePatternList(reader), ...reader.from(start) };
	if (reader.takeWords('MERGE')) return parseMerge(reader, start);
	if (reader.takeWords('SET')) return { kind: 'set', items: reader.list(() => parseSetItem(reader)), ...reader.from(start) };
	if (reader.takeWords('REMOVE')) return { kind: 'remove', items: reader.list(() => parseRemoveItem(reader)), ...reader.from(start) };
	if (reader.takeWords('DETACH', 'DELETE')) return parseDelete(reader, start, true);
	if (reader.takeWords('NODETACH', 'DELETE') || reader.takeWords('DELETE')) return parseDelete(reader, start, false);
	if (reader.takeWords('FOREACH')) return parseForeach(reader, start);
	return null;
}

function parseMerge(reader: TokenReader, start: number): MergeClause {
	const pattern = parsePathPattern(reader);
	const onCreate: SetItem[] = [];
	const onMatch: SetItem[] = [];
	while (reader.takeWords('ON')) {
		const items = reader.takeWords('CREATE') ? onCreate : onMatch;
		if (items === onMatch) reader.expectWords('MATCH');
		reader.expectWords('SET');
		items.push(...reader.list(() => parseSetItem(reader)));
	}
	return { kind: 'merge', pattern, onCreate, onMatch, ...reader.from(start) };
}

function parseSetItem(reader: TokenReader): SetItem {
	const { start } = reader.current;
	const target = parseTarget(reader);
	if (target.kind === 'labelPredicate') {
		const labels = labelNames(target.labels);
		if (target.subject.kind !== 'variable' || labels === null) throw reader.error('UnexpectedSyntax', 'expected labels, such as n:A:B', target);
		return { kind: 'setLabels', variable: target.subject, labels, ...reader.from(start) };
	}
	if (target.kind === 'variable') {
		const merge = reader.takeSymbol('+=');
		if (!merge) reader.expectSymbol('=');
		return { kind: 'setAllProperties', variable: target, merge, value: parseExpression(reader), ...reader.from(start) };
	}
	if (target.kind !== 'property' && target.kind !== 'index') throw notSettable(reader, target);
	reader.expectSymbol('=');
	return { kind: 'setProperty', target, value: parseExpression(reader), ...reader.from(start) };
}

function parseRemoveItem(reader: TokenReader): RemoveItem {
	const { start } = reader.current;
	const target = parseTarget(reader);
	if (target.kind === 'property' || target.kind === 'index') return { kind: 'removeProperty', target, ...reader.from(start) };
	const labels = target.kind === 'labelPredicate' ? labelNames(target.labels) : null;
	if (target.kind !== 'labelPredicate' || target.subject.kind !== 'variable' || labels === null) throw notSettable(reader, target);
	return { kind: 'removeLabels', variable: target.subject, labels, ...reader.from(start) };
}

function notSettable(reader: TokenReader, target: Expression): Error {
	return reader.error('UnexpectedSyntax', 'expected a property or labels of a variable', target);
}

function parseDelete(reader: TokenReader, start: number, detach: boolean): DeleteClause {
	const expressions = reader.list(() => parseExpression(reader));
	return { kind: 'delete', detach, expressions, ...reader.from(start) };
}

function parseForeach(reader: TokenReader, start: number): ForeachClause {
	reader.expectSymbol('(');
	const variable = reader.bindingName();
	reader.expectWords('IN');
	const list = reader.withBar(true, () => parseExpression(reader));
	reader.expectSymbol('|');
	const updates: UpdatingClause[] = [];
	reader.nested(() => {
		for (let clause = parseUpdatingClause(reader); clause !== null; clause = parseUpdatingClause(reader)) updates.push(clause);
	});
	if (updates.length === 0) throw reader.unexpected();
	reader.expectSymbol(')');
	return { kind: 'foreach', variable, list, updates, ...reader.from(start) };
}
