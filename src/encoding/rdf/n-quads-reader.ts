/**
 * Reads N-Triples and N-Quads from bytes that come in pieces of any size, strictly by their grammars, without making text or
 * objects: each statement is handed on as the keys of its terms in UTF-8 (`termKey` in `value/rdf-term.ts`):
 *
 *     <iri    _label    "text    @language text    ^datatype text
 *
 * with escapes resolved, the language in lower case as far as it is a key, and no datatype for xsd:string. A key lies in the input
 * where it stands there as it is, else in a buffer of its own.
 *
 * Calls: `write` any number of times, then `end`. `KeyQuad` is valid within `quad` only. After an error the reader is not used.
 *
 * Cost: about 5 ns a byte of input; memory for one piece and the longest line.
 * Source: RDF 1.1 N-Triples and N-Quads (W3C, 2014).
 */
import { isUtf8 } from 'node:buffer';
import { appendBytes, GrowingKeyBuffer, reserveBytes } from '../../value/key-buffer.ts';
import { XSD_STRING } from '../../value/rdf-term.ts';
import { decodeUtf8 } from '../../value/utf8.ts';
import { rdfSyntaxError } from './rdf-syntax-error.ts';

export const SUBJECT = 0;
export const PREDICATE = 1;
export const OBJECT = 2;
export const GRAPH = 3;

/** The terms of a statement: the key of term i is `bytes[i][start[i], end[i])`. */
export class KeyQuad {
	readonly bytes: Uint8Array[];
	readonly start: Int32Array;
	readonly end: Int32Array;
	/** A language tag as written; '' when the object has none. */
	language: string;
	hasGraph: boolean;

	constructor() {
		this.bytes = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)];
		this.start = new Int32Array(4);
		this.end = new Int32Array(4);
		this.language = '';
		this.hasGraph = false;
	}
}

export interface KeyQuadSink {
	quad(quad: KeyQuad): void;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const HASH = 0x23;
const DOT = 0x2e;
const LESS = 0x3c;
const GREATER = 0x3e;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const COLON = 0x3a;
const AT = 0x40;
const CARET = 0x5e;
const UNDERSCORE = 0x5f;
const SMALL_U = 0x75;
const LARGE_U = 0x55;

const IRI_PLAIN = 0;
const IRI_ESCAPE = 1;
const IRI_END = 2;
const IRI_BAD = 3;
/** What a byte means within an IRI. */
const iriClass = new Uint8Array(256);
for (let code = 0; code <= 0x20; code++) iriClass[code] = IRI_BAD;
for (const character of '<"{}|^`') iriClass[character.charCodeAt(0)] = IRI_BAD;
iriClass[BACKSLASH] = IRI_ESCAPE;
iriClass[GREATER] = IRI_END;

const ECHARS = new Map([...'tbnrf"\'\\'].map((character, i) => [character.charCodeAt(0), '\t\b\n\r\f"\'\\'.charCodeAt(i)]));

/** A label by its grammar, for those that are not plain ASCII. */
const BASE =
	'A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const REST = `${BASE}_0-9\\u00b7\\u0300-\\u036f\\u203f-\\u2040\\-`;
const LABEL = new RegExp(`^[${BASE}_0-9](?:[${REST}.]*[${REST}])?$`, 'u');

const XSD_STRING_BYTES: Uint8Array = Buffer.from(XSD_STRING.value);

export class NQuadsReader {
	readonly #sink: KeyQuadSink;
	readonly #allowsGraph: boolean;
	readonly #quad = new KeyQuad();
	/** For keys that do not lie in the input as they are, by place of the term. */
	readonly #scratch = [0, 1, 2, 3].map(() => new GrowingKeyBuffer(256));
	/** What was not read yet: `#buffer[0, #length)`. */
	#buffer: Uint8Array = new Uint8Array(0);
	#length = 0;
	/** Ends of lines before the one that is read. */
	#line = 0;
	#lineStart = 0;
	/** Where the datatype's key lies, after `#iri` was called for it. */
	readonly #datatype = new GrowingKeyBuffer(128);

	constructor(sink: KeyQuadSink, allowsGraph: boolean) {
		this.#sink = sink;
		this.#allowsGraph = allowsGraph;
	}

	write(chunk: Uint8Array): void {
		let last = chunk.length - 1;
		while (last >= 0 && chunk[last] !== LF) last--;
		if (this.#length === 0) {
			if (last >= 0) this.#read(chunk, last + 1);
			this.#keep(chunk, last + 1);
			return;
		}
		if (last < 0) {
			this.#keep(chunk, 0);
			return;
		}
		this.#keep(chunk.subarray(0, last + 1), 0);
		const whole = this.#buffer;
		const length = this.#length;
		this.#length = 0;
		this.#read(whole, length);
		this.#keep(chunk, last + 1);
	}

