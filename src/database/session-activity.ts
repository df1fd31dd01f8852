/** What a session does, as pg_stat_activity shows it. */
export interface SessionActivity {
	state: 'idle' | 'active' | 'idle in transaction' | 'idle in transaction (aborted)';
	query: string;
	queryStartUs: number;
	stateChangeUs: number;
	/** Rows that the statement gave or changed. */
	rows: number;
}
