/** Runs statements in sessions of this process, as texts. */
import type { Session } from '../../src/database/contracts.ts';
import { textFormatter } from '../../src/value/value-text.ts';

/** Runs one statement as a protocol would and gives its rows as texts; after an error the session is told of it. */
export async function runText(session: Session, text: string, parameters: readonly unknown[] = []): Promise<(string | null)[][]> {
	try {
		const portal = session.bind(session.prepare(text, []), parameters);
		const rows: (string | null)[][] = [];
		const writers = (portal.columns ?? []).map(({ type }) => {
			const format = textFormatter(type, session.lookup, session.textSettings);
			return (value: unknown): void => {
				rows.at(-1)!.push(value === null || value === undefined ? null : format(value));
			};
		});
		const sink = {
			writers,
			begin: () => {
				rows.push([]);
			},
			end: () => true,
		};
		try {
			await portal.run(sink);
		} finally {
			portal.close();
		}
		return rows;
	} catch (error) {
		session.failed(error);
		throw error;
	}
}
