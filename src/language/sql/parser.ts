/**
 * SQL text → raw parse tree, by PostgreSQL's own grammar (version 18's, which takes all that 15's does).
 *
 * A statement longer than `LARGE_STATEMENT` whose bulk is a VALUES list is not given to the parser whole: the list is read by
 * `values-splitter.ts` (literals) and the parser sees the rest. A trap of the WebAssembly (stack overflow on deep nesting)
 * becomes 54001 and the instance is replaced.
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { AstNode, RawStatement } from './ast.ts';
import { instantiateParser, type ParserModule } from './parser-module.ts';
import { splitLargeValues } from './values-splitter.ts';

const LARGE_STATEMENT = 65536;

/** Errors of the scanner and grammar that are not plain syntax errors, by the start of their message. */
const SQLSTATES: readonly (readonly [RegExp, string])[] = [
	[/^(?:syntax error|unterminated|zero-length)/, '42601'],
	[/^stack depth limit exceeded/, '54001'],
	[/^invalid Unicode (?:surrogate|escape character)/, '42601'],
	[/^unsafe use of/, '22P06'],
	[/^invalid byte sequence/, '22021'],
	[/ (?:is|are) not (?:yet )?(?:implemented|supported)/, '0A000'],
	[/^(?:cannot|constraints) .*(?:DEFERRABLE|NOT VALID|NO INHERIT|INITIALLY)/, '0A000'],
	[/constraints cannot be marked/, '0A000'],
	[/^parameter name ".*" used more than once/, '42P13'],
	[/^(?:interval precision|precision for type)/, '22023'],
	[/^frame /, '42P20'],
	[/^(?:column number must be in range|unrecognized partitioning strategy)/, '22023'],
	[/is only supported for ON DELETE actions$|cannot include schema elements$/, '0A000'],
];

let parser: ParserModule | null = null;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** All statements of a text. Throws 42601 with a position and PostgreSQL's text. */
export function parseSql(text: string): readonly RawStatement[] {
	if (text.length > LARGE_STATEMENT) {
		const large = splitLargeValues(text, parseWhole);
		if (large !== null) return large;
	}
	return parseWhole(text);
}

/** The single statement of a text; null when the text holds none; 42601 when there are several. */
export function parseStatement(text: string): AstNode | null {
	const statements = parseSql(text);
	if (statements.length > 1) throw sqlError('42601', 'cannot insert multiple commands into a prepared statement');
	return statements[0]?.node ?? null;
}

function parseWhole(text: string): readonly RawStatement[] {
	const bytes = encoder.encode(text);
	const nul = bytes.indexOf(0);
	if (nul >= 0) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00', { position: decoder.decode(bytes.subarray(0, nul)).length + 1 });
	parser ??= instantiateParser();
	const module = parser;
	try {
		return parseBytes(module, bytes);
	} catch (error) {
		if (error instanceof PolylogError) throw error;
		// A trap: the instance's stack and heap are in an unknown state.
		parser = null;
		throw sqlError('54001', 'stack depth limit exceeded', { hint: 'Nest expressions and subqueries less deeply.', cause: error });
	}
}

function parseBytes(module: ParserModule, bytes: Uint8Array): readonly RawStatement[] {
	const textAt = module._malloc(bytes.length + 1);
	let resultAt = 0;
	try {
		module.HEAPU8.set(bytes, textAt);
		module.HEAPU8[textAt + bytes.length] = 0;
		resultAt = module._wasm_parse_query_raw(textAt);
		if (resultAt === 0) throw sqlError('53200', 'out of memory in the parser');
		const errorAt = word(module, resultAt + 8);
		if (errorAt !== 0) throw parseError(bytes, cString(module, word(module, errorAt)), word(module, errorAt + 16));
		const tree = JSON.parse(cString(module, word(module, resultAt))) as { stmts?: { stmt: AstNode; stmt_location?: number; stmt_len?: number }[] };
		return (tree.stmts ?? []).map((s) => ({ node: s.stmt, location: s.stmt_location ?? 0, length: s.stmt_len ?? 0 }));
	} finally {
		module._free(textAt);
		if (resultAt !== 0) module._wasm_free_parse_result(resultAt);
	}
}

function word(module: ParserModule, address: number): number {
	return module.HEAPU32[address >>> 2]!;
}

function cString(module: ParserModule, address: number): string {
	if (address === 0) return '';
	const heap = module.HEAPU8;
	return decoder.decode(heap.subarray(address, heap.indexOf(0, address)));
}

/** `cursor` is the 1-based character position, or 0. */
function parseError(bytes: Uint8Array, message: string, cursor: number): PolylogError {
	// The same message comes from E'…' strings, with a code of its own, and from U&'…' strings.
	const inEscapeString = message.startsWith('invalid Unicode escape') && !/u&['"]/i.test(decoder.decode(bytes));
	const sqlstate = inEscapeString ? '22025' : (SQLSTATES.find(([pattern]) => pattern.test(message))?.[1] ?? '42601');
	return sqlError(sqlstate, message, cursor > 0 ? { position: cursor } : {});
}
