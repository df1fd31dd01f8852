/**
 * Errors in HTTP's own form: problem details (RFC 9457) with a status. `type` is a URN of the error's code; members beside those
 * of the RFC: `code`, `sqlstate`, `hint`, `line` and `column` (from 1) where the text or document is wrong.
 */
import { ClosedError, ConflictError, InputError, LimitError, PolylogError, UnavailableError, UnsupportedError } from '../../platform/errors.ts';

/** What stops a request, with its status: of the protocol, not of the database. */
export class HttpProblem extends Error {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;

	constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
		super(message);
		this.status = status;
		this.headers = headers;
	}
}

const TITLES: Readonly<Record<number, string>> = {
	400: 'Bad Request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	405: 'Method Not Allowed',
	406: 'Not Acceptable',
	409: 'Conflict',
	413: 'Content Too Large',
	415: 'Unsupported Media Type',
	500: 'Internal Server Error',
	501: 'Not Implemented',
	503: 'Service Unavailable',
};

/** By SQLSTATE or its class, where the error's family does not say it. */
const STATUSES: Readonly<Record<string, number>> = {
	'25006': 403,
	'28000': 401,
	'28P01': 401,
	'3F000': 404,
	'42501': 403,
	'42883': 501,
	'42P01': 404,
	'54000': 413,
	'57014': 503,
	'57P01': 503,
	'57P03': 503,
};

export function statusOf(error: unknown): number {
	if (error instanceof HttpProblem) return error.status;
	if (!(error instanceof PolylogError)) return 500;
	const known = error.sqlstate === undefined ? undefined : STATUSES[error.sqlstate];
	if (known !== undefined) return known;
	if (error instanceof InputError) return 400;
	if (error instanceof ConflictError) return 409;
	if (error instanceof UnsupportedError) return 501;
	return error instanceof LimitError || error instanceof ClosedError || error instanceof UnavailableError ? 503 : 500;
}

/** The response for an error; `text` is the query or update that `position` counts in. */
export function problemResponse(error: unknown, text: string | null): Response {
	const status = statusOf(error);
	const body: Record<string, unknown> = { type: 'about:blank', title: TITLES[status] ?? 'Error', status };
	const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
	if (error instanceof HttpProblem) {
		body['detail'] = error.message;
		Object.assign(headers, error.headers);
	} else if (error instanceof PolylogError && status !== 500) {
		body['type'] = `urn:polylog:error:${error.code === 'sql' ? (error.sqlstate ?? 'XX000') : error.code}`;
		body['detail'] = error.message;
		body['code'] = error.code;
		if (error.sqlstate !== undefined) body['sqlstate'] = error.sqlstate;
		if (error.hint !== undefined) body['hint'] = error.hint;
		Object.assign(body, placeOf(error, text));
	} else body['detail'] = 'The server failed to answer; its log tells more.';
	return new Response(`${JSON.stringify(body)}\n`, { status, headers });
}

/** Line and column, if the error tells a place. */
function placeOf(error: PolylogError, text: string | null): { line?: number; column?: number } {
	const { line, columnNumber } = error as { line?: unknown; columnNumber?: unknown };
	if (typeof line === 'number' && line > 0) return typeof columnNumber === 'number' && columnNumber > 0 ? { line, column: columnNumber } : { line };
	const told = /\bline (\d+), column (\d+)/.exec(error.message);
	if (told !== null) return { line: Number(told[1]), column: Number(told[2]) };
	if (error.position === undefined || text === null) return {};
	const before = [...text].slice(0, error.position - 1).join('');
	return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}
