/**
 * Keys of hash tables. One part: its equality's key, or the value itself; null is a key of its own. Several parts: one string
 * in which every part is led by its kind and ended so that no two lists of parts give the same (`partKey`).
 */
import type { Expression } from '../../algebra/expression.ts';
import type { Equality } from '../../functions/contracts.ts';
import { partKey } from '../runtime/part-key.ts';
import type { Operand } from './expression-compiler.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';

/** The key's parts as names. */
export function bindKeyParts(pipeline: PipelineBuilder, expressions: readonly Expression[]): Operand[] {
	return expressions.map((e) => pipeline.expressions.named(e));
}

/** JavaScript for the key of named parts, nulls included. */
export function keyText(pipeline: PipelineBuilder, parts: readonly Operand[], equalities: readonly Equality[]): string {
	const texts = parts.map((part, i) => {
		const text = pipeline.expressions.keyText(part.text, equalities[i]!);
		return part.nullable && !equalities[i]!.identity ? `(${part.text} === null ? null : ${text})` : text;
	});
	if (texts.length === 0) return '0';
	if (texts.length === 1) return texts[0]!;
	const join = pipeline.program.slot(partKey);
	return texts.map((text) => `${join}(${text})`).join(' + ');
}

/** True when the key of these parts is one 32-bit integer (or null), for tables of such keys. */
export function isIntKey(expressions: readonly Expression[], equalities: readonly Equality[]): boolean {
	const name = expressions[0]?.type.name;
	return expressions.length === 1 && equalities[0]!.identity && (name === 'int4' || name === 'int2');
}
