/**
 * The extended query protocol: statements are parsed, bound to parameters as portals, described and executed by messages of
 * their own, up to a Sync. All of it up to the Sync is one implicit transaction, as PostgreSQL has it; a group of one
 * execution, the usual case, lets the statement commit by itself, which is the same and cheaper.
 *
 * Invariants: (1) after an error everything up to the Sync is passed over; (2) portals end with their transaction.
 */
import type { Portal, StatementResult } from '../../database/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Conversation } from './conversation.ts';
import type { CopyTransfer } from './copy-transfer.ts';
import type { MessageReader } from './message-reader.ts';
import {
	BIND,
	BIND_COMPLETE,
	CLOSE,
	CLOSE_COMPLETE,
	DESCRIBE,
	EMPTY_QUERY,
	EXECUTE,
	NO_DATA,
	PARSE,
	PARSE_COMPLETE,
	PORTAL,
	PORTAL_SUSPENDED,
	STATEMENT,
	writeCommandComplete,
	writeParameterDescription,
} from './messages.ts';
import { checkFormats, describeForm, PortalEntry, StatementEntry } from './prepared-entry.ts';

const NONE: readonly number[] = [];
const ALL_TEXT: readonly number[] = [0];
const ALL_BINARY: readonly number[] = [1];

export class ExtendedQuery {
	/** After an error: everything is passed over up to the next Sync. */
	skipping = false;
	readonly #conversation: Conversation;
	readonly #copy: CopyTransfer;
	readonly #statements = new Map<string, StatementEntry>();
	readonly #portals = new Map<string, PortalEntry>();
	/** Bound last by name: drivers bind the same one again and again. */
	#lastStatement: StatementEntry | null = null;
	#unnamedPortal: PortalEntry | null = null;
	/** True from the first Execute that shares its transaction with others, up to the Sync. */
	#implicit = false;

	constructor(conversation: Conversation, copy: CopyTransfer) {
		this.#conversation = conversation;
		this.#copy = copy;
	}

	/** Takes the reader's current message. */
	message(type: number): void {
		try {
			switch (type) {
				case BIND:
					this.#bind();
					return;
				case EXECUTE:
					this.#execute();
					return;
				case PARSE:
					this.#parse();
					return;
				case DESCRIBE:
					this.#describe();
					return;
				case CLOSE:
					this.#close();
					return;
				default:
					this.#sync();
			}
		} catch (error) {
			this.#failed(error);
		}
	}

	/** A simple query ends the unnamed statement and portal. */
	dropUnnamed(): void {
		this.#closeUnnamedPortal();
		this.#dropStatement('');
	}

	closeAll(): void {
		this.#closePortals();
		this.#statements.clear();
		this.#lastStatement = null;
	}

	#parse(): void {
		const { reader, session, out } = this.#conversation;
		const name = reader.text();
		const text = reader.text();
		const count = reader.int16();
		if (count < 0) throw sqlError('08P01', 'invalid message format');
		const oids: number[] = [];
		for (let index = 0; index < count; index++) oids.push(reader.int32() >>> 0);
		reader.expectEnd();
		if (name === '') this.#dropStatement('');
		else if (this.#statements.has(name)) throw sqlError('42P05', `prepared statement "${name}" already exists`);
		this.#statements.set(name, new StatementEntry(name, session.prepare(text, oids)));
		out.empty(PARSE_COMPLETE);
	}

	#bind(): void {
		const { reader, session, out, transport } = this.#conversation;
		const portalName = reader.byte() === 0 ? '' : this.#portalName(reader);
		const entry = this.#boundStatement(reader);
		const statement = entry.statement;
		const parameterFormats = readFormats(reader);
		const parameters = this.#readParameters(reader, entry, parameterFormats);
		const resultFormats = readFormats(reader);
		reader.expectEnd();
		this.#refuseInFailed(statement.command);
		if (portalName === '') this.#closeUnnamedPortal();
		else if (this.#portals.has(portalName)) throw sqlError('42P03', `cursor "${portalName}" already exists`);
		const portal = session.bind(statement, parameters);
		let bound: PortalEntry;
		try {
			if (resultFormats !== NONE) checkFormats(resultFormats, portal.columns?.length ?? 0, 'result');
			bound = new PortalEntry(entry, portal, entry.resultForm(portal.columns, resultFormats, session, out, transport));
		} catch (error) {
			portal.close();
			throw error;
		}
		if (portalName === '') this.#unnamedPortal = bound;
		else this.#portals.set(portalName, bound);
		out.empty(BIND_COMPLETE);
	}

