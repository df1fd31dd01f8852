/** The routing table that clients of `neo4j://` ask for: one server, which does everything. */

/** Clients ask again after so long. */
const TIME_TO_LIVE_SECONDS = 300;

export function routingTable(database: string, address: string): ReadonlyMap<string, unknown> {
	const server = (role: string): ReadonlyMap<string, unknown> =>
		new Map<string, unknown>([
			['addresses', [address]],
			['role', role],
		]);
	return new Map<string, unknown>([
		['ttl', TIME_TO_LIVE_SECONDS],
		['db', database],
		['servers', ['WRITE', 'READ', 'ROUTE'].map(server)],
	]);
}
