// Makes dist/bundle/, the few files that the package's users and its command load, from the modules in dist/.
//
// What is loaded at once lies in one file: finding, reading and linking a file costs as much as compiling 20 KB. The static graph of
// `index` is the first layer, then come the modules that are loaded when they are first needed (`platform/lazy-module.ts`), each with what no earlier
// layer has; whatever several of them share is a file of its own. So esbuild splits all of it first, and its pieces are then joined by layer.
// Worker threads load modules of their own: each of their files holds all that it needs. Names are kept, so that stack traces can be read.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** Entries that are no modules named by a URL. */
const FACES = ['index', 'cli/main', 'operate/bench/trial-main'];
/** Of those that are: what a database may need before any SQL. All others come after SQL's engine. */
const BEFORE_SQL = /-engine$|^(database\/(open-tables|settings)|model\/redis\/redis-change)$/;
const SQL = 'database/start-engine';
/** Modules of worker threads. */
const WORKER = /-(task|worker)$/;

const OPTIONS = {
	bundle: true,
	format: 'esm',
	platform: 'node',
	target: 'es2023',
	packages: 'external',
	minifyWhitespace: true,
	minifySyntax: true,
	legalComments: 'none',
	lineLimit: 200,
	sourcesContent: false,
	logLevel: 'silent',
	write: false,
};

const nameOf = (module) => (module === 'cli/main' ? 'cli' : basename(module));

/** Modules that the source names by `new URL('….ts', import.meta.url)`. A bundle has one folder, so no two names may meet. */
function namedByUrl(source) {
	const found = new Set();
	for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
		if (!file.endsWith('.ts') || /\.(test|suite|testing)\.ts$/.test(file)) continue;
		for (const [, named] of readFileSync(join(source, file), 'utf8').matchAll(/new URL\('(\.[^']+)\.ts', import\.meta\.url\)/g))
			found.add(join(dirname(file), named).replaceAll('\\', '/'));
	}
	for (const face of FACES) found.delete(face);
	const names = [...FACES, ...found].map(nameOf);
	const twice = names.find((name, at) => names.indexOf(name) !== at);
	if (twice !== undefined) throw new Error(`two entries of the bundle are called ${twice}`);
	return [...found].sort();
}

/** In a bundle every module that is named by a URL lies in the same folder. */
const urls = {
	name: 'urls',
	setup(made) {
		made.onLoad({ filter: /\.js$/ }, ({ path }) => {
			const code = readFileSync(path, 'utf8');
			if (!code.includes('new URL(')) return undefined;
			return {
				contents: code.replace(/new URL\("\.[^"]*\/([\w-]+\.js)", import\.meta\.url\)/g, 'new URL("./$1", import.meta.url)'),
				resolveDir: dirname(path),
			};
		});
	},
};

function entryPoints(dist, modules) {
	return modules.map((module) => ({ in: join(dist, `${module}.js`), out: nameOf(module) }));
}

/** Pieces of the first pass by path: code, what it imports at once, what it exports. */
async function split(modules, target, dist) {
	const { outputFiles, metafile } = await build({
		...OPTIONS,
		entryPoints: entryPoints(dist, modules),
		outdir: target,
		absWorkingDir: dist,
		splitting: true,
		minifyWhitespace: false,
		sourcemap: 'inline',
		metafile: true,
		plugins: [urls],
	});
	const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
	const pieces = new Map();
	for (const [name, { imports, exports, entryPoint }] of Object.entries(metafile.outputs)) {
		const path = resolve(dist, name);
		const statics = imports.filter(({ kind, external }) => kind === 'import-statement' && !external).map((one) => resolve(dist, one.path));
		pieces.set(path, { text: texts.get(path), statics, exports, isEntry: entryPoint !== undefined, name: basename(path, '.js') });
	}
	return pieces;
}

/** For each root (an entry, or what is imported on demand): the pieces that come with it at once. */
function reachOf(pieces) {
	const reach = new Map();
	for (const [root, { isEntry }] of pieces) {
		if (!isEntry) continue;
		const found = new Set([root]);
		for (const path of found) for (const next of pieces.get(path).statics) found.add(next);
		reach.set(root, found);
	}
	return reach;
}

/**
 * The pieces by layer. Pieces belong together when they are always loaded together: so a root counts only if what else needs the piece does
 * not bring all of that root along. With SQL's engine loaded, servers and commands are no reason to keep pieces of it apart.
 */
function layersOf(pieces, paths) {
	const reach = reachOf(pieces);
	const apart = new Set(paths.apart);
	const brings = (root, other) => [...reach.get(other)].every((path) => path === other || reach.get(root).has(path));
	const layers = new Map();
	for (const path of pieces.keys()) {
		const needs = [...reach.keys()].filter((root) => reach.get(root).has(path));
		let key;
		if (needs.includes(paths.index)) key = [paths.index];
		else {
			key = needs.includes(paths.sql) ? needs.filter((root) => apart.has(root)) : needs;
			key = key.filter((root) => root === path || !key.some((other) => other !== root && brings(root, other) && (!brings(other, root) || other < root)));
		}
		const name = key.sort().join(' ');
		layers.set(name, [...(layers.get(name) ?? []), path]);
	}
	return [...layers.values()];
}

/** File name → code that exports by their own names what an entry exports. The layer's file is the entry's own where it has only one. */
function filesOf(layers, pieces, paths) {
	const fileOf = new Map();
	const thin = new Map();
	layers.forEach((layer, at) => {
		const entries = layer.filter((path) => pieces.get(path).isEntry);
		const own = entries.length === 1 && entries[0] !== paths.index ? pieces.get(entries[0]).name : entries.includes(paths.index) ? 'core' : `shared-${at}`;
		for (const path of layer) fileOf.set(path, `${own}.js`);
		for (const path of entries) if (pieces.get(path).name !== own) thin.set(path, own);
	});
	return { fileOf, thin };
}

const inner = (piece, name) => `${piece.name.replaceAll('-', '_')}$${name}`;

/** What a piece imports, as `file name`; esbuild writes all imports in one form. */
function importedBy({ text }) {
	const found = [];
	for (const [, names, file] of text.matchAll(/^import \{([^}]*)\} from "\.\/([^"]+)";$/gm))
		for (const name of names.split(',')) found.push(`${file} ${name.trim().split(' ')[0]}`);
	return found;
}

