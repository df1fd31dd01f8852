/**
 * A procedure as calls of one signature share it: its tree, the types of its variables, and its texts, analysed and compiled at
 * their first use. What is kept of a text is used as long as it means the same: the catalog and the settings that it was analysed
 * under, and the fields of the records that it reads.
 */
import { analyzeStatement } from '../../language/sql/analyze-statement.ts';
import type { AstNode } from '../../language/sql/ast.ts';
import type { CursorKeys } from '../../language/sql/cursor-keys.ts';
import { parseSql } from '../../language/sql/parser.ts';
import {
	analyzeConversion,
	analyzePart,
	analyzeTypeText,
	analyzeValue,
	type DatumType,
	type Variables,
	withScope,
} from '../../language/sql/procedural/analyze-text.ts';
import type { Routine, Scope, SqlText, Target } from '../../language/sql/procedural/syntax.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { hasSubquery } from '../../query/algebra/traverse.ts';
import type { Program } from '../../query/executor/contracts.ts';
import { callsProcedure } from '../../query/executor/plan-facts.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { RECORD } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { analysisContext } from '../analysis.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';

/** Valid under one meaning of names (`planKey`) and for records of these types. */
interface Kept {
	readonly key: object;
	readonly records: readonly { readonly datum: number; readonly type: DatumType | null }[];
}

export interface CompiledValue extends Kept {
	readonly program: Program;
	readonly type: Type;
	readonly typmod: number;
	/** It reads no table and calls no procedure. */
	readonly isSimple: boolean;
	/** It holds a query: a statement of its own, as contexts of errors see it. */
	readonly hasQuery: boolean;
}

export interface CompiledQuery extends Kept {
	readonly kind: 'query';
	readonly program: Program;
	readonly command: string;
	readonly columns: readonly Column[] | null;
	readonly cursorKeys: CursorKeys | null;
	readonly text: string;
}

export interface CompiledUtility extends Kept {
	readonly kind: 'utility';
	readonly node: AstNode;
	readonly prepared: Prepared;
	readonly command: string;
	readonly columns: readonly Column[] | null;
	readonly text: string;
}

export type CompiledStatement = CompiledQuery | CompiledUtility;

/** What a call gives back. */
export interface ResultShape {
	readonly type: Type;
	readonly returnsSet: boolean;
	/** Datums of OUT, INOUT and TABLE parameters. */
	readonly outputs: readonly number[];
}

export class Procedure {
	readonly routine: Routine;
	/** As error contexts name it: `f(integer)`. */
	readonly name: string;
	/** null: an anonymous block. */
	readonly object: FunctionObject | null;
	readonly result: ResultShape;
	/** It may only read, at the snapshot of its caller. */
	readonly isReadOnly: boolean;
	readonly isTrigger: boolean;
	/** Datums of the arguments that a caller gives, and the types of all parameters by name. */
	readonly inputs: readonly number[];
	readonly #given: ReadonlyMap<number, DatumType>;
	readonly #values: (CompiledValue | undefined)[] = [];
	readonly #statements: (CompiledStatement | undefined)[] = [];
	#types: readonly (DatumType | null)[] | null = null;
	#typesCatalog: CatalogVersion | null = null;
	readonly #recordTypes = new Map<string, DatumType>();

	constructor(parts: Pick<Procedure, 'routine' | 'name' | 'object' | 'result' | 'isReadOnly' | 'isTrigger' | 'inputs'>, given: ReadonlyMap<number, DatumType>) {
		this.routine = parts.routine;
		this.name = parts.name;
		this.object = parts.object;
		this.result = parts.result;
		this.isReadOnly = parts.isReadOnly;
		this.isTrigger = parts.isTrigger;
		this.inputs = parts.inputs;
		this.#given = given;
	}

