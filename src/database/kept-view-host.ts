/** What kept views (`derive/`) need of the database: the meaning of their queries, programs, and the surroundings of a run. */
import type { AsyncHost } from '../derive/async-views.ts';
import type { ViewHost } from '../derive/kept-view.ts';
import { analyzeQueryOf } from '../language/sql/analyze-statement.ts';
import type { TableModel } from '../model/table/contracts.ts';
import type { Plan } from '../query/algebra/plan.ts';
import type { ExecutionContext, Program } from '../query/executor/contracts.ts';
import { normalize, optimize } from '../query/optimizer/optimize.ts';
import type { TableObject, ViewObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../transaction/contracts.ts';
import { analysisContext } from './analysis.ts';
import type { Engine } from './engine.ts';

export class KeptViewHost implements ViewHost {
	readonly #engine: Engine;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	get tables(): TableModel {
		return this.#engine.tables;
	}

	analyze(view: ViewObject, catalog: CatalogVersion): Plan {
		const context = { ...analysisContext(this.#engine.systemSession, [], false), catalog, searchPath: view.searchPath };
		return analyzeQueryOf(this.#engine.parseSelect(view.text), view.text, context).plan;
	}

	compile(plan: Plan, catalog: CatalogVersion): Program {
		// A view is kept from its tables alone.
		return this.#engine.compilePlan(optimize(plan, this.#engine.optimizerContext(catalog, false)), catalog, false);
	}

	normalize(plan: Plan, catalog: CatalogVersion): Plan {
		return normalize(plan, this.#engine.optimizerContext(catalog, false));
	}

	rowCount(table: TableObject): number {
		return this.#engine.rowCount(table);
	}

	context(transaction: Transaction, parameters: readonly unknown[], virtualRows: ExecutionContext['virtualRows']): ExecutionContext {
		return { ...this.#engine.rowContext(parameters), transaction, virtualRows, spill: this.#engine.spill };
	}
}

/** What views that follow the log need besides. */
export function asyncHost(engine: Engine, view: ViewHost): AsyncHost {
	const { manager, log, platform, keptViews } = engine;
	return {
		views: keptViews,
		view,
		manager,
		log,
		timers: platform.timers,
		clock: platform.clock,
		isClosed: () => engine.closed,
		failed: ({ name }, error) =>
			engine.operatorLog?.write('warn', `the materialized view ${name} does not follow: ${error instanceof Error ? error.message : String(error)}`),
	};
}
