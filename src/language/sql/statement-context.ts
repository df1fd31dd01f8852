/**
 * What the analysis of one statement knows and collects: catalog and search path, the function library, parameter types, column
 * ids, and the way to raise errors with positions. Texts analysed inside it (views, stored defaults) get a `nested` context,
 * which shares the ids and hides positions, since they would point into another text.
 */
import { type ErrorDetails, type PolylogError, sqlError } from '../../platform/errors.ts';
import type { Column, ColumnId, Expression } from '../../query/algebra/expression.ts';
import type { FunctionContext, FunctionLibrary } from '../../query/functions/contracts.ts';
import type { CatalogObject, TableObject, ViewObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { UNKNOWN } from '../../value/builtin-types.ts';
import type { Type, TypeField } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import type { QueryLevel } from './scope.ts';
import { TextPositions } from './text-positions.ts';

/** A table that the database computes: pg_class, information_schema.tables, metrics. */
export interface VirtualTable {
	readonly id: number;
	readonly schema: string;
	readonly name: string;
	/** Names the provider of the rows, see `virtual-scan`. */
	readonly provider: string;
	readonly columns: readonly { readonly name: string; readonly typeOid: number; readonly typmod?: number }[];
}

/** What the caller gives. */
export interface AnalysisContext {
	readonly catalog: CatalogVersion;
	readonly functions: FunctionLibrary;
	/** For constants whose reading depends on settings or on the time ('now', zones). */
	readonly functionContext: FunctionContext;
	/** Existing schemas in order. pg_catalog is searched first unless it is named. */
	readonly searchPath: readonly string[];
	/** Schema of the session's temporary tables, searched before all others; null while there is none. */
	readonly temporarySchema?: string | null;
	/** Types of $1, $2 …; 0 where the client leaves them to be inferred. */
	readonly parameterOids?: readonly number[];
	/** False in texts where $n makes no sense (views, defaults): then it is error 42P02. */
	readonly allowParameters?: boolean;
	/** Stars are remembered as the columns they stood for: for the text of a view. */
	readonly recordStars?: boolean;
	/** The query is that of a cursor, whose rows UPDATE and DELETE may name (WHERE CURRENT OF). */
	readonly isCursor?: boolean;
	virtualTable?(schema: string, name: string): VirtualTable | undefined;
	/** The variables around a statement of a procedure. */
	readonly outer?: (context: StatementContext) => QueryLevel;
}

/** Types of the parameters as far as they are known; grows with the references. */
export class ParameterTypes {
	readonly types: (Type | null)[] = [];
	readonly #fixed: boolean;

	constructor(types: readonly (Type | null)[], fixed: boolean) {
		this.types.push(...types);
		this.#fixed = fixed;
	}

	/** No references at all are allowed. */
	get forbidden(): boolean {
		return this.#fixed;
	}
}

const SYSTEM_COLUMNS = /\b(?:ctid|tableoid|xmin|xmax)\b/i;
/** Longer texts are bulk loads. */
const SYSTEM_COLUMN_TEXT_MAX = 1_000_000;

interface Shared {
	nextId: number;
	nextCte: number;
	/** Typmods of expressions that cannot carry one themselves. */
	readonly typmods: WeakMap<Expression, number>;
	readonly columns: Map<ColumnId, Column>;
	/** Columns that stand for the row of a table in its stored expressions. */
	readonly rows: Map<TableObject, readonly Column[]>;
	/** Bound input functions of types. */
	readonly inputs: Map<Type, { readonly typmod: number; readonly read: (text: string) => unknown }>;
	/** Raised by each reference to a volatile function: tells whether a part of the statement has one. */
	volatileCalls: number;
	/** A constant was read in a way that depends on settings (time zone, date style) or on the present time. */
	dependsOnSettings: boolean;
	dependsOnTime: boolean;
	viewDepth: number;
	/** Ids of the functions whose bodies are being analysed, outermost first. */
	readonly functionStack: number[];
	/** Ids of catalog objects that the statement uses. */
	readonly dependencies: Set<number>;
}

export class StatementContext {
	readonly catalog: CatalogVersion;
	readonly functions: FunctionLibrary;
	readonly functionContext: FunctionContext;
	/** All schemas to look in, in order. */
	readonly lookupPath: readonly string[];
	readonly parameters: ParameterTypes;
	readonly source: AnalysisContext;
	readonly shared: Shared;
	/** The text speaks of ctid, tableoid or kin somewhere: scans then produce them. */
	readonly mentionsSystemColumns: boolean;
	readonly #positions: TextPositions | null;

	constructor(source: AnalysisContext, text: string | null, parent: StatementContext | null = null, hiddenText = '') {
		this.source = source;
		this.catalog = source.catalog;
		this.functions = source.functions;
		this.functionContext = source.functionContext;
		this.lookupPath = lookupPath(source);
		this.#positions = text === null ? null : new TextPositions(text);
		this.mentionsSystemColumns = (text ?? hiddenText).length < SYSTEM_COLUMN_TEXT_MAX && SYSTEM_COLUMNS.test(text ?? hiddenText);
		this.shared = parent?.shared ?? newShared();
		const oids = source.parameterOids ?? [];
		this.parameters = new ParameterTypes(
			oids.map((oid) => (oid === 0 || oid === UNKNOWN.oid ? null : this.type(oid))),
			source.allowParameters === false,
		);
	}

	/** For a text inside this statement: same ids, its own search path, no positions, no parameters. */
	nested(searchPath: readonly string[], text: string): StatementContext {
		return new StatementContext({ ...this.source, searchPath, parameterOids: [], allowParameters: false }, null, this, text);
	}

	/** The statement's text with its positions; null inside views. */
	get positions(): TextPositions | null {
		return this.#positions;
	}

	/** 1-based character position of a byte location; 0 when unknown. */
	at(location: number | undefined): number {
		return this.#positions === null ? 0 : this.#positions.character(location ?? 0);
	}

	error(sqlstate: string, message: string, position = 0, details: ErrorDetails = {}): PolylogError {
		return sqlError(sqlstate, message, position > 0 ? { ...details, position } : details);
	}

	unsupported(what: string, position = 0): PolylogError {
		return this.error('0A000', `${what} is not supported`, position);
	}

	type(oid: number): Type {
		const type = this.catalog.typeByOid(oid);
		if (type === undefined) throw this.error('42704', `type with OID ${oid} does not exist`);
		return type;
	}

	/** The type of a field of a composite type. */
	fieldType(field: TypeField): Type {
		return field.type ?? this.type(field.typeOid);
	}

	typeName(type: Type, typmod = -1): string {
		return formatTypeName(type, typmod, this.catalog);
	}

	newColumn(name: string, type: Type, typmod = -1, origin: readonly [number, number] | null = null): Column {
		const column: Column = { id: this.shared.nextId++, name, type, typmod, origin };
		this.shared.columns.set(column.id, column);
		return column;
	}

	newCte(): number {
		return this.shared.nextCte++;
	}

	depend(object: CatalogObject | ViewObject): void {
		this.shared.dependencies.add(object.id);
	}

	/** Remembers the typmod of an expression that has no place for it. */
	withTypmod<T extends Expression>(expression: T, typmod: number): T {
		if (typmod !== -1) this.shared.typmods.set(expression, typmod);
		return expression;
	}

	typmodOf(expression: Expression): number {
		switch (expression.kind) {
			case 'column': {
				const column = this.shared.columns.get(expression.id);
				return column !== undefined && column.type.oid === expression.type.oid ? column.typmod : -1;
			}
			case 'call':
				return expression.typmod;
			case 'field':
				return expression.operand.type.fields[expression.index]?.typmod ?? -1;
			default:
				return this.shared.typmods.get(expression) ?? -1;
		}
	}
}

function newShared(): Shared {
	return {
		nextId: 1,
		nextCte: 1,
		typmods: new WeakMap(),
		columns: new Map(),
		inputs: new Map(),
		rows: new Map(),
		volatileCalls: 0,
		dependsOnSettings: false,
		dependsOnTime: false,
		viewDepth: 0,
		functionStack: [],
		dependencies: new Set(),
	};
}

function lookupPath(source: AnalysisContext): readonly string[] {
	const path = source.searchPath.includes('pg_catalog') ? [...source.searchPath] : ['pg_catalog', ...source.searchPath];
	const temporary = source.temporarySchema ?? null;
	return temporary === null || path.includes(temporary) ? path : [temporary, ...path];
}
