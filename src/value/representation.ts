/**
 * Which of the house's forms in memory a type's values have: the table of `type.ts` as one closed union. Comparison, keys,
 * rows and wire forms choose by it, so that types which share a form (varchar and text, regclass and oid) share code.
 */
import { baseTypeOf } from './builtin-types.ts';
import type { Type, TypeLookup } from './type.ts';

export type Representation =
	| 'bool'
	| 'int2'
	| 'int4'
	| 'oid'
	| 'int8'
	| 'date'
	| 'time'
	| 'timestamp'
	| 'float4'
	| 'float8'
	| 'numeric'
	| 'text'
	| 'bpchar'
	| 'bytea'
	| 'uuid'
	| 'interval'
	| 'timetz'
	| 'jsonb'
	| 'bit'
	| 'inet'
	| 'geometry'
	| 'range'
	| 'multirange'
	| 'array'
	| 'record'
	| 'enum'
	| 'dynamic'
	| 'properties';

const byName: Readonly<Record<string, Representation>> = {
	bool: 'bool',
	int2: 'int2',
	int4: 'int4',
	oid: 'oid',
	xid: 'oid',
	cid: 'oid',
	regproc: 'oid',
	regprocedure: 'oid',
	regoper: 'oid',
	regoperator: 'oid',
	regclass: 'oid',
	regtype: 'oid',
	regnamespace: 'oid',
	regrole: 'oid',
	regcollation: 'oid',
	int8: 'int8',
	xid8: 'int8',
	money: 'int8',
	date: 'date',
	time: 'time',
	timestamp: 'timestamp',
	timestamptz: 'timestamp',
	float4: 'float4',
	float8: 'float8',
	numeric: 'numeric',
	bpchar: 'bpchar',
	bytea: 'bytea',
	uuid: 'uuid',
	interval: 'interval',
	timetz: 'timetz',
	jsonb: 'jsonb',
	bit: 'bit',
	varbit: 'bit',
	inet: 'inet',
	cidr: 'inet',
	point: 'geometry',
	lseg: 'geometry',
	line: 'geometry',
	box: 'geometry',
	path: 'geometry',
	polygon: 'geometry',
	circle: 'geometry',
	record: 'record',
	dynamic: 'dynamic',
	properties: 'properties',
};

/** The form of a type's values; domains have that of their base type, types not in the table are text. */
export function representationOf(type: Type, lookup: TypeLookup): Representation {
	const base = baseTypeOf(type, lookup);
	if (base.elementOid !== 0) return 'array';
	if (base.kind === 'composite') return 'record';
	if (base.kind === 'enum') return 'enum';
	if (base.kind === 'range' || base.kind === 'multirange') return base.kind;
	return (base.oid < 16384 ? byName[base.name] : undefined) ?? 'text';
}
