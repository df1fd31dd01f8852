/** Commands on indexes and constraints, and SHOW. The old forms (`ON :Label(key)`, `ASSERT`) are read as well. */
import type { Command, CreateConstraintCommand, CreateIndexCommand, Identifier, IndexDescription, MapLiteral, Parameter, ShowCommand } from './ast.ts';
import { parseYield } from './parse-call.ts';
import { parseExpression, parseMap } from './parse-expression.ts';
import { parseQuery } from './parse-query.ts';
import type { TokenReader } from './token-reader.ts';

const INDEX_TYPES = ['RANGE', 'TEXT', 'POINT', 'LOOKUP', 'FULLTEXT', 'VECTOR'] as const;

/** Null where no command begins. */
export function parseCommand(reader: TokenReader): Command | null {
	const { start } = reader.current;
	if (reader.isWord('CREATE') && reader.peek(1).kind === 'word' && !reader.symbolAt(2, '=')) return parseCreate(reader, start);
	if (reader.takeWords('DROP')) return reader.isWord('INDEX') ? parseDropIndex(reader, start) : parseDropConstraint(reader, start);
	if (reader.takeWords('SHOW')) return parseShow(reader, start);
	return null;
}

function parseCreate(reader: TokenReader, start: number): Command | null {
	const { index } = reader;
	reader.expectWords('CREATE');
	if (reader.takeWords('CONSTRAINT')) return parseCreateConstraint(reader, start);
	const type = INDEX_TYPES.find((word) => reader.takeWords(word));
	if (reader.takeWords('INDEX')) return parseCreateIndex(reader, start, (type ?? 'RANGE').toLowerCase() as CreateIndexCommand['indexType']);
	if (type !== undefined) throw reader.unexpected();
	reader.goTo(index);
	return null;
}

/** A name, as a word or a parameter; null before IF, FOR and ON. */
function parseOptionalName(reader: TokenReader): Identifier | Parameter | null {
	if (reader.areWords('IF', 'NOT', 'EXISTS') || ((reader.isWord('FOR') || reader.isWord('ON')) && reader.peek(1).kind === 'symbol')) return null;
	return parseName(reader);
}

function parseName(reader: TokenReader): Identifier | Parameter {
	const token = reader.current;
	if (token.kind !== 'parameter') return reader.name('a name');
	reader.advance();
	return { kind: 'parameter', name: token.text, start: token.start, end: token.end };
}

function parseCreateIndex(reader: TokenReader, start: number, indexType: CreateIndexCommand['indexType']): CreateIndexCommand {
	const name = parseOptionalName(reader);
	const ifNotExists = reader.takeWords('IF', 'NOT', 'EXISTS');
	if (reader.takeWords('ON')) {
		const { label, properties } = parseDescription(reader);
		const span = reader.from(start);
		return { kind: 'createIndex', indexType, name, ifNotExists, entity: 'node', labels: [label], properties, options: null, ...span };
	}
	reader.expectWords('FOR');
	const { entity, variable, labels } = parseEntity(reader);
	reader.expectWords('ON');
	const properties = parseIndexed(reader, indexType, variable);
	const options = parseOptions(reader);
	return { kind: 'createIndex', indexType, name, ifNotExists, entity, labels, properties, options, ...reader.from(start) };
}

/** `(n.a, n.b)`, `EACH [n.a, n.b]`, `EACH labels(n)`. */
function parseIndexed(reader: TokenReader, indexType: CreateIndexCommand['indexType'], variable: Identifier): readonly Identifier[] {
	if (indexType === 'lookup') {
		reader.takeWords('EACH');
		if (!reader.takeWords('LABELS')) reader.expectWords('TYPE');
		reader.expectSymbol('(');
		sameVariable(reader, variable);
		reader.expectSymbol(')');
		return [];
	}
	const closing = indexType === 'fulltext' ? ']' : ')';
	if (indexType === 'fulltext') reader.expectWords('EACH');
	reader.expectSymbol(indexType === 'fulltext' ? '[' : '(');
	const properties = reader.list(() => parseProperty(reader, variable));
	reader.expectSymbol(closing);
	return properties;
}

