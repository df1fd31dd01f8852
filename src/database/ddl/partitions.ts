/**
 * Partitioned tables: PARTITION BY, PARTITION OF, ATTACH and DETACH PARTITION. A partition has the columns, checks, keys, indexes
 * and foreign keys of the table above it, each as an object of its own; its rows are kept like those of any table.
 */
import type { PartitionBoundSpec, PartitionSpec } from 'libpg-query';
import { analyzeExpressionOf } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { isWithin } from '../../model/table/partition-writer.ts';
import { compareWhole, leavesOf, partitionMap, partitionsOf } from '../../model/table/partitions.ts';
import { eachRow } from '../../model/table/table-check.ts';
import { sqlError } from '../../platform/errors.ts';
import { hashOf } from '../../query/functions/hash-functions.ts';
import type { BoundValue, ColumnObject, IndexObject, PartitionBound, PartitionKey, TableObject } from '../../transaction/catalog-objects.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import { formatTypeName } from '../../value/typmod.ts';
import { textFormatter } from '../../value/value-text.ts';
import { analysisContext } from '../analysis.ts';
import { requireOrdering } from './constraints.ts';
import { type DdlContext, nodesOf } from './context.ts';
import { copyIndexes } from './indexes.ts';

/** PARTITION BY of a table with these columns. */
export function partitionKey(ddl: DdlContext, spec: PartitionSpec, columns: readonly ColumnObject[]): PartitionKey {
	const strategy = spec.strategy === 'PARTITION_STRATEGY_LIST' ? 'list' : spec.strategy === 'PARTITION_STRATEGY_RANGE' ? 'range' : 'hash';
	const numbers = nodesOf(spec.partParams).map((n) => {
		const { name, expr } = n.PartitionElem!;
		if (expr !== undefined || !name)
			throw sqlError('0A000', 'partitioning by an expression is not supported', { hint: 'Partition by a column, for example a generated one.' });
		const column = columns.find((c) => c.name === name && !c.dropped);
		if (column === undefined) throw sqlError('42703', `column "${name}" named in partition key does not exist`);
		if (column.generatedText !== null)
			throw sqlError('42P17', 'cannot use generated column in partition key', { detail: `Column "${name}" is a generated column.` });
		requireOrdering(ddl, column);
		const type = ddl.catalog.typeByOid(column.typeOid)!;
		if (strategy === 'hash' && hashOf(type) === undefined)
			throw sqlError('42704', `data type ${formatTypeName(type, -1, ddl.catalog)} has no default operator class for access method "hash"`);
		return column.number;
	});
	if (strategy === 'list' && numbers.length > 1) throw sqlError('42P17', 'cannot use "list" partition strategy with more than one column');
	return { strategy, columns: numbers };
}

/** FOR VALUES … or DEFAULT, in the values of the key's types. */
export function partitionBound(ddl: DdlContext, parent: TableObject, spec: PartitionBoundSpec): PartitionBound {
	const key = parent.partitionBy!;
	if (spec.is_default) {
		if (key.strategy === 'hash') throw sqlError('42P16', 'a hash-partitioned table may not have a default partition');
		return { kind: 'default' };
	}
	if (spec.strategy === 'h') return hashBound(key, spec.modulus ?? 0, spec.remainder ?? 0);
	const columns = key.columns.map((number) => parent.columns.find((c) => c.number === number)!);
	if (spec.strategy === 'l') {
		if (key.strategy !== 'list') throw sqlError('42P16', 'invalid bound specification for a range partition');
		const values = nodesOf(spec.listdatums).map((node) => {
			const value = boundValue(ddl, columns[0]!, node);
			return typeof value === 'object' && value !== null ? value.text : null;
		});
		return { kind: 'list', values: [...new Set(values)] };
	}
	if (spec.strategy !== 'r' || key.strategy !== 'range') throw sqlError('42P16', `invalid bound specification for a ${key.strategy} partition`);
	const edge = (nodes: readonly AstNode[], word: string): BoundValue[] => {
		if (nodes.length !== columns.length) throw sqlError('42P16', `${word} must specify exactly one value per partitioning column`);
		return nodes.map((node, i) => {
			const value = boundValue(ddl, columns[i]!, node);
			if (value === null) throw sqlError('42P16', 'cannot specify NULL in range bound');
			return value;
		});
	};
	return { kind: 'range', from: edge(nodesOf(spec.lowerdatums), 'FROM'), to: edge(nodesOf(spec.upperdatums), 'TO') };
}

