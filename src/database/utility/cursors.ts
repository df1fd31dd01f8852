/**
 * DECLARE, FETCH, MOVE, CLOSE. A cursor is a portal that is read in pieces; its rows are kept as they are read, so that it can
 * be read backwards too. WITH HOLD reads the rest at commit.
 */
import type { ClosePortalStmt, DeclareCursorStmt, FetchStmt } from 'libpg-query';
import { modifiesInWith } from '../../language/sql/analyze-with.ts';
import type { AstNode } from '../../language/sql/ast.ts';
import type { CursorKeys } from '../../language/sql/cursor-keys.ts';
import { sqlError } from '../../platform/errors.ts';
import { RowList } from '../collect-rows.ts';
import type { Portal, PreparedStatement, StatementResult } from '../contracts.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from './handler.ts';

const BINARY = 1;
const NO_SCROLL = 4;
const HOLD = 32;
const ALL = 9223372036854775807n;

export class Cursor {
	readonly name: string;
	readonly statement: PreparedStatement;
	readonly held: boolean;
	readonly scroll: boolean;
	readonly binary: boolean;
	readonly madeUs: number;
	readonly #portal: Portal;
	readonly #keys: () => CursorKeys | null;
	/** The transaction that made it has ended. */
	isPast = false;
	readonly #rows: unknown[][] = [];
	#complete = false;
	/** 0 before the first row, n on the n-th, one past the last at the end. */
	#position = 0;

	constructor(name: string, statement: PreparedStatement, portal: Portal, options: number, madeUs: number, keys: () => CursorKeys | null) {
		this.name = name;
		this.statement = statement;
		this.#portal = portal;
		this.#keys = keys;
		this.held = (options & HOLD) !== 0;
		this.scroll = (options & NO_SCROLL) === 0 && keys()?.locks !== true;
		this.binary = (options & BINARY) !== 0;
		this.madeUs = madeUs;
	}

	/** Reads until `count` rows are known or there are no more. */
	fill(count: number): void | Promise<void> {
		while (!this.#complete && this.#rows.length < count) {
			const sink = new RowList(this.#keys()?.width ?? this.statement.columns?.length ?? 0, Math.min(count - this.#rows.length, 1000));
			const taken = (result: StatementResult | 'suspended'): void => {
				for (const row of sink.rows) this.#rows.push(row);
				if (result !== 'suspended') this.#complete = true;
			};
			const outcome = this.#portal.run(sink);
			if (outcome instanceof Promise) return outcome.then(taken).then(() => this.fill(count));
			taken(outcome);
		}
	}

	/** Moves and returns the rows passed. */
	move(direction: string, count: bigint): unknown[][] | Promise<unknown[][]> {
		const moved = this.#move(direction, count);
		return moved instanceof Promise ? moved.then((rows) => this.#shown(rows)) : this.#shown(moved);
	}

	/** Rows without the keys behind what they show. */
	#shown(rows: unknown[][]): unknown[][] {
		const keys = this.#keys();
		return keys === null ? rows : rows.map((row) => row.slice(0, keys.shown));
	}

	/** Of the row of a table at which the cursor stands: its key (place 0), or a value of its primary key. */
	currentKey(table: { readonly id: number; readonly name: string }, place: number): unknown {
		const keys = this.#keys();
		if (this.isPast) throw sqlError('24000', `cursor "${this.name}" is held from a previous transaction`);
		const found = keys?.tables.filter((one) => one.tableId === table.id) ?? [];
		if (keys?.locks === true && found.length !== 1) {
			const what = found.length === 0 ? 'does not have a FOR UPDATE/SHARE reference' : 'has multiple FOR UPDATE/SHARE references';
			throw sqlError('24000', `cursor "${this.name}" ${what} to table "${table.name}"`);
		}
		if (found.length === 0) throw sqlError('24000', `cursor "${this.name}" is not a simply updatable scan of table "${table.name}"`);
		const row = this.#rows[this.#position - 1];
		if (row === undefined) throw sqlError('24000', `cursor "${this.name}" is not positioned on a row`);
		return row[found[0]!.keyAt + place];
	}

	#move(direction: string, count: bigint): unknown[][] | Promise<unknown[][]> {
		const backward = direction === 'FETCH_BACKWARD';
		if (direction === 'FETCH_ABSOLUTE') return this.#absolute(count);
		if (direction === 'FETCH_RELATIVE') return this.#relative(count);
		const forward = backward ? -count : count;
		if (forward < 0n) return this.#backward(forward === -ALL ? Number.POSITIVE_INFINITY : Number(-forward));
		if (forward === 0n) return this.#current();
		const most = count === ALL ? Number.POSITIVE_INFINITY : Number(forward);
		const filled = this.fill(this.#position + most);
		const take = (): unknown[][] => {
			const rows = this.#rows.slice(this.#position, this.#position + most);
			this.#position = rows.length < most ? this.#rows.length + 1 : this.#position + rows.length;
			return rows;
		};
		return filled instanceof Promise ? filled.then(take) : take();
	}

	#current(): unknown[][] {
		this.#checkForward(this.#position > 0);
		return this.#here();
	}

