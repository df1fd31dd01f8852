/** Files of RDF for `polylog import` and `polylog export`: documents into a triple store and out of it, with progress. */
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatFacts, formatOfFile, RDF_FORMATS, type RdfFormat } from '../encoding/rdf/rdf-formats.ts';
import { InputError } from '../platform/errors.ts';
import { Progress } from './progress.ts';
import { graphPath, withStores } from './store-client.ts';

/** Names of formats on the command line, by their usual ending. */
const NAMES: ReadonlyMap<string, RdfFormat> = new Map(RDF_FORMATS.map(({ endings, format }) => [endings[0]!, format]));

export interface TripleFileOptions {
	readonly store: string | undefined;
	/** undefined: the default graph, or with a format of several graphs all of them. */
	readonly graph: string | undefined;
}

/** The format named, or else that of the file's ending; undefined when it is none of RDF. */
export function rdfFormat(name: string | undefined, file: string | undefined): RdfFormat | undefined {
	if (name !== undefined) return NAMES.get(name);
	return file === undefined || /\.(json|xml)$/i.test(file) ? undefined : formatOfFile(file);
}

/** Loads a file, all of it or nothing; `replace`: in place of what is in the graph, or in the store. */
export async function importTriples(
	file: string,
	directory: string,
	format: RdfFormat,
	options: TripleFileOptions & { readonly replace: boolean },
): Promise<void> {
	const { hasGraphs, mediaTypes } = formatFacts(format);
	const graph = options.graph ?? (hasGraphs ? null : '');
	if (hasGraphs && format !== 'json-ld' && options.graph !== undefined)
		throw new InputError('usage', `${file} names its graphs itself: --graph is for formats of one graph`, { hint: 'Leave --graph out.' });
	const total = statSync(file).size;
	const progress = new Progress(`importing ${file}`, total);
	let bytes = 0;
	const pieces = async function* (): AsyncGenerator<Uint8Array> {
		for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 })) {
			bytes += (piece as Buffer).length;
			progress.update(bytes);
			yield piece as Buffer;
		}
	};
	await withStores(directory, true, async (ask) => {
		const headers = { 'content-type': mediaTypes[0]!, ...(/\.gz$/i.test(file) ? { 'content-encoding': 'gzip' } : {}) };
		const body = Readable.toWeb(Readable.from(pieces())) as ReadableStream<Uint8Array>;
		await ask(graphPath(options.store, graph), { method: options.replace ? 'PUT' : 'POST', headers, body });
	});
	progress.end();
	console.log(`${file} into triple store ${options.store ?? 'public.default'}${graph === null || graph === '' ? '' : `, graph <${graph}>`}`);
}

/** Writes a graph or a store to a file or to standard output. */
export async function exportTriples(directory: string, format: RdfFormat, out: string | undefined, options: TripleFileOptions): Promise<void> {
	const { hasGraphs, mediaTypes } = formatFacts(format);
	const graph = options.graph ?? (hasGraphs ? null : '');
	await withStores(directory, false, async (ask) => {
		const response = await ask(graphPath(options.store, graph), { headers: { accept: mediaTypes[0]! } });
		if (response.body === null) return;
		await pipeline(Readable.fromWeb(response.body as never), out === undefined ? process.stdout : createWriteStream(out), { end: out !== undefined });
	});
}
