/**
 * The rows of a portal as the body of a response. The portal runs only when the client takes more: it is suspended once some
 * text has gathered, and goes on at the next pull. Whatever goes wrong before the first piece is complete is still an error with
 * its own status; later it can only break the connection off.
 */
import type { Portal } from '../../database/contracts.ts';
import type { DatabaseSession } from '../../database/session.ts';
import type { RowSink } from '../../query/executor/contracts.ts';

const PIECE_CHARACTERS = 1 << 16;

/** How rows become text. */
export interface RowText {
	begin(): string;
	/** The values of one row; the array is used again. */
	row(values: readonly unknown[]): string;
	end(): string;
}

/** Gathers the text of rows until a piece is full. */
class TextSink implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	text: string;
	readonly #rows: RowText;
	readonly #values: unknown[];
	#place = 0;

	constructor(rows: RowText, columnCount: number) {
		this.#rows = rows;
		this.text = rows.begin();
		this.#values = new Array<unknown>(columnCount).fill(null);
		const write = (value: unknown): void => {
			this.#values[this.#place++] = value;
		};
		this.writers = this.#values.map(() => write);
	}

	begin(): void {
		this.#place = 0;
	}

	end(): boolean {
		this.text += this.#rows.row(this.#values);
		return this.text.length < PIECE_CHARACTERS;
	}
}

/** Ends what a request holds; called once. */
export type Release = () => void;

/** The response of a statement with rows. `release` is called when the body has been sent, has failed or was given up. */
export async function rowsResponse(session: DatabaseSession, portal: Portal, rows: RowText, contentType: string, release: Release): Promise<Response> {
	const sink = new TextSink(rows, portal.columns?.length ?? 0);
	const headers = { 'content-type': contentType, vary: 'accept', 'cache-control': 'no-store' };
	let isDone = (await portal.run(sink)) !== 'suspended';
	if (isDone) {
		portal.close();
		release();
		return new Response(sink.text + rows.end(), { headers });
	}
	const encoder = new TextEncoder();
	let isFirst = true;
	const stop = (): void => {
		portal.close();
		release();
	};
	const body = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				try {
					if (!isFirst) isDone = (await portal.run(sink)) !== 'suspended';
					isFirst = false;
					controller.enqueue(encoder.encode(isDone ? sink.text + rows.end() : sink.text));
					sink.text = '';
					if (!isDone) return;
					stop();
					controller.close();
				} catch (error) {
					stop();
					controller.error(error);
				}
			},
			cancel() {
				session.cancel();
				stop();
			},
		},
		{ highWaterMark: 0 },
	);
	return new Response(body, { headers });
}
