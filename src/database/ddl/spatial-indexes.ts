/**
 * CREATE INDEX … USING rtree: what it may say, and the frames of its columns (`storage/rtree/coordinate-frame.ts`): those of
 * WITH (bounds = 'low high, …'), one pair for each column, in the text of its type; or else measured on the rows that are there.
 */
import type { IndexElem, IndexStmt } from 'libpg-query';
import { coordinateOf } from '../../model/table/spatial-key.ts';
import { sqlError } from '../../platform/errors.ts';
import { type Extent, type FrameShape, framesOf, UNKNOWN_FRAME } from '../../storage/rtree/coordinate-frame.ts';
import { DIMENSIONS_MAX, DIMENSIONS_MIN } from '../../storage/rtree/hilbert-curve.ts';
import type { IndexColumn, IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import { parseText } from '../../value/value-text.ts';
import type { DatabaseSession } from '../session.ts';
import { type DdlContext, nodesOf } from './context.ts';
import { storageOptions } from './storage-options.ts';

const METHOD = 'rtree';

/** The columns of a spatial index. */
export function spatialColumns(ddl: DdlContext, table: TableObject, node: IndexStmt): IndexColumn[] {
	const refuse = (what: string): never => {
		throw sqlError('0A000', `access method "${METHOD}" does not support ${what}`);
	};
	if (node.unique) refuse('unique indexes');
	const elements = nodesOf(node.indexParams).map((n) => n.IndexElem!);
	if (elements.length < DIMENSIONS_MIN || elements.length > DIMENSIONS_MAX)
		throw sqlError('0A000', `access method "${METHOD}" takes ${DIMENSIONS_MIN} to ${DIMENSIONS_MAX} columns, not ${elements.length}`);
	return elements.map((element) => {
		if (element.ordering !== undefined && element.ordering !== 'SORTBY_DEFAULT') refuse('ASC/DESC options');
		if (element.nulls_ordering !== undefined && element.nulls_ordering !== 'SORTBY_NULLS_DEFAULT') refuse('NULLS FIRST/LAST options');
		if (element.name === undefined || element.name === '') refuse('expressions');
		if (element.opclass !== undefined) refuse('operator classes');
		if (element.collation !== undefined) refuse('collations');
		return { column: coordinateColumn(ddl, table, element), expressionText: null, descending: false, nullsFirst: false };
	});
}

function coordinateColumn(ddl: DdlContext, table: TableObject, element: IndexElem): number {
	const column = table.columns.find((c) => c.name === element.name && !c.dropped);
	if (column === undefined) throw sqlError('42703', `column "${element.name}" does not exist`);
	requireCoordinate(ddl, ddl.catalog.typeByOid(column.typeOid));
	return column.number;
}

/** A type without a place on the number line cannot be in a spatial index. */
export function requireCoordinate(ddl: DdlContext, type: Type | undefined): void {
	if (type !== undefined && coordinateOf(type) !== null) return;
	throw sqlError(
		'42704',
		`data type ${type === undefined ? '???' : formatTypeName(type, -1, ddl.catalog)} has no default operator class for access method "${METHOD}"`,
		{
			hint: 'Columns of an rtree index are numbers, dates or timestamps.',
		},
	);
}

/** What the index keeps beside its columns; `measured` are the frames of the rows that were there, null where that was not asked for. */
export function spatialPart(
	ddl: DdlContext,
	table: TableObject,
	node: IndexStmt,
	columns: readonly IndexColumn[],
	measured: readonly FrameShape[] | null,
): NonNullable<IndexObject['spatial']> {
	const { bounds } = storageOptions(nodesOf(node.options));
	if (bounds === undefined) return { frames: measured ?? columns.map(() => UNKNOWN_FRAME), bounds: null };
	const types = columns.map(({ column }) => ddl.catalog.typeByOid(table.columns.find((c) => c.number === column)!.typeOid)!);
	return { frames: framesOf(parseBounds(ddl, bounds, types)), bounds };
}

function parseBounds(ddl: DdlContext, text: string, types: readonly Type[]): Extent[] {
	const wrong = (cause?: unknown): Error =>
		sqlError('22023', `invalid value for option "bounds": "${text}"`, {
			detail: `Valid values are ${types.length} pairs of a lower and an upper bound, as in '${types.map(() => '-180 180').join(', ')}'.`,
			cause,
		});
	const pairs = text.split(',').map((part) => part.trim().split(/\s+/));
	if (pairs.length !== types.length || pairs.some((pair) => pair.length !== 2)) throw wrong();
	return pairs.map((pair, j): Extent => {
		const coordinate = (bound: string): number => {
			try {
				return coordinateOf(types[j]!)!(parseText(types[j]!, bound, -1, ddl.catalog, defaultTextSettings) as never);
			} catch (error) {
				throw wrong(error);
			}
		};
		const [low, high] = [coordinate(pair[0]!), coordinate(pair[1]!)];
		if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high) throw wrong();
		return { low, high };
	});
}

/** The frames of the rows that are there; null where nothing is to be measured. */
export function measureSpatial(
	session: DatabaseSession,
	node: IndexStmt,
	find: (transaction: OwnedTransaction) => TableObject,
): FrameShape[] | null | Promise<FrameShape[] | null> {
	if (node.accessMethod !== METHOD || storageOptions(nodesOf(node.options)).bounds !== undefined) return null;
	return session.inTransaction<FrameShape[] | null>((transaction) => {
		const table = find(transaction);
		if (table.partitionBy === undefined && session.engine.isEmpty(transaction, table.id)) return null;
		const names = nodesOf(node.indexParams).map((n) => n.IndexElem?.name ?? '');
		const isMeasurable = names.every((name) => {
			const column = table.columns.find((c) => c.name === name && !c.dropped);
			const type = column === undefined ? undefined : transaction.catalog.typeByOid(column.typeOid);
			return type !== undefined && coordinateOf(type) !== null;
		});
		// What cannot be measured will be refused.
		return isMeasurable ? session.engine.measureFrames(session, transaction, table, names) : null;
	});
}
