/** CREATE, ALTER SEQUENCE, and the options they share with identity columns. */
import type { AlterSeqStmt, CreateSeqStmt } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { resolveTypeName } from '../../language/sql/type-names.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ObjectId, SchemaObject, SequenceObject } from '../../transaction/catalog-objects.ts';
import { INT2, INT4, INT8 } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { creationSchema, listName, rangeName, requireRelation, requireTable } from './names.ts';

export interface SequenceOptions {
	readonly type: Type;
	readonly start: bigint;
	readonly increment: bigint;
	readonly minimum: bigint;
	readonly maximum: bigint;
	readonly cache: number;
	readonly cycle: boolean;
	/** RESTART: the value to begin with, null for START's. */
	readonly restart: bigint | null | undefined;
	/** OWNED BY: table and column; null for NONE. */
	readonly ownedBy: readonly string[] | null | undefined;
	readonly name: string | undefined;
}

const BITS: Readonly<Record<number, bigint>> = { [INT2.oid]: 15n, [INT4.oid]: 31n, [INT8.oid]: 63n };

function integerOf(node: AstNode | undefined, what: string): bigint {
	if (node?.Integer !== undefined) return BigInt(node.Integer.ival ?? 0);
	if (node?.Float !== undefined && /^-?\d+$/.test(node.Float.fval ?? '')) return BigInt(node.Float.fval!);
	throw sqlError('22023', `${what} requires a numeric value`);
}

function flagOf(node: AstNode | undefined): boolean {
	return node === undefined || node.Boolean === undefined || (node.Boolean.boolval ?? false);
}

/** Reads the options of a sequence, over those it had (null: new). `type` is the type it has when AS is not given. */
export function sequenceOptions(nodes: readonly AstNode[], type: Type, before: SequenceObject | null, ddl?: DdlContext): SequenceOptions {
	const given = new Map<string, AstNode | undefined>();
	for (const node of nodes) {
		const name = node.DefElem?.defname ?? '';
		if (given.has(name)) throw sqlError('42601', 'conflicting or redundant options');
		given.set(name, node.DefElem?.arg as AstNode | undefined);
	}
	const asType = given.get('as');
	const wanted = asType?.TypeName !== undefined && ddl !== undefined ? resolveTypeName(asType.TypeName, ddl.analysis()).type : type;
	const bits = BITS[wanted.oid];
	if (bits === undefined) throw sqlError('22023', 'sequence type must be smallint, integer, or bigint');
	const increment = given.has('increment') ? integerOf(given.get('increment'), 'increment') : BigInt(before?.increment ?? 1);
	if (increment === 0n) throw sqlError('22023', 'INCREMENT must not be zero');
	const ascending = increment > 0n;
	const least = -(1n << bits);
	const most = (1n << bits) - 1n;
	const bound = (name: string, kept: string | undefined, otherwise: bigint): bigint =>
		given.get(name) !== undefined ? integerOf(given.get(name), name) : kept !== undefined && !given.has(name) && !given.has('as') ? BigInt(kept) : otherwise;
	const maximum = bound('maxvalue', before?.maximum, ascending ? most : -1n);
	const minimum = bound('minvalue', before?.minimum, ascending ? 1n : least);
	if (maximum < least || maximum > most) throw sqlError('22023', `MAXVALUE (${maximum}) is out of range for sequence data type ${sqlName(wanted)}`);
	if (minimum < least || minimum > most) throw sqlError('22023', `MINVALUE (${minimum}) is out of range for sequence data type ${sqlName(wanted)}`);
	if (minimum >= maximum) throw sqlError('22023', `MINVALUE (${minimum}) must be less than MAXVALUE (${maximum})`);
	const start = given.has('start') ? integerOf(given.get('start'), 'start') : before !== null ? BigInt(before.start) : ascending ? minimum : maximum;
	if (start < minimum) throw sqlError('22023', `START value (${start}) cannot be less than MINVALUE (${minimum})`);
	if (start > maximum) throw sqlError('22023', `START value (${start}) cannot be greater than MAXVALUE (${maximum})`);
	const cache = given.has('cache') ? Number(integerOf(given.get('cache'), 'cache')) : (before?.cache ?? 1);
	if (cache < 1) throw sqlError('22023', `CACHE (${cache}) must be greater than zero`);
	const restart = given.has('restart') ? (given.get('restart') === undefined ? start : integerOf(given.get('restart'), 'restart')) : undefined;
	if (restart !== undefined && restart < minimum) throw sqlError('22023', `RESTART value (${restart}) cannot be less than MINVALUE (${minimum})`);
	if (restart !== undefined && restart > maximum) throw sqlError('22023', `RESTART value (${restart}) cannot be greater than MAXVALUE (${maximum})`);
	const ownedNames = given.has('owned_by') ? namesOf(given.get('owned_by')?.List?.items as AstNode[] | undefined) : undefined;
	const sequenceName = namesOf(given.get('sequence_name')?.List?.items as AstNode[] | undefined).at(-1);
	return {
		type: wanted,
		start,
		increment,
		minimum,
		maximum,
		cache,
		cycle: given.has('cycle') ? flagOf(given.get('cycle')) : (before?.cycle ?? false),
		restart,
		ownedBy: ownedNames === undefined ? undefined : ownedNames.length === 1 && ownedNames[0] === 'none' ? null : ownedNames,
		name: sequenceName,
	};
}

