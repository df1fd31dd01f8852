/** Expressions kept as text in the catalog (defaults, checks, generated columns, indexes): parsed once per text. */
import { sqlError } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import { UNKNOWN } from '../../value/builtin-types.ts';
import { analyzeExpression } from './analyze-expression.ts';
import type { AstNode } from './ast.ts';
import { cannotCast, coerceToTarget } from './coercion.ts';
import { parseStatement } from './parser.ts';
import { type Clause, entryOf, QueryLevel, registerColumns, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

const CACHED_MAX = 2000;
const parsed = new Map<string, AstNode>();

/** The parse tree of an expression's text. */
export function parseExpressionText(text: string): AstNode {
	let node = parsed.get(text);
	if (node === undefined) {
		node = graphTerm(text) ?? parseWith(text);
		if (parsed.size >= CACHED_MAX) parsed.clear();
		parsed.set(text, node);
	}
	return node;
}

function parseWith(text: string): AstNode {
	const target = (parseStatement(`SELECT ${text}`)?.SelectStmt?.targetList as AstNode[] | undefined)?.[0];
	if (target?.ResTarget?.val === undefined) throw sqlError('42601', `not an expression: ${text}`);
	return target.ResTarget.val as AstNode;
}

/** What the indexes of graphs are over. Their first query after a start need not load the grammar of SQL for it, 15 ms and 8 MB. */
const GRAPH_TERM = /^polylog\.(property|has_label)\((properties|labels), '((?:[^']|'')+)'\)$/;
const SELECT_LENGTH = 'SELECT '.length;

/** The tree that the grammar gives for such a text, places included; null for any other. */
function graphTerm(text: string): AstNode | null {
	const match = GRAPH_TERM.exec(text);
	if (match === null) return null;
	const [name, column, literal] = [match[1]!, match[2]!, match[3]!];
	const columnAt = SELECT_LENGTH + `polylog.${name}(`.length;
	return {
		FuncCall: {
			funcname: [{ String: { sval: 'polylog' } }, { String: { sval: name } }],
			args: [
				{ ColumnRef: { fields: [{ String: { sval: column } }], location: columnAt } },
				{ A_Const: { sval: { sval: literal.replaceAll("''", "'") }, location: columnAt + column.length + ', '.length } },
			],
			funcformat: 'COERCE_EXPLICIT_CALL',
			location: SELECT_LENGTH,
		},
	};
}

/** A level in which a row of a table is in scope, its columns given as expressions in attribute order. */
export function rowLevel(context: StatementContext, table: TableObject, columns: readonly Expression[], clause: Clause, alias = table.name): QueryLevel {
	const level = new QueryLevel(context, null);
	const live = table.columns.filter((c) => !c.dropped);
	const entry = entryOf(alias, [], {
		table,
		schema: context.catalog.get(table.schemaId)?.name ?? null,
		columns: live.map((c, i) => ({ name: c.name, expression: columns[i]! })),
	});
	registerColumns(level, entry);
	level.namespace = [visibleItem(entry)];
	level.clause = clause;
	return level;
}

/** The context for texts of a table's definition: the statement's path, then the table's own schema. */
export function tableContext(context: StatementContext, table: TableObject, text: string): StatementContext {
	const schema = context.catalog.get(table.schemaId)?.name;
	const path = [...context.lookupPath];
	if (schema !== undefined && !path.includes(schema)) path.push(schema);
	return context.nested(path, text);
}

/** What a column gets when no value is given. */
export function defaultExpression(context: StatementContext, table: TableObject, column: ColumnObject): Expression {
	const type = context.type(column.typeOid);
	const missing: Expression = { kind: 'constant', value: null, type: UNKNOWN };
	if (column.generatedText !== null) return { kind: 'constant', value: null, type };
	const text = column.defaultText ?? domainDefault(context, type.oid);
	const inner = text === null ? context : tableContext(context, table, text);
	const expression = text === null ? missing : analyzeExpression(defaultLevel(inner), parseExpressionText(text));
	const converted = coerceToTarget(inner, expression, type, column.typmod, 'assignment');
	if (converted === null) throw cannotCast(context, expression.type, type, 0);
	return converted;
}

function defaultLevel(context: StatementContext): QueryLevel {
	const level = new QueryLevel(context, null);
	level.clause = 'default';
	return level;
}

function domainDefault(context: StatementContext, oid: number): string | null {
	const object = context.catalog.get(oid);
	if (object?.kind !== 'type' || object.typeKind !== 'domain') return null;
	return object.defaultText ?? domainDefault(context, object.baseOid);
}
