/**
 * A statement, parsed and analysed once, with a program that is made anew when what it was made for has changed: the catalog,
 * the search path, or the temporary objects of the session.
 */

import type { AstNode } from '../language/sql/ast.ts';
import { sqlError } from '../platform/errors.ts';
import type { Column } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { Program } from '../query/executor/contracts.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import type { Type } from '../value/type.ts';
import type { PreparedStatement } from './contracts.ts';

/** What an analysis gave. */
export type Analysed =
	| {
			readonly kind: 'query';
			readonly plan: Plan;
			readonly parameterTypes: readonly Type[];
			readonly command: string;
			readonly columns: readonly Column[] | null;
			readonly dependsOnTime: boolean;
	  }
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
	analyse(node: AstNode | null, text: string, parameterOids: readonly number[], start: number): Analysed;
	compile(plan: Plan): Program;
}

export class Prepared implements PreparedStatement {
	readonly text: string;
	readonly node: AstNode | null;
	readonly parameterOids: readonly number[];
	readonly start: number;
	#analysed: Analysed;
	#program: Program | null = null;
	#key: object;

	constructor(text: string, node: AstNode | null, parameterOids: readonly number[], start: number, maker: StatementMaker) {
		this.text = text;
		this.node = node;
		this.parameterOids = parameterOids;
		this.start = start;
		this.#analysed = maker.analyse(node, text, parameterOids, start);
		this.#key = this.#keyFor(maker);
	}

	/** A plan that holds the time at which it was made is used once; so is what shows the columns of a cursor or of another statement. */
	#keyFor(maker: StatementMaker): object {
		const analysed = this.#analysed;
		const isOnce = analysed.kind === 'query' ? analysed.dependsOnTime : 'FetchStmt' in analysed.node || 'ExecuteStmt' in analysed.node;
		return isOnce ? {} : maker.planKey;
	}

	get parameterTypes(): readonly Type[] {
		return this.#analysed.parameterTypes;
	}

	get columns(): readonly Column[] | null {
		return this.#analysed.columns;
	}

	get command(): string {
		return this.#analysed.command;
	}

	get copy(): PreparedStatement['copy'] {
		return this.#analysed.kind === 'utility' ? this.#analysed.copy : null;
	}

	/** True while it means what it meant when it was analysed. */
	isCurrent(maker: StatementMaker): boolean {
		return this.#key === maker.planKey;
	}

	/** The analysis in force now. */
	analysed(maker: StatementMaker): Analysed {
		if (this.#key !== maker.planKey) this.#renew(maker);
		return this.#analysed;
	}

	/** The program in force now; null for a utility statement. */
	program(maker: StatementMaker): Program | null {
		if (this.#key !== maker.planKey) this.#renew(maker);
		if (this.#program === null && this.#analysed.kind === 'query') this.#program = maker.compile(this.#analysed.plan);
		return this.#program;
	}

	#renew(maker: StatementMaker): void {
		const fixed = this.#analysed.parameterTypes.map((type, i) => this.parameterOids[i] || type.oid);
		const renewed = maker.analyse(this.node, this.text, fixed, this.start);
		if (renewed.kind === 'query' && !sameColumns(this.#analysed.columns, renewed.columns))
			throw sqlError('0A000', 'cached plan must not change result type', { hint: 'Prepare the statement again.' });
		this.#analysed = renewed;
		this.#program = null;
		this.#key = this.#keyFor(maker);
	}
}

function sameColumns(before: readonly Column[] | null, after: readonly Column[] | null): boolean {
	if (before === null || after === null) return before === after;
	return before.length === after.length && before.every((c, i) => c.type.oid === after[i]!.type.oid && c.name === after[i]!.name);
}
