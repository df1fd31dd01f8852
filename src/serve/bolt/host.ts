/**
 * What the Bolt server needs of the database that it serves, and the options of a server.
 *
 * Calls: `connect` gives a session per logged-in connection. A session has at most one transaction. Outside of one, `run` starts
 * a query whose transaction begins with it and ends with its result. Everything that may have to wait gives either its answer,
 * so that a server can answer in the same turn, or a promise of it. Errors are `PolylogError`s; `status-codes.ts` names each in
 * Neo4j's words. After an error the server calls `reset` before anything else, but for `close`.
 *
 * Values, both ways, are the dynamic values of `value/dynamic.ts`: a row's are written by the sink's writers, parameters come in a
 * `Map`. Parameters are never nodes, relationships or paths.
 */
import type { GraphCounters } from '../../model/graph/contracts.ts';
import type { Network } from '../../platform/network.ts';
import type { Platform } from '../../platform/platform.ts';
import type { RowSink } from '../../query/executor/contracts.ts';

/** @internal */
export interface BoltHost {
	readonly platform: Pick<Platform, 'random' | 'timers' | 'clock'>;
	readonly network: Network;
	connect(options: BoltSessionOptions): BoltSession;
	/** Name that clients are told for a `database` they gave ('' when they gave none, which is the graph that is there by default); throws 3D000 when there is none. */
	databaseName(database: string): string;
	/** The user of this name, or undefined. `verifier` is a SCRAM verifier in PostgreSQL's form, null without a password. */
	role(name: string): { readonly canLogin: boolean; readonly verifier: string | null } | undefined;
	/** True when some user has a password: then everybody must show one. */
	hasPasswords(): boolean;
	/** Everything up to this offset is visible to a query that begins now. */
	readonly visibleOffset: number;
	/** Waits until `offset` is visible; undefined when it is. `cancel` ends the wait in vain. */
	whenVisible(offset: number): { readonly reached: Promise<void>; cancel(): void } | undefined;
	/** For the operator: what goes wrong in the background. */
	report(message: string): void;
}

/** @internal */
export interface BoltSessionOptions {
	readonly user: string;
	readonly address: string;
	readonly port: number;
	/** What the client calls itself. */
	readonly applicationName: string;
}

/** @internal */
export interface BoltTransactionOptions {
	/** A name that `databaseName` gave: the graph that it is about. */
	readonly database: string;
	readonly mode: 'read' | 'write';
	/** 0: the session's own limit. */
	readonly timeoutMs: number;
	/** What the client says about the transaction; shown to operators, else without meaning. */
	readonly metadata: ReadonlyMap<string, unknown>;
}

/** @internal */
export interface BoltSession {
	/** Begins a transaction. */
	begin(options: BoltTransactionOptions): void | Promise<void>;
	/** Commits; when it is told, the commit is durable at the session's level and visible to all. */
	commit(): void | Promise<void>;
	rollback(): void | Promise<void>;
	/**
	 * Compiles and binds a query; throws what is wrong with its text. It runs in the open transaction, or in one of its own with
	 * these options, when its result is asked for rows.
	 */
	run(text: string, parameters: ReadonlyMap<string, unknown>, options: BoltTransactionOptions): BoltResult;
	/** After an error, or when the client gives everything up: rolls back whatever is open. */
	reset(): void | Promise<void>;
	/** What runs or waits now throws 57014. */
	cancel(): void;
	/** The server waits for its client: time that a session or transaction may be idle runs from here. */
	idle(): void;
	/** Ended by another's will (an operator, a timeout of the session): the server tells its client and hangs up. */
	onTerminate: ((reason: unknown) => void) | null;
	/** Rolls back and gives back everything. */
	close(): void;
}

/** @internal */
export interface BoltResult {
	readonly fields: readonly string[];
	/** False: it may be given up before its end without harm. True: it changes something, and must be run to its end. */
	readonly writes: boolean;
	/** Runs until done, until the sink refuses more rows ('suspended'), or until it must wait. Called again after 'suspended' alone. */
	run(sink: RowSink): BoltSummary | 'suspended' | Promise<BoltSummary | 'suspended'>;
	/** Gives up the rest. A query outside a transaction that was not done is rolled back. */
	close(): void | Promise<void>;
}

/** What a query did, told with the end of its result. */
export interface BoltSummary {
	/** r: only read, w: only wrote, rw: both, s: changed the schema. */
	readonly type: 'r' | 'w' | 'rw' | 's';
	/** Those that are not 0, named as in `GraphCounters`. */
	readonly counters: GraphCounters;
	/** For EXPLAIN; null else. */
	readonly plan: PlanDescription | null;
	/** For PROFILE; null else. */
	readonly profile: PlanDescription | null;
}

/** An operator of a plan and those below it. */
export interface PlanDescription {
	readonly operator: string;
	/** Names of the columns it gives. */
	readonly identifiers: readonly string[];
	/** More about it, as EXPLAIN shows it. */
	readonly details: ReadonlyMap<string, string | number>;
	readonly children: readonly PlanDescription[];
	/** Of PROFILE alone. */
	readonly rows?: number;
	readonly timeMs?: number;
}

/**
 * Options of the Bolt server.
 *
 * @since 0.2.0
 */
export interface BoltOptions {
	/** Address to listen on. Default 127.0.0.1. Beyond loopback, a user with a password must exist, or `trustRemote` be set. */
	readonly host?: string;
	/** Default 7387; 0 picks a free one. */
	readonly port?: number;
	/** PEM texts of a certificate chain and its key: both or neither. With them, clients may connect with `bolt+s://` and `neo4j+s://`. */
	readonly cert?: string;
	readonly key?: string;
	/** Refuses connections from beyond loopback that are not under TLS. Default false. */
	readonly requireTls?: boolean;
	/** Accepts anybody from anywhere without a password while no user has one. Default false. */
	readonly trustRemote?: boolean;
	/** Connections at the same time; the next is closed at once. Default 10,000. */
	readonly connectionsMax?: number;
	/** Bytes of one message from a client; a longer one ends its connection. Default 268,435,456. */
	readonly messageBytesMax?: number;
	/** Time for a client to log in, in milliseconds. Default 60,000. */
	readonly loginTimeoutMs?: number;
	/** Address that clients of `neo4j://` are told to send everything to. Default: the one they say they connected to. */
	readonly advertisedAddress?: string;
}

/** @since 0.2.0 */
export interface BoltServer {
	/** Address that is listened on. */
	readonly host: string;
	readonly port: number;
	/** Number of open connections. */
	readonly connectionCount: number;
	/** Takes no more connections, lets what runs end, and resolves when all have ended; after `graceMs` (default 2,000) they are cut. */
	close(graceMs?: number): Promise<void>;
}
