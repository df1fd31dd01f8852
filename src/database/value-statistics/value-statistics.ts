/**
 * The statistics of values that ANALYZE makes and the optimizer asks for: kept in a keyspace of the system catalog, one entry for each
 * table under its id (four bytes), and in memory once they were asked for. They are of no transaction: what is said of a table may be old or,
 * after a rollback, of rows that never came to be, which makes plans slower and never wrong.
 */
import { openKeyspace, type RawKeyspace } from '../../model/keyvalue/raw-keyspace.ts';
import type { TableStatistics } from '../../query/optimizer/value-statistics.ts';
import { PG_CATALOG_ID } from '../../transaction/catalog.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { Engine } from '../engine.ts';
import { decodeStatistics, encodeStatistics } from './stored-statistics.ts';

const KEYSPACE = 'pg_statistic';

export class ValueStatistics {
	readonly #engine: Engine;
	/** By table; of the definition of the table that they were read for. */
	readonly #known = new Map<number, { readonly table: TableObject; readonly statistics: TableStatistics | null }>();

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/** What is known of a table; null: it was not analysed. */
	of(table: TableObject, catalog: CatalogVersion): TableStatistics | null {
		const known = this.#known.get(table.id);
		if (known?.table === table) return known.statistics;
		const bytes = this.#stored(catalog)?.get(keyOf(table)) ?? null;
		const statistics = bytes === null ? null : decodeStatistics(bytes, table, catalog);
		this.#known.set(table.id, { table, statistics });
		return statistics;
	}

	/** Keeps statistics of a table in place of those that there were. */
	put(table: TableObject, statistics: TableStatistics, catalog: CatalogVersion): void {
		const keyspace = openKeyspace(this.#engine.manager, KEYSPACE, 'os', { schemaId: PG_CATALOG_ID });
		keyspace.put(keyOf(table), encodeStatistics(statistics, table, catalog));
		this.#known.set(table.id, { table, statistics });
	}

	/** Where they are kept; null while no table was analysed. */
	#stored(catalog: CatalogVersion): RawKeyspace | null {
		if (catalog.find(PG_CATALOG_ID, 'keyspace', KEYSPACE) === undefined) return null;
		return openKeyspace(this.#engine.manager, KEYSPACE, 'os', { schemaId: PG_CATALOG_ID });
	}
}

function keyOf(table: TableObject): Uint8Array {
	const key = new Uint8Array(4);
	new DataView(key.buffer).setUint32(0, table.id);
	return key;
}
