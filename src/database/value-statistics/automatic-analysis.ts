/**
 * Analyses the tables of a served database by itself, as PostgreSQL's autovacuum does: every `autovacuum_naptime` those that have got or lost more
 * rows since their statistics were made than `autovacuum_analyze_threshold` and `autovacuum_analyze_scale_factor` of their rows. Changes that
 * leave the number of rows as it is are not counted.
 *
 * One table at a time, in slices of time like any statement. Tables of graphs and triple stores are left out: their plans go by degrees
 * and by looks into their indexes.
 */
import { graphOf } from '../../model/graph/graph-adjacencies.ts';
import { PolylogError } from '../../platform/errors.ts';
import { LazyModule } from '../../platform/lazy-module.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Engine } from '../engine.ts';
import type { DatabaseSession } from '../session.ts';
import { settingDefinition } from '../settings.ts';

const analysis = new LazyModule<typeof import('./analyse-table.ts')>(new URL('./analyse-table.ts', import.meta.url));

export class AutomaticAnalysis {
	readonly #engine: Engine;
	#cancelTimer: (() => void) | null = null;
	#session: DatabaseSession | null = null;
	#isStopped = false;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	start(): void {
		if (this.#isStopped || this.#setting('autovacuum') === 'off') return;
		const napMs = Number(this.#setting('autovacuum_naptime')) * 1000;
		this.#cancelTimer = this.#engine.platform.timers.after(napMs, () => void this.round().finally(() => this.start()));
	}

	/** The analysis of a table that goes on is given up. */
	stop(): void {
		this.#isStopped = true;
		this.#cancelTimer?.();
		this.#session?.terminate();
	}

	/** Analyses the tables that are due; names them. */
	async round(): Promise<string[]> {
		const due = this.#dueTables();
		if (due.length === 0) return [];
		const session = this.#engine.connect({ user: 'polylog', settings: { application_name: 'autovacuum' } });
		this.#session = session;
		const done: string[] = [];
		try {
			for (const table of due) if (!this.#isStopped && (await this.#analyse(session, table))) done.push(table.name);
		} finally {
			this.#session = null;
			session.close();
		}
		return done;
	}

	/** False when it could not be done, which keeps no other table from its turn. */
	async #analyse(session: DatabaseSession, table: TableObject): Promise<boolean> {
		try {
			await analysis.get().analyseTable(session, table);
			return true;
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
			if (!this.#isStopped) this.#engine.operatorLog?.write('warn', `table "${table.name}" could not be analysed: ${error.message}`);
			return false;
		}
	}

	#dueTables(): TableObject[] {
		const { manager } = this.#engine;
		const { catalog } = manager;
		if (manager.failure !== null) return [];
		const inStores = new Set<number>();
		for (const object of catalog.objects()) if (object.kind === 'triple store') inStores.add(object.quadsId).add(object.termsId);
		const found: TableObject[] = [];
		for (const object of catalog.objects()) {
			if (object.kind !== 'table' || object.partitionBy !== undefined || object.persistence === 't') continue;
			if (!inStores.has(object.id) && graphOf(catalog, object) === null && this.#isDue(object)) found.push(object);
		}
		return found;
	}

	#isDue(table: TableObject): boolean {
		const before = this.#engine.valueStatistics.of(table, this.#engine.manager.catalog)?.rows ?? 0;
		const change = Math.abs(this.#engine.rowCount(table) - before);
		return change > Number(this.#setting('autovacuum_analyze_threshold')) + Number(this.#setting('autovacuum_analyze_scale_factor')) * before;
	}

	#setting(name: string): string {
		return this.#engine.settingDefaults.get(name) ?? settingDefinition(name)!.default;
	}
}
