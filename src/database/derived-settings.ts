/** What a session's settings mean to it, worked out once per change of a setting. */
import type { Durability } from '../log/log.ts';
import type { Isolation } from '../transaction/contracts.ts';
import { settingBytes, settingMs } from './settings.ts';

export interface DerivedSettings {
	readonly durability: Durability;
	readonly memoryBytes: number;
	/** Of a query over columns; 0: as the machine has processors. */
	readonly threads: number;
	readonly isolation: Isolation;
	readonly readOnly: boolean;
	readonly statementMs: number;
	readonly lockMs: number;
	/** 0: for ever. */
	readonly idleMs: number;
	readonly idleInBlockMs: number;
	readonly logsStatements: boolean;
	readonly slowMs: number;
	/** Queries may be answered from kept views. */
	readonly usesKeptViews: boolean;
}

/** `get` gives the text of a setting; `durability` is the database's own. */
export function deriveSettings(get: (name: string) => string, durability: Durability): DerivedSettings {
	const isolation = get('default_transaction_isolation');
	return {
		durability: get('synchronous_commit') === 'off' && durability === 'disk' ? 'os' : durability,
		memoryBytes: settingBytes('work_mem', get('work_mem')),
		threads: Number(get('threads')),
		isolation: isolation === 'read uncommitted' ? 'read committed' : (isolation as Isolation),
		readOnly: get('default_transaction_read_only') === 'on',
		slowMs: settingMs('log_min_duration_statement', get('log_min_duration_statement')),
		statementMs: settingMs('statement_timeout', get('statement_timeout')),
		lockMs: settingMs('lock_timeout', get('lock_timeout')),
		idleMs: settingMs('idle_session_timeout', get('idle_session_timeout')),
		idleInBlockMs: settingMs('idle_in_transaction_session_timeout', get('idle_in_transaction_session_timeout')),
		usesKeptViews: get('enable_kept_views') === 'on',
		logsStatements: get('log_statement') !== 'none',
	};
}
