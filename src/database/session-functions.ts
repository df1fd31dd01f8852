/**
 * What SQL functions may ask of their session: times, randomness, settings, and services by name (sequences, catalogs, other
 * sessions). Services are looked up in the session's own table first, then among those of the system catalog.
 */
import { sqlError } from '../platform/errors.ts';
import type { FunctionContext } from '../query/functions/contracts.ts';
import type { TextSettings } from '../value/text-settings.ts';
import type { TypeLookup } from '../value/type.ts';
import type { DatabaseSession } from './session.ts';
import { sessionServices } from './session-services.ts';

export class SessionFunctions implements FunctionContext {
	readonly session: DatabaseSession;
	transactionTimeUs = 0;
	statementTimeUs = 0;
	/** State of setseed's generator; null: the platform's randomness. */
	#seed: number | null = null;

	constructor(session: DatabaseSession) {
		this.session = session;
	}

	/** A statement begins in a transaction that began at this time. */
	begin(transactionTimeUs: number): void {
		this.transactionTimeUs = transactionTimeUs;
		if (this.statementTimeUs < transactionTimeUs) this.statementTimeUs = transactionTimeUs;
	}

	get types(): TypeLookup {
		return this.session.catalog;
	}

	get textSettings(): TextSettings {
		return this.session.textSettings;
	}

	clockUs(): number {
		return this.session.engine.platform.clock.nowUs();
	}

	random(): number {
		if (this.#seed === null) return this.session.engine.platform.random.next();
		// A 32-bit mixing generator (after Steele, Lea, Flood: SplitMix); only its repeatability matters.
		this.#seed = (this.#seed + 0x9e3779b9) | 0;
		let x = this.#seed;
		x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
		x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
		return ((x ^ (x >>> 15)) >>> 0) / 4294967296;
	}

	setSeed(seed: number): void {
		this.#seed = Math.trunc(seed * 2147483647) | 0;
	}

	randomBytes(count: number): Uint8Array {
		return this.session.engine.platform.random.bytes(count);
	}

	setting(name: string): string | undefined {
		return this.session.settings.get(name);
	}

	setSetting(name: string, value: string, local: boolean): void {
		this.session.setChecked(name, value, local);
	}

	service(name: string, ...args: readonly unknown[]): unknown {
		const own = sessionServices.get(name);
		if (own !== undefined) return own(this.session, args);
		const system = this.session.engine.systemService(name);
		if (system !== undefined) return system(this.session.engine.systemContext(this.session), args);
		throw sqlError('0A000', `${name} is not available here`);
	}
}