	end(): void {
		if (this.#length > 0) this.#read(this.#buffer, this.#length);
		this.#length = 0;
	}

	#keep(chunk: Uint8Array, from: number): void {
		const count = chunk.length - from;
		if (count === 0) return;
		if (this.#length + count > this.#buffer.length) {
			const grown = Buffer.allocUnsafeSlow(Math.max(this.#length + count, this.#buffer.length * 2));
			grown.set(this.#buffer.subarray(0, this.#length));
			this.#buffer = grown;
		}
		this.#buffer.set(chunk.subarray(from), this.#length);
		this.#length += count;
	}

	/** Reads whole lines. */
	#read(bytes: Uint8Array, end: number): void {
		if (!isUtf8(bytes.subarray(0, end))) this.#failUtf8(bytes, end);
		let at = this.#line === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
		this.#lineStart = at;
		while (at < end) {
			const code = bytes[at]!;
			if (code === LF || code === CR) {
				at++;
				if (code === LF || bytes[at] !== LF || at >= end) this.#line++;
				this.#lineStart = at;
			} else if (code === SPACE || code === TAB) at++;
			else if (code === HASH) at = skipComment(bytes, at, end);
			else at = this.#statement(bytes, at, end);
		}
	}

	#statement(bytes: Uint8Array, start: number, end: number): number {
		const quad = this.#quad;
		quad.language = '';
		let at = this.#resource(bytes, start, end, SUBJECT);
		at = skipBlanks(bytes, at, end);
		if (bytes[at] !== LESS || at >= end) this.#fail(at, 'an IRI is expected for the predicate');
		at = skipBlanks(bytes, this.#iri(bytes, at, end, PREDICATE), end);
		at = bytes[at] === QUOTE && at < end ? this.#literal(bytes, at, end) : this.#resource(bytes, at, end, OBJECT);
		at = skipBlanks(bytes, at, end);
		quad.hasGraph = at < end && (bytes[at] === LESS || bytes[at] === UNDERSCORE);
		if (quad.hasGraph) {
			if (!this.#allowsGraph) this.#fail(at, 'a triple ends after its object');
			at = skipBlanks(bytes, this.#resource(bytes, at, end, GRAPH), end);
		}
		if (bytes[at] !== DOT || at >= end) this.#fail(at, "a '.' is expected at the end of the statement");
		at = skipBlanks(bytes, at + 1, end);
		if (at < end && bytes[at] === HASH) at = skipComment(bytes, at, end);
		if (at < end && bytes[at] !== LF && bytes[at] !== CR) this.#fail(at, 'a statement is expected on a line of its own');
		this.#sink.quad(quad);
		return at;
	}

	/** An IRI or a blank node. */
	#resource(bytes: Uint8Array, at: number, end: number, place: number): number {
		if (at < end && bytes[at] === LESS) return this.#iri(bytes, at, end, place);
		if (at + 1 < end && bytes[at] === UNDERSCORE && bytes[at + 1] === COLON) return this.#blankNode(bytes, at, end, place);
		return this.#fail(at, place === OBJECT ? 'an IRI, a blank node or a literal is expected' : 'an IRI or a blank node is expected');
	}

	#put(place: number, bytes: Uint8Array, start: number, end: number): void {
		const quad = this.#quad;
		quad.bytes[place] = bytes;
		quad.start[place] = start;
		quad.end[place] = end;
	}

	#iri(bytes: Uint8Array, start: number, end: number, place: number): number {
		let at = start + 1;
		while (at < end && iriClass[bytes[at]!] === IRI_PLAIN) at++;
		if (at < end && bytes[at] === GREATER) {
			if (!isAbsolute(bytes, start + 1, at)) this.#fail(start, 'an IRI must be absolute');
			this.#put(place, bytes, start, at);
			return at + 1;
		}
		const target = this.#scratch[place]!;
		target.reset();
		appendBytes(target, bytes, start, at);
		while (at < end && iriClass[bytes[at]!] !== IRI_END) {
			if (iriClass[bytes[at]!] === IRI_BAD) this.#fail(at, 'this character cannot stand in an IRI');
			if (iriClass[bytes[at]!] === IRI_PLAIN) {
				reserveBytes(target, 1);
				target.bytes[target.length++] = bytes[at++]!;
				continue;
			}
			const from = at;
			const before = target.length;
			at = this.#codePoint(bytes, at, end, target);
			if (target.length === before + 1 && iriClass[target.bytes[before]!] !== IRI_PLAIN)
				this.#fail(from, 'this character cannot stand in an IRI, not even escaped');
		}
		if (at >= end) this.#fail(start, 'the IRI has no end');
		if (!isAbsolute(target.bytes, 1, target.length)) this.#fail(start, 'an IRI must be absolute');
		this.#put(place, target.bytes, 0, target.length);
		return at + 1;
	}

	/** `\uXXXX` or `\UXXXXXXXX` → UTF-8 in `target`; returns the place after it. */
	#codePoint(bytes: Uint8Array, at: number, end: number, target: GrowingKeyBuffer): number {
		const kind = bytes[at + 1];
		const digits = kind === SMALL_U ? 4 : kind === LARGE_U ? 8 : 0;
		if (digits === 0 || at + 2 + digits > end) this.#fail(at, 'this is no escape');
		let code = 0;
		for (let i = at + 2; i < at + 2 + digits; i++) {
			const digit = hexValue(bytes[i]!);
			if (digit < 0) this.#fail(i, 'a hexadecimal digit is expected');
			code = code * 16 + digit;
		}
		if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.#fail(at, 'the escape is not that of a character');
		appendCodePoint(target, code);
		return at + 2 + digits;
	}

