import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { INT8, TEXT } from '../value/builtin-types.ts';
import { collectRows } from './collect-rows.ts';
import type { Language, LanguageAnalysis } from './language.ts';
import { openDatabase } from './open.ts';
import type { Prepared } from './prepared.ts';
import type { DatabaseSession } from './session.ts';

/** A language whose texts are names of parameters: a row of their values, and of how often the text was analysed. */
class Echo implements Language {
	readonly name = 'echo';
	analyses = 0;

	analyse(_session: DatabaseSession, text: string, target: string): LanguageAnalysis {
		this.analyses++;
		const mode = text.startsWith('explain ') ? 'explain' : text.startsWith('profile ') ? 'profile' : undefined;
		const names = text.slice(mode === undefined ? 0 : 8).split(' ');
		if (text === 'target')
			return { kind: 'command', command: 'TARGET', columns: [column(1, 'target')], parameterNames: [], run: () => ({ tag: 'TARGET', rows: [[target]] }) };
		const columns = names.map((name, i) => column(i + 1, name));
		const values = names.map((_, index): Expression => ({ kind: 'parameter', index, type: INT8 }));
		const plan: Plan = { kind: 'values', rows: [values], columns };
		return { kind: 'query', plan, parameterNames: names, command: 'ECHO', columns, dependsOnTime: false, ...(mode === undefined ? {} : { mode }) };
	}
}

function column(id: number, name: string): Column {
	return { id, name, type: TEXT, typmod: -1 };
}

async function withSession(work: (session: DatabaseSession) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	const session = db.engine.connect({ user: 'polylog' });
	try {
		await work(session);
	} finally {
		session.close();
		await db.close();
	}
}

async function rowsOf(session: DatabaseSession, language: Language, text: string, values: Record<string, unknown> = {}): Promise<unknown[][]> {
	const statement = session.prepareLanguage(language, 'here', text) as Prepared;
	const map = new Map(Object.entries(values));
	session.bindNamed(statement, map).close();
	const collected = await collectRows(
		session,
		statement,
		statement.parameterNames.map((name) => map.get(name)),
	);
	return collected.rows;
}

test('a text of another language is analysed once, and gets its parameters by name', async () => {
	await withSession(async (session) => {
		const echo = new Echo();
		assert.deepEqual(await rowsOf(session, echo, 'b a', { a: 1, b: 2 }), [[2, 1]]);
		assert.deepEqual(await rowsOf(session, echo, 'b a', { a: 3, b: 4, c: 5 }), [[4, 3]]);
		assert.equal(echo.analyses, 1);
	});
});

test('it is analysed again when the catalog has changed', async () => {
	await withSession(async (session) => {
		const echo = new Echo();
		const statement = session.prepareLanguage(echo, 'here', 'a') as Prepared;
		await collectRows(session, session.prepare('create table t (a int)', []) as Prepared, []);
		assert.deepEqual((await collectRows(session, statement, [7])).rows, [[7]]);
		assert.equal(echo.analyses, 2);
	});
});

test('a parameter without a value is refused', async () => {
	await withSession(async (session) => {
		await assert.rejects(rowsOf(session, new Echo(), 'a b', { a: 1 }), { sqlstate: '42P02', message: 'Expected parameter(s): b' });
	});
});

test('a command runs by itself and knows its target', async () => {
	await withSession(async (session) => {
		assert.deepEqual(await rowsOf(session, new Echo(), 'target'), [['here']]);
	});
});

test('a text that is explained is not run, one that is profiled tells what it did', async () => {
	await withSession(async (session) => {
		const show = async (
			text: string,
		): Promise<readonly [rows: number, operator: string | undefined, measured: boolean | undefined, rowsOfPlan: number | undefined]> => {
			const rows: unknown[] = [];
			const sink = { begin: () => undefined, writers: [(value: unknown) => void rows.push(value)], end: () => true };
			const result = await session.bindNamed(session.prepareLanguage(new Echo(), 'here', text), new Map([['a', 5]])).run(sink);
			const plan = result === 'suspended' ? undefined : result.plan;
			return [rows.length, plan?.root.operator, plan?.isMeasured, plan?.root.rows];
		};
		assert.deepEqual(await show('a'), [1, undefined, undefined, undefined]);
		assert.deepEqual(await show('explain a'), [0, 'Result', false, undefined]);
		assert.deepEqual(await show('profile a'), [1, 'Result', true, 1]);
	});
});
