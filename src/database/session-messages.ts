/** What a session tells besides results: notices to its client, slow statements to the operator. */
import type { Notice } from './contracts.ts';
import type { DatabaseSession } from './session.ts';

/** Least to most severe, as client_min_messages orders them. INFO always reaches the client. */
const SEVERITIES = ['debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'log', 'notice', 'warning', 'error'];
const TEXT_CHARACTERS_MAX = 2000;

/** Whether a client that set `client_min_messages` to `least` wants a message. */
export function isWanted(severity: Notice['severity'], least: string): boolean {
	if (severity === 'INFO') return true;
	return SEVERITIES.indexOf(severity === 'DEBUG' ? 'debug1' : severity.toLowerCase()) >= SEVERITIES.indexOf(least);
}

/** Writes the statement that has just ended into the operator's log when it took `slowMs` or longer; −1: never. */
export function logSlowStatement(session: DatabaseSession, slowMs: number): void {
	const { operatorLog, platform } = session.engine;
	if (operatorLog === null || slowMs < 0) return;
	const tookMs = (platform.clock.nowUs() - session.activity.queryStartUs) / 1000;
	if (tookMs < slowMs) return;
	const { query } = session.activity;
	const text = query.length > TEXT_CHARACTERS_MAX ? `${query.slice(0, TEXT_CHARACTERS_MAX)}…` : query;
	operatorLog.write('warn', `slow statement, ${tookMs.toFixed(1)} ms, process ${session.processId}, user ${session.user}: ${text.replace(/\s+/g, ' ')}`);
}
