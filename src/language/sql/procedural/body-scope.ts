/** Names and texts while a body is parsed: datums get their numbers here, texts their ids. */
import { sqlError } from '../../../platform/errors.ts';
import type { Datum, Given, Scope, SqlText, Target } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** Name of the variable that holds what is assigned to a part of another. */
export const ASSIGNED = '__assigned__';

export type DatumParts = Partial<Omit<Datum, 'number' | 'name'>>;

export class BodyScope {
	readonly reader: TokenReader;
	readonly datums: Datum[] = [];
	scope: Scope;
	readonly texts: SqlText[] = [];
	/** Labels of the loops and blocks around, innermost last; '' for a loop without one. */
	readonly labels: { readonly name: string; readonly isLoop: boolean }[] = [];

	constructor(reader: TokenReader, name: string, given: readonly Given[]) {
		this.reader = reader;
		this.scope = { parent: null, label: name, names: new Map() };
		for (const one of given) {
			const number = this.declare(one.name, { type: one.type, isConstant: one.isConstant ?? false });
			for (const alias of one.aliases) this.scope.names.set(alias, number);
		}
	}

	declare(name: string, parts: DatumParts): number {
		const number = this.datums.length;
		this.datums.push({ number, name, line: 0, type: '', scope: this.scope, isConstant: false, isNotNull: false, initial: null, cursor: null, ...parts });
		if (name !== '') this.scope.names.set(name, number);
		return number;
	}

	/** Runs `parse` within a new scope. */
	within<T>(label: string | null, parse: () => T): T {
		const outer = this.scope;
		this.scope = { parent: outer, label, names: new Map() };
		try {
			return parse();
		} finally {
			this.scope = outer;
		}
	}

	find(name: string): number | null {
		for (let at: Scope | null = this.scope; at !== null; at = at.parent) {
			const number = at.names.get(name);
			if (number !== undefined) return number;
		}
		return null;
	}

	findQualified(label: string, name: string): number | null {
		for (let at: Scope | null = this.scope; at !== null; at = at.parent) if (at.label === label) return at.names.get(name) ?? null;
		return null;
	}

	text({ text, start }: { readonly text: string; readonly start: number }, isStatement = false): SqlText {
		return this.made(text, this.reader.lineOf(start), isStatement);
	}

	made(text: string, line: number, isStatement = false): SqlText {
		const made = { id: this.texts.length, text, scope: this.scope, line, isStatement };
		this.texts.push(made);
		return made;
	}

	/** The variable that the next tokens name, passed over; null, with nothing passed, when they name none. */
	acceptVariable(): number | null {
		const { reader } = this;
		const { token } = reader;
		if (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'parameter') return null;
		const number = this.find(token.name);
		if (number !== null) {
			reader.next();
			return number;
		}
		const dot = reader.peek();
		const second = reader.peek(2);
		if (dot.text !== '.' || (second.kind !== 'word' && second.kind !== 'quoted')) return null;
		const qualified = this.findQualified(token.name, second.name);
		if (qualified === null) return null;
		reader.next();
		reader.next();
		reader.next();
		return qualified;
	}

	/** A variable, a field or an element of one, to be assigned to; null when the next tokens name none. */
	acceptTarget(): Target | null {
		const { reader } = this;
		const { start } = reader.token;
		const datum = this.acceptVariable();
		if (datum === null) return null;
		let end = reader.peek(-1).end;
		const partsStart = end;
		for (;;) {
			if (reader.isSymbol('.') && (reader.peek().kind === 'word' || reader.peek().kind === 'quoted')) {
				reader.next();
				end = reader.next().end;
			} else if (reader.isSymbol('[')) end = this.#passSubscript();
			else break;
		}
		const isPart = end > partsStart;
		return {
			datum,
			text: isPart ? `_${reader.text.slice(partsStart, end)}` : reader.text.slice(start, end),
			isPart,
			scope: this.scope,
			part: isPart ? this.made(ASSIGNED, reader.lineOf(start)) : null,
		};
	}

	#passSubscript(): number {
		const { reader } = this;
		let depth = 0;
		for (;;) {
			const token = reader.next();
			if (token.kind === 'end' || token.text === ';') throw sqlError('42601', 'mismatched parentheses');
			if (token.text === '[') depth++;
			else if (token.text === ']' && --depth === 0) return token.end;
		}
	}

	requireTarget(): Target {
		const { token } = this.reader;
		const target = this.acceptTarget();
		if (target === null)
			throw token.kind === 'word' || token.kind === 'quoted' ? sqlError('42601', `"${token.name}" is not a known variable`) : this.reader.syntaxError();
		if (!target.isPart) this.checkAssignable(target.datum);
		return target;
	}

	checkAssignable(datum: number): void {
		const { name, isConstant } = this.datums[datum]!;
		if (isConstant) throw sqlError('22005', `variable "${name}" is declared CONSTANT`);
	}
}
