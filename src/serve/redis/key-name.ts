/** A database and a key as one text, one character a byte, for maps of keys that clients wait for or watch. */
export function keyName(database: number, key: Uint8Array, start: number, end: number): string {
	return `${database}:${Buffer.from(key.buffer, key.byteOffset + start, end - start).toString('latin1')}`;
}

export function parseKeyName(name: string): { readonly database: number; readonly key: Buffer } {
	const colon = name.indexOf(':');
	return { database: Number(name.slice(0, colon)), key: Buffer.from(name.slice(colon + 1), 'latin1') };
}
