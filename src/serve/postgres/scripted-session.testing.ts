/**
 * A session for tests of the protocol: its statements are words that say what should happen, so that every way through the
 * protocol can be reached without a database. `rows 5`, `later 5` (by promise), `echo` (its parameters), `fail 22012`,
 * `notice`, `set name value`, `copy in`, `copy out 3`, `begin`, `commit`, `rollback`, `wait` (until cancelled).
 */
import type { Notice, Portal, PreparedStatement, Session, SessionOptions, StatementResult } from '../../database/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import { realNetwork } from '../../platform/real-network.ts';
import { realPlatform } from '../../platform/real-platform.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import { builtinTypes, INT4, TEXT } from '../../value/builtin-types.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import type { PostgresHost } from './host.ts';

const ROW_COLUMNS: readonly Column[] = [column(1, 'n', INT4), column(2, 't', TEXT)];

function column(id: number, name: string, type: Type): Column {
	return { id, name, type, typmod: -1, origin: null };
}

class ScriptedPortal implements Portal {
	readonly statement: PreparedStatement;
	readonly columns: readonly Column[] | null;
	readonly #session: ScriptedSession;
	readonly #parameters: readonly unknown[];
	#made = 0;
	readonly #received: Buffer[] = [];

	constructor(session: ScriptedSession, statement: PreparedStatement, parameters: readonly unknown[]) {
		this.#session = session;
		this.statement = statement;
		this.columns = statement.columns;
		this.#parameters = parameters;
	}

	run(sink: RowSink): StatementResult | 'suspended' | Promise<StatementResult | 'suspended'> {
		const [verb, argument, value] = this.statement.text.split(' ');
		const session = this.#session;
		switch (verb) {
			case 'rows':
				return this.#rows(sink, Number(argument));
			case 'later':
				return Promise.resolve().then(() => this.#rows(sink, Number(argument)));
			case 'echo':
				return this.#echo(sink);
			case 'fail':
				throw sqlError(argument!, 'failed as told', { detail: 'a detail', hint: 'a hint', position: 6, table: 'a_table', constraint: 'a_constraint' });
			case 'break':
				return this.#breakRow(sink);
			case 'notice':
				session.onNotice?.({ severity: 'NOTICE', sqlstate: '00000', message: 'noted' });
				return { tag: 'NOTICE', rowCount: 0 };
			case 'set':
				session.setSetting(argument!, value!);
				return { tag: 'SET', rowCount: 0 };
			case 'begin':
				session.transactionStatus = 'transaction';
				return { tag: 'BEGIN', rowCount: 0 };
			case 'commit':
			case 'rollback':
				session.transactionStatus = 'idle';
				return { tag: verb.toUpperCase(), rowCount: 0 };
			case 'wait':
				return new Promise((_resolve, reject) => {
					session.cancelWaiting = () => reject(sqlError('57014', 'canceling statement due to user request'));
				});
			case 'copy':
				return { tag: `COPY ${value}`, rowCount: Number(value) };
			default:
				throw sqlError('42601', `no such word: ${verb}`);
		}
	}

	copyData(piece: Uint8Array): void | Promise<void> {
		this.#received.push(Buffer.from(piece));
		if (this.#received.at(-1)!.includes('wrong')) throw sqlError('22P04', 'wrong data');
		return this.#received.length % 3 === 0 ? Promise.resolve() : undefined;
	}

	copyDone(): StatementResult {
		const text = Buffer.concat(this.#received).toString();
		this.#session.received.push(text);
		return { tag: `COPY ${text.split('\n').length - 1}`, rowCount: 0 };
	}

	copyFail(message: string): void {
		this.#session.received.push(`failed: ${message}`);
	}

	*copyOut(): Iterable<Uint8Array> {
		const count = Number(this.statement.text.split(' ')[2]);
		for (let index = 0; index < count; index++) yield Buffer.from(`${index}\tline\n`);
	}

	close(): void {
		this.#session.closedPortals++;
	}

	#rows(sink: RowSink, count: number): StatementResult | 'suspended' {
		const [writeNumber, writeText] = sink.writers;
		while (this.#made < count) {
			const index = this.#made++;
			this.#session.rowsMade++;
			sink.begin();
			writeNumber!(index);
			writeText!(`row ${index}`);
			if (!sink.end()) return 'suspended';
		}
		return { tag: `SELECT ${count}`, rowCount: count };
	}

	#echo(sink: RowSink): StatementResult {
		sink.begin();
		for (let index = 0; index < this.#parameters.length; index++) sink.writers[index]!(this.#parameters[index]);
		sink.end();
		return { tag: 'SELECT 1', rowCount: 1 };
	}

	#breakRow(sink: RowSink): never {
		sink.begin();
		sink.writers[0]!(1);
		throw sqlError('22012', 'division by zero');
	}
}

export class ScriptedSession implements Session {
	readonly processId: number;
	readonly user: string;
	transactionStatus: 'idle' | 'transaction' | 'failed' = 'idle';
	onParameter: ((name: string, value: string) => void) | null = null;
	onNotice: ((notice: Notice) => void) | null = null;
	onNotification: ((processId: number, channel: string, payload: string) => void) | null = null;
	onTerminate: ((reason: unknown) => void) | null = null;
	readonly lookup = builtinTypes;
	readonly textSettings = defaultTextSettings;
	readonly settings: Record<string, string>;
	/** What happened, for assertions. */
	readonly events: string[] = [];
	readonly received: string[] = [];
	rowsMade = 0;
	closedPortals = 0;
	closed = false;
	cancelWaiting: (() => void) | null = null;

