/** Options of `serve` and `start`: the command line first, then environment variables of the same names, then a config file. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { OpenOptions } from '../database/open.ts';
import { InputError, type PolylogError } from '../platform/errors.ts';
import type { ServeOptions } from '../serve/serve.ts';

export const SERVE_OPTIONS_HELP = `  --host H             address to listen on (default 127.0.0.1)
  --postgres-port N    port of the PostgreSQL protocol (default 7332; 0 picks one; off)
  --redis-port N       port of the Redis protocol (default 7379; 0 picks one; off)
  --http-port N        port of HTTP: SPARQL and Graph Store protocols (default 7300; 0 picks one; off)
  --bolt-port N        port of Bolt, for Cypher (default 7387; 0 picks one; off)
  --mongo-port N, --kafka-port N
                       accepted; these protocols are not built yet
  --durability D       disk (default), os or memory: how sure a commit is when acknowledged
  --memory SIZE        memory for recent writes, such as 64MB
  --cache SIZE         memory for blocks read from disk, such as 64MB
  --hash-directory SIZE
                       memory for the key directories of hash tables, such as 64MB
  --compression C      none (default) or lz4: how data is written to disk from now on
  --import-dir DIR     directory whose files LOAD CSV may read (default: none)
  --log-level L        error, warn, info (default) or debug, on standard error
  --slow-query-ms N    statements at least this slow are logged (default 1000; -1: none)
  --settings LIST      defaults of settings, such as work_mem=256MB,autovacuum=off
  --tls-cert FILE, --tls-key FILE
                       PEM files; with them clients may connect by TLS
  --trust-remote       listen beyond loopback although no user has a password
  --config FILE        JSON object of these options (names without dashes before them)

Each option can also be given as an environment variable: --log-level is POLYLOG_LOG_LEVEL.
POLYLOG_PASSWORD, at the first start, gives user polylog a password.`;

const OPTIONS = {
	host: { type: 'string' },
	'postgres-port': { type: 'string' },
	'http-port': { type: 'string' },
	'mongo-port': { type: 'string' },
	'bolt-port': { type: 'string' },
	'redis-port': { type: 'string' },
	'kafka-port': { type: 'string' },
	durability: { type: 'string' },
	memory: { type: 'string' },
	cache: { type: 'string' },
	'hash-directory': { type: 'string' },
	compression: { type: 'string' },
	'import-dir': { type: 'string' },
	'log-level': { type: 'string' },
	'slow-query-ms': { type: 'string' },
	settings: { type: 'string' },
	'tls-cert': { type: 'string' },
	'tls-key': { type: 'string' },
	'trust-remote': { type: 'boolean' },
	config: { type: 'string' },
} as const;

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface ServeSettings {
	readonly directory: string;
	readonly open: OpenOptions;
	readonly serve: ServeOptions;
	/** Protocols whose port nobody chose: when it is taken, they are left out. */
	readonly mayLack: readonly ('redis' | 'http' | 'bolt')[];
	readonly logLevel: LogLevel;
	readonly password: string | null;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function wrong(message: string): PolylogError {
	return new InputError('usage', message, { hint: 'polylog serve --help lists the options.' });
}

function fromEnvironment(): Values {
	const found: Record<string, string | boolean> = {};
	for (const [name, definition] of Object.entries(OPTIONS)) {
		const value = process.env[`POLYLOG_${name.replaceAll('-', '_').toUpperCase()}`];
		if (value !== undefined) found[name] = definition.type === 'boolean' ? !['', '0', 'false', 'off', 'no'].includes(value.toLowerCase()) : value;
	}
	return found;
}

