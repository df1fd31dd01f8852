/**
 * Who may ask. A page of the web must not reach the database through its reader's browser: on loopback the `Host` of a request
 * must name this machine (a name that was made to lead here does not), and an `Origin` must be that of the server itself.
 *
 * While no user has a password, anybody on this machine may do everything; as soon as one has, every request must show one by
 * HTTP's Basic scheme. A password once found right is not computed again while its user's verifier stays as it is.
 */
import { createHash } from 'node:crypto';
import { matchesPassword } from '../../database/scram-verifier.ts';
import { isLoopback } from '../../platform/network.ts';
import type { HttpHost } from './host.ts';
import { HttpProblem } from './problem.ts';

const DEFAULT_USER = 'polylog';
const KNOWN_MAX = 1000;
const ASK: Readonly<Record<string, string>> = { 'www-authenticate': 'Basic realm="polylog", charset="UTF-8"' };

export class Access {
	readonly #host: HttpHost;
	readonly #isOnLoopback: boolean;
	/** Hash of a header that was right → the verifier that it was right for. */
	readonly #known = new Map<string, string>();

	constructor(host: HttpHost, address: string) {
		this.#host = host;
		this.#isOnLoopback = isLoopback(address);
	}

	/** Throws 403 for a request that a page of another site may have made. */
	checkSite(request: Request, url: URL): void {
		const host = url.hostname.replace(/^\[|\]$/g, '');
		if (this.#isOnLoopback && !isLoopback(host)) throw new HttpProblem(403, `the server is not asked as "${url.hostname}"; use 127.0.0.1 or localhost`);
		const origin = request.headers.get('origin');
		if (origin !== null && hostOf(origin) !== url.host) throw new HttpProblem(403, `requests of pages from "${origin}" are refused`);
	}

	/** The user of a request. Throws 401. */
	user(request: Request): string {
		const header = request.headers.get('authorization');
		if (!this.#host.hasPasswords()) return nameOf(header) ?? DEFAULT_USER;
		if (header === null) throw new HttpProblem(401, 'a user name and a password are required', ASK);
		const credentials = basicCredentials(header);
		if (credentials === null) throw new HttpProblem(401, 'the Basic scheme is expected', ASK);
		const [name, password] = credentials;
		const role = this.#host.role(name);
		const verifier = role?.canLogin === true ? role.verifier : null;
		const key = createHash('sha256').update(header).digest('base64');
		if (verifier !== null && this.#known.get(key) === verifier) return name;
		if (!matchesPassword(verifier, password)) throw new HttpProblem(401, 'the user name or the password is wrong', ASK);
		if (this.#known.size >= KNOWN_MAX) this.#known.clear();
		this.#known.set(key, verifier!);
		return name;
	}
}

function hostOf(origin: string): string | null {
	try {
		return new URL(origin).host;
	} catch {
		return null;
	}
}

function nameOf(header: string | null): string | null {
	const name = header === null ? '' : (basicCredentials(header)?.[0] ?? '');
	return name === '' ? null : name;
}

function basicCredentials(header: string): [name: string, password: string] | null {
	const match = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header.trim());
	if (match === null) return null;
	const text = Buffer.from(match[1]!, 'base64').toString('utf8');
	const colon = text.indexOf(':');
	return colon < 0 ? null : [text.slice(0, colon), text.slice(colon + 1)];
}
