/** A client of a database under simulation: a session, and rows as plain objects. */
import type { Portal } from '../../src/database/contracts.ts';
import type { Engine } from '../../src/database/engine.ts';
import type { DatabaseSession } from '../../src/database/session.ts';

export type Value = number | string | null;
export type Row = Record<string, Value>;

export class SqlClient {
	readonly session: DatabaseSession;

	constructor(engine: Engine) {
		this.session = engine.connect({ user: 'polylog' });
	}

	/** Runs one statement. It begins, and where nothing is to be waited for also decides, before this returns. */
	async run(text: string, parameters: readonly Value[] = []): Promise<Row[]> {
		const { session } = this;
		let portal: Portal | null = null;
		try {
			portal = session.bind(session.prepare(text, []), parameters);
			const sink = new RowCollector((portal.columns ?? []).map((column) => column.name));
			const result = portal.run(sink);
			if (result instanceof Promise) await result;
			return sink.rows;
		} catch (error) {
			session.failed(error);
			throw error;
		} finally {
			portal?.close();
		}
	}

	/** Runs a COPY … FROM STDIN with the lines given, in two pieces. */
	async copy(text: string, lines: string): Promise<void> {
		const { session } = this;
		let portal: Portal | null = null;
		try {
			portal = session.bind(session.prepare(text, []), []);
			const data = Buffer.from(lines);
			const half = data.length >> 1;
			await portal.copyData!(data.subarray(0, half));
			await portal.copyData!(data.subarray(half));
			await portal.copyDone!();
		} catch (error) {
			session.failed(error);
			throw error;
		} finally {
			portal?.close();
		}
	}
}

export class RowCollector {
	readonly rows: Row[] = [];
	readonly writers: readonly ((value: unknown) => void)[];
	#row: Row = {};

	constructor(names: readonly string[]) {
		this.writers = names.map((name) => (value: unknown) => {
			this.#row[name] = value as Value;
		});
	}

	begin(): void {
		this.#row = {};
	}

	end(): boolean {
		this.rows.push(this.#row);
		return true;
	}
}
