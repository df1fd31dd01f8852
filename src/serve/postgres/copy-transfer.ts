/**
 * COPY over the wire: pieces of the copy's text go to the portal as they come, and come from it as fast as the client reads.
 *
 * While receiving, Flush and Sync are passed over (a client may have sent them behind its Execute); every other message but
 * CopyData, CopyDone and CopyFail is an error that ends the COPY.
 */
import type { Portal, PreparedStatement, StatementResult } from '../../database/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Conversation } from './conversation.ts';
import { COPY_DATA, COPY_DONE, COPY_FAIL, COPY_OUT_DONE, FLUSH, SYNC, TERMINATE, writeCopyData, writeCopyResponse } from './messages.ts';
import { RowEncoder, WAITING_BYTES_MAX } from './row-encoder.ts';

/** Sent in one go before other connections get a turn. */
const TURN_BYTES = 256 * 1024;
const PIECE_BYTES = 60 * 1024;

type Copy = NonNullable<PreparedStatement['copy']>;
type Pieces = Iterator<Uint8Array | Promise<void>>;
type Done = (result: StatementResult | 'suspended') => void;
type Failed = (error: unknown) => void;

export class CopyTransfer {
	readonly #conversation: Conversation;
	#portal: Portal | null = null;
	#done: Done = () => {};
	#failed: Failed = () => {};

	constructor(conversation: Conversation) {
		this.#conversation = conversation;
	}

	/** True between CopyInResponse and the end of the client's data. */
	get receiving(): boolean {
		return this.#portal !== null;
	}

	receive(portal: Portal, copy: Copy, done: Done, failed: Failed): void {
		this.#portal = portal;
		this.#done = done;
		this.#failed = failed;
		writeCopyResponse(this.#conversation.out, 'in', copy.format, copy.columnCount);
	}

	/** Takes the reader's current message while receiving. */
	message(type: number): void {
		const conversation = this.#conversation;
		const portal = this.#portal!;
		try {
			switch (type) {
				case COPY_DATA:
					conversation.settle<void>(
						portal.copyData!(conversation.reader.rest()),
						() => {},
						(error) => this.#stop(error),
					);
					return;
				case COPY_DONE: {
					this.#portal = null;
					const failed = this.#failed;
					const outcome = portal.copyDone!();
					conversation.settle(outcome, this.#done, failed);
					return;
				}
				case COPY_FAIL:
					this.#refuse(sqlError('57014', `COPY from stdin failed: ${conversation.reader.text()}`));
					return;
				case FLUSH:
				case SYNC:
					return;
				case TERMINATE:
					conversation.transport.hangUp(null);
					return;
				default:
					this.#refuse(sqlError('08P01', `unexpected message type 0x${type.toString(16).toUpperCase().padStart(2, '0')} during COPY from stdin`));
			}
		} catch (error) {
			this.#stop(error);
		}
	}

	/** The client is gone in the middle of its data. */
	abandon(): void {
		const portal = this.#portal;
		this.#portal = null;
		if (portal !== null) this.#tellPortal(portal, 'the connection to the client was lost');
	}

	send(portal: Portal, copy: Copy, done: Done, failed: Failed): void {
		const { out, transport, session } = this.#conversation;
		let pieces: Pieces;
		try {
			pieces = portal.copyOut!()[Symbol.iterator]();
		} catch (error) {
			failed(error);
			return;
		}
		writeCopyResponse(out, 'out', copy.format, copy.columnCount);
		const finish = (): void => {
			out.empty(COPY_OUT_DONE);
			const sink = new RowEncoder([], [], out, transport, { types: session.lookup, settings: session.textSettings });
			this.#conversation.run(portal, sink, 0, done, failed);
		};
		this.#sendPieces(pieces, finish, failed);
	}

	#sendPieces(pieces: Pieces, finish: () => void, failed: Failed): void {
		const { out, transport } = this.#conversation;
		let sentBytes = 0;
		try {
			for (;;) {
				const piece = pieces.next();
				if (piece.done === true) break;
				if (piece.value instanceof Promise) {
					out.flush(transport);
					this.#conversation.settle(piece.value, () => this.#sendPieces(pieces, finish, failed), failed);
					return;
				}
				writeCopyData(out, piece.value);
				if (out.length < PIECE_BYTES) continue;
				sentBytes += out.length;
				out.flush(transport);
				if (sentBytes < TURN_BYTES && transport.writableLength < WAITING_BYTES_MAX) continue;
				this.#conversation.whenDrained(() => this.#sendPieces(pieces, finish, failed));
				return;
			}
		} catch (error) {
			failed(error);
			return;
		}
		finish();
	}

	/** Ends the COPY by the client's doing. */
	#refuse(error: unknown): void {
		const portal = this.#portal!;
		this.#tellPortal(portal, error instanceof Error ? error.message : '');
		this.#stop(error);
	}

	/** The portal answers a failed COPY by throwing; the client is told the first reason. */
	#tellPortal(portal: Portal, message: string): void {
		try {
			portal.copyFail?.(message);
		} catch (error) {
			if (!(error instanceof Error)) throw error;
		}
	}

	#stop(error: unknown): void {
		const failed = this.#failed;
		this.#portal = null;
		failed(error);
	}
}
