/**
 * Writes Turtle and TriG: subjects and predicates that repeat are written once, IRIs with a prefix where one fits, integers,
 * decimals, doubles and booleans without quotes where the bare form says the same.
 */
import { type NamedNode, type Quad, RDF, type RdfTerm, XSD } from '../../value/rdf-term.ts';
import { escapeIri, termText } from '../../value/rdf-text.ts';

/** Local names that need no escapes; the grammar allows more. */
const LOCAL_NAME = /^(?:[A-Za-z_][A-Za-z0-9_-]*|[0-9]+)?$/;
const RDF_TYPE = `${RDF}type`;

const BARE_FORMS: Readonly<Record<string, RegExp>> = {
	[`${XSD}integer`]: /^[+-]?[0-9]+$/,
	[`${XSD}decimal`]: /^[+-]?[0-9]*\.[0-9]+$/,
	[`${XSD}double`]: /^[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)[eE][+-]?[0-9]+$/,
	[`${XSD}boolean`]: /^(?:true|false)$/,
};

export class TurtleWriter {
	readonly #hasGraphs: boolean;
	readonly #prefixes: readonly (readonly [name: string, iri: string])[];
	readonly #byNamespace = new Map<string, string>();
	#graph: Quad['graph'] | null = null;
	#subject: Quad['subject'] | null = null;
	#predicate: NamedNode | null = null;

	constructor(hasGraphs: boolean, prefixes: ReadonlyMap<string, string>) {
		this.#hasGraphs = hasGraphs;
		this.#prefixes = [...prefixes].filter(([name]) => /^(?:[A-Za-z][A-Za-z0-9_-]*)?$/.test(name));
		for (const [name, iri] of this.#prefixes) if (/[#/:]$/.test(iri)) this.#byNamespace.set(iri, name);
	}

	begin(): string {
		return this.#prefixes.map(([name, iri]) => `@prefix ${name}: <${escapeIri(iri)}> .\n`).join('');
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): string {
		let piece = '';
		if (this.#hasGraphs && this.#graph?.equals(graph) !== true) {
			piece = this.#endGraph();
			if (graph.termType !== 'DefaultGraph') piece += `${this.#text(graph)} {\n`;
			this.#graph = graph;
		}
		if (this.#subject?.equals(subject) !== true) {
			piece += `${this.#endSubject()}${this.#text(subject)} ${this.#verb(predicate)} ${this.#text(object)}`;
			this.#subject = subject;
			this.#predicate = predicate;
			return piece;
		}
		if (this.#predicate?.equals(predicate) === true) return `, ${this.#text(object)}`;
		this.#predicate = predicate;
		return ` ;\n\t${this.#verb(predicate)} ${this.#text(object)}`;
	}

	end(): string {
		return this.#endGraph();
	}

	#endSubject(): string {
		const text = this.#subject === null ? '' : ' .\n';
		this.#subject = null;
		return text;
	}

	#endGraph(): string {
		const text = this.#endSubject();
		return this.#graph === null || this.#graph.termType === 'DefaultGraph' ? text : `${text}}\n`;
	}

	#verb(predicate: NamedNode): string {
		return predicate.value === RDF_TYPE ? 'a' : this.#text(predicate);
	}

	#text(term: RdfTerm): string {
		if (term.termType === 'NamedNode') return this.#iri(term.value);
		if (term.termType !== 'Literal' || term.language !== '') return termText(term);
		if (BARE_FORMS[term.datatype.value]?.test(term.value) === true) return term.value;
		const text = termText(term);
		const at = text.lastIndexOf('"');
		return at === text.length - 1 ? text : `${text.slice(0, at + 1)}^^${this.#iri(term.datatype.value)}`;
	}

	#iri(iri: string): string {
		if (this.#byNamespace.size > 0) {
			const at = Math.max(iri.lastIndexOf('#'), iri.lastIndexOf('/'), iri.lastIndexOf(':')) + 1;
			const name = this.#byNamespace.get(iri.slice(0, at));
			if (name !== undefined && LOCAL_NAME.test(iri.slice(at))) return `${name}:${iri.slice(at)}`;
		}
		return `<${escapeIri(iri)}>`;
	}
}
