/** avsc, loaded when the first file of Avro is read or written, and its one setting. */

export type Avsc = typeof import('avsc');

/** A module of CommonJS, of which the loader of modules finds only some names. */
export async function loadAvsc(): Promise<Avsc> {
	return ((await import('avsc')) as unknown as { readonly default: Avsc }).default;
}

/** Longs as bigints: avsc's own refuse those past 2^53. */
export function exactLong(avsc: Avsc): unknown {
	return avsc.types.LongType.__with({
		fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
		toBuffer: (value: bigint) => {
			const buffer = Buffer.alloc(8);
			buffer.writeBigInt64LE(value);
			return buffer;
		},
		fromJSON: BigInt,
		toJSON: Number,
		isValid: (value: unknown) => typeof value === 'bigint',
		compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
	});
}

/** A schema in which longs with a logical type are plain: avsc takes its own type for those. */
export function plainLongs(schema: unknown): unknown {
	if (Array.isArray(schema)) return schema.map(plainLongs);
	if (typeof schema !== 'object' || schema === null) return schema;
	const parts = schema as {
		readonly type?: unknown;
		readonly items?: unknown;
		readonly values?: unknown;
		readonly fields?: readonly { readonly type: unknown }[];
	};
	if (parts.type === 'long') return 'long';
	return {
		...parts,
		...(typeof parts.type === 'object' ? { type: plainLongs(parts.type) } : {}),
		...(parts.items === undefined ? {} : { items: plainLongs(parts.items) }),
		...(parts.values === undefined ? {} : { values: plainLongs(parts.values) }),
		...(parts.fields === undefined ? {} : { fields: parts.fields.map((field) => ({ ...field, type: plainLongs(field.type) })) }),
	};
}
