/**
 * A property graph as triples. With B = `urn:polylog:<schema>:<graph>:`
 *
 * | of the graph | triples |
 * |---|---|
 * | node 7 | `<Bnode/7> rdf:type <Blabel/L>` for each label L; `rdf:type <Bnode>` when it has none |
 * | its property k | `<Bnode/7> <Bproperty/k> value` |
 * | relationship 9 of type T from 7 to 8 | `<Bnode/7> <Btype/T> <Bnode/8>` |
 * | its property k | `<Brelationship/9> <Bproperty/k> value`, and what the relationship is: `rdf:subject`, `rdf:predicate`, `rdf:object` |
 *
 * Values are literals: xsd:integer, xsd:double, xsd:boolean, xsd:string, xsd:date, xsd:time, xsd:dateTime, xsd:duration,
 * xsd:base64Binary; a list is an `rdf:List`; whatever XML Schema has no form for is a string with datatype `<Bduration>`,
 * `<Bpoint>` or `<Bmap>`, as Cypher shows it. Names are percent-encoded. Relationships that differ in nothing but their number
 * are one triple, as RDF has it, unless they have properties.
 */
import { type DynamicValue, IntegralFloat, kindOf } from '../../value/dynamic.ts';
import { formatDynamic } from '../../value/dynamic-json.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import {
	BlankNode,
	Literal,
	NamedNode,
	type Quad,
	RDF,
	XSD,
	XSD_BOOLEAN,
	XSD_DATE,
	XSD_DATE_TIME,
	XSD_DOUBLE,
	XSD_INTEGER,
	XSD_STRING,
} from '../../value/rdf-term.ts';

type Emit = (subject: Quad['subject'], predicate: NamedNode, object: Quad['object']) => void;
type Id = number | bigint;

const RDF_TYPE = new NamedNode(`${RDF}type`);
const RDF_SUBJECT = new NamedNode(`${RDF}subject`);
const RDF_PREDICATE = new NamedNode(`${RDF}predicate`);
const RDF_OBJECT = new NamedNode(`${RDF}object`);
const RDF_FIRST = new NamedNode(`${RDF}first`);
const RDF_REST = new NamedNode(`${RDF}rest`);
const RDF_NIL = new NamedNode(`${RDF}nil`);
const XSD_TIME = new NamedNode(`${XSD}time`);
const XSD_DURATION = new NamedNode(`${XSD}duration`);
const XSD_BASE64 = new NamedNode(`${XSD}base64Binary`);
const DURATION = /^-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/;

export class GraphTriples {
	readonly #base: string;
	readonly #emit: Emit;
	readonly #names = new Map<string, NamedNode>();
	#lists = 0;

	constructor(schema: string, graph: string, emit: Emit) {
		this.#base = graphBase(schema, graph);
		this.#emit = emit;
	}

	vertex(id: Id, labels: readonly string[], properties: PropertyMap): void {
		const node = this.#node(id);
		if (labels.length === 0) this.#emit(node, RDF_TYPE, this.#name('node'));
		for (const label of labels) this.#emit(node, RDF_TYPE, this.#name(`label/${encodeURIComponent(label)}`));
		this.#properties(node, properties);
	}

	edge(id: Id, type: string, tail: Id, head: Id, properties: PropertyMap): void {
		const from = this.#node(tail);
		const to = this.#node(head);
		const verb = this.#name(`type/${encodeURIComponent(type)}`);
		this.#emit(from, verb, to);
		if (properties.isEmpty) return;
		const edge = new NamedNode(`${this.#base}relationship/${id}`);
		this.#emit(edge, RDF_SUBJECT, from);
		this.#emit(edge, RDF_PREDICATE, verb);
		this.#emit(edge, RDF_OBJECT, to);
		this.#properties(edge, properties);
	}

	#properties(subject: NamedNode, properties: PropertyMap): void {
		for (const [key, value] of properties.entries()) this.#emit(subject, this.#name(`property/${encodeURIComponent(key)}`), this.#value(value));
	}

	#node(id: Id): NamedNode {
		return new NamedNode(`${this.#base}node/${id}`);
	}

	/** One object for each name: there are few. */
	#name(rest: string): NamedNode {
		let name = this.#names.get(rest);
		if (name === undefined) this.#names.set(rest, (name = new NamedNode(this.#base + rest)));
		return name;
	}

	#value(value: DynamicValue): Quad['object'] {
		switch (kindOf(value)) {
			case 'integer':
				return new Literal(String(value), '', XSD_INTEGER);
			case 'float':
				return new Literal(doubleText(value instanceof IntegralFloat ? value.value : (value as number)), '', XSD_DOUBLE);
			case 'boolean':
				return new Literal(String(value), '', XSD_BOOLEAN);
			case 'string':
				return new Literal(value as string, '', XSD_STRING);
			case 'date':
				return new Literal(String(value), '', XSD_DATE);
			case 'time':
			case 'local time':
				return new Literal(withSeconds(String(value)), '', XSD_TIME);
			case 'datetime':
			case 'local datetime':
				return new Literal(withSeconds(String(value)), '', XSD_DATE_TIME);
			case 'duration':
				return DURATION.test(String(value)) ? new Literal(String(value), '', XSD_DURATION) : this.#own(String(value), 'duration');
			case 'bytes':
				return new Literal(Buffer.from(value as Uint8Array).toString('base64'), '', XSD_BASE64);
			case 'list':
				return this.#list(value as readonly DynamicValue[]);
			case 'point':
				return this.#own(formatDynamic(value), 'point');
			default:
				return this.#own(formatDynamic(value), 'map');
		}
	}

	#own(text: string, datatype: string): Literal {
		return new Literal(text, '', this.#name(datatype));
	}

	#list(values: readonly DynamicValue[]): Quad['object'] {
		if (values.length === 0) return RDF_NIL;
		const cells = values.map(() => new BlankNode(`list${++this.#lists}`));
		values.forEach((value, i) => {
			this.#emit(cells[i]!, RDF_FIRST, this.#value(value));
			this.#emit(cells[i]!, RDF_REST, cells[i + 1] ?? RDF_NIL);
		});
		return cells[0]!;
	}
}

/** What the IRIs of a graph begin with. */
export function graphBase(schema: string, graph: string): string {
	return `urn:polylog:${encodeURIComponent(schema)}:${encodeURIComponent(graph)}:`;
}

function doubleText(value: number): string {
	if (Number.isNaN(value)) return 'NaN';
	if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
	return Object.is(value, -0)
		? '-0.0E0'
		: value
				.toExponential()
				.replace(/^(-?\d)(e)/, '$1.0$2')
				.replace('e+', 'E')
				.replace('e', 'E');
}

/** Cypher leaves out seconds that are 0, and names zones; XML Schema does neither. */
function withSeconds(text: string): string {
	return text.replace(/\[[^\]]*\]$/, '').replace(/(^|T)(\d\d:\d\d)(?=$|Z|[+-])/, '$1$2:00');
}
