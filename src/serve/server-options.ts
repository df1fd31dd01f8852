/** What the options of every server are checked for before it listens. */
import { InputError } from '../platform/errors.ts';
import { isLoopback, type Network, type TlsContext } from '../platform/network.ts';

/** Refuses an address beyond loopback while nobody has a password, unless the operator trusts whoever comes. Throws 'unsafe-listen'. */
export function requireSafeAddress(address: string, trustRemote: boolean, host: { hasPasswords(): boolean }): void {
	if (isLoopback(address) || trustRemote || host.hasPasswords()) return;
	throw new InputError('unsafe-listen', `refusing to listen on ${address}, beyond this machine, while no user has a password`, {
		hint: 'Create a user with a password first, or set trustRemote to let anybody in.',
	});
}

export function positive(name: string, value: number): number {
	if (!Number.isInteger(value) || value <= 0) throw new RangeError(`${name} must be a positive integer, not ${value}`);
	return value;
}

/** How clients may secure their connections. */
export interface Security {
	/** null: there is no TLS. */
	readonly tls: TlsContext | null;
	readonly requireTls: boolean;
	readonly trustRemote: boolean;
}

export interface SecurityOptions {
	readonly cert?: string;
	readonly key?: string;
	readonly requireTls?: boolean;
	readonly trustRemote?: boolean;
}

/** Reads the options about TLS; throws a TypeError when they do not go together, and what `tlsContext` throws of certificates. */
export function securityOf(network: Network, { cert, key, requireTls = false, trustRemote = false }: SecurityOptions): Security {
	if ((cert === undefined) !== (key === undefined)) throw new TypeError('cert and key must be given together');
	const tls = cert === undefined ? null : network.tlsContext(cert, key!);
	if (requireTls && tls === null) throw new TypeError('requireTls needs cert and key');
	return { tls, requireTls, trustRemote };
}