	/** Types by datum; null for records and for what the first value decides. */
	typesOf(session: DatabaseSession): readonly (DatumType | null)[] {
		const { catalog } = session;
		if (this.#types !== null && this.#typesCatalog === catalog) return this.#types;
		const source = analysisContext(session, [], false);
		const types: (DatumType | null)[] = [];
		for (const datum of this.routine.datums) {
			const given = this.#given.get(datum.number);
			if (given !== undefined) types.push(given.type.oid === RECORD.oid && given.type.fields.length === 0 ? null : given);
			else if (datum.type === 'record' || datum.type === '') types.push(null);
			else types.push(analyzeTypeText(source, datum.type, (names) => this.#find(datum.scope, names, types)));
		}
		this.#types = types.map((t) => (t !== null && t.type.oid === RECORD.oid && t.type.fields.length === 0 ? null : t));
		this.#typesCatalog = catalog;
		return this.#types;
	}

	/** The type of a variable, or of a field of one, for `%TYPE`. */
	#find(scope: Scope, names: readonly string[], types: readonly (DatumType | null)[]): DatumType | null {
		for (let at: Scope | null = scope; at !== null; at = at.parent) {
			const qualified = names.length === 2 && at.label === names[0] ? at.names.get(names[1]!) : undefined;
			const number = qualified ?? at.names.get(names[0]!);
			const type = number === undefined ? undefined : types[number];
			if (type === undefined || type === null) continue;
			if (qualified !== undefined || names.length === 1) return type;
			const field = type.type.fields.find((f) => f.name === names[1]);
			if (field?.type !== undefined) return { type: field.type, typmod: field.typmod };
		}
		return null;
	}

	/** One object for all records of the same fields. */
	recordType(columns: readonly { readonly name: string; readonly type: Type; readonly typmod: number }[]): DatumType {
		const key = columns.map((c) => `${c.name}\u0000${c.type.oid}\u0000${c.typmod}`).join('\u0001');
		const isPlain = columns.every((c) => c.type.oid !== RECORD.oid);
		let known = isPlain ? this.#recordTypes.get(key) : undefined;
		if (known === undefined) {
			const fields = columns.map((c) => ({ name: c.name, typeOid: c.type.oid, typmod: c.typmod, ...(c.type.oid === RECORD.oid ? { type: c.type } : {}) }));
			known = { type: { ...RECORD, fields }, typmod: -1 };
			if (isPlain) this.#recordTypes.set(key, known);
		}
		return known;
	}

	value(session: DatabaseSession, text: SqlText, variables: Variables, wanted: DatumType | null): CompiledValue {
		const kept = this.#values[text.id];
		if (kept !== undefined && fits(kept, session, variables)) return kept;
		const source = analysisContext(session, [], false);
		const analyzed = analyzeValue(source, text.text, text.scope, variables, wanted);
		return this.#keepValue(session, text, variables, analyzed);
	}

	/** The whole new value of a variable that is assigned to in part. */
	part(session: DatabaseSession, target: Target, text: SqlText, variables: Variables): CompiledValue {
		const kept = this.#values[text.id];
		if (kept !== undefined && fits(kept, session, variables)) return kept;
		const { name } = this.routine.datums[target.datum]!;
		const source = analysisContext(session, [], false);
		const analyzed = analyzePart(source, { text: target.text, datum: target.datum, name }, text.text, text.scope, variables);
		return this.#keepValue(session, text, variables, analyzed, target.datum);
	}

	#keepValue(
		session: DatabaseSession,
		text: SqlText,
		variables: Variables,
		analyzed: { readonly plan: Plan; readonly type: Type; readonly typmod: number },
		datum = -1,
	): CompiledValue {
		const { plan, type, typmod } = analyzed;
		const hasQuery = plan.kind === 'values' && hasSubquery(plan.rows[0]![0]!);
		const isSimple = !hasQuery && !callsProcedure(plan);
		const program = isSimple ? session.engine.compilePlan(plan, session.catalog, false) : session.compile(plan);
		const waits = program.waits || program.writes || program.locks;
		const made = { ...keptFor(session, text, variables, datum), program, type, typmod, isSimple: isSimple && !waits, hasQuery };
		this.#values[text.id] = made;
		return made;
	}

	statement(session: DatabaseSession, text: SqlText, variables: Variables, isCursor = false): CompiledStatement {
		const kept = this.#statements[text.id];
		if (kept !== undefined && fits(kept, session, variables)) return kept;
		const made = { ...keptFor(session, text, variables), ...compileStatement(session, text.text, text.scope, variables, [], isCursor) } as CompiledStatement;
		this.#statements[text.id] = made;
		return made;
	}
}

function fits(kept: Kept, session: DatabaseSession, variables: Variables): boolean {
	if (kept.key !== session.planKey) return false;
	for (const { datum, type } of kept.records) if (variables.types[datum] !== type) return false;
	return true;
}

/** What a text means depends on: records are looked for by name alone. */
function keptFor(session: DatabaseSession, text: SqlText, variables: Variables, datum = -1): Kept {
	const records: { datum: number; type: DatumType | null }[] = [];
	const lower = text.text.toLowerCase();
	const add = (number: number): void => {
		const type = variables.types[number] ?? null;
		if (type === null || type.type.oid === RECORD.oid || variables.routine.datums[number]!.type === '') records.push({ datum: number, type });
	};
	if (datum >= 0) add(datum);
	for (let at: Scope | null = text.scope; at !== null; at = at.parent)
		for (const [name, number] of at.names) if (lower.includes(name.toLowerCase())) add(number);
	return { key: session.planKey, records };
}

/** A statement with the variables of a scope, or (null) without any. */
export function compileStatement(
	session: DatabaseSession,
	text: string,
	scope: Scope | null,
	variables: Variables | null,
	parameterOids: readonly number[] = [],
	isCursor = false,
): Omit<CompiledQuery, keyof Kept> | Omit<CompiledUtility, keyof Kept> {
	const parsed = parseSql(text);
	if (parsed.length !== 1)
		throw sqlError(
			parsed.length === 0 ? '42601' : '42601',
			parsed.length === 0 ? 'query is empty' : 'cannot insert multiple commands into a prepared statement',
		);
	const node = parsed[0]!.node;
	const source = { ...analysisContext(session, parameterOids), isCursor };
	const analysed = analyzeStatement(node, text, scope === null || variables === null ? source : withScope(source, scope, variables));
	if (analysed.kind === 'query') {
		const { command, columns, cursorKeys = null } = analysed;
		return { kind: 'query', program: session.compile(analysed.plan), command, columns, cursorKeys, text };
	}
	const prepared = session.prepareNode(node, text, [], 0);
	return { kind: 'utility', node, prepared, command: prepared.command, columns: prepared.columns, text };
}

const conversions = new WeakMap<CatalogVersion, Map<string, Program | null>>();

/** Converts values from one type to another as an assignment does; null when they stay as they are. */
export function conversionOf(session: DatabaseSession, from: Type, to: Type, typmod: number): Program | null {
	if (from.oid === to.oid && typmod === -1 && from.oid !== RECORD.oid) return null;
	const { catalog } = session;
	let known = conversions.get(catalog);
	if (known === undefined) conversions.set(catalog, (known = new Map()));
	const fields = from.oid === RECORD.oid || to.oid === RECORD.oid ? JSON.stringify([from.fields, to.fields]) : '';
	const key = `${from.oid} ${to.oid} ${typmod} ${fields}`;
	let program = known.get(key);
	if (program === undefined) {
		const plan = analyzeConversion(analysisContext(session, [], false), from, to, typmod);
		program = plan === null ? null : session.engine.compilePlan(plan, catalog, false);
		known.set(key, program);
	}
	return program;
}
