/**
 * A statement, parsed and analysed once, with a program that is made anew when what it was made for has changed: the catalog,
 * the search path, or the temporary objects of the session.
 */

import type { AstNode } from '../language/sql/ast.ts';
import type { CursorKeys } from '../language/sql/cursor-keys.ts';
import { invariant, sqlError } from '../platform/errors.ts';
import { LazyModule } from '../platform/lazy-module.ts';
import type { Column } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { Program } from '../query/executor/contracts.ts';
import type { Measured } from '../query/executor/explain.ts';
import type { FunctionContext } from '../query/functions/contracts.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import type { Type } from '../value/type.ts';
import type { PreparedStatement, StatementPlan } from './contracts.ts';
import type { LanguageCommand, LanguageSource } from './language.ts';
import { Programs } from './programs.ts';

/** What an analysis gave. */
export type Analysed =
	| {
			readonly kind: 'query';
			readonly plan: Plan;
			readonly parameterTypes: readonly Type[];
			readonly command: string;
			readonly columns: readonly Column[] | null;
			readonly dependsOnTime: boolean;
			/** Of a cursor's query (`language/sql/cursor-keys.ts`). */
			readonly cursorKeys?: CursorKeys;
			readonly mode?: 'explain' | 'profile';
			/** Of a language whose parameters have names: in the order in which the plan counts them. */
			readonly parameterNames?: readonly string[];
			/** Of a language that finds its parameters itself (`LanguageQuery.begin`). */
			readonly begin?: (functions: FunctionContext) => readonly unknown[];
			readonly facts?: unknown;
	  }
	| (LanguageCommand & { readonly parameterTypes: readonly Type[] })
	| {
			readonly kind: 'utility';
			readonly node: AstNode;
			readonly command: string;
			readonly columns: readonly Column[] | null;
			readonly parameterTypes: readonly Type[];
			readonly copy: PreparedStatement['copy'];
	  };

/** Makes analyses and programs; implemented by the session, which knows catalog and settings. */
export interface StatementMaker {
	/** Names what a statement's meaning depends on now: equal keys, equal meaning. */
	readonly planKey: object;
	readonly catalog: CatalogVersion;
	analyse(node: AstNode | null, text: string, parameterOids: readonly number[], isCursor: boolean): Analysed;
	analyseLanguage(source: LanguageSource, text: string): Analysed;
	/** The programs of a plan; one is chosen by the values of its parameters. */
	programs(plan: Plan): Programs;
	optimizePlan(plan: Plan): Plan;
	/** A program of an optimized plan that counts rows and time per operator. */
	compileInstrumented(plan: Plan): Program;
}

/** For statements that show their plans. */
const explaining = new LazyModule<typeof import('../query/executor/explain.ts')>(new URL('../query/executor/explain.ts', import.meta.url));

const NO_OIDS: readonly number[] = [];
const NO_TYPES: readonly Type[] = [];
const NO_NAMES: readonly string[] = [];

type Parts = Pick<Prepared, 'text' | 'node' | 'source' | 'parameterOids' | 'start' | 'values' | 'isCursor'>;

export class Prepared implements PreparedStatement {
	readonly text: string;
	readonly node: AstNode | null;
	/** Null for SQL. */
	readonly source: LanguageSource | null;
	readonly parameterOids: readonly number[];
	readonly start: number;
	/** Values of all parameters, where the text brings them along; null: whoever runs it gives them. */
	readonly values: readonly unknown[] | null;
	/** It is the query of a cursor. */
	readonly isCursor: boolean;
	/** Whose plan this one runs with its own values; null: it has its own. */
	readonly #template: Prepared | null;
	#analysed: Analysed;
	#programs: Programs | null = null;
	/** The optimized plan, of a statement that shows it. */
	#shownPlan: Plan | null = null;
	#key: object;

	private constructor(parts: Parts, analysed: Analysed, template: Prepared | null) {
		this.text = parts.text;
		this.node = parts.node;
		this.source = parts.source;
		this.parameterOids = parts.parameterOids;
		this.start = parts.start;
		this.values = parts.values;
		this.isCursor = parts.isCursor;
		this.#analysed = analysed;
		this.#template = template;
		this.#key = this;
	}

	static analyse(text: string, node: AstNode | null, parameterOids: readonly number[], start: number, maker: StatementMaker, isCursor = false): Prepared {
		const parts = { text, node, source: null, parameterOids, start, values: null, isCursor };
		const made = new Prepared(parts, maker.analyse(node, text, parameterOids, isCursor), null);
		made.#key = made.#keyFor(maker);
		return made;
	}

	/** A statement of a language beside SQL. */
	static ofLanguage(text: string, source: LanguageSource, maker: StatementMaker): Prepared {
		const parts = { text, node: null, source, parameterOids: NO_OIDS, start: 0, values: null, isCursor: false };
		const made = new Prepared(parts, maker.analyseLanguage(source, text), null);
		made.#key = made.#keyFor(maker);
		return made;
	}

	/** A statement without parameters that is `template` with the values given. */
	static of(template: Prepared, text: string, start: number, values: readonly unknown[]): Prepared {
		return new Prepared({ text, node: template.node, source: null, parameterOids: NO_OIDS, start, values, isCursor: false }, template.#analysed, template);
	}

	/** A plan that holds the time at which it was made is used once; so is what shows the columns of a cursor or of another statement. */
	#keyFor(maker: StatementMaker): object {
		const analysed = this.#analysed;
		return isOnce(analysed) ? {} : maker.planKey;
	}

	get parameterTypes(): readonly Type[] {
		return this.#template === null ? this.#analysed.parameterTypes : NO_TYPES;
	}

