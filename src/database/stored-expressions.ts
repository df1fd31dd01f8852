/**
 * The expressions kept with tables, compiled for the table's writers: CHECK constraints, generated columns, keys and predicates
 * of indexes, defaults for SET DEFAULT. Made once per definition of a table.
 */
import { analyzeCheckExpression, analyzeGenerated, analyzeIndexExpression } from '../language/sql/analyze-statement.ts';
import { type AnalysisContext, StatementContext } from '../language/sql/statement-context.ts';
import { defaultExpression, parseExpressionText } from '../language/sql/stored-text.ts';
import type { RowProgram, StoredExpressions } from '../model/table/contracts.ts';
import { setPartitionHashes } from '../model/table/partitions.ts';
import { sqlError } from '../platform/errors.ts';
import type { Column, Expression } from '../query/algebra/expression.ts';
import { conjuncts, substitute } from '../query/algebra/traverse.ts';
import type { ExecutionContext } from '../query/executor/contracts.ts';
import { RowEvaluator } from '../query/executor/row-evaluator.ts';
import { hashOf } from '../query/functions/hash-functions.ts';
import { sqlFunctions } from '../query/functions/sql-functions.ts';
import type { IndexTerms } from '../query/optimizer/context.ts';
import type { ConstraintObject, IndexObject, TableObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import { defaultTextSettings } from '../value/text-settings.ts';
import { textFormatter } from '../value/value-text.ts';
import type { Engine } from './engine.ts';

setPartitionHashes(hashOf);

interface CompiledIndex {
	readonly index: IndexObject;
	/** Place in the row, or −1: the next value of `keys`. */
	readonly places: readonly number[];
	readonly keys: RowEvaluator | null;
	readonly predicate: RowEvaluator | null;
}

/** All indexes with expressions or a predicate, computed together: of each its predicate, if it has one, then its expressions. */
interface ComputedIndexes {
	readonly evaluator: RowEvaluator;
	readonly parts: readonly { readonly places: readonly number[]; readonly hasPredicate: boolean; readonly expressionCount: number }[];
	/** Of an index's id, its part. */
	readonly partOf: ReadonlyMap<number, number>;
}

/** Of each index, in the order of the parts; null where the row is not in it. */
type KeyValues = readonly (unknown[] | null)[];

export class TableExpressions implements StoredExpressions {
	/** Set once the engine that the expressions run in exists. */
	engine: Engine | null = null;
	readonly #programs = new WeakMap<TableObject, { readonly catalog: CatalogVersion; readonly program: RowProgram | null }>();

	readonly #terms = new WeakMap<IndexObject, IndexTerms | null>();

	forTable(catalog: CatalogVersion, table: TableObject): RowProgram | null {
		const known = this.#programs.get(table);
		if (known !== undefined && known.catalog === catalog) return known.program;
		const program = this.#make(catalog, table);
		this.#programs.set(table, { catalog, program });
		return program;
	}

	/** The expressions of an index, for the optimizer; null when it has none that are kept as SQL. */
	indexTerms(catalog: CatalogVersion, table: TableObject, index: IndexObject): IndexTerms | null {
		let terms = this.#terms.get(index);
		if (terms === undefined) {
			const program = this.forTable(catalog, table);
			terms = program instanceof TableProgram ? program.indexTerms(index) : null;
			this.#terms.set(index, terms);
		}
		return terms;
	}

	#make(catalog: CatalogVersion, table: TableObject): RowProgram | null {
		const checks = table.constraintIds.map((id) => catalog.get(id)).filter((c): c is ConstraintObject => c?.kind === 'constraint' && c.type === 'check');
		const indexes = table.indexIds
			.map((id) => catalog.get(id))
			.filter((i): i is IndexObject => i?.kind === 'index' && (i.predicateText !== null || i.columns.some((c) => c.column === 0)));
		const hasGenerated = table.columns.some((c) => !c.dropped && c.generatedText !== null);
		const hasDefaults = table.columns.some((c) => !c.dropped && c.defaultText !== null);
		if (checks.length === 0 && indexes.length === 0 && !hasGenerated && !hasDefaults) return null;
		if (this.engine === null) throw new TypeError('stored expressions are used before the database is open');
		return new TableProgram(this.engine, catalog, table, checks, indexes);
	}
}

const NO_ROWS: readonly (readonly unknown[] | null)[] = [];
const NO_VALUES: KeyValues = [];

