/** A PostgreSQL of the test's own, with a log that can be followed: in a directory of its own, on a free port, run by another user where this one is root. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestPostgres {
	readonly url: string;
	stop(): void;
}

const RELEASES = '/usr/lib/postgresql';

/** Where the server's programs are; null when there are none. */
function programs(): string | null {
	const found = (process.env['PATH'] ?? '').split(':').find((directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'pg_ctl')));
	if (found !== undefined) return found;
	const releases = existsSync(RELEASES) ? readdirSync(RELEASES).sort((a, b) => Number(b) - Number(a)) : [];
	const release = releases.find((name) => existsSync(join(RELEASES, name, 'bin', 'initdb')));
	return release === undefined ? null : join(RELEASES, release, 'bin');
}

function freePort(): Promise<number> {
	return new Promise((resolve) => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address() as { readonly port: number };
			server.close(() => resolve(port));
		});
	});
}

/** null where PostgreSQL is not installed. */
export async function startPostgres(): Promise<TestPostgres | null> {
	const bin = programs();
	if (bin === null) return null;
	const directory = mkdtempSync(join(tmpdir(), 'polylog-source-'));
	const isRoot = process.getuid?.() === 0;
	const run = (command: string): void => {
		const [program, args] = isRoot ? ['su', ['nobody', '-s', '/bin/sh', '-c', command]] : ['/bin/sh', ['-c', command]];
		execFileSync(program as string, args as string[], { stdio: 'ignore', timeout: 60_000 });
	};
	if (isRoot) execFileSync('chown', ['nobody', directory]);
	else chmodSync(directory, 0o700);
	const port = await freePort();
	const data = join(directory, 'data');
	const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory} -c wal_level=logical -c fsync=off`;
	run(`${bin}/initdb -D ${data} -U postgres -A trust --locale=C -E UTF8`);
	run(`${bin}/pg_ctl -w -D ${data} -o '${settings}' -l ${directory}/log start`);
	return {
		url: `postgres://postgres@127.0.0.1:${port}/postgres`,
		stop() {
			run(`${bin}/pg_ctl -w -m immediate -D ${data} stop`);
			rmSync(directory, { recursive: true, force: true });
		},
	};
}
