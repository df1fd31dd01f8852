/** The part of `polylog import` that loads graphs: scripts of Cypher, CSV of nodes and relationships, exported Kuzu databases. All of it or nothing. */
import { readFileSync } from 'node:fs';
import type { Database } from '../database/embedded/database.ts';
import { cypherStatements } from '../language/cypher/script.ts';
import { InputError } from '../platform/errors.ts';
import type { BoltClient } from './bolt-client.ts';
import { withGraphClient, withGraphDatabase } from './graph-client.ts';
import { fileBytes, graphFile, loadNodes, loadRelationships } from './graph-csv.ts';
import { DirectGraphLoader } from './graph-direct-loader.ts';
import { BoltGraphLoader, type GraphLoader, quoted } from './graph-loader.ts';
import { exportBytes, kuzuConstraints, loadKuzuExport, readKuzuExport } from './kuzu-export.ts';
import { Progress } from './progress.ts';

/** Commands of Neo4j's shell in exported scripts: a load is one transaction anyway. */
const SHELL_BRACKETS = /^:(begin|commit)$/i;
/** An index is up to date as soon as it is there. */
const AWAITS_INDEXES = /^CALL\s+db\.(awaitIndex|awaitIndexes)\b/i;
/** Characters of a statement that an error shows. */
const SHOWN_CHARACTERS = 80;

export interface GraphImport {
	readonly directory: string;
	/** '' for the graph that is there by default. */
	readonly graph: string;
}

async function inTransaction(target: GraphImport, work: (client: BoltClient) => Promise<void>): Promise<void> {
	await withGraphClient(target.directory, true, async (client) => {
		await client.begin(target.graph);
		await work(client);
		await client.commit();
	});
}

/** A script of Cypher; returns how many statements it has. */
export async function importCypher(target: GraphImport, file: string): Promise<number> {
	const script = readFileSync(file, 'utf8');
	const progress = new Progress(`importing ${file}`, script.length);
	let count = 0;
	await inTransaction(target, async (client) => {
		for (const { text, end } of cypherStatements(script)) {
			if (SHELL_BRACKETS.test(text) || AWAITS_INDEXES.test(text)) continue;
			if (text.startsWith(':'))
				throw new InputError('input', `${file} has the command ${text.split(/\s/)[0]} of Neo4j's shell, which is not understood here`, {
					hint: 'Leave it out.',
				});
			try {
				await client.run(text, new Map(), target.graph, () => undefined);
			} catch (error) {
				const line = script.slice(0, end).split('\n').length;
				throw new InputError(
					'input',
					`${file}, statement that ends in line ${line}: ${error instanceof Error ? error.message : String(error)}\n${text.slice(0, SHOWN_CHARACTERS)}`,
					{
						cause: error,
					},
				);
			}
			count++;
			progress.update(end);
		}
	});
	progress.end();
	return count;
}

/** CSV files of nodes, then those of relationships, each `names=path` or a path. */
export async function importGraphFiles(target: GraphImport, nodes: readonly string[], relationships: readonly string[]): Promise<GraphLoader> {
	const nodeFiles = nodes.map(graphFile);
	const relationshipFiles = relationships.map(graphFile);
	const progress = new Progress('importing', fileBytes(nodeFiles) + fileBytes(relationshipFiles));
	const onBytes = counting(progress);
	return load(target, [], progress, async (loader) => {
		for (const file of nodeFiles) await loadNodes(loader, file, onBytes);
		for (const file of relationshipFiles) await loadRelationships(loader, file, onBytes);
	});
}

/** A directory that Kuzu's EXPORT DATABASE wrote. What has no meaning here is told to `warn`. */
export async function importKuzu(target: GraphImport, directory: string, warn: (message: string) => void): Promise<GraphLoader> {
	const source = readKuzuExport(directory);
	for (const text of source.skipped) warn(`left out: ${text.slice(0, SHOWN_CHARACTERS)}`);
	const progress = new Progress(`importing ${directory}`, exportBytes(source));
	return load(target, kuzuConstraints(source), progress, (loader) => loadKuzuExport(loader, source, counting(progress)));
}

/** Does `work` in one transaction. `constraints` are there with what it loads, or not at all. */
async function load(
	target: GraphImport,
	constraints: readonly string[],
	progress: Progress,
	work: (loader: GraphLoader) => Promise<void>,
): Promise<GraphLoader> {
	const loader = await withGraphDatabase(
		target.directory,
		(database) => loadDirectly(database, target.graph, constraints, work),
		async (client) => {
			const bolt = new BoltGraphLoader(client, target.graph);
			await client.begin(target.graph);
			await work(bolt);
			for (const text of constraints) await client.run(text, new Map(), target.graph, () => undefined);
			await client.commit();
			return bolt;
		},
	);
	progress.end();
	return loader;
}

/** The constraints come first, so that a crash leaves no load without them; those that a load made go with it when it fails. */
async function loadDirectly(
	database: Database,
	graph: string,
	constraints: readonly string[],
	work: (loader: GraphLoader) => Promise<void>,
): Promise<GraphLoader> {
	const target = database.graph(graph === '' ? undefined : graph);
	const named = (): string[] =>
		target
			.cypher('SHOW CONSTRAINTS YIELD name')
			.all()
			.map((row) => String(row['name']));
	const before = constraints.length === 0 ? [] : named();
	for (const text of constraints) await target.cypher(text).run();
	let loader: GraphLoader | null = null;
	try {
		await target.loading(async (loading) => {
			loader = new DirectGraphLoader(loading);
			await work(loader);
		});
	} catch (error) {
		if (constraints.length > 0) for (const name of named()) if (!before.includes(name)) await target.cypher(`DROP CONSTRAINT ${quoted(name)}`).run();
		throw error;
	}
	return loader!;
}

function counting(progress: Progress): (count: number) => void {
	let bytes = 0;
	return (count) => {
		bytes += count;
		progress.update(bytes);
	};
}
