/** A word, literal or sign of a Cypher text, as the lexer gives it. */
import type { Spanned } from './ast.ts';

export type Token = WordToken | NameToken | NumberToken | StringToken | ParameterToken | SymbolToken | EndToken;

/** A bare word: a keyword or a name, which is for the parser to tell. */
export interface WordToken extends Spanned {
	readonly kind: 'word';
	/** As written. */
	readonly text: string;
	/** In capitals: what keywords are compared by. */
	readonly upper: string;
}

/** A name in backticks, without them. */
export interface NameToken extends Spanned {
	readonly kind: 'name';
	readonly text: string;
}

/** A number without a sign. An integer may be 2^63 here, for the minus that may be before it. */
export interface NumberToken extends Spanned {
	readonly kind: 'integer' | 'float';
	readonly text: string;
	readonly value: number | bigint;
}

export interface StringToken extends Spanned {
	readonly kind: 'string';
	/** Between its quotes, escapes replaced. */
	readonly text: string;
}

/** `$name`, without the dollar. */
export interface ParameterToken extends Spanned {
	readonly kind: 'parameter';
	readonly text: string;
}

export interface SymbolToken extends Spanned {
	readonly kind: 'symbol';
	readonly text: string;
}

export interface EndToken extends Spanned {
	readonly kind: 'end';
	readonly text: '';
}
