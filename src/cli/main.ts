#!/usr/bin/env node
/** The `polylog` command: finds the subcommand and runs it. Each subcommand is a file of its own, loaded when asked for. */
import { PolylogError } from '../platform/errors.ts';
import type { Command } from './command.ts';

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<{ readonly command: Command }> }>> = {
	serve: { summary: 'open (or create) a database and serve it until interrupted', load: () => import('./serve.ts') },
	start: { summary: 'serve ./data, filled with the Chinook sample at first', load: () => import('./start.ts') },
	sql: { summary: 'run SQL: from the command line, a file, or standard input', load: () => import('./sql.ts') },
	cypher: { summary: 'run Cypher: from the command line, a file, or standard input', load: () => import('./cypher.ts') },
	sparql: { summary: 'run SPARQL against a triple store', load: () => import('./sparql.ts') },
	import: { summary: 'load CSV, JSON lines, Parquet, Arrow, Avro, an SQL dump, a graph or triples', load: () => import('./import.ts') },
	export: { summary: 'write a table or a query as a file of rows, a triple store, or everything as SQL', load: () => import('./export.ts') },
	check: { summary: 'check every checksum, the chain of the log, and that rows and indexes agree', load: () => import('./check.ts') },
	log: { summary: 'show what a range of the log says', load: () => import('./log.ts') },
	stats: { summary: 'show sizes and counters', load: () => import('./stats.ts') },
	user: { summary: 'add, change, list or remove users', load: () => import('./user.ts') },
	backup: { summary: 'copy a database, also while it is served', load: () => import('./backup.ts') },
	restore: { summary: 'make a database from a backup', load: () => import('./restore.ts') },
	bench: { summary: 'compare the engines for your sizes and operations', load: () => import('./bench.ts') },
	advise: { summary: 'say which engine suits a workload, by trying it', load: () => import('./advise.ts') },
};

function help(): string {
	const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`);
	return ['usage: polylog <command> [options]', '', ...lines, '', 'polylog <command> --help says more.'].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
	const [name, ...rest] = args;
	if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
		console.log(help());
		return name === undefined ? 2 : 0;
	}
	if (name === '--version') {
		const { version } = await import('./version.ts');
		console.log(version());
		return 0;
	}
	const entry = COMMANDS[name];
	if (entry === undefined) {
		console.error(`polylog: there is no command ${name}\n\n${help()}`);
		return 2;
	}
	const { command } = await entry.load();
	if (rest.includes('--help') || rest.includes('-h')) {
		console.log(command.help);
		return 0;
	}
	return command.run(rest);
}

function report(error: unknown): number {
	if (error instanceof PolylogError) {
		console.error(`polylog: ${error.message}`);
		if (error.detail !== undefined) console.error(error.detail);
		if (error.where !== undefined) console.error(error.where);
		if (error.hint !== undefined) console.error(error.hint);
		return 1;
	}
	if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
		console.error(`polylog: ${error.message}`);
		return 2;
	}
	if (error instanceof Error && isForeign(error)) {
		const { detail, hint } = error as { detail?: string; hint?: string };
		console.error(`polylog: ${error.message}${'severity' in error ? ` (${String(error.code)})` : ''}`);
		if (detail !== undefined) console.error(detail);
		if (hint !== undefined) console.error(hint);
		return 1;
	}
	console.error(error);
	return 1;
}

/** Errors of the operating system, of the server and of the way to it: their message says all. */
function isForeign(error: Error): error is Error & { readonly code: unknown } {
	return 'code' in error && ('syscall' in error || 'severity' in error);
}

// Whoever reads the output may stop reading (`| head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	if (error.code === 'EPIPE') process.exit(0);
	throw error;
});

process.exitCode = await main(process.argv.slice(2)).catch(report);
