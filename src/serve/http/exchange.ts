/** One request while it is worked on: what it is about, its session, and how that is given back. */

import type { DatabaseSession } from '../../database/session.ts';
import { DEFAULT_STORE, openTripleStore } from '../../database/triple-stores.ts';
import { findTripleStore } from '../../model/triple/store-definition.ts';
import { NamedNode } from '../../value/rdf-term.ts';
import type { HttpHost, HttpOptions } from './host.ts';
import { HttpProblem } from './problem.ts';

const TEXT_BYTES_MAX = 16 << 20;
const DOCUMENT_BYTES_MAX = 16 * 2 ** 30;
const TIMEOUT_MS = 300_000;

export class Exchange {
	readonly request: Request;
	readonly url: URL;
	readonly host: HttpHost;
	readonly options: HttpOptions;
	readonly schema: string;
	readonly store: string;
	/** The query or update that positions of errors count in. */
	text: string | null = null;
	readonly #user: string;
	#session: DatabaseSession | null = null;
	#isHandedOver = false;

	constructor(request: Request, url: URL, host: HttpHost, options: HttpOptions, user: string, schema: string, store: string) {
		this.request = request;
		this.url = url;
		this.host = host;
		this.options = options;
		this.#user = user;
		this.schema = schema;
		this.store = store;
		// Who goes away is not waited for.
		request.signal.addEventListener('abort', () => this.#session?.cancel(), { once: true });
	}

	get textBytesMax(): number {
		return this.options.textBytesMax ?? TEXT_BYTES_MAX;
	}

	get documentBytesMax(): number {
		return this.options.documentBytesMax ?? DOCUMENT_BYTES_MAX;
	}

	get session(): DatabaseSession {
		if (this.#session === null) {
			this.#session = this.host.connect({ user: this.#user });
			this.#session.setSetting('statement_timeout', String(this.options.timeoutMs ?? TIMEOUT_MS));
		}
		return this.#session;
	}

	/** Makes sure that there is a store to read: `public.default` is made at its first use. */
	async readable(): Promise<void> {
		if (this.schema === 'public' && this.store === DEFAULT_STORE) return this.writable();
		if (findTripleStore(this.session.catalog, this.schema, this.store) === undefined)
			throw new HttpProblem(404, `there is no triple store "${this.schema}.${this.store}"`);
	}

	/** Makes the store if it is not there. */
	async writable(): Promise<void> {
		await openTripleStore(this.session, this.schema, this.store);
	}

	iri(value: string): NamedNode {
		return new NamedNode(value);
	}

	/** What gives the session back, to be called by whoever sends the body. */
	handOver(): () => void {
		this.#isHandedOver = true;
		return () => this.#close();
	}

	/** The response is made: gives the session back, unless a body still needs it. */
	end(hasFailed: boolean): void {
		if (hasFailed || !this.#isHandedOver) this.#close();
	}

	#close(): void {
		this.#session?.close();
		this.#session = null;
	}
}
