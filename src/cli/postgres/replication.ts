/**
 * A connection to a PostgreSQL server in replication mode: slots, exported snapshots, and the stream of changes. `pg` speaks the protocol; the frames of the
 * stream come as data of a COPY in both directions.
 */
import pg from 'pg';
import { formatLsn, parseLsn, readFrame, type SourceFrame, statusUpdate } from '../../encoding/pgoutput.ts';

/** What values look like must not depend on the source's settings. */
export const SOURCE_SETTINGS = '-c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 -c bytea_output=hex';

/** The parts of pg's connection that its types leave out. */
interface CopyConnection {
	on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
	on(event: 'replicationStart', listener: () => void): void;
	sendCopyFromChunk(chunk: Buffer): void;
	readonly stream: { pause(): void; resume(): void };
}

export interface NewSlot {
	/** Whatever was committed before is in the snapshot, whatever after comes through the slot. */
	readonly lsn: bigint;
	/** For SET TRANSACTION SNAPSHOT; valid until this connection does something else. */
	readonly snapshot: string;
}

export class ReplicationConnection {
	readonly #client: pg.Client;
	/** What is done with the stream is done in order. */
	#work: Promise<void> = Promise.resolve();
	/** Nothing more is taken: it was stopped, or a frame could not be. */
	#isEnded = false;

	private constructor(client: pg.Client) {
		this.#client = client;
	}

	static async open(url: string): Promise<ReplicationConnection> {
		const client = new pg.Client({
			connectionString: url,
			replication: 'database',
			options: SOURCE_SETTINGS,
			application_name: 'polylog import',
		} as pg.ClientConfig);
		client.on('error', () => undefined);
		await client.connect();
		return new ReplicationConnection(client);
	}

	/** Makes a slot and exports the snapshot that it begins at. A temporary one goes with the connection. */
	async createSlot(name: string, isTemporary: boolean): Promise<NewSlot> {
		const { rows } = await this.#client.query(`CREATE_REPLICATION_SLOT "${name}"${isTemporary ? ' TEMPORARY' : ''} LOGICAL pgoutput EXPORT_SNAPSHOT`);
		const { consistent_point: lsn, snapshot_name: snapshot } = (rows as { consistent_point: string; snapshot_name: string }[])[0]!;
		return { lsn: parseLsn(lsn), snapshot };
	}

	/**
	 * Takes the stream from a position on, frame by frame, until `signal` aborts (it resolves) or the connection or `take` fails (it rejects). The source is held back while `take` works.
	 */
	async stream(slot: string, publication: string, from: bigint, take: (frame: SourceFrame) => Promise<void>, signal: AbortSignal): Promise<void> {
		const { connection } = this.#client as unknown as { readonly connection: CopyConnection };
		const stopped = new Promise<void>((resolve, reject) => {
			signal.addEventListener('abort', () => resolve(), { once: true });
			this.#client.on('error', reject);
			this.#client.on('end', () => reject(new Error('the source has closed the connection')));
			connection.on('copyData', ({ chunk }) => {
				const frame = readFrame(Buffer.from(chunk));
				connection.stream.pause();
				this.#work = this.#work
					.then(() => (signal.aborted || this.#isEnded ? undefined : take(frame)))
					.then(() => connection.stream.resume())
					.catch((error: unknown) => {
						this.#isEnded = true;
						reject(error);
					});
			});
			const options = `proto_version '1', publication_names '"${publication}"'`;
			this.#client.query(`START_REPLICATION SLOT "${slot}" LOGICAL ${formatLsn(from)} (${options})`).catch(reject);
		});
		await stopped;
		await this.#work;
	}

	/** Tells the source that everything before the position is stored for good. */
	confirm(lsn: bigint, nowUs: bigint): void {
		const { connection } = this.#client as unknown as { readonly connection: CopyConnection };
		connection.sendCopyFromChunk(statusUpdate(lsn, nowUs));
	}

	async close(): Promise<void> {
		// The stream has no end of its own: a goodbye could wait for it.
		const { connection } = this.#client as unknown as { readonly connection: { readonly stream: { destroy(): void } } };
		connection.stream.destroy();
		await this.#work.catch(() => undefined);
	}
}
