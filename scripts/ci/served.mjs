// A server of this build with one protocol on a free port, for the suites that connect to it over the wire.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROTOCOLS = ['postgres', 'redis', 'bolt', 'http'];
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Serves a new database in `directory`. Resolves with the address of the protocol, and with `stop`, which resolves when the process has ended. */
export async function serveOne(directory, protocol) {
	const ports = PROTOCOLS.flatMap((name) => [`--${name}-port`, name === protocol ? '0' : 'off']);
	const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'serve', directory, ...ports, '--durability', 'os', '--log-level', 'error'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise((resolve) => child.on('exit', resolve));
	const address = await new Promise((resolve, reject) => {
		let text = '';
		child.stdout.on('data', (piece) => {
			text += piece;
			const found = new RegExp(`${protocol}=(\\S+)`).exec(text);
			if (found) resolve(found[1]);
		});
		child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
	});
	return { address, stop: () => child.kill('SIGTERM') && ended };
}
