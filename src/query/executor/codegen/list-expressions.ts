/**
 * Expressions over the elements of a list: each is a function of the state and the list, with a loop in it. The columns that
 * its body reads from outside are handed over in fields of the state, as to a subquery.
 *
 * Cost: one call per list and no allocation but the result's.
 */
import { assertNever } from '../../../platform/errors.ts';
import type { Type } from '../../../value/type.ts';
import { arrayOf } from '../runtime/composite-values.ts';
import type { ExpressionCompiler, ExpressionOf, Operand } from './expression-compiler.ts';
import { PipelineBuilder } from './pipeline-builder.ts';

type ListExpression = ExpressionOf<'list-transform' | 'list-test' | 'list-fold'>;

const ELEMENT = 'e';
const ACCUMULATOR = 'a';
/** Every so many elements it is asked whether to stop. */
const CHECK_MASK = 4095;

export function listValue(pipeline: PipelineBuilder, compiler: ExpressionCompiler, e: ListExpression): Operand {
	const { program } = pipeline;
	const inner = new PipelineBuilder(program, pipeline);
	inner.isLate = true;
	inner.bind(e.id, inner.fixed(ELEMENT, true));
	emitLoop(inner, e);
	const name = program.name('l');
	program.addFunction(inner.finishPlain(`function ${name}(S, list${e.kind === 'list-fold' ? `, ${ACCUMULATOR}` : ''})`));
	const given = [compiler.value(e.list).text];
	if (e.kind === 'list-fold') given.push(compiler.value(e.initial).text);
	return { text: `(${pipeline.outerText(inner)}${name}(S, ${given.join(', ')}))`, nullable: true, atomic: false };
}

/** An array of SQL keeps its elements in a field; a dynamic list is its elements. */
function isArray(type: Type): boolean {
	return type.elementOid !== 0;
}

function emitLoop(inner: PipelineBuilder, e: ListExpression): void {
	inner.emit(`if (list === null) return null; const items = list${isArray(e.list.type) ? '.elements' : ''};`);
	const head = `for (let i = 0; i < items.length; i++) { if ((i & ${CHECK_MASK}) === ${CHECK_MASK}) S.check(); const ${ELEMENT} = items[i];`;
	const { expressions } = inner;
	switch (e.kind) {
		case 'list-transform': {
			const push = `out.push(${e.body === null ? ELEMENT : expressions.value(e.body).text});`;
			const result = isArray(e.type) ? `${inner.program.slot(arrayOf(false))}(out)` : 'out';
			inner.emit(`const out = []; ${head} ${e.filter === null ? push : `if (${expressions.isTrue(e.filter)}) ${push}`} } return ${result};`);
			return;
		}
		case 'list-test':
			inner.emit(testText(e.mode, head, expressions.value(e.predicate).text));
			return;
		case 'list-fold': {
			inner.bind(e.accumulatorId, inner.fixed(ACCUMULATOR, true));
			inner.emit(`${head} ${ACCUMULATOR} = ${expressions.value(e.body).text}; } return ${ACCUMULATOR};`);
			return;
		}
		default:
			assertNever(e);
	}
}

/** What decides at once ends the loop; an unknown that nothing decided makes the result unknown. */
function testText(mode: ExpressionOf<'list-test'>['mode'], head: string, predicate: string): string {
	const loop = `let unknown = false; let count = 0; ${head} const p = ${predicate};`;
	switch (mode) {
		case 'any':
			return `${loop} if (p === true) return true; if (p === null) unknown = true; } return unknown ? null : false;`;
		case 'all':
			return `${loop} if (p === false) return false; if (p === null) unknown = true; } return unknown ? null : true;`;
		case 'none':
			return `${loop} if (p === true) return false; if (p === null) unknown = true; } return unknown ? null : true;`;
		case 'single':
			return `${loop} if (p === true && ++count > 1) return false; if (p === null) unknown = true; } return unknown ? null : count === 1;`;
	}
}