function hashBound(key: PartitionKey, modulus: number, remainder: number): PartitionBound {
	if (key.strategy !== 'hash') throw sqlError('42P16', `invalid bound specification for a ${key.strategy} partition`);
	if (modulus <= 0) throw sqlError('42P16', 'modulus for hash partition must be an integer value greater than zero');
	if (remainder < 0) throw sqlError('42P16', 'remainder for hash partition must be an integer value greater than or equal to zero');
	if (remainder >= modulus) throw sqlError('42P16', 'remainder for hash partition must be less than modulus');
	return { kind: 'hash', modulus, remainder };
}

function boundValue(ddl: DdlContext, column: ColumnObject, node: AstNode): BoundValue | null {
	const word = node.ColumnRef === undefined ? '' : (namesOf(node.ColumnRef.fields as AstNode[])[0] ?? '');
	if (word === 'minvalue') return 'minimum';
	if (word === 'maxvalue') return 'maximum';
	if (word !== '') throw sqlError('42P16', 'cannot use column reference in partition bound expression');
	const type = ddl.catalog.typeByOid(column.typeOid)!;
	const context = { ...analysisContext(ddl.session, [], false), catalog: ddl.catalog };
	const value = ddl.session.evaluate(analyzeExpressionOf(node, ddl.text, context, type, column.typmod));
	return value === null ? null : { text: textFormatter(type, ddl.catalog, defaultTextSettings)(value) };
}

/** Throws when the bound of a partition about to be made meets another's. */
export function checkBound(ddl: DdlContext, parent: TableObject, name: string, bound: PartitionBound): void {
	const map = partitionMap(ddl.catalog, parent);
	const overlap = (other: TableObject): never => {
		throw sqlError('42P17', `partition "${name}" would overlap partition "${other.name}"`);
	};
	if (bound.kind === 'default') {
		if (map.rest !== null) throw sqlError('42P17', `partition "${name}" conflicts with existing default partition "${map.rest.name}"`);
		return;
	}
	if (bound.kind === 'hash') {
		for (const { table: other, modulus, remainder } of map.hashed) {
			const [less, more] = modulus < bound.modulus ? [modulus, bound.modulus] : [bound.modulus, modulus];
			if (more % less !== 0)
				throw sqlError('42P17', 'every hash partition modulus must be a factor of the next larger modulus', {
					detail: `The new modulus ${bound.modulus} does not go with ${modulus}, the modulus of existing partition "${other.name}".`,
				});
			if (remainder % less === bound.remainder % less) overlap(other);
		}
		return;
	}
	for (const key of map.listKeys(bound)) {
		const other = map.listed.get(key);
		if (other !== undefined) overlap(other);
	}
	const range = map.rangeOf(parent, bound);
	if (range === null) return;
	if (compareWhole(range.lower, range.upper) >= 0) throw sqlError('42P17', `empty range bound specified for partition "${name}"`);
	for (const other of map.ranges) if (compareWhole(range.lower, other.upper) < 0 && compareWhole(other.lower, range.upper) < 0) overlap(other.table);
}

/** The columns of a new partition: those of the table above, without its identity. */
export function inheritedColumns(parent: TableObject): ColumnObject[] {
	return parent.columns
		.filter((c) => !c.dropped)
		.map((c, i) => ({
			...c,
			number: i + 1,
			identity: '' as const,
			sequenceId: 0,
			defaultText: c.identity === '' ? c.defaultText : null,
			addedIn: 1,
			missingText: null,
		}));
}

export function numberIn(from: TableObject, to: TableObject): (number: number) => number {
	return (number) => {
		const name = from.columns.find((c) => c.number === number)?.name;
		return to.columns.find((c) => c.name === name && !c.dropped)?.number ?? 0;
	};
}

