/**
 * The built-in types of SQL, with the oids, names, lengths and categories of PostgreSQL's pg_type. Every type that has an
 * array type in PostgreSQL has it here; `arrayOf` finds it. Constants are named after the internal name: `INT4`, `TEXT` (json is `JSON_TYPE`).
 *
 * Two types are the house's own, in schema `polylog`; their oids are from the range that PostgreSQL keeps for development.
 *
 * Network-hardware and text-search types are absent: a name lookup of them fails.
 */
import type { Type, TypeCategory, TypeLookup } from './type.ts';

const byOid = new Map<number, Type>();
const byName = new Map<string, Type>();

function register(type: Type): Type {
	byOid.set(type.oid, type);
	byName.set(type.name, type);
	return type;
}

function base(
	oid: number,
	name: string,
	kind: 'base' | 'pseudo',
	category: TypeCategory,
	preferred: boolean,
	length: number,
	elementOid: number,
	arrayOid: number,
): Type {
	const shared = { schema: 'pg_catalog', baseOid: 0, baseTypmod: -1, enumLabels: [], fields: [] };
	if (arrayOid !== 0) {
		const arrayCategory = kind === 'pseudo' && name === 'record' ? 'P' : 'A';
		register({
			oid: arrayOid,
			name: `_${name}`,
			kind: arrayCategory === 'P' ? 'pseudo' : 'array',
			category: arrayCategory,
			preferred: false,
			length: -1,
			elementOid: oid,
			arrayOid: 0,
			...shared,
		});
	}
	return register({ oid, name, kind: elementOid !== 0 ? 'array' : kind, category, preferred, length, elementOid, arrayOid, ...shared });
}

