/** How functions of SPARQL are written down: one line each. They take and give terms (`RDF_TERM`) unless they say otherwise; null is an error, and they are not called with one. */
import { BOOL } from '../../../value/builtin-types.ts';
import { RDF_TERM } from '../../../value/rdf-term.ts';
import type { Type } from '../../../value/type.ts';
import type { AggregateFunction, AggregateImplementation, ScalarFunction } from '../contracts.ts';

export type Evaluate = (...values: never[]) => unknown;

export interface Options {
	/** Default RDF_TERM. */
	readonly returns?: Type;
	/** Default: not called with a null. */
	readonly strict?: boolean;
	/** The first parameter is the FunctionContext. */
	readonly context?: boolean;
	readonly volatility?: ScalarFunction['volatility'];
	readonly inline?: NonNullable<ScalarFunction['inline']>;
	readonly comparison?: NonNullable<ScalarFunction['comparison']>;
}

/** A function by its name in plans. */
export function termFunction(name: string, evaluate: Evaluate, options: Options = {}): ScalarFunction {
	const count = evaluate.length - (options.context === true ? 1 : 0);
	return {
		kind: 'scalar',
		name,
		argumentOids: new Array<number>(Math.max(0, count)).fill(RDF_TERM.oid),
		returnOid: (options.returns ?? RDF_TERM).oid,
		variadicOid: 0,
		volatility: options.volatility ?? 'immutable',
		oid: 0,
		strict: options.strict ?? true,
		context: options.context ?? false,
		evaluate,
		...(options.inline === undefined ? {} : { inline: options.inline }),
		...(options.comparison === undefined ? {} : { comparison: options.comparison }),
	};
}

/** A function that says true, false, or null for an error. */
export function testFunction(name: string, evaluate: Evaluate, options: Options = {}): ScalarFunction {
	return termFunction(name, evaluate, { returns: BOOL, ...options });
}

/** An aggregate of terms; rows whose argument is null reach it unless it is strict. */
export function termAggregate(name: string, implementation: AggregateImplementation, strict: boolean, returns: Type = RDF_TERM): AggregateFunction {
	return {
		kind: 'aggregate',
		name,
		argumentOids: [RDF_TERM.oid],
		returnOid: returns.oid,
		variadicOid: 0,
		volatility: 'immutable',
		oid: 0,
		strict,
		aggregateKind: 'n',
		bind: () => implementation,
	};
}
