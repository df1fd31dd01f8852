/** `polylog serve`: opens a database and serves it until SIGINT or SIGTERM. */
import type { Database } from '../database/embedded/database.ts';
import { openDatabase } from '../database/open.ts';
import { IoError } from '../platform/errors.ts';
import { type Served, serveDatabase } from '../serve/serve.ts';
import type { Command } from './command.ts';
import { SERVE_OPTIONS_HELP, type ServeSettings, serveSettings } from './serve-options.ts';

/** Open clients get this long to end after a signal. */
const GRACE_MS = 3000;
/** Ctrl-C under npm comes twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 1000;

export interface RunningServer {
	readonly database: Database;
	readonly served: Served;
}

/** Opens, sets the first password, serves. */
export async function startServer(settings: ServeSettings, prepare: (database: Database) => Promise<void> = async () => undefined): Promise<RunningServer> {
	const level = ['error', 'warn', 'info', 'debug'].indexOf(settings.logLevel);
	const log = (at: 'error' | 'warn' | 'info' | 'debug', message: string): void => {
		if (['error', 'warn', 'info', 'debug'].indexOf(at) <= level) console.error(`${new Date().toISOString()} ${at} ${message}`);
	};
	const database = await openDatabase(settings.directory, {
		...settings.open,
		onBackgroundFailure: (error) => log('error', error instanceof Error ? error.message : String(error)),
	});
	try {
		const { engine } = database;
		engine.operatorLog = { write: log };
		if (settings.password !== null) await setFirstPassword(database, settings.password);
		await prepare(database);
		const served = await serveProtocols(database, settings, (message) => log('warn', message));
		// In a process that does nothing else, a commit of the only client may hold everything up: nobody else waits.
		const servers = [served.postgres, served.redis, served.http, served.bolt].filter((server) => server !== null);
		engine.log.mayBlock = () => servers.reduce((sum, server) => sum + server.connectionCount, 0) === 1;
		log('info', `serving ${settings.directory}`);
		return { database, served };
	} catch (error) {
		await database.close();
		throw error;
	}
}

/** Serves all protocols that were asked for; without those whose port nobody chose, where it is taken. */
async function serveProtocols(database: Database, settings: ServeSettings, warn: (message: string) => void): Promise<Served> {
	let { serve } = settings;
	for (;;) {
		try {
			return await serveDatabase(database, serve);
		} catch (error) {
			const taken = error instanceof IoError ? settings.mayLack.find((protocol) => error.message.includes(`:${portOf(serve[protocol])}:`)) : undefined;
			if (taken === undefined || serve[taken] === false) throw error;
			serve = { ...serve, [taken]: false };
			warn(`${taken} is not served: ${(error as IoError).message}; choose another port with --${taken}-port, or off`);
		}
	}
}

function portOf(options: ServeSettings['serve']['redis' | 'http']): number {
	return typeof options === 'object' ? (options.port ?? -1) : typeof options === 'number' ? options : -1;
}

async function setFirstPassword(database: Database, password: string): Promise<void> {
	const role = database.engine.manager.catalog.findRole('polylog');
	if (role?.kind === 'role' && role.verifier !== null) return;
	await database.sql(`ALTER ROLE polylog PASSWORD '${password.replaceAll("'", "''")}'`);
}

/** The line that says it accepts connections. */
export function readyLine(served: Served): string {
	return `ready ${Object.entries(served.addresses)
		.map(([protocol, address]) => `${protocol}=${address}`)
		.join(' ')}`;
}

/** Resolves when a signal came and everything has been closed. Another one, more than a moment later, ends at once. */
export function untilSignal({ database, served }: RunningServer): Promise<number> {
	return new Promise((resolve) => {
		let stoppedMs = 0;
		const stop = (): void => {
			if (stoppedMs !== 0) {
				if (Date.now() - stoppedMs > SAME_SIGNAL_MS) process.exit(130);
				return;
			}
			stoppedMs = Date.now();
			Promise.all([served.postgres?.close(GRACE_MS), served.redis?.close(GRACE_MS), served.http?.close(GRACE_MS), served.bolt?.close(GRACE_MS)])
				.then(() => served.close())
				.then(() => database.close())
				.then(
					() => resolve(0),
					(error: unknown) => {
						console.error(error instanceof Error ? error.message : error);
						resolve(1);
					},
				);
		};
		process.on('SIGINT', stop);
		process.on('SIGTERM', stop);
	});
}

export const command: Command = {
	help: `usage: polylog serve [directory] [options]

Opens (or creates) the database in the directory (default ./data) and serves it until SIGINT or SIGTERM.
When it accepts connections it prints one line: ready postgres=127.0.0.1:7332 redis=127.0.0.1:7379 http=127.0.0.1:7300 bolt=127.0.0.1:7387

${SERVE_OPTIONS_HELP}`,
	async run(args) {
		const running = await startServer(serveSettings(args));
		console.log(readyLine(running.served));
		return untilSignal(running);
	},
};
