/** Parquet files, to write: hyparquet-writer encodes (dictionaries, snappy, statistics), a row group at a time. */
import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import type { Emit, SinkColumn, TabularSink } from './tabular-sink.ts';

const CREATED_BY = 'polylog';

export async function parquetSink(columns: readonly SinkColumn[], emit: Emit): Promise<TabularSink> {
	const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
	const bytes = new ByteWriter();
	const flush = (): void => {
		if (bytes.index > 0) emit(bytes.getBytes().slice());
		bytes.index = 0;
	};
	const root: SchemaElement = { name: 'schema', num_children: columns.length };
	const elements = columns.map(elementsOf);
	const leaves = elements.map((own) => own.at(-1)!);
	const schema = [root, ...elements.flat()];
	const writer = new ParquetWriter({ writer: Object.assign(bytes, { flush }), schema, createdBy: CREATED_BY });
	return {
		write(values, rowCount) {
			const columnData: ColumnSource[] = columns.map((column, i) => ({ name: column.name, data: values[i]!.map(stored(column)) as unknown[] }));
			return writer.write({ columnData, rowGroupSize: rowCount });
		},
		async finish() {
			// Not before the metadata is written: the writer makes JSON of values that are called so, of a text too.
			columns.forEach((column, i) => {
				if (column.kind === 'json') leaves[i]!.converted_type = 'JSON';
			});
			await writer.finish();
			flush();
		},
	};
}

function elementsOf(column: SinkColumn): SchemaElement[] {
	if (!column.isList) return [{ ...elementOf(column), name: column.name, repetition_type: 'OPTIONAL' }];
	return [
		{ name: column.name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
		{ name: 'list', repetition_type: 'REPEATED', num_children: 1 },
		{ ...elementOf(column), name: 'element', repetition_type: 'OPTIONAL' },
	];
}

function elementOf({ kind, precision, scale }: SinkColumn): Omit<SchemaElement, 'name'> {
	switch (kind) {
		case 'boolean':
			return { type: 'BOOLEAN' };
		case 'int16':
			// The writer's form of the newer annotation cannot be read by others.
			return { type: 'INT32', converted_type: 'INT_16' };
		case 'int32':
			return { type: 'INT32' };
		case 'int64':
			return { type: 'INT64' };
		case 'float':
			return { type: 'FLOAT' };
		case 'double':
			return { type: 'DOUBLE' };
		case 'decimal':
			return {
				...(precision <= 9
					? { type: 'INT32' as const }
					: precision <= 18
						? { type: 'INT64' as const }
						: { type: 'FIXED_LEN_BYTE_ARRAY' as const, type_length: 16 }),
				converted_type: 'DECIMAL',
				logical_type: { type: 'DECIMAL', precision, scale },
				precision,
				scale,
			};
		case 'date':
			return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
		case 'time':
			return { type: 'INT64', converted_type: 'TIME_MICROS', logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' } };
		case 'timestamp':
		case 'instant':
			return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: kind === 'instant', unit: 'MICROS' } };
		case 'text':
			return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
		case 'json':
			return { type: 'BYTE_ARRAY' };
		case 'uuid':
			return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } };
		case 'bytes':
			return { type: 'BYTE_ARRAY' };
		default:
			return kind satisfies never;
	}
}

/** JSON is given as bytes, since its column is one of bytes until the file is finished. */
function stored(column: SinkColumn): (value: unknown) => unknown {
	if (column.kind !== 'json') return (value) => value;
	const one = (value: unknown): unknown => (value === null ? null : Array.isArray(value) ? value.map(one) : new Uint8Array(Buffer.from(value as string)));
	return one;
}
