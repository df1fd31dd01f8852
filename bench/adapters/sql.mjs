/** Polylog under the transactional SQL benchmark: a thin caller of the public API, on a directory, with a user's defaults. */
import { open as openPolylog } from 'polylog';

export const name = 'polylog';
export const dialect = 'postgres';

export async function open(dir, { durability }) {
	const db = await openPolylog(dir, { durability: durability === 'full' ? 'disk' : 'os' });
	let transaction = null;
	return {
		exec: (sql) => db.sql(sql).run(),
		prepare(sql) {
			const statement = db.prepare(sql);
			const inTransaction = () => transaction.prepare(sql);
			return {
				all: (params) => (transaction === null ? statement : inTransaction()).all(params),
				get: (params) => (transaction === null ? statement : inTransaction()).get(params),
				run: (params) => (transaction === null ? statement : inTransaction()).runSync(params).changes,
			};
		},
		transaction: (work) =>
			db.transactionSync((tx) => {
				transaction = tx;
				try {
					return work();
				} finally {
					transaction = null;
				}
			}),
		bulk: (table, columns, rows) => db.load(table, rows, columns),
		settle: () => db.checkpoint(),
		close: () => db.close(),
	};
}
