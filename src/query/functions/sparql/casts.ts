/** Constructor functions of XML Schema: SPARQL 1.1 Query Language, section 17.5. An error is null. */
import { Decimal } from '../../../value/decimal.ts';
import { Literal, NamedNode, type RdfTerm, stringLiteral, XSD } from '../../../value/rdf-term.ts';
import {
	BOOLEAN,
	booleanLiteral,
	DATE,
	DATE_TIME,
	DECIMAL,
	decimalLiteral,
	doubleLiteral,
	doubleText,
	FLOAT,
	floatLiteral,
	INTEGER,
	INVALID,
	integerLiteral,
	isNumericRank,
	type Meaning,
	meaningOf,
	STRING,
} from './meaning.ts';
import type { Moment } from './moment.ts';
import { toDouble } from './numeric.ts';

type Cast = (term: RdfTerm) => Literal | null;

/** Reads the text of a string as a form of a datatype. */
function read(term: Literal, datatype: string): { literal: Literal; meaning: Meaning } | null {
	const literal = new Literal(term.value.trim(), '', new NamedNode(XSD + datatype));
	const meaning = meaningOf(literal);
	return meaning.rank === INVALID ? null : { literal, meaning };
}

/** A cast to a type of numbers or truth values, from those types and from strings. */
function scalar(datatype: string, fromValue: (rank: number, value: unknown) => Literal | null): Cast {
	return (term) => {
		if (term.termType !== 'Literal') return null;
		const { rank, value } = meaningOf(term);
		if (rank === STRING) {
			const form = read(term, datatype);
			return form === null ? null : fromValue(form.meaning.rank, form.meaning.value);
		}
		return isNumericRank(rank) || rank === BOOLEAN ? fromValue(rank, value) : null;
	};
}

function asDouble(rank: number, value: unknown): number {
	return rank === BOOLEAN ? Number(value) : toDouble(rank, value);
}

function asDecimal(rank: number, value: unknown): Decimal | null {
	if (rank === DECIMAL) return value as Decimal;
	if (rank === INTEGER) return Decimal.fromInteger(value as number);
	if (rank === BOOLEAN) return Decimal.fromInteger(Number(value));
	return Number.isFinite(value) ? Decimal.parse(String(value)) : null;
}

function toInteger(rank: number, value: unknown): Literal | null {
	if (rank === INTEGER) return integerLiteral(value as number);
	const decimal = asDecimal(rank, value);
	return decimal === null ? null : integerLiteral(decimal.truncate().coefficient);
}

function toDecimalLiteral(rank: number, value: unknown): Literal | null {
	const decimal = asDecimal(rank, value);
	return decimal === null ? null : decimalLiteral(decimal);
}

function toBoolean(rank: number, value: unknown): Literal {
	if (rank === BOOLEAN) return booleanLiteral(value === true);
	const number = asDouble(rank, value);
	return booleanLiteral(number !== 0 && !Number.isNaN(number));
}

function toText(term: RdfTerm): Literal | null {
	if (term.termType === 'NamedNode') return stringLiteral(term.value);
	if (term.termType !== 'Literal') return null;
	const { rank, value } = meaningOf(term);
	if (rank >= FLOAT && isNumericRank(rank)) {
		const number = value as number;
		const size = Math.abs(number);
		// XPath writes doubles of usual size as decimals.
		return stringLiteral(number === 0 || (size >= 1e-6 && size < 1e6) ? String(number) : doubleText(number));
	}
	if (rank === DECIMAL || rank === INTEGER || rank === BOOLEAN) return stringLiteral(String(value instanceof Decimal ? value.trimScale() : value));
	return stringLiteral(term.value);
}

function temporal(datatype: 'dateTime' | 'date' | 'time'): Cast {
	return (term) => {
		if (term.termType !== 'Literal') return null;
		const { rank, value } = meaningOf(term);
		if (rank === STRING) return read(term, datatype)?.literal ?? null;
		if (term.datatype.value === XSD + datatype) return rank === INVALID ? null : term;
		if (rank !== DATE && rank !== DATE_TIME) return null;
		const zone = (value as Moment).zone === null ? '' : /(?:Z|[+-]\d\d:\d\d)$/.exec(term.value)![0];
		const text = term.value.slice(0, term.value.length - zone.length);
		const at = text.indexOf('T');
		const [day, clock] = at < 0 ? [text, '00:00:00'] : [text.slice(0, at), text.slice(at + 1)];
		const form = datatype === 'date' ? day : datatype === 'time' ? clock : `${day}T${clock}`;
		return new Literal(form + zone, '', new NamedNode(XSD + datatype));
	};
}

const toFloat = (rank: number, value: unknown): Literal => floatLiteral(asDouble(rank, value));

/** By the IRI of the datatype. */
export const casts: ReadonlyMap<string, Cast> = new Map<string, Cast>([
	[`${XSD}boolean`, scalar('boolean', toBoolean)],
	[`${XSD}integer`, scalar('integer', toInteger)],
	[`${XSD}decimal`, scalar('decimal', toDecimalLiteral)],
	[`${XSD}double`, scalar('double', (rank, value) => doubleLiteral(asDouble(rank, value)))],
	[`${XSD}float`, scalar('float', toFloat)],
	[`${XSD}string`, toText],
	[`${XSD}dateTime`, temporal('dateTime')],
	[`${XSD}date`, temporal('date')],
	[`${XSD}time`, temporal('time')],
	...[
		'int',
		'long',
		'short',
		'byte',
		'nonNegativeInteger',
		'positiveInteger',
		'nonPositiveInteger',
		'negativeInteger',
		'unsignedLong',
		'unsignedInt',
		'unsignedShort',
		'unsignedByte',
	].map((name): [string, Cast] => [XSD + name, scalar(name, (rank, value) => bounded(name, toInteger(rank, value)))]),
]);

/** An integer as one of a datatype with bounds. */
function bounded(datatype: string, integer: Literal | null): Literal | null {
	return integer === null ? null : (read(integer, datatype)?.literal ?? null);
}
