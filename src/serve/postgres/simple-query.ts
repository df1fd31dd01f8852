/**
 * The simple query protocol: one message holds a text of any number of statements; each is answered by its rows and its tag,
 * and one ReadyForQuery ends it. Several statements in one text are one implicit transaction.
 */
import type { Portal, PreparedStatement, StatementResult } from '../../database/contracts.ts';
import type { Conversation } from './conversation.ts';
import type { CopyTransfer } from './copy-transfer.ts';
import { EMPTY_QUERY, writeCommandComplete, writeRowDescription } from './messages.ts';
import { RowEncoder } from './row-encoder.ts';

type Statements = readonly { readonly text: string; readonly start: number }[];

const TEXT: readonly number[] = [];
/** One format code for all columns. */
const BINARY: readonly number[] = [1];

export class SimpleQuery {
	readonly #conversation: Conversation;
	readonly #copy: CopyTransfer;
	#statements: Statements = [];
	#next = 0;
	/** True while `#advance` is on the stack: a statement that is done at once is followed by the loop, not by a call. */
	#advancing = false;
	#again = false;

	constructor(conversation: Conversation, copy: CopyTransfer) {
		this.#conversation = conversation;
		this.#copy = copy;
	}

	/** Takes the reader's current message. */
	start(): void {
		const { session, reader, out } = this.#conversation;
		try {
			const text = reader.text();
			reader.expectEnd();
			this.#statements = session.split(text);
			this.#next = 0;
			if (this.#statements.length > 1) session.beginImplicit();
		} catch (error) {
			this.#statements = [];
			this.#failed(error);
			return;
		}
		if (this.#statements.length === 0) {
			out.empty(EMPTY_QUERY);
			this.#conversation.ready();
			return;
		}
		this.#advance();
	}

	/** Runs statements until one must be waited for. A loop, since scripts are long. */
	#advance(): void {
		if (this.#advancing) {
			this.#again = true;
			return;
		}
		this.#advancing = true;
		try {
			do {
				this.#again = false;
				if (this.#next < this.#statements.length) this.#runNext();
				else this.#finish();
			} while (this.#again);
		} finally {
			this.#advancing = false;
		}
	}

	#runNext(): void {
		const { session } = this.#conversation;
		const { text, start } = this.#statements[this.#next]!;
		let portal: Portal;
		try {
			portal = session.bind(session.prepare(text, [], start), []);
		} catch (error) {
			this.#failed(error);
			return;
		}
		const failed = (error: unknown): void => {
			portal.close();
			this.#failed(error);
		};
		const done = (result: StatementResult | 'suspended'): void => {
			portal.close();
			if (result !== 'suspended') writeCommandComplete(this.#conversation.out, result.tag);
			this.#next++;
			this.#advance();
		};
		this.#run(portal, portal.statement, done, failed);
	}

	#run(portal: Portal, statement: PreparedStatement, done: (result: StatementResult | 'suspended') => void, failed: (error: unknown) => void): void {
		const conversation = this.#conversation;
		if (statement.copy !== null) {
			if (statement.copy.direction === 'in') this.#copy.receive(portal, statement.copy, done, failed);
			else this.#copy.send(portal, statement.copy, done, failed);
			return;
		}
		const { session, out, transport } = conversation;
		const columns = portal.columns ?? [];
		const formats = portal.isBinary ? BINARY : TEXT;
		let encoder: RowEncoder;
		try {
			encoder = new RowEncoder(columns, formats, out, transport, { types: session.lookup, settings: session.textSettings });
		} catch (error) {
			failed(error);
			return;
		}
		if (portal.columns !== null) writeRowDescription(out, columns, formats, session.lookup);
		conversation.run(portal, encoder, 0, done, failed);
	}

	#finish(): void {
		const conversation = this.#conversation;
		const several = this.#statements.length > 1;
		this.#statements = [];
		if (!several) {
			conversation.ready();
			return;
		}
		this.#endImplicit(false);
	}

	#failed(error: unknown): void {
		const several = this.#statements.length > 1;
		this.#statements = [];
		this.#conversation.fail(error);
		if (several) this.#endImplicit(true);
		else this.#conversation.ready();
	}

	#endImplicit(failed: boolean): void {
		const conversation = this.#conversation;
		const refused = (error: unknown): void => {
			conversation.fail(error);
			conversation.ready();
		};
		try {
			conversation.settle(conversation.session.endImplicit(failed), () => conversation.ready(), refused);
		} catch (error) {
			refused(error);
		}
	}
}
