/** The SET clause: single columns, lists of columns from rows or subqueries, DEFAULT, elements and fields. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { ColumnObject } from '../../transaction/catalog-objects.ts';
import { analyzeExpression, analyzeRowItem } from './analyze-expression.ts';
import { analyzeSelect } from './analyze-select.ts';
import { rowSubquery } from './analyze-sublink.ts';
import { assignInside, assignTo, defaultInside } from './assignment.ts';
import type { AstNode } from './ast.ts';
import { assignableColumn, type ChangeTarget } from './change-target.ts';
import type { QueryLevel } from './scope.ts';
import { defaultExpression } from './stored-text.ts';

export interface Assignment {
	readonly number: number;
	readonly expression: Expression;
}

export interface SetClause {
	readonly assignments: readonly Assignment[];
	/** Rows of subqueries that several columns are assigned from: to be computed once per input row. */
	readonly rows: readonly { readonly column: Column; readonly expression: Expression }[];
}

/** `old`: the row's present values, one per live column of the table. */
export function analyzeSetClause(level: QueryLevel, nodes: readonly AstNode[], target: ChangeTarget, old: readonly Expression[]): SetClause {
	const collector = new SetCollector(level, target, old);
	level.within('update', () => {
		for (const node of nodes) collector.add(node.ResTarget!);
	});
	return { assignments: [...collector.assigned].map(([number, expression]) => ({ number, expression })), rows: collector.rows };
}

type SetItem = NonNullable<AstNode['ResTarget']>;

class SetCollector {
	readonly assigned = new Map<number, Expression>();
	readonly rows: { column: Column; expression: Expression }[] = [];
	readonly #level: QueryLevel;
	readonly #target: ChangeTarget;
	readonly #old: readonly Expression[];
	readonly #partial = new Set<number>();
	/** Fields of the row that a list of columns is being assigned from. */
	#fields: readonly (Expression | null)[] = [];

	constructor(level: QueryLevel, target: ChangeTarget, old: readonly Expression[]) {
		this.#level = level;
		this.#target = target;
		this.#old = old;
	}

	add(item: SetItem): void {
		const { context } = this.#level;
		const position = context.at(item.location);
		const column = assignableColumn(context, this.#target, item.name ?? '', 'update', position);
		const steps = (item.indirection ?? []) as AstNode[];
		const value = this.#value(item.val as AstNode);
		if (this.assigned.has(column.number) && !(steps.length > 0 && this.#partial.has(column.number))) {
			throw context.error('42601', `multiple assignments to same column "${column.name}"`, position);
		}
		if (value === null) {
			if (steps.length > 0) throw defaultInside(context, steps, position);
			if (column.generatedText === null) this.assigned.set(column.number, defaultExpression(context, this.#target.table, column));
			return;
		}
		this.#checkAssignable(column);
		if (steps.length === 0) {
			this.assigned.set(column.number, assignTo(context, column, value));
			return;
		}
		const live = this.#target.table.columns.filter((c) => !c.dropped);
		const before = this.assigned.get(column.number) ?? this.#old[live.indexOf(column)]!;
		this.#partial.add(column.number);
		this.assigned.set(column.number, assignInside(this.#level, column, before, steps, value));
	}

	#checkAssignable(column: ColumnObject): void {
		const { context } = this.#level;
		const refuse = (detail: string): Error => context.error('428C9', `column "${column.name}" can only be updated to DEFAULT`, 0, { detail });
		if (column.generatedText !== null) throw refuse(`Column "${column.name}" is a generated column.`);
		if (column.identity === 'a') throw refuse(`Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`);
	}

	/** null: DEFAULT. */
	#value(node: AstNode): Expression | null {
		if (node.SetToDefault !== undefined) return null;
		const multi = node.MultiAssignRef;
		if (multi === undefined) return analyzeExpression(this.#level, node);
		if ((multi.colno ?? 1) === 1) this.#fields = this.#multiFields(multi.source as AstNode, multi.ncolumns ?? 1);
		return this.#fields[(multi.colno ?? 1) - 1] ?? null;
	}

	#multiFields(source: AstNode, count: number): readonly (Expression | null)[] {
		const { context } = this.#level;
		const mismatch = (position: number): Error => context.error('42601', 'number of columns does not match number of values', position);
		const row = source.RowExpr;
		if (row !== undefined) {
			const values = ((row.args ?? []) as AstNode[]).flatMap((a): readonly (Expression | null)[] =>
				a.SetToDefault === undefined ? analyzeRowItem(this.#level, a) : [null],
			);
			if (values.length !== count) throw mismatch(context.at(row.location));
			return values;
		}
		const sublink = source.SubLink;
		if (sublink === undefined || sublink.subLinkType !== 'EXPR_SUBLINK') {
			throw context.error('0A000', 'source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression');
		}
		const plan = analyzeSelect(context, this.#level, (sublink.subselect as AstNode).SelectStmt!).plan;
		if (plan.columns.length !== count) throw mismatch(context.at(sublink.location));
		const expression = rowSubquery(plan, context.at(sublink.location));
		const column = context.newColumn('row', expression.type);
		this.rows.push({ column, expression });
		const operand: Expression = { kind: 'column', id: column.id, type: column.type };
		return plan.columns.map((c, index): Expression => ({ kind: 'field', operand, index, type: c.type }));
	}
}
