/**
 * Writes the results of SPARQL queries row by row: `resultsWriter` gives the writer of a format, whose calls return the next piece
 * of text. A term that is null is unbound.
 *
 * Source: SPARQL 1.1 Query Results JSON Format; XML Format (2nd edition); CSV and TSV Formats (W3C, 2013).
 */
import { type RdfTerm, XSD, XSD_STRING } from '../../value/rdf-term.ts';
import { termText } from '../../value/rdf-text.ts';
import { escapeXmlAttribute, escapeXmlText } from './xml-text.ts';

export type ResultsFormat = 'json' | 'xml' | 'csv' | 'tsv';

/** Media types of the formats, the first being the one that is answered with; in the order of preference when a client takes anything. */
export const RESULTS_FORMATS: readonly { readonly format: ResultsFormat; readonly mediaTypes: readonly string[] }[] = [
	{ format: 'json', mediaTypes: ['application/sparql-results+json', 'application/json', 'text/json'] },
	{ format: 'xml', mediaTypes: ['application/sparql-results+xml', 'application/xml', 'text/xml'] },
	{ format: 'csv', mediaTypes: ['text/csv'] },
	{ format: 'tsv', mediaTypes: ['text/tab-separated-values'] },
];

export interface ResultsWriter {
	begin(): string;
	row(terms: readonly (RdfTerm | null)[]): string;
	end(): string;
}

export function resultsWriter(format: ResultsFormat, variables: readonly string[]): ResultsWriter {
	switch (format) {
		case 'json':
			return new JsonResults(variables);
		case 'xml':
			return new XmlResults(variables);
		case 'csv':
			return new CsvResults(variables);
		case 'tsv':
			return new TsvResults(variables);
	}
}

/** The answer of ASK. CSV and TSV have no form for it; the bare word is written, as other stores do. */
export function booleanResult(format: ResultsFormat, value: boolean): string {
	switch (format) {
		case 'json':
			return `{"head":{},"boolean":${value}}\n`;
		case 'xml':
			return `${XML_START}<head/>\n<boolean>${value}</boolean>\n</sparql>\n`;
		case 'csv':
		case 'tsv':
			return `${value}\n`;
	}
}

class JsonResults implements ResultsWriter {
	readonly #variables: readonly string[];
	readonly #keys: readonly string[];
	#isFirst = true;

	constructor(variables: readonly string[]) {
		this.#variables = variables;
		this.#keys = variables.map((variable) => JSON.stringify(variable));
	}

	begin(): string {
		return `{"head":{"vars":${JSON.stringify(this.#variables)}},"results":{"bindings":[`;
	}

	row(terms: readonly (RdfTerm | null)[]): string {
		let text = this.#isFirst ? '\n{' : ',\n{';
		this.#isFirst = false;
		let separator = '';
		for (let i = 0; i < terms.length; i++) {
			const term = terms[i]!;
			if (term === null) continue;
			text += `${separator}${this.#keys[i]}:${jsonTerm(term)}`;
			separator = ',';
		}
		return `${text}}`;
	}

	end(): string {
		return '\n]}}\n';
	}
}

function jsonTerm(term: RdfTerm): string {
	const value = JSON.stringify(term.value);
	switch (term.termType) {
		case 'NamedNode':
			return `{"type":"uri","value":${value}}`;
		case 'BlankNode':
			return `{"type":"bnode","value":${value}}`;
		case 'Literal':
			if (term.language !== '') return `{"type":"literal","value":${value},"xml:lang":${JSON.stringify(term.language)}}`;
			if (term.datatype.value === XSD_STRING.value) return `{"type":"literal","value":${value}}`;
			return `{"type":"literal","value":${value},"datatype":${JSON.stringify(term.datatype.value)}}`;
		case 'DefaultGraph':
			return '{"type":"uri","value":""}';
	}
}

const XML_START = '<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n';

class XmlResults implements ResultsWriter {
	readonly #variables: readonly string[];

	constructor(variables: readonly string[]) {
		this.#variables = variables.map(escapeXmlAttribute);
	}

	begin(): string {
		return `${XML_START}<head>${this.#variables.map((variable) => `<variable name="${variable}"/>`).join('')}</head>\n<results>\n`;
	}

	row(terms: readonly (RdfTerm | null)[]): string {
		let text = '<result>';
		for (let i = 0; i < terms.length; i++) {
			const term = terms[i]!;
			if (term !== null) text += `<binding name="${this.#variables[i]}">${xmlTerm(term)}</binding>`;
		}
		return `${text}</result>\n`;
	}

	end(): string {
		return '</results>\n</sparql>\n';
	}
}

function xmlTerm(term: RdfTerm): string {
	const value = escapeXmlText(term.value);
	switch (term.termType) {
		case 'NamedNode':
		case 'DefaultGraph':
			return `<uri>${value}</uri>`;
		case 'BlankNode':
			return `<bnode>${value}</bnode>`;
		case 'Literal':
			if (term.language !== '') return `<literal xml:lang="${escapeXmlAttribute(term.language)}">${value}</literal>`;
			if (term.datatype.value === XSD_STRING.value) return `<literal>${value}</literal>`;
			return `<literal datatype="${escapeXmlAttribute(term.datatype.value)}">${value}</literal>`;
	}
}

class CsvResults implements ResultsWriter {
	readonly #variables: readonly string[];

	constructor(variables: readonly string[]) {
		this.#variables = variables;
	}

	begin(): string {
		return `${this.#variables.map(csvField).join(',')}\r\n`;
	}

	row(terms: readonly (RdfTerm | null)[]): string {
		return `${terms.map((term) => (term === null ? '' : csvField(term.termType === 'BlankNode' ? `_:${term.value}` : term.value))).join(',')}\r\n`;
	}

	end(): string {
		return '';
	}
}

function csvField(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Datatypes whose literals TSV writes bare, as Turtle does. */
const BARE: Readonly<Record<string, RegExp>> = {
	[`${XSD}integer`]: /^[+-]?[0-9]+$/,
	[`${XSD}decimal`]: /^[+-]?[0-9]*\.[0-9]+$/,
	[`${XSD}double`]: /^[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)[eE][+-]?[0-9]+$/,
};

class TsvResults implements ResultsWriter {
	readonly #variables: readonly string[];

	constructor(variables: readonly string[]) {
		this.#variables = variables;
	}

	begin(): string {
		return `${this.#variables.map((variable) => `?${variable}`).join('\t')}\n`;
	}

	row(terms: readonly (RdfTerm | null)[]): string {
		return `${terms.map((term) => (term === null ? '' : tsvTerm(term))).join('\t')}\n`;
	}

	end(): string {
		return '';
	}
}

function tsvTerm(term: RdfTerm): string {
	return term.termType === 'Literal' && BARE[term.datatype.value]?.test(term.value) === true ? term.value : termText(term);
}