export const BOOL = base(16, 'bool', 'base', 'B', true, 1, 0, 1000);
export const BYTEA = base(17, 'bytea', 'base', 'U', false, -1, 0, 1001);
export const CHAR = base(18, 'char', 'base', 'Z', false, 1, 0, 1002);
export const NAME = base(19, 'name', 'base', 'S', false, 64, 0, 1003);
export const INT8 = base(20, 'int8', 'base', 'N', false, 8, 0, 1016);
export const INT2 = base(21, 'int2', 'base', 'N', false, 2, 0, 1005);
export const INT2VECTOR = base(22, 'int2vector', 'base', 'A', false, -1, 21, 1006);
export const INT4 = base(23, 'int4', 'base', 'N', false, 4, 0, 1007);
export const REGPROC = base(24, 'regproc', 'base', 'N', false, 4, 0, 1008);
export const TEXT = base(25, 'text', 'base', 'S', true, -1, 0, 1009);
export const OID = base(26, 'oid', 'base', 'N', true, 4, 0, 1028);
export const TID = base(27, 'tid', 'base', 'U', false, 6, 0, 1010);
export const XID = base(28, 'xid', 'base', 'U', false, 4, 0, 1011);
export const CID = base(29, 'cid', 'base', 'U', false, 4, 0, 1012);
export const OIDVECTOR = base(30, 'oidvector', 'base', 'A', false, -1, 26, 1013);
export const JSON_TYPE = base(114, 'json', 'base', 'U', false, -1, 0, 199);
export const XML = base(142, 'xml', 'base', 'U', false, -1, 0, 143);
export const PG_NODE_TREE = base(194, 'pg_node_tree', 'base', 'Z', false, -1, 0, 0);
export const POINT = base(600, 'point', 'base', 'G', false, 16, 0, 1017);
export const LSEG = base(601, 'lseg', 'base', 'G', false, 32, 0, 1018);
export const PATH = base(602, 'path', 'base', 'G', false, -1, 0, 1019);
export const BOX = base(603, 'box', 'base', 'G', false, 32, 0, 1020);
export const POLYGON = base(604, 'polygon', 'base', 'G', false, -1, 0, 1027);
export const LINE = base(628, 'line', 'base', 'G', false, 24, 0, 629);
export const CIDR = base(650, 'cidr', 'base', 'I', false, -1, 0, 651);
export const FLOAT4 = base(700, 'float4', 'base', 'N', false, 4, 0, 1021);
export const FLOAT8 = base(701, 'float8', 'base', 'N', true, 8, 0, 1022);
export const UNKNOWN = base(705, 'unknown', 'pseudo', 'X', false, -2, 0, 0);
export const CIRCLE = base(718, 'circle', 'base', 'G', false, 24, 0, 719);
export const MONEY = base(790, 'money', 'base', 'N', false, 8, 0, 791);
export const INET = base(869, 'inet', 'base', 'I', true, -1, 0, 1041);
export const BPCHAR = base(1042, 'bpchar', 'base', 'S', false, -1, 0, 1014);
export const VARCHAR = base(1043, 'varchar', 'base', 'S', false, -1, 0, 1015);
export const DATE = base(1082, 'date', 'base', 'D', false, 4, 0, 1182);
export const TIME = base(1083, 'time', 'base', 'D', false, 8, 0, 1183);
export const TIMESTAMP = base(1114, 'timestamp', 'base', 'D', false, 8, 0, 1115);
export const TIMESTAMPTZ = base(1184, 'timestamptz', 'base', 'D', true, 8, 0, 1185);
export const INTERVAL = base(1186, 'interval', 'base', 'T', true, 16, 0, 1187);
export const TIMETZ = base(1266, 'timetz', 'base', 'D', false, 12, 0, 1270);
export const BIT = base(1560, 'bit', 'base', 'V', false, -1, 0, 1561);
export const VARBIT = base(1562, 'varbit', 'base', 'V', true, -1, 0, 1563);
export const NUMERIC = base(1700, 'numeric', 'base', 'N', false, -1, 0, 1231);
export const REFCURSOR = base(1790, 'refcursor', 'base', 'U', false, -1, 0, 2201);
export const REGPROCEDURE = base(2202, 'regprocedure', 'base', 'N', false, 4, 0, 2207);
export const REGOPER = base(2203, 'regoper', 'base', 'N', false, 4, 0, 2208);
export const REGOPERATOR = base(2204, 'regoperator', 'base', 'N', false, 4, 0, 2209);
export const REGCLASS = base(2205, 'regclass', 'base', 'N', false, 4, 0, 2210);
export const REGTYPE = base(2206, 'regtype', 'base', 'N', false, 4, 0, 2211);
export const RECORD = base(2249, 'record', 'pseudo', 'P', false, -1, 0, 2287);
export const CSTRING = base(2275, 'cstring', 'pseudo', 'P', false, -2, 0, 1263);
export const ANY = base(2276, 'any', 'pseudo', 'P', false, 4, 0, 0);
export const ANYARRAY = base(2277, 'anyarray', 'pseudo', 'P', false, -1, 0, 0);
export const VOID = base(2278, 'void', 'pseudo', 'P', false, 4, 0, 0);
export const TRIGGER = base(2279, 'trigger', 'pseudo', 'P', false, 4, 0, 0);
export const INTERNAL = base(2281, 'internal', 'pseudo', 'P', false, 8, 0, 0);
export const ANYELEMENT = base(2283, 'anyelement', 'pseudo', 'P', false, 4, 0, 0);
export const ANYNONARRAY = base(2776, 'anynonarray', 'pseudo', 'P', false, 4, 0, 0);
export const UUID = base(2950, 'uuid', 'base', 'U', false, 16, 0, 2951);
export const ANYENUM = base(3500, 'anyenum', 'pseudo', 'P', false, 4, 0, 0);
export const JSONB = base(3802, 'jsonb', 'base', 'U', false, -1, 0, 3807);
export const JSONPATH = base(4072, 'jsonpath', 'base', 'U', false, -1, 0, 4073);
export const ANYRANGE = base(3831, 'anyrange', 'pseudo', 'P', false, -1, 0, 0);
export const ANYMULTIRANGE = base(4537, 'anymultirange', 'pseudo', 'P', false, -1, 0, 0);
export const REGNAMESPACE = base(4089, 'regnamespace', 'base', 'N', false, 4, 0, 4090);
export const REGROLE = base(4096, 'regrole', 'base', 'N', false, 4, 0, 4097);
export const REGCOLLATION = base(4191, 'regcollation', 'base', 'N', false, 4, 0, 4192);
export const XID8 = base(5069, 'xid8', 'base', 'U', false, 8, 0, 271);
export const ANYCOMPATIBLE = base(5077, 'anycompatible', 'pseudo', 'P', false, 4, 0, 0);
export const ANYCOMPATIBLEARRAY = base(5078, 'anycompatiblearray', 'pseudo', 'P', false, -1, 0, 0);
export const ANYCOMPATIBLENONARRAY = base(5079, 'anycompatiblenonarray', 'pseudo', 'P', false, 4, 0, 0);
export const ANYCOMPATIBLERANGE = base(5080, 'anycompatiblerange', 'pseudo', 'P', false, -1, 0, 0);
export const ANYCOMPATIBLEMULTIRANGE = base(4538, 'anycompatiblemultirange', 'pseudo', 'P', false, -1, 0, 0);

