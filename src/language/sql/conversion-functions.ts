/**
 * Functions that exist only as parts of conversions: lengths and precisions applied to a value, arrays converted element by
 * element, the guard of a domain. Each is made once per analysis; none has a name that SQL could call.
 */
import { invariant, sqlError } from '../../platform/errors.ts';
import type { CallInfo, FunctionContext, ScalarFunction } from '../../query/functions/contracts.ts';
import { ANY, BOX, CHAR, FLOAT8, INT4, LINE, LSEG, NAME, POINT } from '../../value/builtin-types.ts';
import { Geometry } from '../../value/geometry.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import { applyTypmod } from '../../value/typmod.ts';

type Evaluate = NonNullable<ScalarFunction['evaluate']>;

function internalFunction(name: string, argumentOids: readonly number[], returnOid: number, rest: Partial<ScalarFunction>): ScalarFunction {
	return { kind: 'scalar', name, argumentOids, returnOid, variadicOid: 0, volatility: 'immutable', oid: 0, strict: true, context: false, ...rest };
}

/** value → the same value, under another type. */
export const RELABEL_CALL: ScalarFunction = internalFunction('relabel', [ANY.oid], ANY.oid, {
	evaluate: ((value: unknown) => value) as Evaluate,
	inline: ([value]) => value!,
});

const NAME_BYTES = 64;

/** (name, place) → the byte there as "char", in octal beyond ASCII; names are padded with empty ones. */
const BYTE_OF_NAME: ScalarFunction = internalFunction('name', [NAME.oid, INT4.oid], CHAR.oid, {
	evaluate: ((name: string, place: number) => {
		if (place < 0 || place >= NAME_BYTES) return null;
		const byte = Buffer.from(name, 'utf8')[place] ?? 0;
		if (byte === 0) return '';
		return byte < 128 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
	}) as Evaluate,
});

/** Whether values of a type have a fixed count of elements, counted from 0, and of which type these are. */
export function fixedElement(type: Type): Type | null {
	switch (type.oid) {
		case NAME.oid:
			return CHAR;
		case POINT.oid:
		case LINE.oid:
			return FLOAT8;
		case LSEG.oid:
		case BOX.oid:
			return POINT;
		default:
			return null;
	}
}

const elements = new Map<number, ScalarFunction>([[NAME.oid, BYTE_OF_NAME]]);

/** The element at a place of a value of such a type; NULL where it has none. */
export function elementAt(type: Type, element: Type): ScalarFunction {
	let made = elements.get(type.oid);
	if (made === undefined) {
		made = internalFunction(type.name, [type.oid, INT4.oid], element.oid, {
			evaluate: (({ numbers }: Geometry, place: number) => {
				if (element === FLOAT8) return numbers[place] ?? null;
				return place < 0 || 2 * place >= numbers.length ? null : new Geometry('point', numbers.slice(2 * place, 2 * place + 2));
			}) as Evaluate,
		});
		elements.set(type.oid, made);
	}
	return made;
}

/** A function's implementation for one call site. */
export function bindScalar(definition: ScalarFunction, info: CallInfo): (...values: unknown[]) => unknown {
	const evaluate = definition.bind === undefined ? definition.evaluate : definition.bind(info);
	invariant(evaluate !== undefined, `function ${definition.name} has no implementation`);
	return evaluate as (...values: unknown[]) => unknown;
}

/** value → value with the call's typmod applied; for arrays, to every element. An explicit cast cuts, others raise 22001. */
export function typmodCast(type: Type, explicit: boolean): ScalarFunction {
	return internalFunction(type.name, [type.oid], type.oid, {
		bind: (info) => {
			const element = type.kind === 'array' && type.elementOid !== 0 ? info.types.typeByOid(type.elementOid) : undefined;
			if (element === undefined) return ((value: unknown) => applyTypmod(type, value, info.typmod, explicit, info.types)) as Evaluate;
			return ((array: PgArray) => mapElements(array, (value) => applyTypmod(element, value, info.typmod, explicit, info.types))) as Evaluate;
		},
	});
}

/** One step of a conversion of elements. */
export interface ElementStep {
	readonly function: ScalarFunction;
	readonly argumentType: Type;
	readonly returnType: Type;
}

/** array → array, each element through the steps. */
export function arrayCast(source: Type, target: Type, steps: readonly ElementStep[]): ScalarFunction {
	const context = steps.some((s) => s.function.context);
	return internalFunction(target.name, [source.oid], target.oid, {
		context,
		volatility: steps.some((s) => s.function.volatility !== 'immutable') ? 'stable' : 'immutable',
		bind: (info) => {
			const bound = steps.map((step) => ({
				context: step.function.context,
				run: bindScalar(step.function, {
					argumentTypes: [step.argumentType],
					returnType: step.returnType,
					typmod: info.typmod,
					types: info.types,
					variadic: false,
				}),
			}));
			const convert = (value: unknown, functionContext: FunctionContext | null): unknown => {
				let result = value;
				for (const step of bound) {
					if (result === null) return null;
					result = step.context ? step.run(functionContext, result) : step.run(result);
				}
				return result;
			};
			if (context) return ((functionContext: FunctionContext, array: PgArray) => mapElements(array, (value) => convert(value, functionContext))) as Evaluate;
			return ((array: PgArray) => mapElements(array, (value) => convert(value, null))) as Evaluate;
		},
	});
}

function mapElements(array: PgArray, convert: (value: unknown) => unknown): PgArray {
	return new PgArray(
		array.dimensions,
		array.lowerBounds,
		array.elements.map((value) => (value === null ? null : convert(value))),
	);
}

/** (value, check results …) → value; raises when the domain is NOT NULL and the value is null, or when a check is false. */
export function domainGuard(domain: Type, notNull: boolean, constraintNames: readonly string[]): ScalarFunction {
	const evaluate = (value: unknown, ...checks: unknown[]): unknown => {
		if (value === null && notNull) {
			throw sqlError('23502', `domain ${domain.name} does not allow null values`, { schema: domain.schema, dataType: domain.name });
		}
		const failed = checks.indexOf(false);
		if (failed >= 0) {
			const constraint = constraintNames[failed]!;
			throw sqlError('23514', `value for domain ${domain.name} violates check constraint "${constraint}"`, {
				schema: domain.schema,
				dataType: domain.name,
				constraint,
			});
		}
		return value;
	};
	return internalFunction(domain.name, [domain.baseOid, ...constraintNames.map(() => 16)], domain.oid, { strict: false, evaluate: evaluate as Evaluate });
}
