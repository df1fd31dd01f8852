/** COPY: its options, what is copied, and the handler that describes it. The transfer itself is in `copy-portal.ts`. */
import type { CopyStmt } from 'libpg-query';
import { type CopyTextOptions, csvDefaults, textDefaults } from '../../encoding/copy-options.ts';
import { type AstNode, namesOf, nodeKind } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { PreparedStatement } from '../contracts.ts';
import { rangeName, requireRelation } from '../ddl/names.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { analyseRowCondition } from './row-condition.ts';

export interface CopyPlan {
	readonly format: 'text' | 'csv' | 'binary';
	readonly options: CopyTextOptions;
	/** null when a query is copied. */
	readonly table: TableObject | null;
	/** The columns copied, in their order in the data. */
	readonly columns: readonly ColumnObject[];
	/** WHERE of a COPY FROM: which rows are stored. */
	readonly condition: AstNode | null;
}

interface RawOptions {
	readonly [name: string]: AstNode | true;
}

function rawOptions(node: CopyStmt): RawOptions {
	const found: Record<string, AstNode | true> = {};
	for (const option of (node.options ?? []) as AstNode[]) {
		const { defname, arg } = option.DefElem ?? {};
		if (defname === undefined) continue;
		if (defname in found) throw sqlError('42601', 'conflicting or redundant options');
		found[defname] = arg === undefined ? true : (arg as AstNode);
	}
	return found;
}

function textOf(value: AstNode | true | undefined): string | undefined {
	if (value === undefined || value === true) return undefined;
	return value.String?.sval ?? (value.String !== undefined ? '' : value.A_Const?.sval?.sval);
}

function flagOf(value: AstNode | true | undefined): boolean {
	if (value === undefined) return false;
	if (value === true) return true;
	if (value.Boolean !== undefined) return value.Boolean.boolval ?? false;
	if (value.Integer !== undefined) return (value.Integer.ival ?? 0) !== 0;
	const text = textOf(value)?.toLowerCase();
	return text === undefined || text === 'true' || text === 'on' || text === '1';
}

const KNOWN = new Set(['format', 'delimiter', 'null', 'header', 'quote', 'escape', 'force_quote', 'force_not_null', 'force_null', 'encoding', 'freeze']);

function oneByte(name: string, text: string | undefined, otherwise: string): string {
	if (text === undefined) return otherwise;
	if (text.length !== 1 || text > '\x7f') throw sqlError('0A000', `COPY ${name} must be a single one-byte character`);
	return text;
}

function textOptions(raw: RawOptions, format: 'text' | 'csv', names: readonly string[]): CopyTextOptions {
	const defaults = format === 'csv' ? csvDefaults : textDefaults;
	const csvOnly = ['quote', 'escape', 'force_quote', 'force_not_null', 'force_null'].find((o) => o in raw);
	if (format !== 'csv' && csvOnly !== undefined) throw sqlError('0A000', `COPY ${csvOnly.replaceAll('_', ' ')} available only in CSV mode`);
	const quote = oneByte('quote', textOf(raw['quote']), defaults.quote);
	const delimiter = oneByte('delimiter', textOf(raw['delimiter']), defaults.delimiter);
	if (delimiter === '\n' || delimiter === '\r') throw sqlError('22023', 'COPY delimiter cannot be newline or carriage return');
	if (format === 'text' && /[\\.a-z0-9]/.test(delimiter)) throw sqlError('22023', `COPY delimiter cannot be "${delimiter}"`);
	if (format === 'csv' && delimiter === quote) throw sqlError('22023', 'COPY delimiter and quote must be different');
	const positions = (value: AstNode | true | undefined): number[] => {
		if (value === undefined) return [];
		if (value === true || value.A_Star !== undefined) return names.map((_, i) => i);
		return namesOf(value.List?.items as AstNode[] | undefined).map((name) => {
			const at = names.indexOf(name);
			if (at < 0) throw sqlError('42703', `column "${name}" does not exist`);
			return at;
		});
	};
	const header = textOf(raw['header'])?.toLowerCase() === 'match' ? 'match' : flagOf(raw['header']);
	return {
		format,
		delimiter,
		nullText: textOf(raw['null']) ?? defaults.nullText,
		header,
		quote,
		escape: oneByte('escape', textOf(raw['escape']), quote),
		forceQuote: positions(raw['force_quote']),
		forceNotNull: positions(raw['force_not_null']),
		forceNull: positions(raw['force_null']),
	};
}

