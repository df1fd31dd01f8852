/** What CREATE FUNCTION checks of a body: that it parses, texts of SQL included, and that what it returns fits the declaration. */

import { parseSql } from '../../language/sql/parser.ts';
import type { Block, Statement } from '../../language/sql/procedural/syntax.ts';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import { TRIGGER, VOID } from '../../value/builtin-types.ts';
import { routineOf } from './procedure-maker.ts';

/** Throws PostgreSQL's error. */
export function checkRoutine(object: FunctionObject): void {
	try {
		const routine = routineOf(object);
		for (const text of routine.texts) checkText(text.text, text.isStatement);
		if (object.language !== 'sql') visit(routine.body, (statement) => checkReturn(object, statement));
	} catch (error) {
		if (error instanceof PolylogError) {
			error.position = undefined;
		}
		throw error;
	}
}

function checkText(text: string, isStatement: boolean): void {
	try {
		parseSql(isStatement ? text : `SELECT ${text}`);
	} catch (error) {
		if (error instanceof PolylogError) error.position = undefined;
		throw error;
	}
}

function visit(block: Block | { readonly body: readonly Statement[] }, check: (statement: Statement) => void): void {
	const list = (statements: readonly Statement[]): void => {
		for (const statement of statements) {
			check(statement);
			if ('branches' in statement) {
				for (const branch of statement.branches) list(branch.body);
				list(statement.otherwise ?? []);
			} else if ('body' in statement) visit(statement, check);
		}
	};
	list(block.body);
	if ('handlers' in block) for (const handler of block.handlers) list(handler.body);
}

function checkReturn(object: FunctionObject, statement: Statement): void {
	const hasOutputs = object.argumentModes.some((m) => m === 'o' || m === 'b' || m === 't');
	if (statement.kind === 'return-next' || statement.kind === 'return-query') {
		if (!object.returnsSet) throw sqlError('42804', `cannot use RETURN ${statement.kind === 'return-next' ? 'NEXT' : 'QUERY'} in a non-SETOF function`);
		if (statement.kind === 'return-next' && statement.value !== null && hasOutputs)
			throw sqlError('42804', 'RETURN NEXT cannot have a parameter in function with OUT parameters');
		if (statement.kind === 'return-next' && statement.value === null && !hasOutputs) throw sqlError('42601', 'missing expression at or near ";"');
		return;
	}
	if (statement.kind !== 'return') return;
	const hasValue = statement.value !== null;
	if (object.isProcedure) {
		if (hasValue) throw sqlError('42804', 'RETURN cannot have a parameter in a procedure');
	} else if (object.returnsSet) {
		if (hasValue) throw sqlError('42804', 'RETURN cannot have a parameter in function returning set', { hint: 'Use RETURN NEXT or RETURN QUERY.' });
	} else if (hasOutputs) {
		if (hasValue) throw sqlError('42804', 'RETURN cannot have a parameter in function with OUT parameters');
	} else if (object.returnOid === VOID.oid) {
		if (hasValue) throw sqlError('42804', 'RETURN cannot have a parameter in function returning void');
	} else if (!hasValue && object.returnOid !== TRIGGER.oid) throw sqlError('42601', 'missing expression at or near ";"');
}
