// What start and test have in common on a fresh clone: install what the lock file pins, then build.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(command, args) {
	const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
	if (done.status !== 0) process.exit(done.status ?? 1);
}

/** Installs dependencies when they are not there. `development` ones are needed to build. */
export function prepare() {
	if (!existsSync(join(root, 'node_modules', 'esbuild'))) run('npm', ['ci', '--no-audit', '--no-fund']);
	run(process.execPath, [join(root, 'scripts', 'build.mjs'), '--bundle']);
}
