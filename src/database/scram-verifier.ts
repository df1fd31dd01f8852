/**
 * Passwords as they are kept: PostgreSQL's form of a SCRAM-SHA-256 verifier, `SCRAM-SHA-256$iterations:salt$stored:server`,
 * from which the password cannot be had, and which is all that a login needs.
 *
 * Source: RFC 5802 §3, RFC 7677 (SHA-256), RFC 4013 (SASLprep). As PostgreSQL does, a password that SASLprep refuses is used
 * as its bytes are.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

export interface ScramVerifier {
	readonly iterations: number;
	readonly salt: Uint8Array;
	readonly storedKey: Uint8Array;
	readonly serverKey: Uint8Array;
}

export const SCRAM_ITERATIONS = 4096;
export const SCRAM_SALT_BYTES = 16;

const FORM = /^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]{44}):([A-Za-z0-9+/=]{44})$/;

export function makeScramVerifier(password: string, salt: Uint8Array, iterations = SCRAM_ITERATIONS): ScramVerifier {
	const salted = pbkdf2Sync(prepareText(password), salt, iterations, 32, 'sha256');
	const clientKey = hmac(salted, 'Client Key');
	return { iterations, salt, storedKey: sha256(clientKey), serverKey: hmac(salted, 'Server Key') };
}

export function formatScramVerifier(verifier: ScramVerifier): string {
	const { iterations, salt, storedKey, serverKey } = verifier;
	return `SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}

/** null when the text is no verifier. */
export function parseScramVerifier(text: string): ScramVerifier | null {
	const match = FORM.exec(text);
	if (match === null) return null;
	const [, iterations, salt, storedKey, serverKey] = match;
	return {
		iterations: Number(iterations),
		salt: Buffer.from(salt!, 'base64'),
		storedKey: Buffer.from(storedKey!, 'base64'),
		serverKey: Buffer.from(serverKey!, 'base64'),
	};
}

/** Whether a password sent in clear is the verifier's. Without a verifier it takes as long, and is false. */
export function matchesPassword(verifierText: string | null, password: string): boolean {
	const verifier = verifierText === null ? null : parseScramVerifier(verifierText);
	const given = makeScramVerifier(password, verifier?.salt ?? new Uint8Array(SCRAM_SALT_BYTES), verifier?.iterations ?? SCRAM_ITERATIONS);
	return timingSafeEqual(given.storedKey, verifier?.storedKey ?? new Uint8Array(given.storedKey.length)) && verifier !== null;
}

export function hmac(key: Uint8Array, text: string): Buffer {
	return createHmac('sha256', key).update(text, 'utf8').digest();
}

export function sha256(bytes: Uint8Array): Buffer {
	return createHash('sha256').update(bytes).digest();
}

/** SASLprep (RFC 4013): other spaces become spaces, invisible characters go, compatibility forms are folded. */
function prepareText(password: string): string {
	const mapped = password
		.replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
		.replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g, '')
		.normalize('NFKC');
	// Prohibited output (control, private use, non-characters, tags): used as it is.
	return mapped === '' || /[\p{Cc}\p{Co}\p{Cs}\ufff9-\ufffd\u{e0001}\u{e0020}-\u{e007f}]/u.test(mapped) ? password : mapped;
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
