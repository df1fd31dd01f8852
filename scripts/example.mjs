// npm run example NAME [arguments]: installs and builds if needed, then runs examples/NAME.ts.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

const name = process.argv[2] ?? '';
const source = join(root, 'examples', `${name}.ts`);
if (!/^[a-z-]+$/.test(name) || !existsSync(source)) {
	const names = readdirSync(join(root, 'examples')).map((file) => file.replace(/\.ts$/, ''));
	console.error(`usage: npm run example NAME [arguments]; there are: ${names.join(', ')}`);
	process.exit(2);
}
prepare();
const { transformSync } = await import('esbuild');
const target = join(root, 'dist-test', 'examples', `${name}.js`);
mkdirSync(join(root, 'dist-test', 'examples'), { recursive: true });
writeFileSync(target, transformSync(readFileSync(source, 'utf8'), { loader: 'ts', format: 'esm', target: 'es2023' }).code);
process.argv.splice(2, 1);
await import(pathToFileURL(target).href);
