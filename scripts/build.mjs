// Builds dist/ from src/: one JavaScript file per TypeScript file (types erased by esbuild), so that stack traces, worker
// modules and tests see the same files; and dist-test/ from test/ in the same way. `--types` also writes the declarations (slower; wanted for publishing).
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let failed = 0;
let built = 0;
for (const [source, target] of [
	['src', 'dist'],
	['test', 'dist-test'],
]) {
	for (const name of readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })) {
		if (name.endsWith('.ts') && !name.endsWith('.d.ts')) buildFile(join(root, source, name), join(root, target, name.replace(/\.ts$/, '.js')));
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
			sourcefile: from,
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

if (process.argv.includes('--types')) {
	const types = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.types.json')], { stdio: 'inherit' });
	if (types.status !== 0) failed++;
}
if (process.argv.includes('--verbose')) console.log(`built ${built} files`);
process.exit(failed ? 1 : 0);
