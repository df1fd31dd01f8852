/**
 * Definitions of catalog objects as SQL text: what pg_get_indexdef and its kin return. Expressions are shown as the catalog keeps
 * them; PostgreSQL's "pretty" form differs from the plain one in parentheses and in names without schema.
 */
import { deparseInLines } from '../../language/sql/deparse.ts';
import { parseStatement } from '../../language/sql/parser.ts';
import { rewriteNames, withIdentifier } from '../../language/sql/rename-in-text.ts';
import { sqlError } from '../../platform/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../query/functions/quote-identifier.ts';
import type {
	CatalogObject,
	ConstraintObject,
	IndexColumn,
	IndexObject,
	ReferentialAction,
	TableObject,
	ViewObject,
} from '../../transaction/catalog-objects.ts';
import { functionByOid, isInput, type KnownFunction } from './function-catalog.ts';
import { columnNames, defaultId, displayName, displayType, qualifiedName, schemaName, shownTableId } from './object-names.ts';
import { shownExpression, shownNames } from './shown-text.ts';
import type { SystemContext } from './system-table.ts';

const ACTIONS: Readonly<Record<ReferentialAction, string>> = {
	'no action': '',
	restrict: 'RESTRICT',
	cascade: 'CASCADE',
	'set null': 'SET NULL',
	'set default': 'SET DEFAULT',
};

/** A function call needs no parentheses of its own. */
const FUNCTION_CALL = /^[a-z_][a-z0-9_.]*\((?:[^()]|\([^()]*\))*\)$/i;

function tableOf(context: SystemContext, id: number): TableObject | undefined {
	const object = context.catalog.get(id);
	return object?.kind === 'table' ? object : undefined;
}

/** True when one pair of parentheses holds all of the text. */
function isWrapped(text: string): boolean {
	if (!text.startsWith('(') || !text.endsWith(')')) return false;
	let depth = 0;
	let quote = '';
	for (let at = 0; at < text.length - 1; at++) {
		const character = text[at]!;
		if (quote !== '') {
			if (character === quote) quote = '';
		} else if (character === "'" || character === '"') quote = character;
		else if (character === '(') depth++;
		else if (character === ')' && --depth === 0) return false;
	}
	return true;
}

/** An expression in PostgreSQL's pretty form: without parentheses around the whole. */
export function prettyExpression(text: string): string {
	return isWrapped(text) ? text.slice(1, -1) : text;
}

/** In its plain form: with them, unless it is a function call. */
export function plainExpression(text: string): string {
	return isWrapped(text) || FUNCTION_CALL.test(text) ? text : `(${text})`;
}

function nameList(names: readonly string[]): string {
	return names.map(quoteIdentifier).join(', ');
}

/** What was said of an index in WITH (…). */
export function indexOptions(index: IndexObject): Record<string, string> {
	if (index.method === 'columnar') return {};
	return {
		...(index.isEngineChosen === true && index.engine !== undefined ? { engine: index.engine } : {}),
		...(index.spatial?.bounds ? { bounds: index.spatial.bounds } : {}),
	};
}

/** CREATE INDEX; null when there is no such index. */
export function indexDefinition(context: SystemContext, id: number, pretty: boolean): string | null {
	const index = context.catalog.get(id);
	if (index?.kind !== 'index') return null;
	const table = tableOf(context, index.tableId);
	const shown = context.catalog.get(shownTableId(context.catalog, index.tableId));
	if (table === undefined || shown === undefined) return null;
	if (index.method === 'columnar') return columnarDefinition(context, index, table, shown, pretty);
	const keys = index.columns.map((column) => keyText(context, table, column, pretty) + orderText(column));
	const only = table.partitionBy === undefined ? '' : 'ONLY ';
	const target = only + (pretty ? displayName(context, shown) : qualifiedName(context.catalog, shown));
	const include = index.include.length === 0 ? '' : ` INCLUDE (${nameList(columnNames(table, index.include))})`;
	const given = Object.entries(indexOptions(index)).map(([name, value]) => `${name}=${quoteLiteral(value)}`);
	const options = given.length === 0 ? '' : ` WITH (${given.join(', ')})`;
	const nulls = index.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
	const predicate = index.predicateText === null ? null : shownExpression(context, index.predicateText, table.schemaId);
	const where = predicate === null ? '' : ` WHERE ${pretty ? prettyExpression(predicate) : plainExpression(predicate)}`;
	const unique = index.unique ? 'UNIQUE ' : '';
	return `CREATE ${unique}INDEX ${quoteIdentifier(index.name)} ON ${target} USING ${index.columns[0]?.each === true ? 'inverted' : index.method} (${keys.join(', ')})${include}${nulls}${options}${where}`;
}

