/**
 * How commands reach the triple stores of a database: by requests of HTTP, to the process that has it open or, when none has, to
 * the same service in this process, over the directory opened here.
 */
import { livingOwner, type OwnerNote } from '../database/claim-directory.ts';
import { openDatabase } from '../database/open.ts';
import { InputError, UnavailableError } from '../platform/errors.ts';
import { realPlatform } from '../platform/real-platform.ts';
import { answerPrivately } from '../serve/serve.ts';

/** What a request says beside its path. */
export interface StoreRequest {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | ReadableStream<Uint8Array>;
}

/** Asks; answers that are errors are thrown with what they say. */
export type AskStore = (path: string, request?: StoreRequest) => Promise<Response>;

type Send = (path: string, init: RequestInit) => Promise<Response>;

/** Runs `work` with a way to ask. `create`: the database may be new. */
export async function withStores<T>(directory: string, create: boolean, work: (ask: AskStore) => Promise<T>): Promise<T> {
	const platform = realPlatform();
	const exists = platform.files.exists(`${directory}/log`);
	const owner = exists ? await livingOwner(platform, directory) : null;
	await platform.close();
	if (!exists && !create)
		throw new InputError('no-database', `there is no database in ${directory}`, { hint: 'polylog serve makes one; or name another directory.' });
	if (owner !== null) return work(askBy(sendToOwner(directory, owner)));
	const database = await openDatabase(directory);
	try {
		const answer = answerPrivately(database);
		return await work(askBy(async (path, init) => answer(new Request(`http://127.0.0.1${path}`, init))));
	} finally {
		await database.close();
	}
}

function sendToOwner(directory: string, owner: OwnerNote): Send {
	const address = owner.addresses['http'];
	if (address === undefined)
		throw new UnavailableError('directory-in-use', `the database in ${directory} is open in process ${owner.processId}, which does not serve HTTP`, {
			hint: 'Close it there, or let that process serve HTTP (--http-port).',
		});
	const { POLYLOG_USER: user = 'polylog', POLYLOG_PASSWORD: password } = process.env;
	const login = password === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
	return (path, init) => fetch(`http://${address}${path}`, { ...init, headers: { ...(init.headers as Record<string, string>), ...login } });
}

function askBy(send: Send): AskStore {
	return async (path, { method = 'GET', headers = {}, body } = {}) => {
		const init = { method, headers, ...(body === undefined ? {} : { body, duplex: 'half' }) } as RequestInit;
		const response = await send(path, init);
		if (response.ok) return response;
		const text = await response.text();
		const problem = parsed(text);
		throw new InputError('input', problem.detail ?? `the server answered ${response.status}`, {
			...(response.status === 401 ? { hint: 'Set POLYLOG_USER and POLYLOG_PASSWORD.' } : problem.hint === undefined ? {} : { hint: problem.hint }),
		});
	};
}

function parsed(text: string): { readonly detail?: string; readonly hint?: string } {
	try {
		return JSON.parse(text) as { detail?: string; hint?: string };
	} catch {
		return {};
	}
}

/** The path of a store's endpoint: `store`, `schema.store` or none for the default. */
export function storePath(store: string | undefined, endpoint: 'sparql' | 'update' | 'data'): string {
	if (store === undefined) return `/${endpoint}`;
	const dot = store.indexOf('.');
	const [schema, name] = dot < 0 ? ['public', store] : [store.slice(0, dot), store.slice(dot + 1)];
	return `/${encodeURIComponent(schema)}/${encodeURIComponent(name)}/${endpoint}`;
}

/** The path of a graph, or of the whole store. */
export function graphPath(store: string | undefined, graph: string | null): string {
	const path = storePath(store, 'data');
	return graph === null ? path : graph === '' ? `${path}?default` : `${path}?graph=${encodeURIComponent(graph)}`;
}