function parseProperty(reader: TokenReader, variable: Identifier): Identifier {
	sameVariable(reader, variable);
	reader.expectSymbol('.');
	return reader.name('a property');
}

function sameVariable(reader: TokenReader, variable: Identifier): void {
	const met = reader.name('a variable');
	if (met.name !== variable.name) throw reader.error('UndefinedVariable', `variable \`${met.name}\` not defined`, met);
}

/** `(n:Label)`, `(n:A|B)`, `()-[r:TYPE]-()`, `(n)`. */
function parseEntity(reader: TokenReader): { entity: 'node' | 'relationship'; variable: Identifier; labels: readonly Identifier[] } {
	reader.expectSymbol('(');
	if (!reader.takeSymbol(')')) {
		const variable = reader.name('a variable');
		const labels = parseLabelList(reader);
		reader.expectSymbol(')');
		return { entity: 'node', variable, labels };
	}
	reader.takeSymbol('<');
	reader.expectSymbol('-');
	reader.expectSymbol('[');
	const variable = reader.name('a variable');
	const labels = parseLabelList(reader);
	reader.expectSymbol(']');
	reader.expectSymbol('-');
	reader.takeSymbol('>');
	reader.expectSymbol('(');
	reader.expectSymbol(')');
	return { entity: 'relationship', variable, labels };
}

function parseLabelList(reader: TokenReader): readonly Identifier[] {
	if (!reader.takeSymbol(':')) return [];
	const labels = [reader.name('a label')];
	while (reader.takeSymbol('|')) labels.push(reader.name('a label'));
	return labels;
}

function parseOptions(reader: TokenReader): MapLiteral | Parameter | null {
	if (!reader.takeWords('OPTIONS')) return null;
	const token = reader.current;
	if (token.kind !== 'parameter') return parseMap(reader);
	reader.advance();
	return { kind: 'parameter', name: token.text, start: token.start, end: token.end };
}

/** `:Label(key, …)`. */
function parseDescription(reader: TokenReader): IndexDescription {
	const { start } = reader.current;
	reader.expectSymbol(':');
	const label = reader.name('a label');
	reader.expectSymbol('(');
	const properties = reader.list(() => reader.name('a property'));
	reader.expectSymbol(')');
	return { kind: 'indexDescription', label, properties, ...reader.from(start) };
}

function parseCreateConstraint(reader: TokenReader, start: number): CreateConstraintCommand {
	const name = parseOptionalName(reader);
	const ifNotExists = reader.takeWords('IF', 'NOT', 'EXISTS');
	if (!reader.takeWords('FOR')) reader.expectWords('ON');
	const { entity, variable, labels } = parseEntity(reader);
	const label = labels[0];
	if (label === undefined || labels.length > 1) throw reader.error('UnexpectedSyntax', 'a constraint is on one label or type', variable);
	if (!reader.takeWords('REQUIRE')) reader.expectWords('ASSERT');
	const properties = parseConstrained(reader, variable);
	const requirement = parseRequirement(reader);
	const propertyType = requirement === 'type' ? parsePropertyType(reader) : null;
	const options = parseOptions(reader);
	const span = reader.from(start);
	return { kind: 'createConstraint', name, ifNotExists, entity, label, properties, requirement, propertyType, options, ...span };
}

/** `n.a`, `(n.a)`, `(n.a, n.b)`, `exists(n.a)`. */
function parseConstrained(reader: TokenReader, variable: Identifier): readonly Identifier[] {
	const isExists = reader.wordAt(0, 'EXISTS') && reader.symbolAt(1, '(');
	if (isExists) reader.advance();
	if (!reader.takeSymbol('(')) return [parseProperty(reader, variable)];
	const properties = reader.list(() => parseProperty(reader, variable));
	reader.expectSymbol(')');
	return properties;
}

