/** A certificate of its own for tests of TLS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts of a certificate for `localhost` and its key; null where openssl is not there to make one. */
export function selfSigned(): { readonly cert: string; readonly key: string } | null {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-tls-'));
	const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
	const kind = [
		'-newkey',
		'ec',
		'-pkeyopt',
		'ec_paramgen_curve:P-256',
		'-nodes',
		'-days',
		'2',
		'-subj',
		'/CN=localhost',
		'-addext',
		'subjectAltName=DNS:localhost',
	];
	try {
		execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
		return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
	} catch {
		return null;
	} finally {
		rmSync(directory, { recursive: true });
	}
}
