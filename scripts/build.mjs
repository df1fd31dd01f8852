// Builds dist/ from src/: one JavaScript file per TypeScript file (types erased by esbuild), so that stack traces, worker
// modules and tests see the same files; and dist-test/ from test/ in the same way. `--types` also writes the declarations (slower; wanted for publishing).
// What changed is also joined to the few files in dist/bundle/ that the package's users and its command load (bundle.mjs). A bundle that cannot be made is an error with `--bundle` only.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { bundle } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let failed = 0;
let built = 0;
for (const [source, target] of [
	['src', 'dist'],
	['test', 'dist-test'],
]) {
	for (const name of readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })) {
		if (name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('.test-d.ts'))
			buildFile(join(root, source, name), join(root, target, name.replace(/\.ts$/, '.js')));
	}
}

function buildFile(from, to) {
	const changed = statSync(from).mtimeMs;
	let had = 0;
	try {
		had = statSync(to).mtimeMs;
	} catch {
		had = 0; // not built yet
	}
	if (Math.abs(had - changed) < 2) return;
	try {
		const { code } = transformSync(readFileSync(from, 'utf8'), {
			loader: 'ts',
			format: 'esm',
			target: 'es2023',
			sourcemap: 'inline',
			sourcefile: relative(dirname(to), from),
			tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
		});
		mkdirSync(dirname(to), { recursive: true });
		// Relative imports name the TypeScript files; the built ones name the JavaScript files beside them (tests: those of dist/).
		const named = code.replace(
			/(from\s*|import\s*\(\s*|import\s+|new URL\(\s*)(["'])(\.{1,2}\/[^"']+)\.ts\2/g,
			(_, before, quote, path) => `${before}${quote}${path.replace(/^((?:\.\.\/)+)src\//, '$1dist/')}.js${quote}`,
		);
		writeFileSync(to, named);
		utimesSync(to, new Date(changed), new Date(changed));
		built++;
	} catch (error) {
		failed++;
		console.error(`${relative(root, from)}: ${error.message}`);
	}
}

/** Declarations of what dist/index.d.ts reaches, and of nothing else; their imports name the JavaScript files. */
function declare() {
	const made = mkdtempSync(join(tmpdir(), 'polylog-types-'));
	const compiler = join(root, 'node_modules/typescript/bin/tsc');
	const types = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.types.json'), '--outDir', made], { stdio: 'inherit' });
	if (types.status !== 0) failed++;
	const seen = new Set();
	const visit = (name) => {
		if (seen.has(name)) return;
		seen.add(name);
		const text = readFileSync(join(made, `${name}.d.ts`), 'utf8');
		const named = text.replace(/((?:from|import\()\s*['"])(\.{1,2}\/[^'"]+)\.ts(['"])/g, (_, before, path, after) => {
			visit(join(dirname(name), path));
			return `${before}${path}.js${after}`;
		});
		mkdirSync(dirname(join(root, 'dist', name)), { recursive: true });
		writeFileSync(join(root, 'dist', `${name}.d.ts`), named);
	};
	for (const name of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) if (name.endsWith('.d.ts')) rmSync(join(root, 'dist', name));
	if (types.status === 0) visit('index');
	rmSync(made, { recursive: true });
}

const isBundleWanted = process.argv.includes('--bundle');
if (isBundleWanted || built > 0 || !existsSync(join(root, 'dist', 'bundle', 'index.js'))) {
	try {
		await bundle(join(root, 'src'), join(root, 'dist'));
	} catch (error) {
		if (isBundleWanted) failed++;
		console.error(`the bundle was not made: ${error.message}`);
	}
}
if (process.argv.includes('--types')) declare();
if (process.argv.includes('--verbose')) console.log(`built ${built} files`);
process.exit(failed ? 1 : 0);
