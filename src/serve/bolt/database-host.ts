/**
 * A database as the Bolt server sees it. What Neo4j calls a database is a graph: `neo4j`, `polylog` and no name are the graph
 * `public.default`, which is made at its first use; any other name is a graph of schema `public`, `schema.graph` one of another schema.
 */
import type { Engine } from '../../database/engine.ts';
import type { Language } from '../../database/language.ts';
import { DEFAULT_GRAPH, findGraph } from '../../model/graph/graph-definition.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Network } from '../../platform/network.ts';
import { realNetwork } from '../../platform/real-network.ts';
import { DatabaseBoltSession } from './database-session.ts';
import type { BoltHost, BoltSession, BoltSessionOptions } from './host.ts';

/** What the graph that is there by default is called. */
const HOME_NAMES = new Set(['', 'neo4j', 'polylog']);
/** As SHOW DATABASES tells it. */
const HOME_NAME = 'neo4j';
const PUBLIC = 'public';

interface OffsetWait {
	readonly offset: number;
	readonly reached: () => void;
}

export class DatabaseBoltHost implements BoltHost {
	readonly platform: BoltHost['platform'];
	readonly network: Network;
	readonly #engine: Engine;
	/** Loaded when the first client comes. */
	readonly #language: () => Language;
	/** In any order: there are few. */
	readonly #waits: Set<OffsetWait>;
	#isListening: boolean;

	/** Whoever comes over a network of this process alone is asked for no password. */
	readonly #isPrivate: boolean;

	/** `privateNetwork`: one that nobody outside of this process can reach. */
	constructor(engine: Engine, language: () => Language, privateNetwork: Network | null = null) {
		this.network = privateNetwork ?? realNetwork();
		this.#isPrivate = privateNetwork !== null;
		this.platform = engine.platform;
		this.#engine = engine;
		this.#language = language;
		this.#waits = new Set();
		this.#isListening = false;
	}

	connect(options: BoltSessionOptions): BoltSession {
		const session = this.#engine.connect({ user: options.user });
		session.describe(options);
		return new DatabaseBoltSession(session, this.#language(), this.platform.timers, targetOf);
	}

	databaseName(database: string): string {
		if (HOME_NAMES.has(database)) return HOME_NAME;
		const [schema, name] = splitTarget(targetOf(database));
		if (findGraph(this.#engine.manager.catalog, schema, name) === undefined) {
			throw sqlError('3D000', `graph "${database}" does not exist`, { hint: 'Make it with polylog.create_graph, or leave the database out.' });
		}
		return database;
	}

	role(name: string): { readonly canLogin: boolean; readonly verifier: string | null } | undefined {
		const role = this.#engine.manager.catalog.findRole(name);
		return role?.kind === 'role' ? { canLogin: role.canLogin, verifier: role.verifier } : undefined;
	}

	hasPasswords(): boolean {
		if (this.#isPrivate) return false;
		for (const object of this.#engine.manager.catalog.objects()) if (object.kind === 'role' && object.verifier !== null) return true;
		return false;
	}

	get visibleOffset(): number {
		return this.#engine.manager.visibleOffset;
	}

	whenVisible(offset: number): { readonly reached: Promise<void>; cancel(): void } | undefined {
		const { manager } = this.#engine;
		if (offset <= manager.visibleOffset) return undefined;
		if (!this.#isListening) {
			this.#isListening = true;
			manager.onVisible(() => this.#answer());
		}
		let reached: () => void = () => undefined;
		const promise = new Promise<void>((resolve) => {
			reached = resolve;
		});
		const wait: OffsetWait = { offset, reached };
		this.#waits.add(wait);
		return { reached: promise, cancel: () => void this.#waits.delete(wait) };
	}

	report(message: string): void {
		this.#engine.operatorLog?.write('error', message);
	}

	#answer(): void {
		const { visibleOffset } = this.#engine.manager;
		for (const wait of this.#waits) {
			if (wait.offset > visibleOffset) continue;
			this.#waits.delete(wait);
			wait.reached();
		}
	}
}

/** `schema.graph` of a database's name. */
function targetOf(database: string): string {
	if (HOME_NAMES.has(database)) return `${PUBLIC}.${DEFAULT_GRAPH}`;
	return database.includes('.') ? database : `${PUBLIC}.${database}`;
}

function splitTarget(target: string): readonly [schema: string, graph: string] {
	const dot = target.indexOf('.');
	return [target.slice(0, dot), target.slice(dot + 1)];
}