	#blankNode(bytes: Uint8Array, start: number, end: number, place: number): number {
		let at = start + 2;
		let isPlain = true;
		for (; at < end; at++) {
			const code = bytes[at]!;
			if (code >= 0x80) isPlain = false;
			else if (!isLabelCode(code)) break;
		}
		while (at > start + 2 && bytes[at - 1] === DOT) at--;
		const first = bytes[start + 2];
		if (at === start + 2 || first === MINUS || first === DOT) this.#fail(start, 'this is no label of a blank node');
		if (!isPlain && !LABEL.test(decodeUtf8(bytes, start + 2, at))) this.#fail(start, 'this is no label of a blank node');
		const target = this.#scratch[place]!;
		target.reset();
		target.bytes[target.length++] = UNDERSCORE;
		appendBytes(target, bytes, start + 2, at);
		this.#put(place, target.bytes, 0, target.length);
		return at;
	}

	#literal(bytes: Uint8Array, start: number, end: number): number {
		let at = start + 1;
		while (at < end && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH && bytes[at] !== LF && bytes[at] !== CR) at++;
		const isPlain = at < end && bytes[at] === QUOTE;
		const text = this.#scratch[OBJECT]!;
		if (isPlain) this.#put(OBJECT, bytes, start, at);
		else {
			text.reset();
			appendBytes(text, bytes, start, at);
			at = this.#escapedText(bytes, start, at, end, text);
			this.#put(OBJECT, text.bytes, 0, text.length);
		}
		at++;
		if (at < end && bytes[at] === AT) return this.#language(bytes, at, end);
		if (at + 1 < end && bytes[at] === CARET && bytes[at + 1] === CARET) {
			if (at + 2 >= end || bytes[at + 2] !== LESS) this.#fail(at + 2, 'an IRI is expected for the datatype');
			return this.#typed(bytes, at + 2, end);
		}
		return at;
	}

	/** The rest of a literal's text from its first escape on; returns the place of the closing quote. */
	#escapedText(bytes: Uint8Array, start: number, from: number, end: number, target: GrowingKeyBuffer): number {
		let at = from;
		while (at < end && bytes[at] !== QUOTE) {
			const code = bytes[at]!;
			if (code === LF || code === CR) this.#fail(at, 'a literal cannot go on in the next line');
			if (code === BACKSLASH) {
				const character = ECHARS.get(bytes[at + 1] ?? 0);
				if (character === undefined) at = this.#codePoint(bytes, at, end, target);
				else {
					reserveBytes(target, 1);
					target.bytes[target.length++] = character;
					at += 2;
				}
				continue;
			}
			reserveBytes(target, 1);
			target.bytes[target.length++] = code;
			at++;
		}
		if (at >= end) this.#fail(start, 'the literal has no end');
		return at;
	}

	#language(bytes: Uint8Array, start: number, end: number): number {
		let at = start + 1;
		let isFirst = true;
		let partStart = at;
		for (; at < end; at++) {
			const code = bytes[at]!;
			if (isLetter(code) || (!isFirst && code >= 0x30 && code <= 0x39)) continue;
			if (code !== MINUS || at === partStart) break;
			isFirst = false;
			partStart = at + 1;
		}
		if (at === partStart) this.#fail(start, 'this is no language tag');
		const language = decodeUtf8(bytes, start + 1, at);
		this.#quad.language = language;
		this.#prefix(AT, Buffer.from(language.toLowerCase()));
		return at;
	}

	#typed(bytes: Uint8Array, start: number, end: number): number {
		const { start: starts, end: ends, bytes: buffers } = this.#quad;
		// `#iri` needs the scratch of its place: that of the graph, which comes later.
		const at = this.#iri(bytes, start, end, GRAPH);
		const datatype = this.#datatype;
		datatype.reset();
		appendBytes(datatype, buffers[GRAPH]!, starts[GRAPH]! + 1, ends[GRAPH]!);
		const isString = datatype.length === XSD_STRING_BYTES.length && XSD_STRING_BYTES.every((code, i) => datatype.bytes[i] === code);
		if (!isString) this.#prefix(CARET, datatype.bytes.subarray(0, datatype.length));
		return at;
	}

	/** Makes the object's key `<kind><before> <text>` of `"<text>`. */
	#prefix(kind: number, before: Uint8Array): void {
		const { start, end, bytes } = this.#quad;
		const from = bytes[OBJECT]!;
		const target = this.#scratch[GRAPH]!;
		target.reset();
		reserveBytes(target, 2 + before.length);
		target.bytes[target.length++] = kind;
		appendBytes(target, before);
		reserveBytes(target, 1);
		target.bytes[target.length++] = SPACE;
		appendBytes(target, from, start[OBJECT]! + 1, end[OBJECT]!);
		// The two buffers change places: the graph's is free again.
		this.#scratch[GRAPH] = this.#scratch[OBJECT]!;
		this.#scratch[OBJECT] = target;
		this.#put(OBJECT, target.bytes, 0, target.length);
	}

	#fail(at: number, problem: string): never {
		throw rdfSyntaxError(this.#allowsGraph ? 'N-Quads' : 'N-Triples', problem, this.#line + 1, at - this.#lineStart + 1);
	}

	#failUtf8(bytes: Uint8Array, end: number): never {
		let start = 0;
		for (let at = 0; at < end; at++) {
			if (bytes[at] !== LF) continue;
			if (!isUtf8(bytes.subarray(start, at))) break;
			start = at + 1;
			this.#line++;
		}
		throw rdfSyntaxError(this.#allowsGraph ? 'N-Quads' : 'N-Triples', 'the text is not UTF-8', this.#line + 1, 0);
	}
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
	return at;
}

