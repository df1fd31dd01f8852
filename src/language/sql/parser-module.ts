/**
 * Loads PostgreSQL's parser (libpg-query, WebAssembly) synchronously, at the first statement.
 *
 * The package only offers an asynchronous start, but embedded reads are synchronous. Its glue code is therefore evaluated in a
 * context of its own whose microtask queue is drained when the evaluation ends (`microtaskMode: 'afterEvaluate'`), and given an
 * already compiled instance: when `runInContext` returns, its promise has been resolved. Takes about 16 ms and 8 MB, once.
 *
 * Reading the package's two files through node:fs is module loading, not data: it does not go through `platform/`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { UnavailableError } from '../../platform/errors.ts';

/** What the parser's glue code exports. Pointers are byte addresses in its memory. */
export interface ParserModule {
	readonly HEAPU8: Uint8Array;
	readonly HEAPU32: Uint32Array;
	_malloc(bytes: number): number;
	_free(pointer: number): void;
	_wasm_parse_query_raw(text: number): number;
	_wasm_free_parse_result(result: number): void;
}

/** The part of WebAssembly's interface used here; the compiler's library for Node.js does not declare it. */
interface WasmApi {
	Module: new (bytes: Uint8Array) => object;
	Instance: new (module: object, imports: object) => object;
}

const wasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

interface Parts {
	readonly script: Script;
	readonly wasm: object;
	readonly directory: string;
}

let parts: Parts | null = null;

function loadParts(): Parts {
	const directory = join(dirname(createRequire(import.meta.url).resolve('libpg-query/package.json')), 'wasm');
	const glue = readFileSync(join(directory, 'libpg-query.js'), 'utf8');
	// The file is a CommonJS wrapper followed by an ES export in some releases; only the first is wanted.
	const source = `${glue.replace(/\bexport\s+default\s+\w+\s*;?/g, '')}
module.exports({ instantiateWasm: (info, done) => instantiate(info, done) }).then((m) => { got(m); }, (e) => { failed(e); });`;
	return {
		script: new Script(source, { filename: join(directory, 'libpg-query.js') }),
		wasm: new wasmApi.Module(readFileSync(join(directory, 'libpg-query.wasm'))),
		directory,
	};
}

/** A fresh instance of the parser. Called again after a trap, since a trapped instance cannot be trusted. */
export function instantiateParser(): ParserModule {
	parts ??= loadParts();
	const { script, wasm, directory } = parts;
	let loaded: ParserModule | null = null;
	let failure: unknown = null;
	const moduleObject = { exports: {} };
	const sandbox = {
		module: moduleObject,
		exports: moduleObject.exports,
		require: createRequire(import.meta.url),
		__dirname: directory,
		__filename: join(directory, 'libpg-query.js'),
		process,
		// The glue code prints when it aborts; the trap is reported as an error instead.
		console: { log: () => {}, error: () => {}, warn: () => {} },
		WebAssembly: wasmApi,
		TextDecoder,
		URL,
		instantiate: (info: object, done: (instance: object) => void) => done(new wasmApi.Instance(wasm, info)),
		got: (module: ParserModule) => {
			loaded = module;
		},
		failed: (error: unknown) => {
			failure = error;
		},
	};
	script.runInContext(createContext(sandbox, { microtaskMode: 'afterEvaluate' }));
	if (loaded === null) throw new UnavailableError('parser-unavailable', 'the SQL parser could not be started', { sqlstate: 'XX000', cause: failure });
	return loaded;
}