	#here(): unknown[][] {
		const row = this.#rows[this.#position - 1];
		return row === undefined ? [] : [row];
	}

	#backward(most: number): unknown[][] {
		this.#checkForward(true);
		const rows: unknown[][] = [];
		while (rows.length < most && this.#position > 1) rows.push(this.#rows[--this.#position - 1]!);
		if (rows.length < most) this.#position = 0;
		return rows;
	}

	/** One that cannot scroll goes to no row at which it stands already, or that it has passed. */
	#checkForward(isBackward: boolean): void {
		if (this.scroll || !isBackward) return;
		throw sqlError('55000', 'cursor can only scan forward', { hint: 'Declare it with SCROLL option to enable backward scan.' });
	}

	#absolute(at: bigint): unknown[][] | Promise<unknown[][]> {
		this.#checkForward(at <= this.#position);
		const filled = this.fill(at >= 0n ? Number(at) : Number.POSITIVE_INFINITY);
		const take = (): unknown[][] => {
			const wanted = at >= 0n ? Number(at) : this.#rows.length + 1 + Number(at);
			this.#position = Math.max(0, Math.min(wanted, this.#rows.length + 1));
			return this.#here();
		};
		return filled instanceof Promise ? filled.then(take) : take();
	}

	#relative(by: bigint): unknown[][] | Promise<unknown[][]> {
		this.#checkForward(by < 0n || (by === 0n && this.#position > 0));
		const target = Math.max(0, this.#position + Number(by));
		const filled = this.fill(target);
		const take = (): unknown[][] => {
			this.#position = Math.min(target, this.#rows.length + 1);
			return this.#here();
		};
		return filled instanceof Promise ? filled.then(take) : take();
	}

	close(): void {
		this.#portal.close();
	}
}

function cursorOf(session: DatabaseSession, name: string): Cursor {
	const cursor = session.cursors.get(name);
	if (cursor === undefined) throw sqlError('34000', `cursor "${name}" does not exist`);
	return cursor;
}

const declare: UtilityHandler<DeclareCursorStmt> = {
	command: () => 'DECLARE CURSOR',
	run({ session, node, statement }) {
		const name = node.portalname ?? '';
		const options = node.options ?? 0;
		if (!session.inBlock && (options & HOLD) === 0) throw sqlError('25P01', 'DECLARE CURSOR can only be used in transaction blocks');
		if (session.cursors.has(name)) throw sqlError('42P03', `cursor "${name}" already exists`);
		if (modifiesInWith(node.query as AstNode)) throw sqlError('0A000', 'DECLARE CURSOR must not contain data-modifying statements in WITH');
		const prepared = session.prepareNode(node.query as AstNode, statement.text, [], statement.start, true);
		if (prepared.parameterTypes.length > 0) throw sqlError('42P02', 'there is no parameter $1');
		const cursor = new Cursor(name, prepared, session.bind(prepared, []), options, session.functions.statementTimeUs, () => prepared.cursorKeys);
		session.cursors.set(name, cursor);
		if (session.inBlock) return { tag: 'DECLARE CURSOR' };
		const filled = cursor.fill(Number.POSITIVE_INFINITY);
		return filled instanceof Promise ? filled.then(() => ({ tag: 'DECLARE CURSOR' })) : { tag: 'DECLARE CURSOR' };
	},
};

function howMany(node: FetchStmt): bigint {
	return BigInt(node.howMany ?? 0);
}

const fetch: UtilityHandler<FetchStmt> = {
	command: (node) => (node.ismove ? 'MOVE' : 'FETCH'),
	columns: (session, node) => (node.ismove ? null : cursorOf(session, node.portalname ?? '').statement.columns),
	run({ session, node }) {
		const cursor = cursorOf(session, node.portalname ?? '');
		const moved = cursor.move(node.direction ?? 'FETCH_FORWARD', howMany(node));
		const outcome = (rows: unknown[][]): UtilityOutcome =>
			node.ismove ? { tag: `MOVE ${rows.length}`, rowCount: rows.length } : { tag: `FETCH ${rows.length}`, rows, rowCount: rows.length };
		return moved instanceof Promise ? moved.then(outcome) : outcome(moved);
	},
};

const close: UtilityHandler<ClosePortalStmt> = {
	command: (node) => (node.portalname ? 'CLOSE CURSOR' : 'CLOSE CURSOR ALL'),
	run({ session, node }) {
		const closed = node.portalname ? [cursorOf(session, node.portalname)] : [...session.cursors.values()];
		for (const cursor of closed) {
			cursor.close();
			session.cursors.delete(cursor.name);
		}
		return { tag: close.command(node) };
	},
};

export const cursorHandlers = { DeclareCursorStmt: declare, FetchStmt: fetch, ClosePortalStmt: close };
