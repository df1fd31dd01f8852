/**
 * A host whose queries are words, for tests of the protocol alone:
 * `rows n` numbers from 0 · `echo` the parameters, each a field · `create n` changes something · `fail condition` fails at once ·
 * `fail later condition` after 3 rows · `hang` waits until it is cancelled · `wide n` one row with a text of n characters · `explain`.
 */
import type { GraphCounters } from '../../model/graph/contracts.ts';
import { type CypherErrorKind, cypherError } from '../../platform/cypher-errors.ts';
import { sqlError } from '../../platform/errors.ts';
import { realNetwork } from '../../platform/real-network.ts';
import { realPlatform } from '../../platform/real-platform.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import type { BoltHost, BoltResult, BoltSession, BoltSessionOptions, BoltSummary, BoltTransactionOptions } from './host.ts';

const READ: BoltSummary = { type: 'r', counters: {}, plan: null, profile: null };

export class ScriptedHost implements BoltHost {
	readonly platform = realPlatform();
	readonly network = realNetwork();
	readonly roles = new Map<string, { readonly canLogin: boolean; readonly verifier: string | null }>();
	readonly sessions: ScriptedSession[] = [];
	readonly reports: string[] = [];
	visibleOffset = 7;
	#waiting: { readonly offset: number; readonly reached: () => void }[] = [];

	connect(options: BoltSessionOptions): BoltSession {
		const session = new ScriptedSession(this, options);
		this.sessions.push(session);
		return session;
	}

	databaseName(database: string): string {
		if (['', 'neo4j', 'polylog'].includes(database)) return 'polylog';
		if (database === 'other') return 'other';
		throw sqlError('3D000', `graph "${database}" does not exist`);
	}

	role(name: string): { readonly canLogin: boolean; readonly verifier: string | null } | undefined {
		return this.roles.get(name);
	}

	hasPasswords(): boolean {
		return [...this.roles.values()].some((role) => role.verifier !== null);
	}

	whenVisible(offset: number): { readonly reached: Promise<void>; cancel(): void } | undefined {
		if (offset <= this.visibleOffset) return undefined;
		let reached!: () => void;
		const promise = new Promise<void>((resolve) => {
			reached = resolve;
		});
		const wait = { offset, reached };
		this.#waiting.push(wait);
		return { reached: promise, cancel: () => void (this.#waiting = this.#waiting.filter((other) => other !== wait)) };
	}

	advance(offset: number): void {
		this.visibleOffset = offset;
		for (const wait of this.#waiting) if (wait.offset <= offset) wait.reached();
	}

	get waitingCount(): number {
		return this.#waiting.length;
	}

	report(message: string): void {
		this.reports.push(message);
	}
}

export class ScriptedSession implements BoltSession {
	readonly options: BoltSessionOptions;
	readonly host: ScriptedHost;
	/** What happened, in words. */
	readonly events: string[] = [];
	isClosed = false;
	inTransaction = false;
	onTerminate: ((reason: unknown) => void) | null = null;
	onCancel: (() => void) | null = null;
	lastOptions: BoltTransactionOptions | null = null;

	constructor(host: ScriptedHost, options: BoltSessionOptions) {
		this.host = host;
		this.options = options;
	}

	begin(options: BoltTransactionOptions): void {
		this.lastOptions = options;
		this.inTransaction = true;
		this.events.push(`begin ${options.database} ${options.mode}`);
	}

	async commit(): Promise<void> {
		await Promise.resolve();
		this.inTransaction = false;
		this.host.advance(this.host.visibleOffset + 1);
		this.events.push('commit');
	}

	rollback(): void {
		this.inTransaction = false;
		this.events.push('rollback');
	}

	run(text: string, parameters: ReadonlyMap<string, unknown>, options: BoltTransactionOptions): BoltResult {
		this.lastOptions = options;
		const [word, first = '', second = ''] = text.split(' ');
		switch (word) {
			case 'rows':
				return new ScriptedResult(this, ['n'], Number(first), (row) => [row], READ);
			case 'echo':
				return new ScriptedResult(this, [...parameters.keys()], 1, () => [...parameters.values()], READ);
			case 'wide':
				return new ScriptedResult(this, ['text'], 1, () => ['x'.repeat(Number(first))], READ);
			case 'create': {
				const counters: GraphCounters = { nodesCreated: Number(first), labelsAdded: 1 };
				return new ScriptedResult(this, [], 0, () => [], { ...READ, type: 'w', counters }, true);
			}
			case 'explain': {
				const plan = { operator: 'Scan', identifiers: ['n'], details: new Map([['table', 'default_vertices']]), children: [] };
				return new ScriptedResult(this, [], 0, () => [], { ...READ, plan });
			}
			case 'hang':
				return new ScriptedResult(this, ['n'], -1, () => [], READ);
			case 'fail':
				if (first !== 'later') throw cypherError(first as CypherErrorKind, `a ${first}`, { position: 3 });
				return new ScriptedResult(this, ['n'], 10, (row) => (row < 3 ? [row] : raise(second)), READ);
			default:
				throw cypherError('SyntaxError', `unknown word ${word}`, { position: 1 });
		}
	}

	reset(): void {
		this.events.push(this.inTransaction ? 'reset transaction' : 'reset');
		this.inTransaction = false;
	}

	cancel(): void {
		this.events.push('cancel');
		this.onCancel?.();
	}

	idle(): void {}

	close(): void {
		this.isClosed = true;
	}
}

class ScriptedResult implements BoltResult {
	readonly fields: readonly string[];
	readonly writes: boolean;
	readonly #session: ScriptedSession;
	readonly #count: number;
	readonly #row: (index: number) => readonly unknown[];
	readonly #summary: BoltSummary;
	#at = 0;

	constructor(
		session: ScriptedSession,
		fields: readonly string[],
		count: number,
		row: (index: number) => readonly unknown[],
		summary: BoltSummary,
		writes = false,
	) {
		this.fields = fields;
		this.writes = writes;
		this.#session = session;
		this.#count = count;
		this.#row = row;
		this.#summary = summary;
	}

	run(sink: RowSink): BoltSummary | 'suspended' | Promise<BoltSummary | 'suspended'> {
		if (this.#count < 0) {
			return new Promise((_resolve, reject) => {
				this.#session.onCancel = () => reject(sqlError('57014', 'canceling statement due to user request'));
			});
		}
		while (this.#at < this.#count) {
			const values = this.#row(this.#at++);
			sink.begin();
			for (let index = 0; index < values.length; index++) sink.writers[index]!(values[index]);
			if (!sink.end() && this.#at < this.#count) return 'suspended';
		}
		return this.#summary;
	}

	close(): void {
		this.#session.events.push('close result');
	}
}

function raise(condition: string): never {
	throw cypherError(condition as CypherErrorKind, `a ${condition}`);
}
