/**
 * The settings of one session and how transactions undo them: SET lasts if its transaction commits, SET LOCAL ends with its
 * transaction, both are undone by a rollback to an earlier savepoint. Maps are replaced, never changed, so a mark is a pair of
 * references.
 */
import { checkSetting, settingDefinition } from './settings.ts';

export interface SettingsMark {
	readonly session: ReadonlyMap<string, string>;
	readonly local: ReadonlyMap<string, string>;
}

const NONE: ReadonlyMap<string, string> = new Map();

export class SessionSettings {
	#session: ReadonlyMap<string, string>;
	#local: ReadonlyMap<string, string> = NONE;
	#defaults: ReadonlyMap<string, string>;
	/** Called with the name as SHOW spells it and the new value. */
	onChange: ((name: string, value: string) => void) | null = null;

	constructor(defaults: ReadonlyMap<string, string>) {
		this.#defaults = defaults;
		this.#session = NONE;
	}

	/** Values that follow from the session's state rather than from SET; undefined for all others. */
	computed: (key: string) => string | undefined = () => undefined;

	/** The value as SHOW prints it; undefined when there is no such setting. */
	get(name: string): string | undefined {
		const key = name.toLowerCase();
		return this.computed(key) ?? this.#local.get(key) ?? this.#session.get(key) ?? this.default(key);
	}

	/** What RESET goes back to. */
	default(name: string): string | undefined {
		const key = name.toLowerCase();
		return this.#defaults.get(key) ?? settingDefinition(key)?.default;
	}

	/** Throws PostgreSQL's error for an unknown name or a wrong value. */
	set(name: string, value: string, local: boolean): void {
		this.force(name, checkSetting(name, value), local);
	}

	/** Sets a value that is known to be right. */
	force(name: string, value: string, local: boolean): void {
		const key = name.toLowerCase();
		if (local) this.#local = new Map(this.#local).set(key, value);
		else {
			this.#session = new Map(this.#session).set(key, value);
			if (this.#local.has(key)) {
				const rest = new Map(this.#local);
				rest.delete(key);
				this.#local = rest;
			}
		}
		this.onChange?.(settingDefinition(key)?.name ?? name, value);
	}

	reset(name: string): void {
		const value = this.default(name);
		if (value === undefined) {
			checkSetting(name, '');
			const rest = new Map(this.#session);
			rest.delete(name.toLowerCase());
			this.#session = rest;
			return;
		}
		this.force(name, value, false);
	}

	/** True while nothing has been set since `mark`, or everything of it undone. */
	isAt(mark: SettingsMark): boolean {
		return this.#session === mark.session && this.#local === mark.local;
	}

	resetAll(): void {
		this.#change(NONE, NONE);
	}

	/** Names that were set and have no definition (custom ones with a dot). */
	customNames(): string[] {
		return [...new Set([...this.#session.keys(), ...this.#local.keys()])].filter((name) => settingDefinition(name) === undefined);
	}

	mark(): SettingsMark {
		return { session: this.#session, local: this.#local };
	}

	rollbackTo(mark: SettingsMark): void {
		this.#change(mark.session, mark.local);
	}

	/** The transaction that began at `mark` committed: what was local to it goes. */
	committed(mark: SettingsMark): void {
		this.#change(this.#session, mark.local);
	}

	#change(session: ReadonlyMap<string, string>, local: ReadonlyMap<string, string>): void {
		if (session === this.#session && local === this.#local) return;
		const names = new Set([...this.#session.keys(), ...this.#local.keys(), ...session.keys(), ...local.keys()]);
		const before = new Map([...names].map((name) => [name, this.get(name)]));
		this.#session = session;
		this.#local = local;
		for (const name of names) {
			const value = this.get(name);
			if (value !== before.get(name)) this.onChange?.(settingDefinition(name)?.name ?? name, value ?? '');
		}
	}
}