function fromFile(path: string | undefined): Values {
	if (path === undefined) return {};
	let parsed: unknown;
	try {
		parsed = JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw wrong(`the config file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
	}
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong(`the config file ${path} must hold one JSON object`);
	const found: Record<string, string | boolean> = {};
	for (const [name, value] of Object.entries(parsed)) {
		const definition = (OPTIONS as Readonly<Record<string, { readonly type: string }>>)[name];
		if (definition === undefined || name === 'config') throw wrong(`the config file ${path} names the unknown option ${name}`);
		if (definition.type === 'boolean' && typeof value !== 'boolean') throw wrong(`the option ${name} in ${path} must be true or false`);
		found[name] = typeof value === 'boolean' ? value : String(value);
	}
	return found;
}

/** Reads a size such as 64MB; throws a usage error that names the option. */
export function sizeOption(name: string, text: string): number {
	const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)$/i.exec(text.trim());
	const power = match === null ? -1 : ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase().replace(/i?b$/, ''));
	if (match === null || power < 0) throw wrong(`--${name} must be a size such as 64MB, not ${text}`);
	return Math.round(Number(match[1]) * 1024 ** power);
}

function portOf(name: string, text: string | undefined): number | false | undefined {
	if (text === undefined) return undefined;
	if (text === 'off') return false;
	const port = Number(text);
	if (!Number.isInteger(port) || port < 0 || port > 65535) throw wrong(`--${name} must be a port from 0 to 65535, or off, not ${text}`);
	return port;
}

function oneOf<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
	if (text === undefined) return undefined;
	if (!(allowed as readonly string[]).includes(text)) throw wrong(`--${name} must be one of ${allowed.join(', ')}, not ${text}`);
	return text as T;
}

function fileText(name: string, path: string | undefined): string | undefined {
	if (path === undefined) return undefined;
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw wrong(`--${name}: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** `name=value`, separated by commas; the names and values themselves are checked when the database is opened. */
function settingsOf(list: string | undefined): Record<string, string> {
	const found: Record<string, string> = {};
	for (const part of (list ?? '').split(',')) {
		const [, name, value] = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
		if (name !== undefined && value !== undefined) found[name] = value;
		else if (part.trim() !== '') throw wrong(`--settings must be name=value, separated by commas, not ${part.trim()}`);
	}
	return found;
}

/** Reads all sources; throws a usage error that names the option. */
export function serveSettings(args: readonly string[]): ServeSettings {
	const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
	if (positionals.length > 1) throw wrong(`one directory is expected, not ${positionals.join(' ')}`);
	const environment = fromEnvironment();
	const file = fromFile(values.config ?? (environment['config'] as string | undefined));
	const all: Values = { ...file, ...environment, ...values };
	const text = (name: string): string | undefined => all[name] as string | undefined;
	for (const name of ['mongo-port', 'kafka-port']) portOf(name, text(name));
	const port = portOf('postgres-port', text('postgres-port'));
	const redisPort = portOf('redis-port', text('redis-port'));
	const httpPort = portOf('http-port', text('http-port'));
	const boltPort = portOf('bolt-port', text('bolt-port'));
	const cert = fileText('tls-cert', text('tls-cert'));
	const key = fileText('tls-key', text('tls-key'));
	if ((cert === undefined) !== (key === undefined)) throw wrong('--tls-cert and --tls-key go together');
	const tls = cert === undefined || key === undefined ? {} : { cert, key };
	const trustRemote = all['trust-remote'] === true;
	const durability = oneOf('durability', text('durability'), ['disk', 'os', 'memory'] as const);
	const memory = text('memory');
	const cache = text('cache');
	const hashDirectory = text('hash-directory');
	const importDirectory = text('import-dir');
	const compression = oneOf('compression', text('compression'), ['none', 'lz4'] as const);
	const slow = Number(text('slow-query-ms') ?? 1000);
	if (!Number.isInteger(slow) || slow < -1) throw wrong(`--slow-query-ms must be a whole number of milliseconds, or -1, not ${text('slow-query-ms')}`);
	return {
		directory: positionals[0] ?? './data',
		open: {
			settings: { log_min_duration_statement: String(slow), ...settingsOf(text('settings')) },
			...(durability === undefined ? {} : { durability }),
			...(memory === undefined ? {} : { memoryBytes: sizeOption('memory', memory) }),
			...(cache === undefined ? {} : { cacheBytes: sizeOption('cache', cache) }),
			...(hashDirectory === undefined ? {} : { hashDirectoryBytes: sizeOption('hash-directory', hashDirectory) }),
			...(compression === undefined ? {} : { compression }),
			...(importDirectory === undefined ? {} : { importDirectory }),
		},
		serve: {
			host: text('host') ?? '127.0.0.1',
			postgres: port === false ? false : { port: port ?? 7332, trustRemote, ...tls },
			http: httpPort === false ? false : { port: httpPort ?? 7300, trustRemote, ...tls },
			redis: redisPort === false ? false : { port: redisPort ?? 7379, trustRemote, ...tls },
			bolt: boltPort === false ? false : { port: boltPort ?? 7387, trustRemote, ...tls },
		},
		mayLack: (['redis', 'http', 'bolt'] as const).filter((protocol) => text(`${protocol}-port`) === undefined),
		logLevel: oneOf('log-level', text('log-level'), ['error', 'warn', 'info', 'debug'] as const) ?? 'info',
		password: process.env['POLYLOG_PASSWORD'] ?? null,
	};
}