/** Makes one file of a layer's pieces; the others are imported from theirs. */
async function joinLayer(layer, pieces, { fileOf, thin }, target) {
	const file = fileOf.get(layer[0]);
	const lines = [];
	for (const path of layer) {
		const piece = pieces.get(path);
		const from = JSON.stringify(path);
		if (piece.isEntry && !thin.has(path)) lines.push(`export * from ${from};`);
		lines.push(
			piece.exports.length === 0 ? `import ${from};` : `export { ${piece.exports.map((name) => `${name} as ${inner(piece, name)}`).join(', ')} } from ${from};`,
		);
	}
	const within = new Set(layer);
	const used = new Set(layer.flatMap((path) => importedBy(pieces.get(path))));
	const load = {
		name: 'layer',
		setup(made) {
			made.onResolve({ filter: /^[./]/ }, ({ path, importer, kind, namespace }) => {
				if (namespace === 'other') return { path, external: true };
				const full = resolve(dirname(importer), path);
				if (kind === 'dynamic-import') return { path: `./${pieces.get(full).name}.js`, external: true };
				return within.has(full) ? { path: full } : { path: full, namespace: 'other' };
			});
			made.onLoad({ filter: /./, namespace: 'other' }, ({ path }) => {
				const piece = pieces.get(path);
				const names = [...used].filter((each) => each.startsWith(`${piece.name}.js `)).map((each) => each.slice(piece.name.length + 4));
				const code = names.length === 0 ? 'import' : `export { ${names.map((name) => `${inner(piece, name)} as ${name}`).join(', ')} } from`;
				return { contents: `${code} './${fileOf.get(path)}';`, resolveDir: target };
			});
			made.onLoad({ filter: /./, namespace: 'file' }, ({ path }) => ({ contents: pieces.get(path).text, resolveDir: target }));
		},
	};
	const { outputFiles } = await build({
		...OPTIONS,
		stdin: { contents: lines.join('\n'), resolveDir: target, sourcefile: `layer-of-${file}` },
		outfile: join(target, file),
		sourcemap: 'linked',
		plugins: [load],
	});
	return outputFiles;
}

/** The files of the bundle of `dist` (built from `source`), made anew. */
export async function bundle(source, dist) {
	const target = join(dist, 'bundle');
	// Packages are looked up from here too (for their side effects), which fails where there is no such folder yet.
	mkdirSync(target, { recursive: true });
	const named = namedByUrl(source);
	const pathOf = (module) => join(target, `${nameOf(module)}.js`);
	const lazy = named.filter((module) => !WORKER.test(module));
	const pieces = await split([...FACES, ...lazy], target, dist);
	const paths = { index: pathOf('index'), sql: pathOf(SQL), apart: lazy.filter((module) => BEFORE_SQL.test(module) && module !== SQL).map(pathOf) };
	const layers = layersOf(pieces, paths);
	const files = filesOf(layers, pieces, paths);
	const made = (await Promise.all(layers.map((layer) => joinLayer(layer, pieces, files, target)))).flat();
	const workers = entryPoints(
		dist,
		named.filter((module) => WORKER.test(module)),
	);
	made.push(...(await build({ ...OPTIONS, entryPoints: workers, outdir: target, splitting: true, sourcemap: 'linked', plugins: [urls] })).outputFiles);
	const contents = new Map(made.map((file) => [relative(target, file.path), file.contents]));
	for (const [path, own] of files.thin) {
		const piece = pieces.get(path);
		const names = piece.exports.map((name) => `${inner(piece, name)} as ${name}`);
		contents.set(`${piece.name}.js`, names.length === 0 ? `import './${own}.js';\n` : `export { ${names.join(', ')} } from './${own}.js';\n`);
	}
	for (const [name, text] of contents) writeFileSync(join(target, name), text);
	chmodSync(join(target, 'cli.js'), 0o755);
	for (const name of readdirSync(target)) if (!contents.has(name)) rmSync(join(target, name));
}