function columnarDefinition(context: SystemContext, index: IndexObject, table: TableObject, shown: CatalogObject, pretty: boolean): string {
	const only = table.partitionBy === undefined ? '' : 'ONLY ';
	const target = only + (pretty ? displayName(context, shown) : qualifiedName(context.catalog, shown));
	const sort = nameList(
		columnNames(
			table,
			index.columns.map((column) => column.column),
		),
	);
	const options = sort === '' ? '' : ` WITH (sort=${quoteLiteral(sort)})`;
	return `CREATE INDEX ${quoteIdentifier(index.name)} ON ${target} USING columnar (${nameList(columnNames(table, index.include))})${options}`;
}

/** The text of one column of an index, counted from 1; '' beyond its columns. */
export function indexColumnDefinition(context: SystemContext, id: number, position: number, pretty: boolean): string | null {
	const index = context.catalog.get(id);
	if (index?.kind !== 'index') return null;
	const table = tableOf(context, index.tableId);
	if (table === undefined) return null;
	const key = index.columns[position - 1];
	if (key !== undefined) return keyText(context, table, key, pretty);
	const included = index.include[position - 1 - index.columns.length];
	return included === undefined ? '' : nameList(columnNames(table, [included]));
}

function keyText(context: SystemContext, table: TableObject, column: IndexColumn, pretty: boolean): string {
	if (column.column !== 0) return nameList(columnNames(table, [column.column]));
	const text = shownExpression(context, column.expressionText ?? '', table.schemaId);
	if (FUNCTION_CALL.test(text)) return text;
	return `(${pretty ? prettyExpression(text) : text})`;
}

/** Only what differs from the default: NULLS LAST ascending, NULLS FIRST descending. */
function orderText(column: IndexColumn): string {
	if (column.descending) return column.nullsFirst ? ' DESC' : ' DESC NULLS LAST';
	return column.nullsFirst ? ' NULLS FIRST' : '';
}

export function constraintDefinition(context: SystemContext, id: number, pretty: boolean): string | null {
	const constraint = context.catalog.get(id);
	if (constraint?.kind !== 'constraint') return domainCheckDefinition(context, id, pretty);
	const table = tableOf(context, constraint.tableId);
	if (table === undefined) return null;
	const deferrable = constraint.deferrable ? ` DEFERRABLE${constraint.initiallyDeferred ? ' INITIALLY DEFERRED' : ''}` : '';
	return `${constraintBody(context, constraint, table, pretty)}${deferrable}${constraint.validated ? '' : ' NOT VALID'}`;
}

function constraintBody(context: SystemContext, constraint: ConstraintObject, table: TableObject, pretty: boolean): string {
	switch (constraint.type) {
		case 'check':
			return checkText(shownExpression(context, constraint.checkText ?? '', table.schemaId), pretty);
		case 'foreign':
			return foreignKeyText(context, constraint, table);
		default: {
			const index = context.catalog.get(constraint.indexId);
			const nulls = index?.kind === 'index' && index.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
			const include = index?.kind === 'index' && index.include.length > 0 ? ` INCLUDE (${nameList(columnNames(table, index.include))})` : '';
			const columns = nameList(columnNames(table, constraint.columns));
			return `${constraint.type === 'primary' ? 'PRIMARY KEY' : 'UNIQUE'}${nulls} (${columns})${include}`;
		}
	}
}

function checkText(text: string, pretty: boolean): string {
	return `CHECK (${pretty ? prettyExpression(text) : plainExpression(text)})`;
}

function domainCheckDefinition(context: SystemContext, id: number, pretty: boolean): string | null {
	for (const object of context.catalog.objects()) {
		if (object.kind !== 'type') continue;
		const check = object.checks.find((_, index) => defaultId(object.id, index) === id);
		if (check !== undefined) return checkText(withIdentifier(shownExpression(context, check.text, object.schemaId), 'value', 'VALUE'), pretty);
	}
	return null;
}

function foreignKeyText(context: SystemContext, constraint: ConstraintObject, table: TableObject): string {
	const foreign = tableOf(context, constraint.foreignTableId);
	if (foreign === undefined) return '';
	const own = nameList(columnNames(table, constraint.columns));
	const referenced = nameList(columnNames(foreign, constraint.foreignColumns));
	const match = constraint.matchFull ? ' MATCH FULL' : '';
	const onUpdate = ACTIONS[constraint.onUpdate];
	const onDelete = ACTIONS[constraint.onDelete];
	const deleteColumns = constraint.onDeleteColumns ?? [];
	const limited = deleteColumns.length === 0 ? '' : ` (${nameList(columnNames(table, deleteColumns))})`;
	return (
		`FOREIGN KEY (${own}) REFERENCES ${displayName(context, foreign)}(${referenced})${match}` +
		`${onUpdate === '' ? '' : ` ON UPDATE ${onUpdate}`}${onDelete === '' ? '' : ` ON DELETE ${onDelete}${limited}`}`
	);
}

