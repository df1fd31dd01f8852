/**
 * All tables of pg_catalog and information_schema, by `schema.name`. Those for which there is no provider are empty here by
 * nature: nothing of their kind exists (triggers, policies, publications, foreign servers, partitions, memberships of roles).
 * What exists and is not recorded (counters of blocks, progress of commands) has no table here at all.
 */
import { derivedViews } from './derived-views.ts';
import { functionTables } from './function-tables.ts';
import { informationSchemaTables } from './information-schema.ts';
import { partitionTables } from './partition-tables.ts';
import { relationTables } from './relation-tables.ts';
import { sessionTables } from './session-tables.ts';
import { sharedTables } from './shared-tables.ts';
import { statisticsTables } from './statistics-tables.ts';
import { makeSystemTable, type Provider, perVersion, type SystemTable, tableDefinitions } from './system-table.ts';
import { triggerTables } from './trigger-tables.ts';
import { typeTables } from './type-tables.ts';

const pgCatalog: Readonly<Record<string, Provider>> = {
	...relationTables,
	...partitionTables,
	...typeTables,
	...functionTables,
	...triggerTables,
	...sharedTables,
	...sessionTables,
	...derivedViews,
	...statisticsTables,
};

const empty: Provider = perVersion(() => []);

/** Made from the facts when first asked for. */
class SystemTables {
	#tables: ReadonlyMap<string, SystemTable> | null = null;

	/** undefined when there is no such table. */
	get(key: string): SystemTable | undefined {
		return this.#all().get(key);
	}

	values(): Iterable<SystemTable> {
		return this.#all().values();
	}

	#all(): ReadonlyMap<string, SystemTable> {
		this.#tables ??= new Map(
			[...tableDefinitions()].map(([key, definition]) => [key, makeSystemTable(definition, providerOf(definition.schema, definition.name))]),
		);
		return this.#tables;
	}
}

function providerOf(schema: string, name: string): Provider {
	return (schema === 'pg_catalog' ? pgCatalog[name] : informationSchemaTables[name]) ?? empty;
}

/** Names for which there is a provider, by `schema.name`: each must be defined. */
export function providedNames(): string[] {
	return [...Object.keys(pgCatalog).map((name) => `pg_catalog.${name}`), ...Object.keys(informationSchemaTables).map((name) => `information_schema.${name}`)];
}

export const systemTables = new SystemTables();