function sqlName(type: Type): string {
	return type.oid === INT2.oid ? 'smallint' : type.oid === INT4.oid ? 'integer' : 'bigint';
}

export function createSequence(
	ddl: DdlContext,
	draft: { name: string; schema: SchemaObject; options: SequenceOptions; persistence: 'p' | 't' | 'u' },
): ObjectId {
	const id = ddl.newId();
	ddl.put(sequenceObject(id, draft.options.name ?? draft.name, draft.schema.id, draft.options, draft.persistence, null));
	return id;
}

function sequenceObject(
	id: ObjectId,
	name: string,
	schemaId: ObjectId,
	options: SequenceOptions,
	persistence: 'p' | 't' | 'u',
	before: SequenceObject | null,
): SequenceObject {
	return {
		...(before ?? { ownerTableId: 0, ownerColumn: 0 }),
		kind: 'sequence',
		id,
		name,
		schemaId,
		typeOid: options.type.oid,
		start: String(options.start),
		increment: String(options.increment),
		minimum: String(options.minimum),
		maximum: String(options.maximum),
		cache: options.cache,
		cycle: options.cycle,
		persistence,
	};
}

/** Ties a sequence to the column that uses it: dropped with it. */
export function ownSequence(ddl: DdlContext, sequenceId: ObjectId, tableId: ObjectId, column: number): void {
	const sequence = ddl.catalog.get(sequenceId);
	if (sequence?.kind === 'sequence') ddl.put({ ...sequence, ownerTableId: tableId, ownerColumn: column });
}

function applyOwner(ddl: DdlContext, sequenceId: ObjectId, ownedBy: SequenceOptions['ownedBy']): void {
	if (ownedBy === undefined) return;
	if (ownedBy === null) {
		ownSequence(ddl, sequenceId, 0, 0);
		return;
	}
	if (ownedBy.length < 2) throw sqlError('42601', 'invalid OWNED BY option', { hint: 'Specify OWNED BY table.column or OWNED BY NONE.' });
	const table = requireTable(ddl.session, listName(ownedBy.slice(0, -1)));
	const name = ownedBy[ownedBy.length - 1]!;
	const column = table.columns.find((c) => c.name === name && !c.dropped);
	if (column === undefined) throw sqlError('42703', `column "${name}" of relation "${table.name}" does not exist`);
	const sequence = ddl.catalog.get(sequenceId);
	if (sequence !== undefined && sequence.schemaId !== table.schemaId) throw sqlError('55000', 'sequence must be in same schema as table it is linked to');
	ownSequence(ddl, sequenceId, table.id, column.number);
}

const create = ddlHandler<CreateSeqStmt>('CREATE SEQUENCE', (ddl, node) => {
	const name = rangeName(node.sequence!);
	const schema = creationSchema(ddl.session, name);
	if (ddl.catalog.find(schema.id, 'relation', name.name) !== undefined) {
		if (!node.if_not_exists) throw sqlError('42P07', `relation "${name.name}" already exists`);
		ddl.session.notice('NOTICE', '42P07', `relation "${name.name}" already exists, skipping`);
		return;
	}
	const options = sequenceOptions(nodesOf(node.options), INT8, null, ddl);
	const id = createSequence(ddl, { name: name.name, schema, options, persistence: name.temporary ? 't' : 'p' });
	applyOwner(ddl, id, options.ownedBy);
});

const alter = ddlHandler<AlterSeqStmt>('ALTER SEQUENCE', (ddl, node) => {
	const name = rangeName(node.sequence!);
	let sequence: SequenceObject;
	try {
		sequence = requireRelation(ddl.session, name, ['sequence']);
	} catch (error) {
		if (!node.missing_ok) throw error;
		ddl.session.notice('NOTICE', '42P01', `relation "${name.name}" does not exist, skipping`);
		return;
	}
	const type = sequence.typeOid === INT2.oid ? INT2 : sequence.typeOid === INT4.oid ? INT4 : INT8;
	const options = sequenceOptions(nodesOf(node.options), type, sequence, ddl);
	ddl.put(sequenceObject(sequence.id, sequence.name, sequence.schemaId, options, sequence.persistence, sequence));
	applyOwner(ddl, sequence.id, options.ownedBy);
	if (options.restart !== undefined && options.restart !== null)
		ddl.session.engine.manager.setval(sequence.id, options.restart, false, ddl.catalog, ddl.transaction);
});

export const sequenceHandlers = { CreateSeqStmt: create, AlterSeqStmt: alter };
