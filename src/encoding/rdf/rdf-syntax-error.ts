/** What is wrong with a document of RDF, and where: line and column count from 1, the column in characters where the format's library tells it. */
import { InputError } from '../../platform/errors.ts';

/** An `InputError` with code `rdf-syntax`. */
export interface RdfSyntaxError extends InputError {
	/** 0 when the place is not known. */
	readonly line: number;
	readonly columnNumber: number;
}

export function rdfSyntaxError(format: string, problem: string, line: number, columnNumber: number): RdfSyntaxError {
	const place = line === 0 ? '' : columnNumber === 0 ? `, line ${line}` : `, line ${line}, column ${columnNumber}`;
	const error = new InputError('rdf-syntax', `${format}${place}: ${problem}`, { sqlstate: '22P02', hint: 'Correct the document; nothing of it was stored.' });
	return Object.assign(error, { line, columnNumber });
}
