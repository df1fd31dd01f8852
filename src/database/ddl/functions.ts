/** CREATE FUNCTION and kin are refused precisely; names of functions in other statements are looked up. */
import type { ObjectWithArgs } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import type { DdlContext } from './context.ts';
import { listName, lookupSchemas } from './names.ts';

/** The user's function of a name, when there is exactly one. */
export function findFunction(ddl: DdlContext, node: ObjectWithArgs, _type: string): FunctionObject | undefined {
	const name = listName(namesOf(node.objname as AstNode[] | undefined));
	for (const schema of lookupSchemas(ddl.session, name)) {
		const found = ddl.catalog.functions(schema.id, name.name).filter((f): f is FunctionObject => f.kind === 'function');
		if (found.length > 1 && node.args_unspecified)
			throw sqlError('42725', `function name "${name.name}" is not unique`, { hint: 'Specify the argument list to select the function unambiguously.' });
		if (found.length > 0) return found[0];
	}
	return undefined;
}

function refused(command: string, message: string): UtilityHandler {
	return {
		command: () => command,
		run() {
			throw sqlError('0A000', message);
		},
	};
}

export const functionHandlers = {
	CreateFunctionStmt: refused('CREATE FUNCTION', 'user-defined functions are not supported'),
	DoStmt: refused('DO', 'anonymous code blocks are not supported'),
	CallStmt: refused('CALL', 'procedures are not supported'),
	CreateTrigStmt: refused('CREATE TRIGGER', 'triggers are not supported'),
	RuleStmt: refused('CREATE RULE', 'rules are not supported'),
	CreateExtensionStmt: refused('CREATE EXTENSION', 'extensions are not supported'),
};
