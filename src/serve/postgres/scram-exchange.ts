/**
 * The server's side of a SCRAM-SHA-256 login (RFC 5802, RFC 7677), without channel binding: the client's first message, our
 * challenge, its proof, our signature.
 *
 * A user that does not exist, or has no password, gets a challenge like any other, with a salt that stays the same between
 * attempts, and fails only at the proof: the exchange does not tell who exists.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { hmac, parseScramVerifier, SCRAM_ITERATIONS, SCRAM_SALT_BYTES, type ScramVerifier, sha256 } from '../../database/scram-verifier.ts';
import { sqlError } from '../../platform/errors.ts';

export const SCRAM_MECHANISM = 'SCRAM-SHA-256';

export class ScramExchange {
	readonly #verifier: ScramVerifier;
	readonly #known: boolean;
	readonly #serverNonce: string;
	#clientFirstBare = '';
	#serverFirst = '';
	#header = '';
	#nonce = '';

	/**
	 * `secret` is the server's own, unchanged while it runs: salts of unknown users are derived from it. `serverNonce` is
	 * unpredictable, printable and without a comma.
	 */
	constructor(user: string, verifierText: string | null, secret: Uint8Array, serverNonce: string) {
		const verifier = verifierText === null ? null : parseScramVerifier(verifierText);
		this.#known = verifier !== null;
		this.#verifier = verifier ?? unknownVerifier(user, secret);
		this.#serverNonce = serverNonce;
	}

	/** Takes the client's first message; returns the challenge. */
	challenge(clientFirst: string): string {
		const match = /^(([ny]|p=[^,]*),(?:a=[^,]*)?,)((m=[^,]*,)?n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(clientFirst);
		if (match === null) throw malformed('The client-first-message is not well formed.');
		if (match[4] !== undefined) throw malformed('The client requires an extension that is not supported.');
		if (match[2]!.startsWith('p')) throw malformed('The client selected SCRAM-SHA-256 without channel binding, but sent channel binding data.');
		this.#header = match[1]!;
		this.#clientFirstBare = match[3]!;
		this.#nonce = match[5]! + this.#serverNonce;
		const salt = Buffer.from(this.#verifier.salt).toString('base64');
		this.#serverFirst = `r=${this.#nonce},s=${salt},i=${this.#verifier.iterations}`;
		return this.#serverFirst;
	}

	/** Takes the client's final message; returns the server's signature, or null when the proof is wrong. */
	verify(clientFinal: string): string | null {
		const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(clientFinal);
		if (match === null) throw malformed('The client-final-message is not well formed.');
		const [, withoutProof, binding, nonce, proofText] = match;
		if (Buffer.from(binding!, 'base64').toString('utf8') !== this.#header) throw malformed('The channel binding does not match.');
		if (nonce !== this.#nonce) throw malformed('The nonce does not match.');
		const proof = Buffer.from(proofText!, 'base64');
		if (proof.length !== 32) throw malformed('The proof has the wrong length.');
		const message = `${this.#clientFirstBare},${this.#serverFirst},${withoutProof}`;
		const signature = hmac(this.#verifier.storedKey, message);
		const clientKey = Buffer.alloc(32);
		for (let index = 0; index < 32; index++) clientKey[index] = proof[index]! ^ signature[index]!;
		const right = timingSafeEqual(sha256(clientKey), this.#verifier.storedKey);
		if (!right || !this.#known) return null;
		return `v=${hmac(this.#verifier.serverKey, message).toString('base64')}`;
	}
}

function unknownVerifier(user: string, secret: Uint8Array): ScramVerifier {
	const salt = createHmac('sha256', secret).update(user, 'utf8').digest().subarray(0, SCRAM_SALT_BYTES);
	return { iterations: SCRAM_ITERATIONS, salt, storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32) };
}

function malformed(detail: string): Error {
	return sqlError('08P01', 'malformed SCRAM message', { detail });
}
