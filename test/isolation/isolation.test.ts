/** Phenomena of isolation by name at every level, and the rules of locks and transactions, as PostgreSQL answers them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ServedDatabase } from '../operator/served-database.ts';
import { DIFFERENCES } from './differences.ts';
import { PHENOMENA_OUTCOMES, RULES_OUTCOMES } from './outcomes.ts';
import { ScriptRunner } from './script-runner.ts';
import { LEVELS, PHENOMENA, RULES } from './scripts.ts';

let server: ServedDatabase;
let runner: ScriptRunner;

before(async () => {
	server = await ServedDatabase.open();
	runner = await ScriptRunner.open({ host: '127.0.0.1', port: server.port, user: 'tester', database: 'polylog' });
});

after(async () => {
	await runner.close();
	await server.close();
});

/** PostgreSQL's outcomes, but for the differences that are known. */
function expected(script: string, level: string, outcomes: readonly string[]): string[] {
	const different = DIFFERENCES.find((d) => d.script === script && d.levels.includes(level))?.outcomes ?? {};
	return outcomes.map((outcome, step) => different[step] ?? outcome);
}

for (const [name, steps] of Object.entries(PHENOMENA)) {
	for (const level of LEVELS) {
		test(`${name} at ${level}`, { timeout: 20_000 }, async () => {
			const texts = steps.map((step) => step.replace('{level}', level));
			assert.deepEqual(await runner.run(texts), expected(name, level, PHENOMENA_OUTCOMES[name]![level]!));
		});
	}
}

for (const [name, steps] of Object.entries(RULES)) {
	test(name, { timeout: 20_000 }, async () => {
		assert.deepEqual(await runner.run(steps), expected(name, '', RULES_OUTCOMES[name]!));
	});
}