/** A range type and its multirange type, each with its array: oids of range, its array, multirange, its array. */
function rangeTypes(subtype: Type, name: string, multirangeName: string, oids: readonly [number, number, number, number]): void {
	const [oid, arrayOid, multirangeOid, multirangeArrayOid] = oids;
	const range = base(oid, name, 'base', 'R', false, -1, 0, arrayOid);
	const multirange = base(multirangeOid, multirangeName, 'base', 'R', false, -1, 0, multirangeArrayOid);
	register({ ...range, kind: 'range', subtypeOid: subtype.oid, multirangeOid });
	register({ ...multirange, kind: 'multirange', rangeOid: oid });
}

rangeTypes(INT4, 'int4range', 'int4multirange', [3904, 3905, 4451, 6150]);
rangeTypes(NUMERIC, 'numrange', 'nummultirange', [3906, 3907, 4532, 6151]);
rangeTypes(TIMESTAMP, 'tsrange', 'tsmultirange', [3908, 3909, 4533, 6152]);
rangeTypes(TIMESTAMPTZ, 'tstzrange', 'tstzmultirange', [3910, 3911, 4534, 6153]);
rangeTypes(DATE, 'daterange', 'datemultirange', [3912, 3913, 4535, 6155]);
rangeTypes(INT8, 'int8range', 'int8multirange', [3926, 3927, 4536, 6157]);

/** Values that tell their own type (`dynamic.ts`). Tables cannot have columns of it. */
export const DYNAMIC = register({
	oid: 8890,
	name: 'dynamic',
	schema: 'polylog',
	kind: 'dynamic',
	category: 'P',
	preferred: false,
	length: -1,
	elementOid: 0,
	arrayOid: 0,
	baseOid: 0,
	baseTypmod: -1,
	enumLabels: [],
	fields: [],
});

/** Properties of a node or relationship (`property-map.ts`). */
export const PROPERTIES = register({ ...DYNAMIC, oid: 8891, name: 'properties', kind: 'base', category: 'U' });

/** Types by oid and by internal name; the lookup without a user's types. */
export interface BuiltinTypes extends TypeLookup {
	/** By internal name (`int4`, `_text`), whatever the schema; undefined if there is none. */
	byName(name: string): Type | undefined;
	all(): Iterable<Type>;
}

export const builtinTypes: BuiltinTypes = {
	typeByOid: (oid) => byOid.get(oid),
	byName: (name) => byName.get(name),
	all: () => byOid.values(),
};

/** The array type of a type (for an array type: itself, since arrays nest by dimensions), or undefined where it has none. */
export function arrayOf(type: Type, lookup: TypeLookup = builtinTypes): Type | undefined {
	if (isArray(type)) return type;
	return type.arrayOid === 0 ? undefined : lookup.typeByOid(type.arrayOid);
}

/** The element type of an array type, or undefined. */
export function elementOf(type: Type, lookup: TypeLookup = builtinTypes): Type | undefined {
	return type.elementOid === 0 ? undefined : lookup.typeByOid(type.elementOid);
}

/** True for arrays, int2vector and oidvector, and for record[]. */
export function isArray(type: Type): boolean {
	return type.elementOid !== 0;
}

/** The type under a domain, however deep; the type itself if it is no domain. */
export function baseTypeOf(type: Type, lookup: TypeLookup = builtinTypes): Type {
	let current = type;
	while (current.kind === 'domain') {
		const under = lookup.typeByOid(current.baseOid);
		if (under === undefined) return current;
		current = under;
	}
	return current;
}
