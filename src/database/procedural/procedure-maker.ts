/** Procedures from what the catalog holds, or from the text of DO: parsed once per function, resolved once per signature of a call. */
import { isInput, outputsOf } from '../../language/sql/function-body.ts';
import { isPolymorphic } from '../../language/sql/polymorphic.ts';
import type { DatumType } from '../../language/sql/procedural/analyze-text.ts';
import { parseBody } from '../../language/sql/procedural/parse-body.ts';
import type { Given, Routine } from '../../language/sql/procedural/syntax.ts';
import { sqlError } from '../../platform/errors.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { baseTypeOf, RECORD, REFCURSOR, TRIGGER, VOID } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import type { DatabaseSession } from '../session.ts';
import { Procedure } from './procedure.ts';
import { sqlRoutine } from './sql-routine.ts';
import { TRIGGER_VARIABLES } from './trigger-variables.ts';

/** Datums before those of the parameters: FOUND, and what INTO assigns through. */
const FIRST_PARAMETER = 2;

/** The types of one call. */
export interface CallTypes {
	readonly argumentTypes: readonly Type[];
	readonly returnType: Type;
}

const parsed = new WeakMap<FunctionObject, Routine>();
const made = new WeakMap<FunctionObject, Map<string, Procedure>>();

export function routineOf(object: FunctionObject): Routine {
	let routine = parsed.get(object);
	if (routine === undefined) {
		const isTrigger = object.returnOid === TRIGGER.oid;
		if (object.language === 'sql') routine = sqlRoutine(object, parametersOf(object));
		else routine = parseBody(object.body, object.name, isTrigger ? TRIGGER_VARIABLES : parametersOf(object));
		parsed.set(object, routine);
	}
	return routine;
}

function parametersOf(object: FunctionObject): Given[] {
	return object.argumentOids.map((oid, i) => ({
		name: object.argumentNames[i] ?? '',
		aliases: [`$${i + 1}`],
		type: oid === REFCURSOR.oid ? 'refcursor' : 'parameter',
	}));
}

export function procedureOf(session: DatabaseSession, object: FunctionObject, types: CallTypes): Procedure {
	let known = made.get(object);
	if (known === undefined) made.set(object, (known = new Map()));
	const key = signatureKey(object, types);
	let procedure = known.get(key);
	if (procedure === undefined) known.set(key, (procedure = makeProcedure(session.catalog, object, types)));
	return procedure;
}

/** Empty for signatures that do not change. */
function signatureKey(object: FunctionObject, { argumentTypes, returnType }: CallTypes): string {
	const isOpen = object.argumentOids.some((oid) => isPolymorphic(oid) || oid === RECORD.oid);
	const isRecord = object.returnOid === RECORD.oid || isPolymorphic(object.returnOid);
	if (!isOpen && !isRecord) return '';
	return JSON.stringify([isOpen ? argumentTypes.map(keyOf) : 0, keyOf(returnType)]);
}

function keyOf(type: Type): unknown {
	return type.oid === RECORD.oid ? type.fields : type.oid;
}

/** The procedure of one call's types, not kept. */
export function makeProcedure(catalog: CatalogVersion, object: FunctionObject, types: CallTypes): Procedure {
	const routine = routineOf(object);
	const isTrigger = object.returnOid === TRIGGER.oid;
	const given = new Map<number, DatumType>();
	const inputs: number[] = [];
	const outputs: number[] = [];
	const outputTypes = outputsOf(object);
	object.argumentOids.forEach((oid, i) => {
		if (isTrigger) return;
		const datum = FIRST_PARAMETER + i;
		const mode = object.argumentModes[i];
		const isOutput = mode === 'o' || mode === 'b' || mode === 't';
		const type = isInput(mode) ? types.argumentTypes[inputs.length] : outputType(catalog, types.returnType, outputs.length, outputTypes.length);
		given.set(datum, { type: isPolymorphic(oid) || oid === RECORD.oid ? (type ?? typeOf(catalog, oid)) : typeOf(catalog, oid), typmod: -1 });
		if (isInput(mode)) inputs.push(datum);
		if (isOutput) outputs.push(datum);
	});
	const name = `${object.name}(${inputs.map((datum) => formatTypeName(given.get(datum)!.type, -1, catalog)).join(',')})`;
	return new Procedure(
		{
			routine,
			name,
			object,
			inputs,
			isTrigger,
			result: { type: types.returnType, returnsSet: object.returnsSet, outputs },
			isReadOnly: object.volatility !== 'v',
		},
		given,
	);
}

function outputType(catalog: CatalogVersion, returnType: Type, at: number, count: number): Type | undefined {
	if (count === 1) return returnType;
	const field = baseTypeOf(returnType, catalog).fields[at];
	return field === undefined ? undefined : (field.type ?? catalog.typeByOid(field.typeOid));
}

function typeOf(catalog: CatalogVersion, oid: number): Type {
	const type = catalog.typeByOid(oid);
	if (type === undefined) throw sqlError('42704', `type with OID ${oid} does not exist`);
	return type;
}

/** The block of a DO. */
export function blockProcedure(text: string): Procedure {
	const routine = parseBody(text, 'inline_code_block', []);
	const result = { type: VOID, returnsSet: false, outputs: [] };
	return new Procedure({ routine, name: 'inline_code_block', object: null, inputs: [], isTrigger: false, result, isReadOnly: false }, new Map());
}
