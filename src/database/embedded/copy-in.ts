/** COPY … FROM STDIN from a program: the pieces of its data come from any iterable, such as a file that is read as a stream. */
import { sqlError } from '../../platform/errors.ts';
import type { DatabaseSession } from '../session.ts';

/** Loads all rows or none; returns how many. */
export async function copyIn(
	session: DatabaseSession,
	text: string,
	source: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
): Promise<number> {
	try {
		const prepared = session.prepare(text, []);
		if (prepared.copy?.direction !== 'in')
			throw sqlError('42809', 'the statement is no COPY … FROM STDIN', { hint: 'Run other statements by sql or execute.' });
		const portal = session.bind(prepared, []);
		try {
			for await (const piece of source) {
				const pause = portal.copyData!(typeof piece === 'string' ? Buffer.from(piece) : piece);
				if (pause instanceof Promise) await pause;
			}
			return (await portal.copyDone!()).rowCount;
		} finally {
			portal.close();
		}
	} catch (error) {
		session.failed(error);
		throw error;
	}
}