/** Gives a new partition the checks, keys, indexes and foreign keys of the table above. */
export function inheritParts(ddl: DdlContext, tableId: number, parent: TableObject): void {
	const renumber = numberIn(parent, ddl.table(tableId));
	copyIndexes(ddl, tableId, parent, renumber, true);
	for (const c of ddl.constraintsOf(parent)) {
		if (c.type !== 'check' && c.type !== 'foreign') continue;
		const table = ddl.table(tableId);
		const copy = { ...c, id: ddl.newId(), tableId, schemaId: table.schemaId, columns: c.columns.map(renumber) };
		ddl.put(copy);
		ddl.put({ ...table, constraintIds: [...table.constraintIds, copy.id] });
	}
}

/** Rows of the default partition that a new one would take stand in its way. */
export function checkDefaultPartition(ddl: DdlContext, parent: TableObject): void | Promise<void> {
	const { rest } = partitionMap(ddl.catalog, parent);
	if (rest === null || ddl.session.engine.isEmpty(ddl.transaction, rest.id)) return;
	return requireRowsWithin(ddl, rest, () =>
		sqlError('23514', `updated partition constraint for default partition "${rest.name}" would be violated by some row`),
	);
}

async function requireRowsWithin(ddl: DdlContext, table: TableObject, failure: () => Error): Promise<void> {
	const leaves = table.partitionBy === undefined ? [table] : leavesOf(ddl.catalog, table);
	for (const leaf of leaves) {
		const check = (row: readonly unknown[]): void => {
			if (!isWithin(ddl.catalog, leaf, row)) throw failure();
		};
		await eachRow(ddl.session.engine.tables, ddl.transaction, leaf.id, () => ddl.session.pause(), check);
	}
}

/** ATTACH PARTITION: the table must have the columns of the one above, and rows within the bound. */
export async function attachPartition(ddl: DdlContext, parent: TableObject, child: TableObject, spec: PartitionBoundSpec): Promise<void> {
	requirePartitioned(parent);
	if (child.partitionOf !== undefined) throw sqlError('42809', `"${child.name}" is already a partition`);
	if (child.id === parent.id || isAbove(ddl, child, parent))
		throw sqlError('42P07', 'circular inheritance not allowed', { detail: `"${parent.name}" is already a child of "${child.name}".` });
	checkColumns(parent, child);
	checkKeys(ddl, parent, child);
	const bound = partitionBound(ddl, parent, spec);
	checkBound(ddl, parent, child.name, bound);
	ddl.lock(child.id, 'exclusive');
	ddl.put({ ...child, partitionOf: { parentId: parent.id, bound }, dependsOn: [...(child.dependsOn ?? []), parent.id] });
	const attached = ddl.table(child.id);
	await requireRowsWithin(ddl, attached, () => sqlError('23514', `partition constraint of relation "${child.name}" is violated by some row`));
	await checkDefaultPartition(ddl, ddl.table(parent.id));
	await adoptIndexes(ddl, parent, child.id);
}

function isAbove(ddl: DdlContext, table: TableObject, below: TableObject): boolean {
	return partitionsOf(ddl.catalog, table).some((p) => p.id === below.id || isAbove(ddl, p, below));
}

function checkColumns(parent: TableObject, child: TableObject): void {
	const own = child.columns.filter((c) => !c.dropped);
	const above = parent.columns.filter((c) => !c.dropped);
	const extra = own.find((c) => !above.some((a) => a.name === c.name));
	if (extra !== undefined)
		throw sqlError('42804', `table "${child.name}" contains column "${extra.name}" not found in parent "${parent.name}"`, {
			detail: 'The new partition may contain only the columns present in parent.',
		});
	for (const column of above) {
		const found = own.find((c) => c.name === column.name);
		if (found === undefined) throw sqlError('42804', `child table is missing column "${column.name}"`);
		if (found.typeOid !== column.typeOid || found.typmod !== column.typmod)
			throw sqlError('42804', `child table "${child.name}" has different type for column "${column.name}"`);
		if (column.notNull && !found.notNull) throw sqlError('42804', `column "${column.name}" in child table must be marked NOT NULL`);
	}
}

/** Checks and foreign keys must be there already, under the same name and text. */
function checkKeys(ddl: DdlContext, parent: TableObject, child: TableObject): void {
	const own = ddl.constraintsOf(child);
	for (const c of ddl.constraintsOf(parent)) {
		if (c.type === 'check' && !own.some((o) => o.type === 'check' && o.name === c.name && o.checkText === c.checkText))
			throw sqlError('42804', `child table is missing constraint "${c.name}"`);
		if (c.type === 'foreign' && !own.some((o) => o.type === 'foreign' && o.foreignTableId === c.foreignTableId && o.columns.length === c.columns.length))
			throw sqlError('0A000', `table "${child.name}" has no foreign key like "${c.name}"`, { hint: 'Add the foreign key to the table before it is attached.' });
	}
}

