/**
 * Writes quads as documents of RDF, one by one: `rdfWriter` gives the writer of a format, whose calls return the next piece of
 * text. Quads of one subject that follow each other are written together where the format has a form for it, so quads that come
 * ordered by graph and subject make the shortest documents; every order is right.
 *
 * Calls: `begin`, then `quad` for each, then `end`. Formats without graphs leave the graph out.
 */
import { InputError } from '../../platform/errors.ts';
import { type NamedNode, type Quad, RDF, type RdfTerm, XSD, XSD_STRING } from '../../value/rdf-term.ts';
import { termText } from '../../value/rdf-text.ts';
import { formatFacts, type RdfFormat } from './rdf-formats.ts';
import { TurtleWriter } from './turtle-writer.ts';
import { escapeXmlAttribute, escapeXmlText } from './xml-text.ts';

export interface RdfWriter {
	begin(): string;
	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): string;
	end(): string;
}

/** `prefixes` (name → IRI) are used by Turtle and TriG. */
export function rdfWriter(format: RdfFormat, prefixes: ReadonlyMap<string, string> = NO_PREFIXES): RdfWriter {
	switch (format) {
		case 'n-triples':
		case 'n-quads':
			return new LineWriter(formatFacts(format).hasGraphs);
		case 'turtle':
		case 'trig':
			return new TurtleWriter(format === 'trig', prefixes);
		case 'rdf-xml':
			return new RdfXmlWriter();
		case 'json-ld':
			return new JsonLdWriter();
	}
}

const NO_PREFIXES: ReadonlyMap<string, string> = new Map();

/** N-Triples and N-Quads. */
class LineWriter implements RdfWriter {
	readonly #hasGraphs: boolean;

	constructor(hasGraphs: boolean) {
		this.#hasGraphs = hasGraphs;
	}

	begin(): string {
		return '';
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): string {
		const triple = `${termText(subject)} ${termText(predicate)} ${termText(object)}`;
		return this.#hasGraphs && graph.termType !== 'DefaultGraph' ? `${triple} ${termText(graph)} .\n` : `${triple} .\n`;
	}

	end(): string {
		return '';
	}
}

/** The longest end of an IRI that is a name of XML. */
const XML_NAME = /[\p{L}_][\p{L}\p{N}\-._]*$/u;

class RdfXmlWriter implements RdfWriter {
	#subject: Quad['subject'] | null = null;

	begin(): string {
		return `<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="${RDF}">\n`;
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object']): string {
		const opening = this.#subject?.equals(subject) === true ? '' : `${this.#close()}\t<rdf:Description ${about(subject)}>\n`;
		this.#subject = subject;
		return opening + property(predicate, object);
	}

	end(): string {
		return `${this.#close()}</rdf:RDF>\n`;
	}

	#close(): string {
		return this.#subject === null ? '' : '\t</rdf:Description>\n';
	}
}

function about(subject: Quad['subject']): string {
	return subject.termType === 'NamedNode' ? `rdf:about="${escapeXmlAttribute(subject.value)}"` : `rdf:nodeID="${nodeName(subject.value)}"`;
}

/** A label as a name of XML; labels of ours are already. */
function nodeName(label: string): string {
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(label) ? label : `n${[...label].map((character) => character.codePointAt(0)!.toString(16)).join('_')}`;
}

function property(predicate: NamedNode, object: Quad['object']): string {
	const name = XML_NAME.exec(predicate.value)?.[0] ?? '';
	const namespace = predicate.value.slice(0, predicate.value.length - name.length);
	if (name === '' || namespace === '')
		throw new InputError('rdf-not-writable', `RDF/XML cannot name the predicate <${predicate.value}>, since it does not end in a name`, {
			sqlstate: '22023',
			hint: 'Ask for another format, such as Turtle.',
		});
	const [open, tag] = namespace === RDF ? [`rdf:${name}`, `rdf:${name}`] : [`p:${name} xmlns:p="${escapeXmlAttribute(namespace)}"`, `p:${name}`];
	if (object.termType === 'NamedNode') return `\t\t<${open} rdf:resource="${escapeXmlAttribute(object.value)}"/>\n`;
	if (object.termType === 'BlankNode') return `\t\t<${open} rdf:nodeID="${nodeName(object.value)}"/>\n`;
	const kind =
		object.language !== ''
			? ` xml:lang="${escapeXmlAttribute(object.language)}"`
			: object.datatype.value === XSD_STRING.value
				? ''
				: ` rdf:datatype="${escapeXmlAttribute(object.datatype.value)}"`;
	return `\t\t<${open}${kind}>${escapeXmlText(object.value)}</${tag}>\n`;
}

/** JSON-LD in expanded form: an array of nodes, those of a named graph within an object for the graph. */
class JsonLdWriter implements RdfWriter {
	#graph: Quad['graph'] | null = null;
	#subject: Quad['subject'] | null = null;
	#properties = new Map<string, string[]>();
	#isFirst = true;

	begin(): string {
		return '[';
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): string {
		let piece = '';
		if (this.#graph?.equals(graph) !== true) {
			piece = `${this.#endGraph()}${this.#graph === null ? '' : ','}\n${graph.termType === 'DefaultGraph' ? '' : `{"@id":${JSON.stringify(idOf(graph))},"@graph":[`}`;
			this.#graph = graph;
			this.#isFirst = true;
		} else if (this.#subject?.equals(subject) !== true) piece = this.#endNode();
		this.#subject = subject;
		const isType = predicate.value === `${RDF}type` && object.termType !== 'Literal';
		const key = isType ? '@type' : predicate.value;
		const value = isType ? JSON.stringify(idOf(object)) : valueText(object);
		const values = this.#properties.get(key);
		if (values === undefined) this.#properties.set(key, [value]);
		else values.push(value);
		return piece;
	}

	end(): string {
		return `${this.#endGraph()}\n]\n`;
	}

	#endGraph(): string {
		const node = this.#endNode();
		return this.#graph === null || this.#graph.termType === 'DefaultGraph' ? node : `${node}]}`;
	}

	#endNode(): string {
		if (this.#subject === null) return '';
		const properties = [...this.#properties].map(([key, values]) => `,${JSON.stringify(key)}:[${values.join(',')}]`).join('');
		const text = `${this.#isFirst ? '' : ',\n'}{"@id":${JSON.stringify(idOf(this.#subject))}${properties}}`;
		this.#isFirst = false;
		this.#subject = null;
		this.#properties = new Map();
		return text;
	}
}

function idOf(term: RdfTerm): string {
	return term.termType === 'BlankNode' ? `_:${term.value}` : term.value;
}

function valueText(object: Quad['object']): string {
	if (object.termType !== 'Literal') return JSON.stringify({ '@id': idOf(object) });
	if (object.language !== '') return JSON.stringify({ '@value': object.value, '@language': object.language });
	if (object.datatype.value === XSD_STRING.value) return JSON.stringify({ '@value': object.value });
	return JSON.stringify({ '@value': object.value, '@type': object.datatype.value });
}

/** Prefixes for documents whose author gave none. */
export const USUAL_PREFIXES: ReadonlyMap<string, string> = new Map([
	['rdf', RDF],
	['rdfs', 'http://www.w3.org/2000/01/rdf-schema#'],
	['owl', 'http://www.w3.org/2002/07/owl#'],
	['xsd', XSD],
]);
