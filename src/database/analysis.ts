/** Binds the SQL front end to a session: its catalog, search path, functions and computed tables. */
import { type AnalysedStatement, analyzeStatement } from '../language/sql/analyze-statement.ts';
import type { AstNode } from '../language/sql/ast.ts';
import type { AnalysisContext } from '../language/sql/statement-context.ts';
import { sqlFunctions } from '../query/functions/sql-functions.ts';
import type { Analysed } from './prepared.ts';
import type { DatabaseSession } from './session.ts';
import { describeUtility } from './utility/dispatch.ts';

export function analysisContext(session: DatabaseSession, parameterOids: readonly number[], allowParameters = true): AnalysisContext {
	return {
		catalog: session.catalog,
		functions: sqlFunctions,
		functionContext: session.functions,
		searchPath: searchPathOf(session),
		temporarySchema: session.temporarySchemaId === 0 ? null : (session.catalog.get(session.temporarySchemaId)?.name ?? null),
		parameterOids,
		allowParameters,
		virtualTable: (schema, name) => session.engine.virtualTable(schema, name),
	};
}

const paths = new Map<string, readonly string[]>();

/** The schemas of search_path that exist, in order. */
export function searchPathOf(session: DatabaseSession): readonly string[] {
	return searchPathNames(session).filter((name) => session.catalog.findSchema(name) !== undefined);
}

/** The names in search_path, "$user" replaced, whether they exist or not. */
export function searchPathNames(session: DatabaseSession): readonly string[] {
	const text = session.settings.get('search_path') ?? '';
	let names = paths.get(text);
	if (names === undefined) {
		names = parseNames(text);
		if (paths.size > 1000) paths.clear();
		paths.set(text, names);
	}
	return names.map((name) => (name === '$user' ? session.currentUser : name));
}

/** A list of identifiers as in search_path: quoted ones keep their case. */
export function parseNames(text: string): string[] {
	const names: string[] = [];
	for (const match of text.matchAll(/"((?:[^"]|"")*)"|([^,"]+)/g)) {
		const name = match[1] === undefined ? match[2]!.trim().toLowerCase() : match[1].replaceAll('""', '"');
		if (name !== '') names.push(name);
	}
	return names;
}

/** What a statement means now. */
export function analyse(session: DatabaseSession, node: AstNode | null, text: string, parameterOids: readonly number[], isCursor: boolean): Analysed {
	if (node === null) return { kind: 'utility', node: {}, command: '', columns: null, parameterTypes: [], copy: null };
	const analysed: AnalysedStatement = analyzeStatement(node, text, { ...analysisContext(session, parameterOids), isCursor });
	if (analysed.kind === 'query') return analysed;
	return describeUtility(session, analysed.node, text, parameterOids);
}
