/**
 * The process that is watched by strace: 200 commits at `disk`, one after the other. `embedded` says each acknowledgement on its
 * standard output; `served` serves the directory to one client and says `port <n>`, and the acknowledgements go out on the
 * client's connection.
 */
import { writeSync } from 'node:fs';
import { open, serve } from '../../src/index.ts';

const [directory, form] = process.argv.slice(2);
const db = await open(directory!);
await db.execute('create table if not exists t (id int primary key)');
if (form === 'served') {
	const served = await serve(db, { postgres: 0 });
	writeSync(1, `port ${served.addresses.postgres!.replace(/^.*:/, '')}\n`);
} else {
	writeSync(1, 'begin\n');
	for (let id = 1; id <= 200; id++) {
		await db.sql`insert into t values (${id})`;
		writeSync(1, `ack ${id}\n`);
	}
	await db.close();
}
