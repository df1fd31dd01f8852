/** The part of WebAssembly's interface that column memory and generated code use; the compiler's library for Node.js does not declare it. */

export interface WasmMemory {
	readonly buffer: SharedArrayBuffer;
	/** By pages of 64 KiB. Throws RangeError past the maximum. */
	grow(pages: number): number;
}

export interface WasmModule {
	readonly [Symbol.toStringTag]: string;
}

export interface WasmInstance {
	readonly exports: Readonly<Record<string, unknown>>;
}

interface WasmApi {
	readonly Memory: new (descriptor: { readonly initial: number; readonly maximum: number; readonly shared: true }) => WasmMemory;
	readonly Module: new (bytes: Uint8Array) => WasmModule;
	readonly Instance: new (module: WasmModule, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => WasmInstance;
}

export const webAssembly: WasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
