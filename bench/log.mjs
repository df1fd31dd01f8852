// What the log costs: CPU per append and per frame, and commits a second with the sync thread. Run: node bench/log.mjs
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openLog } from '../dist/log/embedded-log.js';
import { realPlatform } from '../dist/platform/real-platform.js';

const directory = mkdtempSync(join(process.cwd(), 'bench-log-'));
const platform = realPlatform();
const { log } = openLog(platform, join(directory, 'log'));
const changes = Buffer.alloc(120, 7);

function measure(name, count, work) {
	const before = process.cpuUsage();
	const startMs = performance.now();
	work(count);
	const { user, system } = process.cpuUsage(before);
	const wallUs = ((performance.now() - startMs) * 1000) / count;
	console.log(`${name.padEnd(40)} ${wallUs.toFixed(2)} µs wall, ${(user / count).toFixed(2)} user, ${(system / count).toFixed(2)} system`);
	log.release(log.decidedOffset);
}

async function commits(name, count, clients) {
	let started = 0;
	const startMs = performance.now();
	await Promise.all(
		Array.from({ length: clients }, async () => {
			while (started++ < count) {
				const { offset } = log.append(changes, changes.length, 0);
				await new Promise((resolve, reject) => log.whenDurable(offset, 'disk', (error) => (error === null ? resolve() : reject(error))));
			}
		}),
	);
	console.log(`${name.padEnd(40)} ${Math.round((count / (performance.now() - startMs)) * 1000)} commits/s`);
}

try {
	for (let round = 0; round < 3; round++) {
		measure('append, 64 a frame', 1_000_000, (count) => {
			for (let index = 0; index < count; index++) {
				log.append(changes, changes.length, 0);
				if (index % 64 === 63) log.writeNow();
			}
		});
		measure('append and write, 1 a frame', 200_000, (count) => {
			for (let index = 0; index < count; index++) {
				log.append(changes, changes.length, 0);
				log.writeNow();
			}
		});
		measure('append and sync in this thread', 1000, (count) => {
			for (let index = 0; index < count; index++) {
				log.append(changes, changes.length, 0);
				log.syncNow();
			}
		});
	}
	for (const clients of [1, 8, 64]) await commits(`durable commits, ${clients} at once`, 3000 * Math.min(clients, 8), clients);
} finally {
	await log.close();
	await platform.close();
	rmSync(directory, { recursive: true });
}
