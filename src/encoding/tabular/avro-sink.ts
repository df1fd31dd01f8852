/** Avro object container files, to write: a record of unions with null, a block at a time. */
import { sqlError } from '../../platform/errors.ts';
import { avroBlock, avroHeader } from './avro-container.ts';
import { exactLong, loadAvsc, plainLongs } from './avsc.ts';
import type { Emit, SinkColumn, TabularSink } from './tabular-sink.ts';

/** `sync`: 16 random bytes. */
export async function avroSink(columns: readonly SinkColumn[], emit: Emit, sync: Uint8Array): Promise<TabularSink> {
	const avsc = await loadAvsc();
	const wrong = columns.find(({ name }) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
	if (wrong !== undefined)
		throw sqlError('42602', `column "${wrong.name}" cannot be a field of Avro`, {
			hint: 'Fields have letters, digits and underscores: give it another name in a query.',
		});
	const schema = { type: 'record', name: 'row', fields: columns.map((column) => ({ name: column.name, type: ['null', schemaOf(column)], default: null })) };
	const type = avsc.Type.forSchema(plainLongs(schema) as never, { registry: { long: exactLong(avsc) }, wrapUnions: true } as never);
	const converts = columns.map(stored);
	emit(avroHeader(schema, sync));
	return {
		write(values, rowCount) {
			const datums: Uint8Array[] = [];
			for (let row = 0; row < rowCount; row++) {
				const datum: Record<string, unknown> = {};
				for (let c = 0; c < columns.length; c++) {
					const value = values[c]![row];
					datum[columns[c]!.name] = value === null || value === undefined ? null : converts[c]!(value);
				}
				datums.push(type.toBuffer(datum));
			}
			if (rowCount > 0) emit(avroBlock(rowCount, datums, sync));
		},
		finish: () => undefined,
	};
}

function schemaOf(column: SinkColumn): unknown {
	const scalar = scalarSchema(column);
	return column.isList ? { type: 'array', items: ['null', scalar] } : scalar;
}

function scalarSchema({ kind, precision, scale }: SinkColumn): unknown {
	switch (kind) {
		case 'boolean':
			return 'boolean';
		case 'int16':
		case 'int32':
			return 'int';
		case 'int64':
			return 'long';
		case 'float':
			return 'float';
		case 'double':
			return 'double';
		case 'decimal':
			return { type: 'bytes', logicalType: 'decimal', precision, scale };
		case 'date':
			return { type: 'int', logicalType: 'date' };
		case 'time':
			return { type: 'long', logicalType: 'time-micros' };
		case 'timestamp':
			return { type: 'long', logicalType: 'local-timestamp-micros' };
		case 'instant':
			return { type: 'long', logicalType: 'timestamp-micros' };
		case 'uuid':
			return { type: 'string', logicalType: 'uuid' };
		case 'text':
		case 'json':
			return 'string';
		case 'bytes':
			return 'bytes';
		default:
			return kind satisfies never;
	}
}

/** Values as avsc takes them: those of a union in an object of the branch's name. */
function stored(column: SinkColumn): (value: unknown) => unknown {
	const { kind } = column;
	const plain = scalarSchema(column);
	const branch = typeof plain === 'string' ? plain : (plain as { readonly type: string }).type;
	const raw = (value: unknown): unknown => (kind === 'decimal' ? twosComplement(value as bigint) : kind === 'bytes' ? Buffer.from(value as Uint8Array) : value);
	if (!column.isList) return (value) => ({ [branch]: raw(value) });
	return (value) => ({ array: (value as unknown[]).map((item) => (item === null ? null : { [branch]: raw(item) })) });
}

/** The fewest bytes that hold the number, the highest first. */
function twosComplement(value: bigint): Buffer {
	let length = 1;
	while (BigInt.asIntN(length * 8, value) !== value) length++;
	return Buffer.from(
		BigInt.asUintN(length * 8, value)
			.toString(16)
			.padStart(length * 2, '0'),
		'hex',
	);
}
