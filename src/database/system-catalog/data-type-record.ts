/**
 * The columns by which information_schema describes a data type, wherever it stands: a table's column, a domain, a parameter.
 *
 * Source: PostgreSQL 15, information_schema.sql (`_pg_char_max_length`, `_pg_numeric_precision` and their kin).
 */
import {
	BIT,
	BPCHAR,
	baseTypeOf,
	DATE,
	FLOAT4,
	FLOAT8,
	INT2,
	INT4,
	INT8,
	INTERVAL,
	NUMERIC,
	TEXT,
	TIME,
	TIMESTAMP,
	TIMESTAMPTZ,
	TIMETZ,
	VARBIT,
	VARCHAR,
} from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { DATABASE_NAME, displayType, schemaName } from './object-names.ts';
import type { SystemContext, SystemRecord } from './system-table.ts';

/** Bytes of a character in UTF-8, at most. */
const CHARACTER_BYTES_MAX = 4;
const TEXT_BYTES_MAX = 1073741824;
const HEADER = 4;

/** data_type … interval_precision, udt_… ; `position` becomes dtd_identifier. */
export function dataTypeRecord(context: SystemContext, typeOid: number, typmod: number, position: number | string): SystemRecord {
	const { catalog } = context;
	const type = catalog.typeByOid(typeOid);
	if (type === undefined) return { dtd_identifier: String(position) };
	const base = baseTypeOf(type, catalog);
	const effective = type.kind === 'domain' && typmod === -1 ? type.baseTypmod : typmod;
	return {
		data_type: dataTypeName(context, base),
		...characterPart(base.oid, effective),
		...numberPart(base.oid, effective),
		...timePart(base.oid, effective),
		...udtPart(context, base),
		dtd_identifier: String(position),
	};
}

function dataTypeName(context: SystemContext, base: Type): string {
	if (base.kind === 'array' && base.category === 'A') return 'ARRAY';
	return base.schema === 'pg_catalog' ? displayType(context, base.oid, -1) : 'USER-DEFINED';
}

/** Of the type under a domain, as PostgreSQL has it. */
function udtPart(context: SystemContext, base: Type): SystemRecord {
	return { udt_catalog: DATABASE_NAME, udt_schema: typeSchema(context, base), udt_name: base.name };
}

export function typeSchema(context: SystemContext, type: Type): string {
	const object = context.catalog.get(type.kind === 'array' && type.oid >= 16384 ? type.elementOid : type.oid);
	return object?.kind === 'type' ? schemaName(context.catalog, object.schemaId) : 'pg_catalog';
}

function characterPart(oid: number, typmod: number): SystemRecord {
	if (oid === TEXT.oid) return { character_octet_length: TEXT_BYTES_MAX };
	if (oid === BPCHAR.oid || oid === VARCHAR.oid) {
		if (typmod < HEADER) return { character_octet_length: TEXT_BYTES_MAX };
		const length = typmod - HEADER;
		return { character_maximum_length: length, character_octet_length: length * CHARACTER_BYTES_MAX };
	}
	if ((oid === BIT.oid || oid === VARBIT.oid) && typmod >= 0) return { character_maximum_length: typmod };
	return {};
}

function numberPart(oid: number, typmod: number): SystemRecord {
	switch (oid) {
		case INT2.oid:
			return binaryNumber(16, 0);
		case INT4.oid:
			return binaryNumber(32, 0);
		case INT8.oid:
			return binaryNumber(64, 0);
		case FLOAT4.oid:
			return binaryNumber(24, null);
		case FLOAT8.oid:
			return binaryNumber(53, null);
		case NUMERIC.oid: {
			if (typmod < HEADER) return { numeric_precision_radix: 10 };
			const packed = typmod - HEADER;
			// Eleven bits, with sign.
			const scale = ((packed & 0x7ff) ^ 1024) - 1024;
			return { numeric_precision: (packed >> 16) & 0xffff, numeric_precision_radix: 10, numeric_scale: scale };
		}
		default:
			return {};
	}
}

function binaryNumber(precision: number, scale: number | null): SystemRecord {
	return { numeric_precision: precision, numeric_precision_radix: 2, numeric_scale: scale };
}

function timePart(oid: number, typmod: number): SystemRecord {
	switch (oid) {
		case DATE.oid:
			return { datetime_precision: 0 };
		case TIME.oid:
		case TIMETZ.oid:
		case TIMESTAMP.oid:
		case TIMESTAMPTZ.oid:
			return { datetime_precision: typmod < 0 ? 6 : typmod };
		case INTERVAL.oid:
			return { datetime_precision: typmod < 0 || (typmod & 0xffff) === 0xffff ? 6 : typmod & 0xffff };
		default:
			return {};
	}
}
