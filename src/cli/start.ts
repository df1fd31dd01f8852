/** `polylog start`, which `npm start` runs: serves ./data; at the first start it is filled with the Chinook sample. */
import { readFileSync } from 'node:fs';
import type { Database } from '../database/embedded/database.ts';
import { PUBLIC_SCHEMA_ID } from '../transaction/catalog.ts';
import type { Command } from './command.ts';
import { loadScript } from './load-script.ts';
import { Progress } from './progress.ts';
import { readyLine, startServer, untilSignal } from './serve.ts';
import { SERVE_OPTIONS_HELP, serveSettings } from './serve-options.ts';

const SAMPLE = new URL('../../data-sets/chinook/chinook.sql', import.meta.url);

const WORTH_TRYING = `Three queries worth trying:

  select name, count(*) from artist join album using (artist_id) group by name order by 2 desc limit 5;

  select billing_country, sum(total) as revenue, rank() over (order by sum(total) desc)
  from invoice group by billing_country limit 10;

  with recursive chain as (
    select employee_id, first_name, reports_to, 0 as depth from employee where reports_to is null
    union all
    select e.employee_id, e.first_name, e.reports_to, depth + 1 from employee e join chain c on e.reports_to = c.employee_id)
  select repeat('  ', depth) || first_name as employee from chain;`;

async function loadSample(database: Database): Promise<void> {
	if (database.engine.manager.catalog.find(PUBLIC_SCHEMA_ID, 'relation', 'artist') !== undefined) return;
	if ([...database.engine.manager.catalog.objects()].some((o) => o.kind === 'table')) return;
	const text = readFileSync(SAMPLE, 'utf8');
	const progress = new Progress('loading the Chinook sample', text.length);
	await loadScript(database, text, (done) => progress.update(done));
	progress.end();
	await database.checkpoint();
}

export const command: Command = {
	help: `usage: polylog start [directory] [options]

Serves the database in the directory (default ./data); when it is new, the Chinook sample (a music shop) is loaded into it.

${SERVE_OPTIONS_HELP}`,
	async run(args) {
		const running = await startServer(serveSettings(args), loadSample);
		console.log(readyLine(running.served));
		const { postgres } = running.served;
		if (postgres !== null) {
			console.log(
				`\nConnect with any PostgreSQL client, for example:\n\n  psql -h ${postgres.host} -p ${postgres.port} polylog\n\n${WORTH_TRYING}\n\nCtrl-C stops it; the data is in ${serveSettings(args).directory}.`,
			);
		}
		return untilSignal(running);
	},
};