	#portalName(reader: MessageReader): string {
		reader.at--;
		return reader.text();
	}

	#boundStatement(reader: MessageReader): StatementEntry {
		const last = this.#lastStatement;
		if (last !== null && reader.skipText(last.nameBytes)) return last;
		const entry = this.#statement(reader.text());
		this.#lastStatement = entry;
		return entry;
	}

	#readParameters(reader: MessageReader, entry: StatementEntry, formats: readonly number[]): unknown[] {
		const count = reader.int16() & 0xffff;
		const wanted = entry.statement.parameterTypes.length;
		if (count !== wanted) {
			throw sqlError('08P01', `bind message supplies ${count} parameters, but prepared statement "${entry.name}" requires ${wanted}`);
		}
		if (formats !== NONE) checkFormats(formats, count, 'parameter');
		const readers = entry.parameterReaders(formats, this.#conversation.session);
		const parameters = new Array<unknown>(count);
		for (let index = 0; index < count; index++) {
			const length = reader.int32();
			if (length === -1) {
				parameters[index] = null;
				continue;
			}
			const start = reader.skip(length);
			parameters[index] = readers[index]!(reader.bytes, start, start + length);
		}
		return parameters;
	}

	#describe(): void {
		const { reader, session, out, transport } = this.#conversation;
		const kind = reader.byte();
		const name = reader.text();
		reader.expectEnd();
		if (kind === PORTAL) {
			const { form, entry } = this.#portal(name);
			this.#refuseInFailed(entry.statement.command);
			if (form.columns === null) out.empty(NO_DATA);
			else out.append(describeForm(form, session.lookup));
			return;
		}
		if (kind !== STATEMENT) throw sqlError('08P01', `invalid DESCRIBE message subtype ${kind}`);
		const entry = this.#statement(name);
		const { statement } = entry;
		this.#refuseInFailed(statement.command);
		writeParameterDescription(
			out,
			statement.parameterTypes.map((type) => type.oid),
		);
		if (statement.columns === null) out.empty(NO_DATA);
		else out.append(describeForm(entry.resultForm(statement.columns, NONE, session, out, transport), session.lookup));
	}

	#execute(): void {
		const { reader, out } = this.#conversation;
		const bound = this.#portal(reader.text());
		const rowsMax = Math.max(0, reader.int32());
		reader.expectEnd();
		const { statement } = bound.entry;
		this.#refuseInFailed(statement.command);
		if (statement.command === '') {
			out.empty(EMPTY_QUERY);
			return;
		}
		if (bound.state === 'finished') {
			if (bound.form.columns === null) throw sqlError('55000', 'portal cannot be run again');
			writeCommandComplete(out, `${statement.command} 0`);
			return;
		}
		this.#beginImplicit(rowsMax);
		this.#run(bound, rowsMax);
	}

	#run(bound: PortalEntry, rowsMax: number): void {
		const conversation = this.#conversation;
		const { portal, entry } = bound;
		const { copy } = entry.statement;
		const done = (result: StatementResult | 'suspended'): void => this.#done(bound, result);
		const failed = (error: unknown): void => this.#failed(error);
		if (copy === null) conversation.run(portal, bound.form.encoder, rowsMax, done, failed);
		else if (copy.direction === 'in') this.#copy.receive(portal, copy, done, failed);
		else this.#copy.send(portal, copy, done, failed);
	}

	#done(bound: PortalEntry, result: StatementResult | 'suspended'): void {
		const { out } = this.#conversation;
		if (result === 'suspended') {
			bound.state = 'suspended';
			out.empty(PORTAL_SUSPENDED);
			return;
		}
		// The tag of a portal run in pieces counts the rows of its last piece.
		const inPieces = bound.state === 'suspended' && result.tag.startsWith('SELECT ');
		bound.state = 'finished';
		writeCommandComplete(out, inPieces ? `SELECT ${bound.form.encoder.rowCount}` : result.tag);
		if (result.tag === 'DEALLOCATE ALL' || result.tag === 'DISCARD ALL') {
			this.#statements.clear();
			this.#lastStatement = null;
		}
	}

	/** A statement executed alone up to its Sync commits by itself; any other opens a transaction that the Sync ends. */
	#beginImplicit(rowsMax: number): void {
		const { session, reader } = this.#conversation;
		if (this.#implicit || session.transactionStatus !== 'idle') return;
		if (rowsMax === 0 && reader.nextIsSync()) return;
		session.beginImplicit();
		this.#implicit = true;
	}

	#close(): void {
		const { reader, out } = this.#conversation;
		const kind = reader.byte();
		const name = reader.text();
		reader.expectEnd();
		if (kind === STATEMENT) this.#dropStatement(name);
		else if (kind === PORTAL) this.#closePortal(name);
		else throw sqlError('08P01', `invalid CLOSE message subtype ${kind}`);
		out.empty(CLOSE_COMPLETE);
	}

	#sync(): void {
		const conversation = this.#conversation;
		const { session } = conversation;
		const failed = this.skipping;
		this.skipping = false;
		if (!this.#implicit) {
			this.#synced();
			return;
		}
		this.#implicit = false;
		const refused = (error: unknown): void => {
			conversation.fail(error);
			this.#synced();
		};
		let outcome: void | Promise<void>;
		try {
			outcome = session.endImplicit(failed);
		} catch (error) {
			refused(error);
			return;
		}
		conversation.settle<void>(outcome, () => this.#synced(), refused);
	}

	#synced(): void {
		if (this.#conversation.session.transactionStatus === 'idle') this.#closePortals();
		this.#conversation.ready();
	}

	#failed(error: unknown): void {
		this.skipping = true;
		this.#conversation.fail(error);
	}

	/** In a failed transaction nothing is run but its end. */
	#refuseInFailed(command: string): void {
		if (this.#conversation.session.transactionStatus !== 'failed') return;
		if (command === '' || command === 'COMMIT' || command.startsWith('ROLLBACK') || command === 'PREPARE TRANSACTION') return;
		throw sqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
	}

	#statement(name: string): StatementEntry {
		const entry = this.#statements.get(name);
		if (entry !== undefined) return entry;
		throw sqlError('26000', name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`);
	}

	#portal(name: string): PortalEntry {
		const bound = name === '' ? this.#unnamedPortal : this.#portals.get(name);
		if (bound !== undefined && bound !== null) return bound;
		throw sqlError('34000', `portal "${name}" does not exist`);
	}

	#dropStatement(name: string): void {
		const entry = this.#statements.get(name);
		if (entry === undefined) return;
		this.#statements.delete(name);
		if (this.#lastStatement === entry) this.#lastStatement = null;
	}

	#closePortal(name: string): void {
		if (name === '') {
			this.#closeUnnamedPortal();
			return;
		}
		const bound = this.#portals.get(name);
		this.#portals.delete(name);
		bound?.portal.close();
	}

	#closeUnnamedPortal(): void {
		const bound = this.#unnamedPortal;
		this.#unnamedPortal = null;
		bound?.portal.close();
	}

	#closePortals(): void {
		this.#closeUnnamedPortal();
		if (this.#portals.size === 0) return;
		const open: Portal[] = [...this.#portals.values()].map((bound) => bound.portal);
		this.#portals.clear();
		for (const portal of open) portal.close();
	}
}

function readFormats(reader: MessageReader): readonly number[] {
	const count = reader.int16() & 0xffff;
	if (count === 0) return NONE;
	if (count === 1) {
		const format = reader.int16();
		return format === 0 ? ALL_TEXT : format === 1 ? ALL_BINARY : [format];
	}
	const formats: number[] = [];
	for (let index = 0; index < count; index++) formats.push(reader.int16());
	return formats;
}
