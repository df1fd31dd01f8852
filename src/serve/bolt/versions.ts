/**
 * The first bytes of a connection: which version of Bolt is spoken.
 *
 * Format: the client sends `60 60 b0 17` and four proposals of four bytes, `0 range minor major`, the best first: `range` is how
 * many lower minors go as well. The server answers with one version as `0 0 minor major`, or zeros. The proposal `00 00 01 ff`
 * asks for the manifest instead: the server sends `00 00 01 ff`, a varint count of ranges in the same form and a varint mask of
 * capabilities (none); the client answers with its choice as `0 0 minor major` and its own mask.
 *
 * Source: the Bolt specification, "Handshake" (manifest style 1 included).
 */
export interface BoltVersion {
	readonly major: number;
	readonly minor: number;
}

export const MAGIC = 0x6060b017;
/** Magic and proposals. */
export const HANDSHAKE_BYTES = 20;
/** A choice from the manifest without the mask, which is one byte at least. */
export const CHOICE_BYTES = 4;
/** A mask of capabilities that is longer makes no sense: 63 bits. */
export const MASK_BYTES_MAX = 9;

/** Ranges of what is spoken, the best first: highest minor and how many lower ones. 5.5 was never released. */
const SPOKEN: readonly (readonly [major: number, minor: number, range: number])[] = [
	[5, 8, 2],
	[5, 4, 4],
	[4, 4, 0],
];

const MANIFEST_MAJOR = 0xff;
const MANIFEST_STYLE = 1;

export function isSpoken(major: number, minor: number): boolean {
	return SPOKEN.some(([m, highest, range]) => m === major && minor <= highest && minor >= highest - range);
}

/** What of the four proposals at `at` is answered: a version, 'manifest', or null when nothing fits. */
export function chooseVersion(bytes: Uint8Array, at: number): BoltVersion | 'manifest' | null {
	for (let index = 0; index < 4; index++) {
		const place = at + index * 4;
		const range = bytes[place + 1]!;
		const highest = bytes[place + 2]!;
		const major = bytes[place + 3]!;
		if (major === MANIFEST_MAJOR) {
			if (highest === MANIFEST_STYLE) return 'manifest';
			continue;
		}
		for (let minor = highest; minor >= 0 && minor >= highest - range; minor--) if (isSpoken(major, minor)) return { major, minor };
	}
	return null;
}

/** The answer to proposals: a version or zeros. */
export function encodeVersion(version: BoltVersion | null): Buffer {
	return Buffer.from([0, 0, version?.minor ?? 0, version?.major ?? 0]);
}

export function encodeManifest(): Buffer {
	const ranges = SPOKEN.flatMap(([major, minor, range]) => [0, range, minor, major]);
	return Buffer.from([0, 0, MANIFEST_STYLE, MANIFEST_MAJOR, SPOKEN.length, ...ranges, 0]);
}

/**
 * A client's choice at `bytes[at, end)`: the version (null when it is none of ours) and the bytes taken; 'short' when more must
 * come, and 'malformed' when its mask does not end.
 */
export function readChoice(
	bytes: Uint8Array,
	at: number,
	end: number,
): { readonly version: BoltVersion | null; readonly bytes: number } | 'short' | 'malformed' {
	const maskAt = at + CHOICE_BYTES;
	for (let place = maskAt; place < end; place++) {
		if (place - maskAt >= MASK_BYTES_MAX) return 'malformed';
		if (bytes[place]! >= 0x80) continue;
		const major = bytes[at + 3]!;
		const minor = bytes[at + 2]!;
		return { version: bytes[at] === 0 && bytes[at + 1] === 0 && isSpoken(major, minor) ? { major, minor } : null, bytes: place + 1 - at };
	}
	return 'short';
}

/** True when the version is `major`.`minor` or a later one. */
export function atLeast(version: BoltVersion, major: number, minor: number): boolean {
	return version.major > major || (version.major === major && version.minor >= minor);
}
