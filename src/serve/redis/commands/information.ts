/** INFO: how the server is doing, in Redis' sections and words; what Polylog has no equal for is left out. */
import type { Client } from '../client.ts';
import type { ReplyBuffer } from '../reply-buffer.ts';
import type { Request } from '../request.ts';
import { REDIS_VERSION } from '../version.ts';

type Lines = readonly (readonly [string, string | number])[];

function server(client: Client): Lines {
	const { server } = client;
	const uptime = Math.floor((server.data.nowMs - server.startedMs) / 1000);
	return [
		['redis_version', REDIS_VERSION],
		['redis_mode', 'standalone'],
		['server_name', 'polylog'],
		['os', `${process.platform} ${process.arch}`],
		['arch_bits', 64],
		['process_id', process.pid],
		['run_id', server.runId],
		['tcp_port', server.address.port],
		['server_time_usec', Math.round(server.host.platform.clock.nowUs())],
		['uptime_in_seconds', uptime],
		['uptime_in_days', Math.floor(uptime / 86_400)],
	];
}

function clients(client: Client): Lines {
	const { server } = client;
	return [
		['connected_clients', server.connectionCount],
		['maxclients', server.connectionsMax],
		['blocked_clients', server.waiting.count],
	];
}

function human(bytes: number): string {
	let value = bytes;
	for (const unit of ['B', 'K', 'M', 'G', 'T']) {
		if (value < 1024 || unit === 'T') return unit === 'B' ? `${value}B` : `${value.toFixed(2)}${unit}`;
		value /= 1024;
	}
	return `${value}`;
}

function memory(client: Client): Lines {
	const used = process.memoryUsage();
	const { memoryBytes } = client.server.host.sizes();
	return [
		['used_memory', used.heapUsed + used.external],
		['used_memory_human', human(used.heapUsed + used.external)],
		['used_memory_rss', used.rss],
		['used_memory_rss_human', human(used.rss)],
		['polylog_memtable_bytes', memoryBytes],
		['maxmemory', 0],
		['maxmemory_human', '0B'],
		['maxmemory_policy', 'noeviction'],
	];
}

function persistence(client: Client): Lines {
	const { manager } = client.server.host;
	const { logBytes, diskBytes } = client.server.host.sizes();
	return [
		['loading', 0],
		['aof_enabled', 1],
		['aof_last_write_status', manager.failure === null ? 'ok' : 'err'],
		['polylog_decided_offset', manager.decidedOffset],
		['polylog_visible_offset', manager.visibleOffset],
		['polylog_log_bytes', logBytes],
		['polylog_store_bytes', diskBytes],
	];
}

function stats(client: Client): Lines {
	const { statistics, channels } = client.server;
	return [
		['total_connections_received', statistics.connections],
		['total_commands_processed', statistics.commands],
		['total_net_input_bytes', statistics.inputBytes],
		['total_net_output_bytes', statistics.outputBytes],
		['rejected_connections', statistics.rejected],
		['expired_keys', statistics.expired],
		['evicted_keys', 0],
		['keyspace_hits', statistics.hits],
		['keyspace_misses', statistics.misses],
		['pubsub_channels', channels.channelCount],
		['pubsub_patterns', channels.patternCount],
		['pubsubshard_channels', channels.shardChannelCount],
		['total_error_replies', statistics.errors],
	];
}

function keyspace(client: Client): Lines {
	const { data } = client.server;
	client.prepareRead();
	const lines: [string, string][] = [];
	for (const database of data.databases()) {
		const space = data.space(database);
		const count = space.keyCount();
		if (count > 0) lines.push([`db${database}`, `keys=${count},expires=${space.expiringCount()},avg_ttl=0`]);
	}
	return lines;
}

function processor(): Lines {
	const { user, system } = process.cpuUsage();
	return [
		['used_cpu_sys', (system / 1e6).toFixed(6)],
		['used_cpu_user', (user / 1e6).toFixed(6)],
	];
}

const SECTIONS: Readonly<Record<string, readonly [string, (client: Client) => Lines]>> = {
	server: ['Server', server],
	clients: ['Clients', clients],
	memory: ['Memory', memory],
	persistence: ['Persistence', persistence],
	stats: ['Stats', stats],
	replication: [
		'Replication',
		() => [
			['role', 'master'],
			['connected_slaves', 0],
			['master_repl_offset', 0],
		],
	],
	cpu: ['CPU', processor],
	cluster: ['Cluster', () => [['cluster_enabled', 0]]],
	keyspace: ['Keyspace', keyspace],
};

export function info(client: Client, request: Request, out: ReplyBuffer): void {
	const wanted = new Set<string>();
	for (let i = 1; i < request.count; i++) wanted.add(request.lower(i));
	const isAll = wanted.size === 0 || ['all', 'default', 'everything'].some((word) => wanted.has(word));
	const parts: string[] = [];
	for (const [name, [title, lines]] of Object.entries(SECTIONS)) {
		if (!isAll && !wanted.has(name)) continue;
		parts.push(
			`# ${title}\r\n${lines(client)
				.map(([field, value]) => `${field}:${value}\r\n`)
				.join('')}`,
		);
	}
	out.verbatim(parts.join('\r\n'));
}