/** Indexes of the table above are matched with those of the partition by what they index; what is missing is made. */
async function adoptIndexes(ddl: DdlContext, parent: TableObject, childId: number): Promise<void> {
	const renumber = numberIn(parent, ddl.table(childId));
	for (const index of ddl.indexesOf(parent)) {
		const same = ddl.indexesOf(ddl.table(childId)).find((own) => own.parentIndexId === undefined && isSameIndex(own, index, renumber));
		if (same !== undefined) ddl.put({ ...same, parentIndexId: index.id, dependsOn: [...(same.dependsOn ?? []), index.id] });
		else if (index.primary)
			throw sqlError('0A000', `table "${ddl.table(childId).name}" has no primary key like that of "${parent.name}"`, {
				hint: 'Add the primary key to the table before it is attached.',
			});
		else {
			copyIndexes(ddl, childId, { ...parent, indexIds: [index.id] }, renumber, true);
			const made = ddl.indexesOf(ddl.table(childId)).find((own) => own.parentIndexId === index.id)!;
			if (ddl.table(childId).partitionBy === undefined) await ddl.session.engine.buildIndexNow(ddl.session, ddl.transaction, childId, made.id);
		}
	}
}

export function isSameIndex(own: IndexObject, above: IndexObject, renumber: (n: number) => number): boolean {
	return (
		own.unique === above.unique &&
		own.primary === above.primary &&
		own.predicateText === above.predicateText &&
		own.columns.length === above.columns.length &&
		own.columns.every((c, i) => {
			const other = above.columns[i]!;
			const isSameColumn = c.column === (other.column === 0 ? 0 : renumber(other.column)) && c.expressionText === other.expressionText;
			return isSameColumn && c.descending === other.descending && c.nullsFirst === other.nullsFirst;
		})
	);
}

/** ALTER INDEX … ATTACH PARTITION: an index of a partition becomes the part of one of the table above. */
export function attachIndex(ddl: DdlContext, index: IndexObject, part: IndexObject): void {
	const [table, partition] = [ddl.table(index.tableId), ddl.table(part.tableId)];
	if (part.parentIndexId === index.id) return;
	const refuse = (detail: string): never => {
		throw sqlError('55000', `cannot attach index "${part.name}" as a partition of index "${index.name}"`, { detail });
	};
	if (partition.partitionOf?.parentId !== table.id) refuse(`Index "${part.name}" is not an index on any partition of table "${table.name}".`);
	if (part.parentIndexId !== undefined) refuse(`Index "${part.name}" is already attached to another index.`);
	const other = ddl.indexesOf(partition).find((i) => i.parentIndexId === index.id);
	if (other !== undefined) refuse(`Another index is already attached for partition "${partition.name}".`);
	if (!isSameIndex(part, index, numberIn(table, partition))) throw sqlError('42P17', 'The index definitions do not match.');
	ddl.put({ ...part, parentIndexId: index.id, dependsOn: [...(part.dependsOn ?? []), index.id] });
}

/** DETACH PARTITION: a table of its own again, with all it has. */
export function detachPartition(ddl: DdlContext, parent: TableObject, child: TableObject): void {
	requirePartitioned(parent);
	if (child.partitionOf?.parentId !== parent.id) throw sqlError('42P01', `relation "${child.name}" is not a partition of relation "${parent.name}"`);
	ddl.lock(child.id, 'exclusive');
	const { partitionOf: _was, ...rest } = child;
	ddl.put({ ...rest, dependsOn: (child.dependsOn ?? []).filter((id) => id !== parent.id) });
	for (const index of ddl.indexesOf(child)) {
		if (index.parentIndexId === undefined) continue;
		const { parentIndexId: _part, ...alone } = index;
		ddl.put({ ...alone, dependsOn: (index.dependsOn ?? []).filter((id) => id !== index.parentIndexId) });
	}
}

function requirePartitioned(table: TableObject): void {
	if (table.partitionBy === undefined) throw sqlError('42P17', `table "${table.name}" is not partitioned`);
}
