/**
 * The tables of schema `polylog`: what the database says about itself. `polylog.check` verifies everything when it is read,
 * `polylog.log` tells what the log holds, `polylog.statistics` has sizes and counters, `polylog.locks` the locks held,
 * `polylog.kept_views` the offsets of views that are kept, `polylog.triple_stores` the stores of triples.
 */
import type { VirtualTable } from '../language/sql/statement-context.ts';
import { changesOf } from '../log/log.ts';
import { DELETE, INSERT, TableChangeReader, UPDATE } from '../model/table/table-change.ts';
import { verifyTable } from '../model/table/table-verify.ts';
import { tripleStores } from '../model/triple/store-definition.ts';
import { eachChange } from '../transaction/change-payload.ts';
import { CATALOG_MODEL, KEYVALUE_MODEL, POSITION_MODEL, SEQUENCE_MODEL, TABLE_MODEL } from '../transaction/models.ts';
import { FLOAT8, INT8, TEXT, TIMESTAMPTZ } from '../value/builtin-types.ts';
import type { Type } from '../value/type.ts';
import type { Engine } from './engine.ts';
import { statisticsOf } from './statistics.ts';

interface ComputedTable {
	readonly columns: readonly (readonly [string, Type])[];
	rows(engine: Engine): Iterable<readonly unknown[]>;
}

/** Everything that is wrong with the files and what they say; nothing when all is well. */
export function* checkEverything(engine: Engine): Iterable<readonly [string, string]> {
	for (const text of engine.log.verify()) yield ['log', text];
	for (const text of engine.store.verify()) yield ['store', text];
	const transaction = engine.manager.begin({ readOnly: true, isolation: 'repeatable read' });
	try {
		for (const object of transaction.catalog.objects()) {
			if (object.kind !== 'table') continue;
			for (const text of verifyTable(engine.tables, transaction, object)) yield [`table ${object.name}`, text];
		}
	} finally {
		transaction.rollback();
	}
}

const WORDS: Readonly<Record<number, string>> = { [INSERT]: 'insert', [UPDATE]: 'update', [DELETE]: 'delete' };

function describeChanges(engine: Engine, changes: Uint8Array): string {
	const counts = new Map<string, number>();
	const reader = new TableChangeReader();
	eachChange(changes, 0, changes.length, (model, start, end) => {
		let what = `model ${model}`;
		if (model === CATALOG_MODEL) what = 'catalog';
		else if (model === SEQUENCE_MODEL) what = 'sequence';
		else if (model === POSITION_MODEL) what = 'position of a view';
		else if (model === KEYVALUE_MODEL) what = 'keyspace entry';
		else if (model === TABLE_MODEL) {
			reader.read(changes, start, end);
			const table = engine.manager.catalog.get(reader.tableId);
			what = `${WORDS[reader.kind] ?? 'index entries'} ${table?.name ?? `table ${reader.tableId}`}`;
		}
		counts.set(what, (counts.get(what) ?? 0) + 1);
	});
	return [...counts].map(([what, count]) => (count === 1 ? what : `${what} × ${count}`)).join(', ');
}

function* logRows(engine: Engine): Iterable<readonly unknown[]> {
	for (const logged of engine.log.read(engine.log.firstOffset - 1))
		yield [logged.offset, logged.timeUs, logged.catalogOffset, logged.end - logged.start, describeChanges(engine, changesOf(logged))];
}

function* statisticsRows(engine: Engine): Iterable<readonly unknown[]> {
	for (const [part, values] of Object.entries(statisticsOf(engine, engine.sessions.size)))
		for (const [name, value] of Object.entries(values)) yield [part, name, value];
}

function* keptViewRows({ asyncViews, manager }: Engine): Iterable<readonly unknown[]> {
	const { visibleCatalog: catalog, visibleOffset } = manager;
	for (const view of catalog.objects()) {
		if (view.kind !== 'view' || view.refresh === undefined) continue;
		const start = [catalog.get(view.schemaId)?.name ?? '', view.name, view.refresh];
		if (view.refresh === 'manual') yield [...start, null, null, ''];
		else if (view.refresh === 'commit') yield [...start, visibleOffset, 0, ''];
		else {
			const { offset, problem } = asyncViews.standing(view);
			yield [...start, offset, visibleOffset - offset, problem];
		}
	}
}

const tables: Readonly<Record<string, ComputedTable>> = {
	check: {
		columns: [
			['part', TEXT],
			['problem', TEXT],
		],
		rows: checkEverything,
	},
	log: {
		columns: [
			['commit_offset', INT8],
			['commit_time', TIMESTAMPTZ],
			['catalog_offset', INT8],
			['bytes', INT8],
			['changes', TEXT],
		],
		rows: logRows,
	},
	statistics: {
		columns: [
			['part', TEXT],
			['name', TEXT],
			['value', FLOAT8],
		],
		rows: statisticsRows,
	},
	triple_stores: {
		columns: [
			['schema_name', TEXT],
			['store_name', TEXT],
		],
		rows: (engine) => tripleStores(engine.manager.catalog).map(({ schema, store }) => [schema, store.name]),
	},
	kept_views: {
		columns: [
			['schema_name', TEXT],
			['view_name', TEXT],
			['refresh', TEXT],
			['view_offset', INT8],
			['lag_offsets', INT8],
			['problem', TEXT],
		],
		rows: keptViewRows,
	},
};

/** Ids of computed tables: below those of users, above PostgreSQL's own. */
const FIRST_ID = 15000;

export function computedTable(schema: string, name: string): VirtualTable | undefined {
	const table = schema === 'polylog' && Object.hasOwn(tables, name) ? tables[name] : undefined;
	if (table === undefined) return undefined;
	return {
		id: FIRST_ID + Object.keys(tables).indexOf(name),
		schema,
		name,
		provider: `polylog.${name}`,
		columns: table.columns.map(([column, type]) => ({ name: column, typeOid: type.oid })),
	};
}

export function computedRows(engine: Engine, provider: string): Iterable<readonly unknown[]> | null {
	if (!provider.startsWith('polylog.')) return null;
	return tables[provider.slice('polylog.'.length)]?.rows(engine) ?? null;
}