/** Key values of a row in each of the indexes. */
function keyValues({ evaluator, parts }: ComputedIndexes, row: readonly unknown[]): KeyValues {
	const computed = evaluator.evaluate(row);
	const values: (unknown[] | null)[] = [];
	let next = 0;
	for (let part = 0; part < parts.length; part++) {
		const { places, hasPredicate, expressionCount } = parts[part]!;
		if (hasPredicate && computed[next++] !== true) {
			values.push(null);
			next += expressionCount;
			continue;
		}
		const key: unknown[] = [];
		for (let i = 0; i < places.length; i++) key.push(places[i]! >= 0 ? row[places[i]!] : computed[next++]);
		values.push(key);
	}
	return values;
}

class TableProgram implements RowProgram {
	readonly #engine: Engine;
	readonly #catalog: CatalogVersion;
	readonly #table: TableObject;
	readonly #checks: readonly ConstraintObject[];
	readonly #indexes: readonly IndexObject[];
	#generated: { readonly places: readonly number[]; readonly evaluator: RowEvaluator } | null | undefined;
	#checkEvaluator: RowEvaluator | null = null;
	readonly #compiledIndexes = new Map<number, CompiledIndex>();
	#together: ComputedIndexes | null = null;
	/** The rows that are held, and what was computed of them. */
	#heldRows: readonly (readonly unknown[] | null)[] = NO_ROWS;
	#heldValues: readonly KeyValues[] = [];

	constructor(engine: Engine, catalog: CatalogVersion, table: TableObject, checks: readonly ConstraintObject[], indexes: readonly IndexObject[]) {
		this.#engine = engine;
		this.#catalog = catalog;
		this.#table = table;
		this.#checks = checks;
		this.#indexes = indexes;
	}