	constructor(processId: number, options: SessionOptions) {
		this.processId = processId;
		this.user = options.user;
		this.settings = { server_version: '15.18', client_encoding: 'UTF8', application_name: '', ...options.settings };
	}

	split(text: string): readonly { readonly text: string; readonly start: number }[] {
		const pieces: { text: string; start: number }[] = [];
		let start = 0;
		for (const piece of text.split(';')) {
			if (piece.trim() !== '') pieces.push({ text: piece.trim(), start });
			start += piece.length + 1;
		}
		return pieces;
	}

	prepare(text: string, parameterOids: readonly number[]): PreparedStatement {
		const [verb, argument] = text.trim().split(' ');
		if (this.transactionStatus === 'failed' && verb !== 'rollback') throw sqlError('25P02', 'current transaction is aborted');
		if (verb === 'unparsable') throw sqlError('42601', 'syntax error', { position: 1 });
		const parameterTypes = parameterOids.map((oid) => (oid === 0 ? TEXT : builtinTypes.typeByOid(oid)!));
		const rows = verb === 'rows' || verb === 'later' || verb === 'break';
		const columns = rows ? ROW_COLUMNS : verb === 'echo' ? parameterTypes.map((type, index) => column(index, `p${index + 1}`, type)) : null;
		const copy = verb === 'copy' ? { direction: argument as 'in' | 'out', format: 'text' as const, columnCount: 2 } : null;
		const command = verb === '' ? '' : rows || verb === 'echo' ? 'SELECT' : verb!.toUpperCase();
		return { text: text.trim(), parameterTypes, columns, command, copy };
	}

	bind(statement: PreparedStatement, parameters: readonly unknown[]): Portal {
		return new ScriptedPortal(this, statement, parameters);
	}

	beginImplicit(): void {
		this.events.push('begin implicit');
	}

	endImplicit(failed: boolean): void | Promise<void> {
		this.events.push(failed ? 'roll back implicit' : 'commit implicit');
		return Promise.resolve();
	}

	failed(): void {
		this.events.push('failed');
		if (this.transactionStatus === 'transaction') this.transactionStatus = 'failed';
	}

	setting(name: string): string | undefined {
		return this.settings[name];
	}

	setSetting(name: string, value: string): void {
		this.settings[name] = value;
		this.onParameter?.(name, value);
	}

	idle(): void {}

	cancel(): void {
		this.cancelWaiting?.();
	}

	terminate(): void {
		this.events.push('terminated');
		this.onTerminate?.(sqlError('57P01', 'terminating connection due to administrator command'));
	}

	describe(): void {}

	close(): void {
		this.closed = true;
	}
}

export interface ScriptedHost extends PostgresHost {
	readonly sessions: ScriptedSession[];
	readonly verifiers: Map<string, string>;
}

export function scriptedHost(): ScriptedHost {
	const sessions: ScriptedSession[] = [];
	const verifiers = new Map<string, string>();
	return {
		platform: realPlatform(),
		network: realNetwork(),
		sessions,
		verifiers,
		connect(options) {
			if (options.settings?.nonsense !== undefined) throw sqlError('42704', 'unrecognized configuration parameter "nonsense"');
			const session = new ScriptedSession(sessions.length + 1000, options);
			sessions.push(session);
			return session;
		},
		role(name) {
			const verifier = verifiers.get(name);
			return verifier === undefined ? undefined : { canLogin: name !== 'nologin', verifier };
		},
		hasPasswords: () => verifiers.size > 0,
	};
}
