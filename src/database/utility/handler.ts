/** What a utility statement is: everything that is no query. One handler per kind of parse tree node. */
import type { Column } from '../../query/algebra/expression.ts';
import { TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import type { PreparedStatement } from '../contracts.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';

export interface UtilityCall<Payload> {
	readonly session: DatabaseSession;
	readonly node: Payload;
	readonly statement: Prepared;
	readonly parameters: readonly unknown[];
}

export interface UtilityHandler<Payload = never> {
	/** The command tag, also known before the statement runs. */
	command(node: Payload): string;
	/** Result columns, null for none. */
	columns?(session: DatabaseSession, node: Payload, text: string): readonly Column[] | null;
	copy?(session: DatabaseSession, node: Payload, text: string): PreparedStatement['copy'];
	/** Refused inside a block (25001), such as VACUUM. */
	readonly outsideBlock?: boolean;
	run(call: UtilityCall<Payload>): UtilityOutcome | Promise<UtilityOutcome>;
}

/** A result column that comes from no table. */
export function resultColumn(index: number, name: string, type: Type = TEXT): Column {
	return { id: index + 1, name, type, typmod: -1, origin: null };
}

export function textColumns(...names: string[]): readonly Column[] {
	return names.map((name, i) => resultColumn(i, name));
}