function skipComment(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && bytes[at] !== LF && bytes[at] !== CR) at++;
	return at;
}

function isLetter(code: number): boolean {
	return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isLabelCode(code: number): boolean {
	return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === UNDERSCORE || code === MINUS || code === DOT;
}

/** True when the IRI begins with a scheme. */
function isAbsolute(bytes: Uint8Array, start: number, end: number): boolean {
	if (start >= end || !isLetter(bytes[start]!)) return false;
	for (let at = start + 1; at < end; at++) {
		const code = bytes[at]!;
		if (code === COLON) return true;
		if (!isLetter(code) && !(code >= 0x30 && code <= 0x39) && code !== 0x2b && code !== MINUS && code !== DOT) return false;
	}
	return false;
}

function hexValue(code: number): number {
	if (code >= 0x30 && code <= 0x39) return code - 0x30;
	if (code >= 0x41 && code <= 0x46) return code - 0x37;
	return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

function appendCodePoint(target: GrowingKeyBuffer, code: number): void {
	reserveBytes(target, 4);
	const { bytes } = target;
	if (code < 0x80) bytes[target.length++] = code;
	else if (code < 0x800) {
		bytes[target.length++] = 0xc0 | (code >> 6);
		bytes[target.length++] = 0x80 | (code & 0x3f);
	} else if (code < 0x10000) {
		bytes[target.length++] = 0xe0 | (code >> 12);
		bytes[target.length++] = 0x80 | ((code >> 6) & 0x3f);
		bytes[target.length++] = 0x80 | (code & 0x3f);
	} else {
		bytes[target.length++] = 0xf0 | (code >> 18);
		bytes[target.length++] = 0x80 | ((code >> 12) & 0x3f);
		bytes[target.length++] = 0x80 | ((code >> 6) & 0x3f);
		bytes[target.length++] = 0x80 | (code & 0x3f);
	}
}
