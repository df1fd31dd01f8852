// npm test: install and build if needed, then run every test. Arguments choose files: `npm test -- storage` runs those whose
// path has "storage" in it. The runner's own summary comes last.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
const wanted = process.argv.slice(2);
const files = ['dist', 'dist-test']
	.flatMap((folder) => {
		try {
			return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
		} catch {
			return []; // nothing of that kind was built
		}
	})
	.filter((name) => name.endsWith('.test.js') && wanted.every((w) => name.includes(w)))
	.sort();
const done = spawnSync(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=1800000', ...files], { cwd: root, stdio: 'inherit' });
process.exit(done.status ?? 1);