	#source(): AnalysisContext {
		const session = this.#engine.systemSession;
		const schema = this.#catalog.get(this.#table.schemaId)?.name;
		return {
			catalog: this.#catalog,
			functions: sqlFunctions,
			functionContext: session.functions,
			searchPath: schema === undefined || schema === 'public' ? ['public'] : [schema, 'public'],
			parameterOids: [],
			allowParameters: false,
			virtualTable: (name, table) => this.#engine.virtualTable(name, table),
		};
	}

	#context(text: string): StatementContext {
		return new StatementContext(this.#source(), text);
	}

	#evaluator(expressions: readonly Expression[], columns: readonly Column[]): RowEvaluator {
		return new RowEvaluator(expressions, columns, this.#catalog, (row): ExecutionContext => this.#engine.rowContext(row));
	}

	generate(row: unknown[]): void {
		if (this.#generated === undefined) this.#generated = this.#compileGenerated();
		if (this.#generated === null) return;
		const values = this.#generated.evaluator.evaluate(row);
		this.#generated.places.forEach((place, i) => {
			row[place] = values[i];
		});
	}

	#compileGenerated(): { places: number[]; evaluator: RowEvaluator } | null {
		const live = this.#table.columns.filter((c) => !c.dropped);
		const places: number[] = [];
		const expressions: Expression[] = [];
		let columns: readonly Column[] = [];
		const context = this.#context('');
		live.forEach((column, place) => {
			if (column.generatedText === null) return;
			const analysed = analyzeGenerated(parseExpressionText(column.generatedText), context, this.#table, column.name);
			places.push(place);
			expressions.push(analysed.expression);
			columns = analysed.row;
		});
		return expressions.length === 0 ? null : { places, evaluator: this.#evaluator(expressions, columns) };
	}

	check(row: readonly unknown[]): void {
		if (this.#checks.length === 0) return;
		this.#checkEvaluator ??= this.#compileChecks();
		const values = this.#checkEvaluator.evaluate(row);
		for (let i = 0; i < this.#checks.length; i++) if (values[i] === false) throw this.#violation(this.#checks[i]!, row);
	}

	#compileChecks(): RowEvaluator {
		const expressions: Expression[] = [];
		let columns: readonly Column[] = [];
		const context = this.#context('');
		for (const check of this.#checks) {
			const analysed = analyzeCheckExpression(parseExpressionText(check.checkText!), context, this.#table);
			expressions.push(analysed.expression);
			columns = analysed.row;
		}
		return this.#evaluator(expressions, columns);
	}

	#violation(check: ConstraintObject, row: readonly unknown[]): Error {
		const live = this.#table.columns.filter((c) => !c.dropped);
		const shown = row.map((value, i) =>
			value === null ? 'null' : textFormatter(this.#catalog.typeByOid(live[i]!.typeOid)!, this.#catalog, defaultTextSettings)(value),
		);
		return sqlError('23514', `new row for relation "${this.#table.name}" violates check constraint "${check.name}"`, {
			detail: `Failing row contains (${shown.join(', ')}).`,
			schema: this.#catalog.get(this.#table.schemaId)?.name ?? '',
			table: this.#table.name,
			constraint: check.name,
		});
	}

	hold(...rows: readonly (readonly unknown[] | null)[]): void {
		this.#heldRows = NO_ROWS;
		if (this.#indexes.length < 2) return;
		this.#together ??= this.#compileTogether(this.#indexes);
		const together = this.#together;
		this.#heldValues = rows.map((row) => (row === null ? NO_VALUES : keyValues(together, row)));
		this.#heldRows = rows;
	}

	release(): void {
		this.#heldRows = NO_ROWS;
	}

	#compileTogether(indexes: readonly IndexObject[]): ComputedIndexes {
		const live = this.#table.columns.filter((c) => !c.dropped);
		const expressions: Expression[] = [];
		const analyse = (text: string, isCondition: boolean): Expression => {
			const { expression, row } = analyzeIndexExpression(parseExpressionText(text), this.#context(''), this.#table, isCondition);
			return substitute(expression, new Map(row.map((c, place) => [c.id, { kind: 'parameter', index: place, type: c.type }])));
		};
		for (const { predicateText, columns } of indexes) {
			const predicate = predicateText === null ? null : analyse(predicateText, true);
			if (predicate !== null) expressions.push(predicate);
			for (const { column, expressionText } of columns) {
				if (column !== 0) continue;
				const key = analyse(expressionText!, false);
				// Of a row that is not in the index the key may not even be defined.
				expressions.push(predicate === null ? key : { kind: 'case', branches: [{ when: predicate, then: key }], otherwise: null, type: key.type });
			}
		}
		return {
			evaluator: this.#evaluator(expressions, []),
			parts: indexes.map((index) => ({
				places: index.columns.map((c) => (c.column === 0 ? -1 : live.findIndex((l) => l.number === c.column))),
				hasPredicate: index.predicateText !== null,
				expressionCount: index.columns.filter((c) => c.column === 0).length,
			})),
			partOf: new Map(indexes.map((index, part) => [index.id, part])),
		};
	}

	indexValues(index: IndexObject, row: readonly unknown[]): unknown[] | null {
		const held = this.#heldRows.indexOf(row);
		const part = held < 0 ? undefined : this.#together!.partOf.get(index.id);
		if (part !== undefined) return this.#heldValues[held]![part]!;
		let compiled = this.#compiledIndexes.get(index.id);
		if (compiled === undefined) this.#compiledIndexes.set(index.id, (compiled = this.#compileIndex(index)));
		if (compiled.predicate !== null && compiled.predicate.evaluate(row)[0] !== true) return null;
		const computed = compiled.keys?.evaluate(row) ?? [];
		let next = 0;
		return compiled.places.map((place) => (place >= 0 ? row[place] : computed[next++]));
	}

	indexTerms(index: IndexObject): IndexTerms {
		const attributes = new Map<number, number>();
		const live = this.#table.columns.filter((c) => !c.dropped);
		const analyse = (text: string, isCondition: boolean): Expression => {
			const { expression, row } = analyzeIndexExpression(parseExpressionText(text), this.#context(''), this.#table, isCondition);
			row.forEach((column, place) => {
				attributes.set(column.id, live[place]!.number);
			});
			return expression;
		};
		return {
			attributes,
			keys: index.columns.map((column) => (column.column === 0 ? analyse(column.expressionText!, false) : null)),
			conditions: index.predicateText === null ? [] : conjuncts(analyse(index.predicateText, true)),
		};
	}

	#compileIndex(index: IndexObject): CompiledIndex {
		const known = this.#indexes.find((i) => i.id === index.id) ?? index;
		const live = this.#table.columns.filter((c) => !c.dropped);
		const expressions: Expression[] = [];
		let columns: readonly Column[] = [];
		const context = this.#context('');
		for (const column of known.columns) {
			if (column.column !== 0) continue;
			const analysed = analyzeIndexExpression(parseExpressionText(column.expressionText!), context, this.#table);
			expressions.push(analysed.expression);
			columns = analysed.row;
		}
		const predicate =
			known.predicateText === null ? null : analyzeIndexExpression(parseExpressionText(known.predicateText), this.#context(''), this.#table, true);
		return {
			index: known,
			places: known.columns.map((c) => (c.column === 0 ? -1 : live.findIndex((l) => l.number === c.column))),
			keys: expressions.length === 0 ? null : this.#evaluator(expressions, columns),
			predicate: predicate === null ? null : this.#evaluator([predicate.expression], predicate.row),
		};
	}

	defaultValue(attribute: number): unknown {
		const column = this.#table.columns.find((c) => c.number === attribute);
		if (column === undefined || column.defaultText === null) return null;
		const expression = defaultExpression(this.#context(''), this.#table, column);
		const value = this.#evaluator([expression], []).evaluate([])[0];
		return value;
	}
}