function parseRequirement(reader: TokenReader): CreateConstraintCommand['requirement'] {
	if (reader.takeSymbol('::') || reader.takeWords('IS', 'TYPED')) return 'type';
	// `ASSERT exists(n.a)` ends here.
	if (!reader.takeWords('IS')) return reader.current.kind === 'end' || reader.symbolAt(0, ';') ? 'notNull' : fail(reader);
	if (reader.takeSymbol('::')) return 'type';
	if (reader.takeWords('NOT', 'NULL')) return 'notNull';
	if (reader.takeWords('UNIQUE')) return 'unique';
	if (!reader.takeWords('NODE')) {
		if (!reader.takeWords('RELATIONSHIP')) reader.takeWords('REL');
	}
	if (reader.takeWords('UNIQUE')) return 'unique';
	reader.expectWords('KEY');
	return 'key';
}

function fail(reader: TokenReader): never {
	throw reader.unexpected();
}

/** The words of a type, up to the end or OPTIONS. */
function parsePropertyType(reader: TokenReader): string {
	const words: string[] = [];
	while (reader.current.kind === 'word' && !reader.wordAt(0, 'OPTIONS')) words.push(reader.name('a type').name.toUpperCase());
	if (words.length === 0) throw reader.unexpected();
	return words.join(' ');
}

function parseDropIndex(reader: TokenReader, start: number): Command {
	reader.expectWords('INDEX');
	if (reader.takeWords('ON')) return { kind: 'dropIndex', target: parseDescription(reader), ifExists: false, ...reader.from(start) };
	const target = parseName(reader);
	return { kind: 'dropIndex', target, ifExists: reader.takeWords('IF', 'EXISTS'), ...reader.from(start) };
}

function parseDropConstraint(reader: TokenReader, start: number): Command {
	reader.expectWords('CONSTRAINT');
	const name = parseName(reader);
	return { kind: 'dropConstraint', name, ifExists: reader.takeWords('IF', 'EXISTS'), ...reader.from(start) };
}

const SUBJECTS: ReadonlyMap<string, ShowCommand['subject']> = new Map([
	['INDEX', 'indexes'],
	['INDEXES', 'indexes'],
	['CONSTRAINT', 'constraints'],
	['CONSTRAINTS', 'constraints'],
	['PROCEDURE', 'procedures'],
	['PROCEDURES', 'procedures'],
	['FUNCTION', 'functions'],
	['FUNCTIONS', 'functions'],
	['DATABASE', 'databases'],
	['DATABASES', 'databases'],
]);
/** Words before a subject, at most. */
const FILTER_WORDS_MAX = 4;

function parseShow(reader: TokenReader, start: number): ShowCommand {
	const filter: string[] = [];
	let subject = subjectHere(reader);
	while (subject === undefined) {
		if (reader.current.kind !== 'word' || filter.length === FILTER_WORDS_MAX) throw reader.unexpected();
		filter.push(reader.name('a word').name.toUpperCase());
		subject = subjectHere(reader);
	}
	const isSingular = reader.wordAt(0, 'DATABASE') && filter.length === 0;
	reader.advance();
	const name = isSingular ? reader.name('a database') : null;
	const yielded = reader.isWord('YIELD') ? parseYield(reader, true) : null;
	const where = yielded === null && reader.takeWords('WHERE') ? parseExpression(reader) : null;
	const returned = yielded !== null && reader.isWord('RETURN') ? parseReturn(reader) : null;
	const span = reader.from(start);
	return { kind: 'show', subject, filter: filter.length === 0 ? null : filter.join(' '), name, yield: yielded, where, return: returned, ...span };
}

function subjectHere(reader: TokenReader): ShowCommand['subject'] | undefined {
	for (const word of ['INDEXES', 'CONSTRAINTS', 'PROCEDURES', 'FUNCTIONS', 'DATABASES']) reader.expecting(word);
	const token = reader.current;
	return token.kind === 'word' ? SUBJECTS.get(token.upper) : undefined;
}

function parseReturn(reader: TokenReader): ShowCommand['return'] {
	const query = parseQuery(reader);
	const clause = query.kind === 'singleQuery' && query.clauses.length === 1 ? query.clauses[0]! : null;
	if (clause === null || clause.kind !== 'return') throw reader.error('UnexpectedSyntax', 'only RETURN may follow YIELD', query);
	return clause;
}
