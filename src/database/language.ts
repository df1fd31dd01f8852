/**
 * Languages beside SQL: what a session needs of one to run its texts. A language makes a plan of a text; from there on everything
 * is SQL's own: the same optimizer, executor, cache of prepared statements, portals, transactions, waiting and retrying.
 *
 * Calls: `Session.prepareLanguage(language, target, text)` → `Session.bindNamed(statement, values)` → `Portal.run`. A statement is
 * analysed again when the catalog or a setting that plans depend on has changed.
 *
 * Parameters have names. An expression of kind `parameter` in the plan counts by the place of the name in `parameterNames`.
 * Values of parameters and columns are what the language says (for Cypher: `value/dynamic.ts`; for SPARQL: `value/rdf-term.ts`).
 */
import type { Column } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { FunctionContext } from '../query/functions/contracts.ts';
import type { UtilityOutcome } from './portal.ts';
import type { DatabaseSession } from './session.ts';

export interface Language {
	/** Part of the key under which statements are kept: 'cypher', 'sparql'. */
	readonly name: string;
	/**
	 * What a text means now. `target` names what it is about: a graph, a triple store. The catalog is `session.catalog`. Throws what is
	 * wrong with the text.
	 */
	analyse(session: DatabaseSession, text: string, target: string): LanguageAnalysis;
}

export type LanguageAnalysis = LanguageQuery | LanguageCommand;

/** A statement that is a plan. */
export interface LanguageQuery {
	readonly kind: 'query';
	readonly plan: Plan;
	/** In the order in which the plan counts them. */
	readonly parameterNames: readonly string[];
	/** Gives the plan's parameters instead, when the statement begins to run in its transaction: what only then is known of constants. */
	readonly begin?: (functions: FunctionContext) => readonly unknown[];
	/** The word of the command tag, such as 'MATCH' or 'CONSTRUCT'. */
	readonly command: string;
	/** Result columns; null for a statement without rows. */
	readonly columns: readonly Column[] | null;
	/** The plan holds the time, or something else that is not in the catalog: it is used once. */
	readonly dependsOnTime: boolean;
	/** 'explain': shows the plan and does not run; 'profile': runs, and shows what each operator did. Absent: runs. */
	readonly mode?: 'explain' | 'profile';
	/** What the language itself wants to know again of the statement when it is run: its form, how to show its result. */
	readonly facts?: unknown;
}

/** A statement that is work of its own: a change of the schema, SHOW, EXPLAIN. */
export interface LanguageCommand {
	readonly kind: 'command';
	readonly command: string;
	readonly columns: readonly Column[] | null;
	readonly parameterNames: readonly string[];
	readonly facts?: unknown;
	/** `parameters` are in the order of `parameterNames`. Begins its own transaction (`session.inTransaction`) where it needs one. */
	run(session: DatabaseSession, parameters: readonly unknown[]): UtilityOutcome | Promise<UtilityOutcome>;
}

/** Where a statement that is not SQL came from. */
export interface LanguageSource {
	readonly language: Language;
	readonly target: string;
}
