/**
 * Modules that are loaded when something first needs them, within the call: what a program does not use costs it neither time nor memory.
 *
 * They are required rather than imported, because reads, replay and appliers are synchronous; the module gets the same instances either way.
 * Releases of Node.js that cannot require ES modules without a flag (22.0 to 22.11) import them all in `prepareLazyModules`, before a
 * database is opened. A module that is being imported cannot be required: nothing imports one of these in a running database.
 * `scripts/build.mjs` finds them by their `new URL('….ts', import.meta.url)` and makes a file of each.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const CAN_REQUIRE = (process.features as { readonly require_module?: boolean }).require_module === true;
const require = createRequire(import.meta.url);

/** Of releases that must import: what is still to be imported. */
const unprepared: LazyModule<object>[] = [];

export class LazyModule<M extends object> {
	readonly #url: URL;
	#module: M | null = null;

	/** Made once, at the top level of a module, with a URL of the form named above and the type of the module. */
	constructor(url: URL) {
		this.#url = url;
		if (!CAN_REQUIRE) unprepared.push(this);
	}

	get isLoaded(): boolean {
		return this.#module !== null;
	}

	/** The module; loaded by the first call. */
	get(): M {
		this.#module ??= require(fileURLToPath(this.#url)) as M;
		return this.#module;
	}

	/** As `get`, and works on every release. */
	async load(): Promise<M> {
		if (this.#module === null && !CAN_REQUIRE) this.#module = (await import(this.#url.href)) as M;
		return this.get();
	}
}

/** Called before a database is opened. */
export async function prepareLazyModules(): Promise<void> {
	// A module that is loaded may name more of them.
	for (let lazy = unprepared.pop(); lazy !== undefined; lazy = unprepared.pop()) await lazy.load();
}