	get columns(): readonly Column[] | null {
		return this.#analysed.columns;
	}

	/** How rows of a cursor's query name rows of tables; null where they do not. */
	get cursorKeys(): CursorKeys | null {
		return (this.#analysed.kind === 'query' ? this.#analysed.cursorKeys : undefined) ?? null;
	}

	get command(): string {
		return this.#analysed.command;
	}

	/** Names of the parameters, for languages that have them, in the order of the values that `bind` takes. */
	get parameterNames(): readonly string[] {
		const analysed = this.#analysed;
		return analysed.kind === 'utility' ? NO_NAMES : (analysed.parameterNames ?? NO_NAMES);
	}

	/** What a language wants to know again of its statement. */
	get facts(): unknown {
		return this.#analysed.kind === 'utility' ? undefined : this.#analysed.facts;
	}

	/** The plan's parameters, where the statement finds them itself; null: whoever runs it gives them. */
	ownParameters(functions: FunctionContext): readonly unknown[] | null {
		if (this.values !== null) return this.values;
		const analysed = this.#analysed;
		return analysed.kind === 'query' ? (analysed.begin?.(functions) ?? null) : null;
	}

	/** The parameters in the order that `bind` takes; `read` gives undefined where there is none: that is refused. */
	namedValues(maker: StatementMaker, read: (name: string) => unknown): unknown[] {
		// The names may be others after a new analysis.
		this.analysed(maker);
		const names = this.parameterNames;
		const values = new Array<unknown>(names.length);
		const missing: string[] = [];
		for (let i = 0; i < names.length; i++) {
			const value = read(names[i]!);
			if (value === undefined) missing.push(names[i]!);
			values[i] = value;
		}
		if (missing.length === 0) return values;
		throw sqlError('42P02', `Expected parameter(s): ${missing.join(', ')}`, {
			hint: 'Give a value for each parameter of the text.',
			condition: 'ParameterMissing',
		});
	}

	/** Under what the statement is kept in a cache of statements. */
	get cacheKey(): string {
		return this.source === null ? this.text : languageKey(this.source, this.text);
	}

	get copy(): PreparedStatement['copy'] {
		return this.#analysed.kind === 'utility' ? this.#analysed.copy : null;
	}

	/** True while it means what it meant when it was analysed. */
	isCurrent(maker: StatementMaker): boolean {
		return (this.#template ?? this).#key === maker.planKey;
	}

	/** The analysis in force now. */
	analysed(maker: StatementMaker): Analysed {
		if (this.#template !== null) return this.#template.analysed(maker);
		if (this.#key !== maker.planKey) this.#renew(maker);
		return this.#analysed;
	}

	/** The program in force now, for these values of the parameters if it brings along none (null: they are not known); null for a utility statement. */
	program(maker: StatementMaker, values: readonly unknown[] | null): Program | null {
		if (this.#template !== null) return this.#template.program(maker, this.values);
		if (this.#key !== maker.planKey) this.#renew(maker);
		if (this.#programs === null && this.#analysed.kind === 'query') this.#programs = this.#madePrograms(maker, this.#analysed);
		return this.#programs === null ? null : this.#programs.for(values);
	}

	#madePrograms(maker: StatementMaker, { mode, plan }: Extract<Analysed, { kind: 'query' }>): Programs {
		if (mode !== 'profile') return maker.programs(plan);
		const program = maker.compileInstrumented(this.#optimized(maker));
		return new Programs(() => ({ program, uses: [] }));
	}

	/** Whether it shows its plan, and how; undefined when it runs and shows its rows alone. */
	get mode(): 'explain' | 'profile' | undefined {
		return this.#analysed.kind === 'query' ? this.#analysed.mode : undefined;
	}

	/** The plan of a statement that shows it, in force now; `measured`: what a run of it gave. */
	shownPlan(maker: StatementMaker, measured: Measured | null): StatementPlan {
		return { root: explaining.get().explainTree(this.#optimized(maker), measured), isMeasured: measured !== null };
	}

	#optimized(maker: StatementMaker): Plan {
		const analysed = this.analysed(maker);
		invariant(analysed.kind === 'query', 'only queries show their plan');
		this.#shownPlan ??= maker.optimizePlan(analysed.plan);
		return this.#shownPlan;
	}

	#renew(maker: StatementMaker): void {
		this.#shownPlan = null;
		if (this.source !== null) {
			this.#analysed = maker.analyseLanguage(this.source, this.text);
			this.#programs = null;
			this.#key = this.#keyFor(maker);
			return;
		}
		const fixed = this.#analysed.parameterTypes.map((type, i) => this.parameterOids[i] || type.oid);
		const renewed = maker.analyse(this.node, this.text, fixed, this.isCursor);
		if (renewed.kind === 'query' && !sameColumns(this.#analysed.columns, renewed.columns))
			throw sqlError('0A000', 'cached plan must not change result type', { hint: 'Prepare the statement again.' });
		this.#analysed = renewed;
		this.#programs = null;
		this.#key = this.#keyFor(maker);
	}
}

function isOnce(analysed: Analysed): boolean {
	if (analysed.kind === 'query') return analysed.dependsOnTime;
	return analysed.kind === 'utility' && ('FetchStmt' in analysed.node || 'ExecuteStmt' in analysed.node);
}

/** No text of SQL begins with the character zero. */
export function languageKey(source: LanguageSource, text: string): string {
	return `\u0000${source.language.name}\u0000${source.target}\u0000${text}`;
}

function sameColumns(before: readonly Column[] | null, after: readonly Column[] | null): boolean {
	if (before === null || after === null) return before === after;
	return before.length === after.length && before.every((c, i) => c.type.oid === after[i]!.type.oid && c.name === after[i]!.name);
}
