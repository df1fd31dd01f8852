/**
 * What a session tells besides results: notices to its client, and to the operator's log its coming and going, statements
 * (log_statement), slow statements, and errors that are not the client's.
 *
 * A statement's text is written as the client sent it: on one line, cut when long, without the values of its parameters and
 * without passwords.
 */
import { PolylogError } from '../platform/errors.ts';
import type { Notice } from './contracts.ts';
import type { OperatorLog } from './engine.ts';
import type { DatabaseSession } from './session.ts';

/** Least to most severe, as client_min_messages orders them. INFO always reaches the client. */
const SEVERITIES = ['debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'log', 'notice', 'warning', 'error'];
const TEXT_CHARACTERS_MAX = 1000;

/** Whether a client that set `client_min_messages` to `least` wants a message. */
export function isWanted(severity: Notice['severity'], least: string): boolean {
	if (severity === 'INFO') return true;
	return SEVERITIES.indexOf(severity === 'DEBUG' ? 'debug1' : severity.toLowerCase()) >= SEVERITIES.indexOf(least);
}

/** A text for one line of the log. */
export function loggedText(text: string): string {
	const secret = /\b(?:create|alter)\s+(?:role|user)\b/i.test(text) ? text.search(/\bpassword\b/i) : -1;
	const cut = secret >= 0 ? `${text.slice(0, secret)}PASSWORD …` : text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text;
	// biome-ignore lint/suspicious/noControlCharactersInRegex: a line of the log must not be forged by what a client sends
	return cut.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

function who(session: DatabaseSession): string {
	return `pid ${session.processId}, user ${loggedText(session.user)}`;
}

/** Writes the statement that has just ended when it took `slowMs` or longer; −1: never. */
export function logSlowStatement(session: DatabaseSession, slowMs: number): void {
	const { operatorLog, platform } = session.engine;
	if (operatorLog === null || slowMs < 0) return;
	const { query, queryStartUs, rows } = session.activity;
	const tookMs = (platform.clock.nowUs() - queryStartUs) / 1000;
	if (tookMs < slowMs || query === '') return;
	operatorLog.write('warn', `slow statement, ${tookMs.toFixed(1)} ms, ${rows} rows, ${who(session)}: ${loggedText(query)}`);
}

const CHANGES = /^(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|SELECT INTO)/;
const DEFINES = /^(?:CREATE|ALTER|DROP|COMMENT|GRANT|REVOKE|REINDEX|SELECT INTO|REASSIGN|IMPORT|SECURITY)/;

/** Writes a statement that is about to run when log_statement asks for its kind. */
export function logStatement(session: DatabaseSession, command: string): void {
	const wanted = session.settings.get('log_statement');
	if (wanted === 'none') return;
	if (wanted !== 'all' && !DEFINES.test(command) && !(wanted === 'mod' && CHANGES.test(command))) return;
	session.engine.operatorLog?.write('info', `statement, ${who(session)}: ${loggedText(session.activity.query)}`);
}

/** Writes an error: one of our own with its stack, one of the machine's as such, the client's own for who looks closely. */
export function logFailure(session: DatabaseSession, error: unknown): void {
	const log = session.engine.operatorLog;
	if (log !== null) writeFailure(log, error, `${who(session)}: ${loggedText(session.activity.query)}`);
}

/** SQLSTATE classes of the machine's own trouble: resources, the outside, corruption. */
const MACHINE = /^(?:53|58|XX001)/;

/** Writes an error that met `where` into the operator's log, at a level for its kind. */
export function writeFailure(log: OperatorLog, error: unknown, where: string): void {
	if (error instanceof RangeError && error.message.includes('call stack')) {
		log.write('debug', `stack depth limit exceeded, ${where}`);
		return;
	}
	const sqlstate = error instanceof PolylogError ? error.sqlstate : 'XX000';
	if (sqlstate === 'XX000') {
		const { cause } = error instanceof Error ? error : { cause: undefined };
		const own = cause instanceof Error ? cause : error;
		log.write('error', `internal error, ${where}\n${own instanceof Error ? (own.stack ?? own.message) : String(own)}`);
		return;
	}
	const message = error instanceof Error ? loggedText(error.message) : String(error);
	log.write(MACHINE.test(sqlstate ?? '58') ? 'error' : 'debug', `${message} (${sqlstate ?? 'no code'}), ${where}`);
}

export function logConnected(session: DatabaseSession): void {
	const { address, port, applicationName } = session.client;
	const application = applicationName === '' ? '' : `, application ${loggedText(applicationName)}`;
	session.engine.operatorLog?.write('debug', `connected, ${who(session)}${address === '' ? '' : `, from ${address}:${port ?? ''}`}${application}`);
}

export function logDisconnected(session: DatabaseSession): void {
	if (session.client.address === '') return;
	const seconds = (session.engine.platform.clock.nowUs() - session.startUs) / 1_000_000;
	session.engine.operatorLog?.write('debug', `disconnected, ${who(session)}, after ${seconds.toFixed(3)} s`);
}

/** The session is ended by another's will. */
export function logEnded(session: DatabaseSession, reason: Error): void {
	session.engine.operatorLog?.write('info', `${loggedText(reason.message)}, ${who(session)}`);
}
