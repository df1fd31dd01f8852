/**
 * Serves a database over HTTP: the SPARQL protocol and the Graph Store protocol, property graphs as triples, for the store `public.default` at the root, for
 * others below `/{schema}/{store}`.
 */
import { Hono } from 'hono';
import { DEFAULT_STORE } from '../../database/triple-stores.ts';
import type { HttpListener } from '../../platform/http.ts';
import { requireSafeAddress } from '../server-options.ts';
import { Access } from './access.ts';
import { Exchange } from './exchange.ts';
import { answerGraph } from './graph-store.ts';
import { answerGraphTriples } from './graph-triples.ts';
import type { HttpHost, HttpOptions, HttpServer } from './host.ts';
import { HttpProblem, problemResponse, statusOf } from './problem.ts';
import { answerQuery, answerUpdate } from './sparql-protocol.ts';

export const DEFAULT_PORT = 7300;
const DEFAULT_GRACE_MS = 2_000;
const HEADERS_TIMEOUT_MS = 30_000;
const REQUESTS_MAX = 1_000;
/** Between two looks whether the last request has been answered. */
const CLOSE_LOOK_MS = 20;

type Answer = (exchange: Exchange) => Promise<Response>;

/** The requests of one server. */
export class HttpService {
	readonly #host: HttpHost;
	readonly #options: HttpOptions;
	readonly #access: Access;
	readonly #routes: Hono;
	#requestCount = 0;
	#isClosing = false;

	constructor(host: HttpHost, options: HttpOptions) {
		this.#host = host;
		this.#options = options;
		this.#access = new Access(host, options.host ?? '127.0.0.1');
		this.#routes = this.#makeRoutes();
	}

	/** Requests that are being answered. */
	get requestCount(): number {
		return this.#requestCount;
	}

	readonly fetch = async (request: Request): Promise<Response> => {
		if (this.#isClosing) return problemResponse(new HttpProblem(503, 'the server is closing'), null);
		if (this.#requestCount >= (this.#options.requestsMax ?? REQUESTS_MAX))
			return problemResponse(new HttpProblem(503, 'too many requests at the same time', { 'retry-after': '1' }), null);
		this.#requestCount++;
		try {
			return await this.#routes.fetch(request);
		} finally {
			this.#requestCount--;
		}
	};

	/** Takes no more requests. */
	close(): void {
		this.#isClosing = true;
	}

	#makeRoutes(): Hono {
		const routes = new Hono({ strict: true });
		for (const root of ['', '/:schema/:store']) {
			routes.all(`${root}/sparql`, (context) => this.#answer(context.req.raw, context.req.param(), answerQuery));
			routes.all(`${root}/update`, (context) => this.#answer(context.req.raw, context.req.param(), answerUpdate));
			routes.all(`${root}/rdf`, (context) => this.#answer(context.req.raw, context.req.param(), answerGraphTriples));
			routes.all(`${root}/data`, (context) => this.#answer(context.req.raw, context.req.param(), (exchange) => answerGraph(exchange, false)));
			routes.all(`${root}/data/*`, (context) => this.#answer(context.req.raw, context.req.param(), (exchange) => answerGraph(exchange, true)));
		}
		routes.get('/', (context) => this.#answer(context.req.raw, {}, async () => overview()));
		routes.notFound((context) => problemResponse(new HttpProblem(404, `there is nothing at ${context.req.path}`), null));
		routes.onError((error) => this.#failure(error, null));
		return routes;
	}

	async #answer(request: Request, names: Readonly<Record<string, string>>, answer: Answer): Promise<Response> {
		let exchange: Exchange | null = null;
		try {
			const url = new URL(request.url);
			this.#access.checkSite(request, url);
			const user = this.#access.user(request);
			exchange = new Exchange(request, url, this.#host, this.#options, user, names['schema'] ?? 'public', names['store'] ?? DEFAULT_STORE);
			const response = await answer(exchange);
			exchange.end(false);
			return response;
		} catch (error) {
			exchange?.end(true);
			return this.#failure(error, exchange?.text ?? null);
		}
	}

	#failure(error: unknown, text: string | null): Response {
		if (statusOf(error) === 500) this.#host.report(`http: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
		return problemResponse(error, text);
	}
}

function overview(): Response {
	const paths = { query: '/sparql', update: '/update', graphs: '/data', propertyGraph: '/rdf', others: '/{schema}/{name}/sparql, …/update, …/data, …/rdf' };
	return new Response(`${JSON.stringify({ name: 'polylog', ...paths })}\n`, { headers: { 'content-type': 'application/json' } });
}

/**
 * Listens, and answers each request. Resolves when connections are accepted. Rejects with 'io' when the address cannot be had,
 * and with 'unsafe-listen' for an address beyond loopback while nobody has a password.
 */
export async function serveHttp(host: HttpHost, options: HttpOptions = {}): Promise<HttpServer> {
	const address = options.host ?? '127.0.0.1';
	requireSafeAddress(address, options.trustRemote === true, host);
	if ((options.cert === undefined) !== (options.key === undefined)) throw new TypeError('http: cert and key go together');
	const service = new HttpService(host, options);
	const tls = options.cert === undefined || options.key === undefined ? {} : { tls: { cert: options.cert, key: options.key } };
	const listener = await host.network.listenHttp(address, options.port ?? DEFAULT_PORT, service.fetch, { headersTimeoutMs: HEADERS_TIMEOUT_MS, ...tls });
	return {
		host: listener.host,
		port: listener.port,
		get connectionCount() {
			return listener.connectionCount;
		},
		close: (graceMs = DEFAULT_GRACE_MS) => closeGently(host, listener, service, graceMs),
	};
}

async function closeGently(host: HttpHost, listener: HttpListener, service: HttpService, graceMs: number): Promise<void> {
	service.close();
	await listener.close();
	for (let waitedMs = 0; waitedMs < graceMs && service.requestCount > 0; waitedMs += CLOSE_LOOK_MS)
		await new Promise<void>((resolve) => host.platform.timers.after(CLOSE_LOOK_MS, resolve));
	listener.cut();
}
