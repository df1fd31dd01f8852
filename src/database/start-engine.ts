/** What SQL needs beside the engine itself, and what needs SQL; loaded by `load-engine.ts`. */
import { GraphAdjacencies } from '../model/graph/graph-adjacencies.ts';
import { IntegerIndexes } from '../model/table/integer-indexes.ts';
import { Tables } from '../model/table/table-model.ts';
import type { FileSystem } from '../platform/files.ts';
import { Engine, type EngineParts } from './engine.ts';
import { TableExpressions } from './stored-expressions.ts';
import { SessionTriggers } from './trigger-source.ts';

export { PreparedQuery, Query, Statement } from './embedded/statement.ts';

/** What is open of a directory before any SQL. */
export interface Foundation extends Omit<EngineParts, 'tables'> {
	readonly bulkRowsMin: number | null;
	/** The files of programs, to import from: not those of the database, which may lie in memory. */
	readonly userFiles: () => FileSystem;
}

export function startEngine(foundation: Foundation): Engine {
	const { manager, bulkRowsMin } = foundation;
	const expressions = new TableExpressions();
	const tables = new Tables((id) => manager.keyspace(id), expressions, bulkRowsMin === null ? {} : { bulkRowsMin });
	const adjacencies = new GraphAdjacencies(tables, manager, foundation.store);
	tables.adjacencies = (catalog, table) => adjacencies.of(catalog, table);
	tables.integerIndexes = new IntegerIndexes(manager, foundation.store);
	const engine = new Engine({ ...foundation, tables });
	expressions.engine = engine;
	engine.expressions = expressions;
	tables.triggers = new SessionTriggers(engine);
	engine.dropLeftTemporaries();
	return engine;
}
