/** Logins: SCRAM-SHA-256 by the RFC's example and by the `pg` driver, TLS, and who is let in when. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { formatScramVerifier, makeScramVerifier, parseScramVerifier } from '../../database/scram-verifier.ts';
import { selfSigned } from '../certificate.testing.ts';
import type { PostgresServer } from './host.ts';
import { errorFields, message, RawClient, startup } from './raw-client.testing.ts';
import { ScramExchange } from './scram-exchange.ts';
import { type ScriptedHost, scriptedHost } from './scripted-session.testing.ts';
import { servePostgres } from './server.ts';

let host: ScriptedHost;
let server: PostgresServer;

before(async () => {
	host = scriptedHost();
	host.verifiers.set('ann', formatScramVerifier(makeScramVerifier('pencil', Buffer.from('0123456789abcdef'))));
	host.verifiers.set('grün', formatScramVerifier(makeScramVerifier('pass\u00a0wo\u00adrd', Buffer.from('fedcba9876543210'))));
	host.verifiers.set('nologin', formatScramVerifier(makeScramVerifier('pencil', Buffer.from('0123456789abcdef'))));
	server = await servePostgres(host, { port: 0 });
});

after(async () => {
	await server.close();
});

test('the example of RFC 7677 verifies', () => {
	const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
	const verifier = formatScramVerifier(makeScramVerifier('pencil', salt));
	const exchange = new ScramExchange('user', verifier, Buffer.alloc(32), '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0');
	assert.equal(
		exchange.challenge('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'),
		'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
	);
	const final = 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
	assert.equal(exchange.verify(final), 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('a verifier made by PostgreSQL is read, and written alike', () => {
	// CREATE ROLE … PASSWORD 'pencil' with the salt of RFC 7677.
	const text = formatScramVerifier(makeScramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')));
	assert.equal(text, 'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=');
	assert.equal(formatScramVerifier(parseScramVerifier(text)!), text);
	assert.equal(parseScramVerifier('md5abcdef'), null);
	assert.equal(parseScramVerifier(`${text}x`), null);
});

test('messages that are not SCRAM are refused', () => {
	const verifier = formatScramVerifier(makeScramVerifier('pencil', Buffer.from('0123456789abcdef')));
	const fresh = (): ScramExchange => new ScramExchange('user', verifier, Buffer.alloc(32), 'nonce');
	for (const first of ['', 'n,,', 'n,,n=user', 'p=tls-unique,,n=user,r=abc', 'n,,m=x,n=user,r=abc', 'x,,n=user,r=abc']) {
		assert.throws(() => fresh().challenge(first), { sqlstate: '08P01' });
	}
	for (const final of ['', 'c=biws,r=abcnonce', 'c=eSws,r=abcnonce,p=AAAA', 'c=biws,r=other,p=AAAA', 'c=biws,r=abcnonce,p=AAAA']) {
		const exchange = fresh();
		exchange.challenge('n,,n=user,r=abc');
		assert.throws(() => exchange.verify(final), { sqlstate: '08P01' });
	}
});

test('the driver logs in with the right password only', async () => {
	const login = async (user: string, password: string): Promise<string> => {
		const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database: 'x' });
		client.on('error', () => {});
		try {
			await client.connect();
			const { rows } = await client.query('rows 1');
			await client.end();
			return String(rows.length);
		} catch (error) {
			return (error as { code?: string }).code ?? String(error);
		}
	};
	assert.equal(await login('ann', 'pencil'), '1');
	assert.equal(await login('ann', 'pencils'), '28P01');
	assert.equal(await login('nobody', 'pencil'), '28P01');
	assert.equal(await login('nologin', 'pencil'), '28000');
	// SASLprep: another kind of space, and a character that does not show, are the same password.
	assert.equal(await login('grün', 'pass word'), '1');
});

test('an unknown user is challenged like a known one, with the same salt each time', async () => {
	const challenge = async (): Promise<string> => {
		const client = await RawClient.open(server.port);
		client.send(startup({ user: 'ghost' }));
		const [mechanisms] = await client.until('R');
		assert.equal(mechanisms!.body.toString('utf8', 4), 'SCRAM-SHA-256\0\0');
		const first = Buffer.from('n,,n=,r=abcdef');
		client.send(message('p', 'SCRAM-SHA-256', first.length, first));
		const [answer] = await client.until('R');
		client.close();
		return /s=([^,]+)/.exec(answer!.body.toString())![1]!;
	};
	assert.equal(await challenge(), await challenge());
});

test('anything but an answer to the challenge ends the login', async () => {
	for (const bytes of [message('Q', 'rows 1'), message('p', 'SCRAM-SHA-1', 0), message('p', 'SCRAM-SHA-256', 99), message('p', 'SCRAM-SHA-256', -1)]) {
		const client = await RawClient.open(server.port);
		client.send(startup({ user: 'ann' }), bytes);
		const answer = await client.untilEnd();
		assert.equal(errorFields(answer.at(-1)!).C, '08P01');
	}
});

test('a login that takes too long is cut', async () => {
	const hasty = await servePostgres(host, { port: 0, loginTimeoutMs: 1 });
	const client = await RawClient.open(hasty.port);
	assert.deepEqual(await client.untilEnd(), []);
	await hasty.close();
});

test('TLS is used when asked for, and can be demanded', async (context) => {
	const certificate = selfSigned();
	if (certificate === null) {
		context.skip('openssl is not there to make a certificate');
		return;
	}
	const { cert, key } = certificate;
	const secure = await servePostgres(host, { port: 0, cert, key, requireTls: true });
	const client = new pg.Client({ host: '127.0.0.1', port: secure.port, user: 'ann', password: 'pencil', ssl: { rejectUnauthorized: false } });
	await client.connect();
	assert.equal((await client.query('rows 30000')).rows.length, 30_000);
	await client.end();
	// Bytes smuggled in before the handshake are not read.
	const smuggler = await RawClient.open(secure.port);
	smuggler.send(Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]), startup({ user: 'ann' }));
	assert.deepEqual(await smuggler.untilEnd(), []);
	// A handshake that is none ends the connection.
	const plain = await RawClient.open(secure.port);
	plain.socket.removeAllListeners('data');
	plain.send(Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]));
	await new Promise((resolve) => plain.socket.once('data', resolve));
	plain.socket.resume();
	plain.send(Buffer.from('this is no handshake'));
	await plain.untilEnd();
	await assert.rejects(servePostgres(host, { port: 0, cert, key: cert }), { code: 'io' });
	await secure.close();
});