function copiedColumns(session: DatabaseSession, node: CopyStmt): { table: TableObject; columns: ColumnObject[] } {
	const relation = requireRelation(session, rangeName(node.relation!), ['table', 'view']);
	if (relation.kind === 'view')
		throw sqlError('42809', node.is_from ? `cannot copy to view "${relation.name}"` : `cannot copy from view "${relation.name}"`, {
			hint: 'Try the COPY (SELECT ...) TO variant.',
		});
	const names = namesOf(node.attlist as AstNode[] | undefined);
	const live = relation.columns.filter((c) => !c.dropped);
	if (names.length === 0) return { table: relation, columns: live.filter((c) => c.generatedText === null) };
	const columns = names.map((name, i) => {
		const column = live.find((c) => c.name === name);
		if (column === undefined) throw sqlError('42703', `column "${name}" of relation "${relation.name}" does not exist`);
		if (names.indexOf(name) !== i) throw sqlError('42701', `column "${name}" specified more than once`);
		if (column.generatedText !== null && node.is_from)
			throw sqlError('42P10', `column "${name}" is a generated column`, { detail: 'Generated columns cannot be used in COPY.' });
		return column;
	});
	return { table: relation, columns };
}

/** Reads a COPY statement against the catalog. */
export function copyPlan(session: DatabaseSession, node: CopyStmt): CopyPlan {
	if (node.is_program) throw sqlError('0A000', 'COPY to or from a program is not supported');
	if (node.filename)
		throw sqlError('0A000', 'COPY to or from a file on the server is not supported', { hint: 'Use COPY … FROM STDIN or TO STDOUT (psql: \\copy).' });
	const raw = rawOptions(node);
	const unknown = Object.keys(raw).find((name) => !KNOWN.has(name));
	if (unknown !== undefined) throw sqlError('42601', `option "${unknown}" not recognized`);
	const encoding = textOf(raw['encoding']);
	if (encoding !== undefined && !/^utf-?8$/i.test(encoding))
		throw sqlError('0A000', `COPY in encoding "${encoding}" is not supported`, { hint: 'Convert the data to UTF8.' });
	const format = textOf(raw['format'])?.toLowerCase() ?? 'text';
	if (format !== 'text' && format !== 'csv' && format !== 'binary') throw sqlError('22023', `COPY format "${format}" not recognized`);
	const copied = node.relation === undefined ? null : copiedColumns(session, node);
	const names = copied?.columns.map((c) => c.name) ?? [];
	if (format === 'binary' && ('delimiter' in raw || 'null' in raw || 'header' in raw))
		throw sqlError('42601', 'cannot specify DELIMITER, NULL or HEADER in BINARY mode');
	return {
		format,
		options: format === 'binary' ? textDefaults : textOptions(raw, format, names),
		table: copied?.table ?? null,
		columns: copied?.columns ?? [],
		condition: (node.whereClause as AstNode | undefined) ?? null,
	};
}

const copy: UtilityHandler<CopyStmt> = {
	command: () => 'COPY',
	copy(session, node, text): PreparedStatement['copy'] {
		if (session.block?.failed) return null;
		const plan = copyPlan(session, node);
		if (plan.condition !== null && plan.table !== null) analyseRowCondition(session, plan.table, plan.condition, text);
		let columnCount = plan.columns.length;
		if (node.query !== undefined) {
			const query = node.query as AstNode;
			columnCount = session.prepareNode(query, '', [], 0).columns?.length ?? 0;
			if (columnCount === 0) throw sqlError('0A000', `COPY query must have a RETURNING clause`, { detail: nodeKind(query) });
		}
		return { direction: node.is_from ? 'in' : 'out', format: plan.format, columnCount };
	},
	run() {
		throw sqlError('0A000', 'COPY to or from a file on the server is not supported', { hint: 'Use COPY … FROM STDIN or TO STDOUT (psql: \\copy).' });
	},
};

export const copyHandlers = { CopyStmt: copy };
