/** CREATE INDEX: the definition, then the entries of rows that are there, built without keeping writers out. */
import type { IndexElem, IndexStmt } from 'libpg-query';
import { analyzeIndexExpression } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf, nodeKind } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { partitionsOf } from '../../model/table/partitions.ts';
import { sqlError } from '../../platform/errors.ts';
import { ENGINE_ABILITIES, ENGINE_NAMES, isEngineName, orderedBeside } from '../../storage/engine-abilities.ts';
import type { EngineName } from '../../storage/manifest.ts';
import type { FrameShape } from '../../storage/rtree/coordinate-frame.ts';
import type { ConstraintObject, IndexColumn, IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { columnarParts } from './columnar-indexes.ts';
import { columnOf, requireKeyColumns, requireOrdering } from './constraints.ts';
import { DdlContext, nodesOf } from './context.ts';
import { freeName, type QualifiedName, rangeName, relationNameTaken, requireRelation } from './names.ts';
import { measureSpatial, spatialColumns, spatialPart } from './spatial-indexes.ts';
import { checkOperatorClass, checkStorageOptions, checkTablespace, storageOptions } from './storage-options.ts';

const METHODS = new Set(['btree', 'rtree', 'columnar', 'inverted']);
/** Types of elements of which equal ones are one JavaScript value. */
const INVERTED_TYPES = new Set(['bool', 'int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'uuid', 'date', 'time', 'timestamp', 'timestamptz']);
const CREATED: UtilityOutcome = { tag: 'CREATE INDEX' };

function indexColumn(ddl: DdlContext, table: TableObject, element: IndexElem): IndexColumn {
	const descending = element.ordering === 'SORTBY_DESC';
	const nullsFirst = element.nulls_ordering === 'SORTBY_NULLS_FIRST' || (element.nulls_ordering !== 'SORTBY_NULLS_LAST' && descending);
	checkOperatorClass(namesOf(element.opclass as AstNode[] | undefined).at(-1));
	const collation = namesOf(element.collation as AstNode[] | undefined).at(-1);
	if (collation !== undefined && !['C', 'POSIX', 'default', 'ucs_basic'].includes(collation)) {
		throw sqlError('0A000', `an index in collation "${collation}" is not supported`, {
			hint: 'Indexes order text by its UTF-8 bytes (collation "C"); sort with COLLATE at query time.',
		});
	}
	if (element.name !== undefined && element.name !== '') {
		const column = table.columns.find((c) => c.name === element.name && !c.dropped);
		if (column === undefined) throw sqlError('42703', `column "${element.name}" does not exist`);
		requireOrdering(ddl, column);
		return { column: column.number, expressionText: null, descending, nullsFirst };
	}
	const expression = element.expr as AstNode;
	const typeOid = analyzeIndexExpression(expression, ddl.analysis(), table).expression.type.oid;
	return { column: 0, expressionText: deparseExpression(expression), typeOid, descending, nullsFirst };
}

/** USING inverted (column): an entry for each element of an array. */
function invertedColumn(ddl: DdlContext, table: TableObject, node: IndexStmt): IndexColumn {
	const [element, ...more] = nodesOf(node.indexParams).map((n) => n.IndexElem!);
	const hasMore = more.length > 0 || (node.unique ?? false) || node.whereClause !== undefined || nodesOf(node.indexIncludingParams).length > 0;
	if (hasMore || !element?.name) throw sqlError('0A000', 'an inverted index is over one column, without UNIQUE, INCLUDE or WHERE');
	const column = columnOf(table, element.name);
	const type = ddl.catalog.typeByOid(column.typeOid);
	const elementType = type?.kind === 'array' ? ddl.catalog.typeByOid(type.elementOid) : undefined;
	if (elementType === undefined || !(INVERTED_TYPES.has(elementType.name) || elementType.kind === 'enum'))
		throw sqlError('42704', `an inverted index cannot be over column "${column.name}" of type ${type?.name ?? 'unknown'}`, {
			hint: `Its type must be an array of: ${[...INVERTED_TYPES].join(', ')}, or of an enum.`,
		});
	return { column: column.number, expressionText: null, each: true, descending: false, nullsFirst: false };
}

/** The part of a default index name that stands for an element. */
function elementName(element: IndexElem): string {
	if (element.name) return element.name;
	const expression = element.expr as AstNode;
	const call = expression.FuncCall;
	if (call !== undefined) return namesOf(call.funcname as AstNode[] | undefined).at(-1) ?? 'expr';
	return nodeKind(expression) === 'CoalesceExpr' ? 'coalesce' : 'expr';
}

function defineIndex(ddl: DdlContext, node: IndexStmt, table: TableObject, frames: readonly FrameShape[] | null): IndexObject | null {
	const method = node.accessMethod ?? 'btree';
	if (!METHODS.has(method))
		throw sqlError('0A000', `index method "${method}" is not supported`, { hint: `Indexes can be made with: ${[...METHODS].join(', ')}.` });
	checkTablespace(node.tableSpace);
	const options = storageOptions(nodesOf(node.options));
	checkStorageOptions(method === 'rtree' || method === 'columnar' ? method : 'index', options);
	const elements = nodesOf(node.indexParams).map((n) => n.IndexElem!);
	const taken = relationNameTaken(ddl.session, table.schemaId);
	const name = node.idxname ? node.idxname : freeName(node.relation!.relname ?? table.name, elements.map(elementName).join('_'), 'idx', taken);
	if (taken(name)) {
		if (!node.if_not_exists) throw sqlError('42P07', `relation "${name}" already exists`);
		ddl.session.notice('NOTICE', '42P07', `relation "${name}" already exists, skipping`);
		return null;
	}
	const columnar = method === 'columnar' ? columnarParts(ddl, table, node, options.sort) : null;
	const columns =
		columnar?.columns ??
		(method === 'rtree'
			? spatialColumns(ddl, table, node)
			: method === 'inverted'
				? [invertedColumn(ddl, table, node)]
				: elements.map((e) => indexColumn(ddl, table, e)));
	const include = columnar?.include ?? nodesOf(node.indexIncludingParams).map((n) => columnOf(table, n.IndexElem?.name ?? '').number);
	const predicate = node.whereClause as AstNode | undefined;
	if (predicate !== undefined) analyzeIndexExpression(predicate, ddl.analysis(), table, true);
	return {
		kind: 'index',
		id: ddl.newId(),
		name,
		schemaId: table.schemaId,
		tableId: table.id,
		keyspaceId: ddl.newId(),
		unique: node.unique ?? false,
		nullsNotDistinct: node.nulls_not_distinct ?? false,
		primary: false,
		columns,
		include,
		predicateText: predicate === undefined ? null : deparseExpression(predicate),
		ready: false,
		...(columnar !== null
			? { engine: 'columnar', isEngineChosen: true }
			: options.engine === undefined
				? { engine: orderedBeside(table.engine) }
				: { engine: orderedEngine(options.engine), isEngineChosen: true }),
		method: method === 'rtree' || method === 'columnar' ? method : 'btree',
		...(method === 'rtree' ? { spatial: spatialPart(ddl, table, node, columns, frames) } : {}),
	};
}

/** The engine of WITH (engine = …), which must keep an order. */
function orderedEngine(name: string): EngineName {
	const ordered = ENGINE_NAMES.filter((engine) => ENGINE_ABILITIES[engine].ordered);
	const found = ordered.find((engine) => engine === name);
	if (found !== undefined) return found;
	if (isEngineName(name))
		throw sqlError('0A000', `an index cannot be kept in engine ${name}: its keys have no order`, { hint: `Indexes can be kept in: ${ordered.join(', ')}.` });
	throw sqlError('22023', `invalid value for parameter "engine": "${name}"`, { hint: `Indexes can be kept in: ${ordered.join(', ')}.` });
}

export function putIndex(ddl: DdlContext, index: IndexObject): void {
	const table = ddl.table(index.tableId);
	ddl.put(index);
	ddl.put({ ...table, indexIds: [...table.indexIds, index.id] });
}

/** The table of a name, or the one that holds the rows of a materialized view. */
function indexedTable(ddl: DdlContext, name: QualifiedName): TableObject {
	const relation = requireRelation(ddl.session, name, ['table', 'view']);
	if (relation.kind === 'table') return relation;
	if (relation.materializedTableId === 0)
		throw sqlError('42809', `cannot create index on relation "${relation.name}"`, { detail: 'This operation is not supported for views.' });
	return ddl.table(relation.materializedTableId);
}

const create: UtilityHandler<IndexStmt> = {
	command: () => 'CREATE INDEX',
	run({ session, node, statement }) {
		if (node.concurrent && session.inBlock) throw sqlError('25001', 'CREATE INDEX CONCURRENTLY cannot run inside a transaction block');
		const measured = measureSpatial(session, node, (transaction) =>
			indexedTable(new DdlContext(session, transaction, statement.text), rangeName(node.relation!)),
		);
		return measured instanceof Promise
			? measured.then((frames) => createIndex(session, node, statement.text, frames))
			: createIndex(session, node, statement.text, measured);
	},
};

function createIndex(session: DatabaseSession, node: IndexStmt, text: string, frames: readonly FrameShape[] | null): UtilityOutcome | Promise<UtilityOutcome> {
	let made: IndexObject | null = null;
	let isAlone = false;
	const defined = session.inTransaction<UtilityOutcome>((transaction) => {
		const ddl = new DdlContext(session, transaction, text);
		// Writers that know the table without the index must have ended: nobody would make the entries of their rows.
		ddl.lock(indexedTable(ddl, rangeName(node.relation!)).id, 'exclusive');
		const table = indexedTable(ddl, rangeName(node.relation!));
		const index = defineIndex(ddl, node, table, frames);
		if (index === null) return CREATED;
		if (index.unique)
			requireKeyColumns(
				table,
				index.columns.map((c) => c.column),
				'UNIQUE',
			);
		putIndex(ddl, index);
		if (table.partitionBy !== undefined) {
			ddl.put({ ...index, ready: true });
			return node.relation!.inh ? indexPartitions(ddl, table, index.id).then(() => CREATED) : CREATED;
		}
		made = index;
		isAlone = session.block === null;
		if (isAlone) return CREATED;
		return session.engine.buildIndex(session, transaction, table.id, index.id).then(() => CREATED);
	});
	// Alone, the definition is committed now, and the entries are filled in beside writers, who keep it up to date from here on.
	const fill = (outcome: UtilityOutcome): UtilityOutcome | Promise<UtilityOutcome> => {
		if (made === null || !isAlone) return outcome;
		return session.engine.buildIndexConcurrently(session, made.tableId, made.id).then(() => outcome);
	};
	return defined instanceof Promise ? defined.then(fill) : fill(defined);
}

function withoutComment(constraint: ConstraintObject): ConstraintObject {
	const { comment: _left, ...rest } = constraint;
	return rest;
}

/** LIKE … INCLUDING INDEXES: the same indexes, and the constraints they stand for, on a new and empty table. `asParts`: of a partition, as parts of the source's. */
export function copyIndexes(ddl: DdlContext, tableId: ObjectId, source: TableObject, renumber: (column: number) => number, asParts = false): void {
	for (const original of ddl.indexesOf(source)) {
		const table = ddl.table(tableId);
		const constraint = ddl.constraintsOf(source).find((c) => c.indexId === original.id && (c.type === 'primary' || c.type === 'unique'));
		const isPrimary = constraint?.type === 'primary';
		const label = isPrimary ? 'pkey' : original.unique ? 'key' : 'idx';
		const columnNames = original.columns.map((c) => source.columns.find((s) => s.number === c.column)?.name ?? 'expr').join('_');
		const index: IndexObject = {
			...original,
			id: ddl.newId(),
			tableId,
			schemaId: table.schemaId,
			name: freeName(table.name, isPrimary ? '' : columnNames, label, relationNameTaken(ddl.session, table.schemaId)),
			keyspaceId: original.primary ? table.keyspaceId : ddl.newId(),
			...(original.primary || original.isEngineChosen ? {} : { engine: orderedBeside(table.engine) }),
			columns: original.columns.map((c) => ({ ...c, column: c.column === 0 ? 0 : renumber(c.column) })),
			include: original.include.map(renumber),
			ready: true,
			...(asParts ? { parentIndexId: original.id, dependsOn: [original.id] } : {}),
		};
		ddl.put(index);
		const copied =
			constraint === undefined
				? null
				: {
						...withoutComment(constraint),
						id: ddl.newId(),
						tableId,
						schemaId: table.schemaId,
						name: index.name,
						indexId: index.id,
						columns: constraint.columns.map(renumber),
					};
		if (copied !== null) ddl.put(copied);
		const keys = index.columns.map((c) => c.column);
		ddl.put({
			...ddl.table(tableId),
			indexIds: original.primary ? [index.id, ...table.indexIds] : [...table.indexIds, index.id],
			constraintIds: copied === null ? table.constraintIds : [...table.constraintIds, copied.id],
			...(original.primary ? { primaryKey: keys } : {}),
			...(isPrimary ? { columns: table.columns.map((c) => (keys.includes(c.number) ? { ...c, notNull: true } : c)) } : {}),
		});
	}
}

/** The index of a partitioned table holds nothing: each partition has its part. */
async function indexPartitions(ddl: DdlContext, table: TableObject, indexId: ObjectId): Promise<void> {
	for (const partition of partitionsOf(ddl.catalog, table)) {
		ddl.lock(partition.id, 'exclusive');
		const renumber = (number: number): number => {
			const name = table.columns.find((c) => c.number === number)?.name;
			return partition.columns.find((c) => c.name === name && !c.dropped)?.number ?? 0;
		};
		copyIndexes(ddl, partition.id, { ...table, indexIds: [indexId] }, renumber, true);
		const part = ddl.indexesOf(ddl.table(partition.id)).find((i) => i.parentIndexId === indexId)!;
		if (partition.partitionBy !== undefined) await indexPartitions(ddl, ddl.table(partition.id), part.id);
		else await ddl.session.engine.buildIndexNow(ddl.session, ddl.transaction, partition.id, part.id);
	}
}

export const indexHandlers = { IndexStmt: create };