/** The SELECT of a view, with a semicolon. */
export function viewDefinition(context: SystemContext, id: number): string | null {
	const view = context.catalog.get(id);
	return view?.kind === 'view' ? ` ${viewText(context, view)};` : null;
}

export function viewText(context: SystemContext, view: ViewObject): string {
	const node = parseStatement(view.text);
	if (node === null) return view.text;
	return deparseInLines(rewriteNames(node, shownNames(context, view.searchPath)));
}

/** The rule behind a view. */
export function ruleDefinition(context: SystemContext, id: number): string | null {
	const view = context.catalog.get(id);
	if (view?.kind !== 'view') return null;
	return `CREATE RULE "_RETURN" AS\n    ON SELECT TO ${qualifiedName(context.catalog, view)} DO INSTEAD  ${viewText(context, view)};`;
}

/** Arguments as in CREATE FUNCTION; `identity` leaves defaults out. */
export function functionArguments(context: SystemContext, oid: number, identity: boolean): string | null {
	const one = functionByOid(context, oid);
	if (one === undefined) return null;
	const parts = one.user === null ? libraryArguments(context, one) : userArguments(context, one, identity);
	return parts.join(', ');
}

function libraryArguments(context: SystemContext, one: KnownFunction): string[] {
	const names = one.library?.argumentNames ?? [];
	return one.argumentOids.map((typeOid, index) => {
		const variadic = one.variadicOid !== 0 && index === one.argumentOids.length - 1 ? 'VARIADIC ' : '';
		const name = names[index];
		return `${variadic}${name === undefined || name === '' ? '' : `${quoteIdentifier(name)} `}${displayType(context, typeOid, -1)}`;
	});
}

function userArguments(context: SystemContext, one: KnownFunction, identity: boolean): string[] {
	const { argumentModes, argumentNames, argumentOids, argumentDefaults } = one.user!;
	const parts: string[] = [];
	for (const [index, typeOid] of argumentOids.entries()) {
		const mode = argumentModes[index] ?? 'i';
		if (mode === 't' || (identity && mode === 'o')) continue;
		const name = argumentNames[index] ?? '';
		const prefix = mode === 'o' ? 'OUT ' : mode === 'b' ? 'INOUT ' : mode === 'v' ? 'VARIADIC ' : one.kind === 'p' ? 'IN ' : '';
		const given = argumentDefaults[index] ?? null;
		const shownDefault = identity || given === null || !isInput(mode) ? '' : ` DEFAULT ${given}`;
		parts.push(`${prefix}${name === '' ? '' : `${quoteIdentifier(name)} `}${displayType(context, typeOid, -1)}${shownDefault}`);
	}
	return parts;
}

export function functionResult(context: SystemContext, oid: number): string | null {
	const one = functionByOid(context, oid);
	if (one === undefined || one.kind === 'p') return null;
	const { user } = one;
	if (user?.argumentModes.includes('t')) {
		const columns = user.argumentOids.flatMap((typeOid, index) =>
			user.argumentModes[index] === 't' ? [`${quoteIdentifier(user.argumentNames[index] ?? '')} ${displayType(context, typeOid, -1)}`] : [],
		);
		return `TABLE(${columns.join(', ')})`;
	}
	return `${one.returnsSet ? 'SETOF ' : ''}${displayType(context, one.returnOid, -1)}`;
}

const VOLATILITIES = { i: ' IMMUTABLE', s: ' STABLE', v: '' } as const;

export function functionDefinition(context: SystemContext, oid: number): string | null {
	const one = functionByOid(context, oid);
	if (one === undefined) return null;
	if (one.user === null) throw sqlError('42809', `"${one.name}" is a built-in function, which has no definition in SQL`);
	const { user } = one;
	const kind = one.kind === 'p' ? 'PROCEDURE' : 'FUNCTION';
	const result = one.kind === 'p' ? '' : `\n RETURNS ${functionResult(context, oid)}`;
	const name = `${quoteIdentifier(schemaName(context.catalog, user.schemaId))}.${quoteIdentifier(user.name)}`;
	const traits = `${VOLATILITIES[user.volatility]}${user.strict ? ' STRICT' : ''}`;
	const quote = one.kind === 'p' ? '$procedure$' : '$function$';
	return (
		`CREATE OR REPLACE ${kind} ${name}(${functionArguments(context, oid, false)})${result}\n LANGUAGE ${user.language}` +
		`${traits === '' ? '' : `\n${traits}`}\nAS ${quote}${user.body}${quote}\n`
	);
}

/** True when a user may write to the relation: a table always; a view over one table, as it was analysed. */
export function isUpdatable(context: SystemContext, id: number): boolean {
	const object = context.catalog.get(id);
	return object?.kind === 'table';
}
