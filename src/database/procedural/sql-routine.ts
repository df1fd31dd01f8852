/** A function or procedure in SQL of several statements, as the tree of a procedure: its statements one after the other, the last one giving the result. */
import type { AstNode } from '../../language/sql/ast.ts';
import { parseSql } from '../../language/sql/parser.ts';
import { ASSIGNED, BodyScope } from '../../language/sql/procedural/body-scope.ts';
import { ALWAYS } from '../../language/sql/procedural/parse-body.ts';
import type { Given, Routine, Statement } from '../../language/sql/procedural/syntax.ts';
import { TokenReader } from '../../language/sql/procedural/token-reader.ts';
import { splitStatements } from '../../language/sql/scanner.ts';
import { sqlError } from '../../platform/errors.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import { VOID } from '../../value/builtin-types.ts';

/** Names mean columns first, then the parameters. */
export function sqlRoutine(object: FunctionObject, given: readonly Given[]): Routine {
	const body = new BodyScope(new TokenReader(''), object.name, [...ALWAYS, ...given]);
	for (const { name } of ALWAYS) body.scope.names.delete(name);
	body.scope.names.delete(ASSIGNED);
	const texts = splitStatements(object.body);
	const wantsRows = object.returnOid !== VOID.oid;
	const statements = texts.map(({ text }, i): Statement => {
		const query = body.made(text, i + 1, true);
		const line = i + 1;
		const isResult = wantsRows && i === texts.length - 1;
		if (isResult) requireRows(object, parseSql(text)[0]?.node);
		return isResult ? { kind: 'return-query', line, source: { kind: 'static', query } } : { kind: 'perform', line, query };
	});
	if (wantsRows && statements.length === 0) throw finalStatement(object);
	const block = { kind: 'block' as const, line: 0, label: null, datums: [], body: statements, handlers: [], state: -1, message: -1 };
	return { datums: body.datums, body: block, texts: body.texts, found: 0, scope: body.scope, conflict: 'use_column' };
}

function requireRows(object: FunctionObject, node: AstNode | undefined): void {
	const changes = node?.InsertStmt ?? node?.UpdateStmt ?? node?.DeleteStmt;
	if (node?.SelectStmt === undefined && changes?.returningClause === undefined) throw finalStatement(object);
}

function finalStatement(object: FunctionObject): Error {
	return sqlError('42P13', `return type mismatch in function "${object.name}"`, {
		detail: "Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.",
	});
}
