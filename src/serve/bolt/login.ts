/**
 * Who a client is. While no user has a password, anybody on this machine is let in: under the name given with `basic`, else as
 * `polylog`. As soon as one has, everybody must show a password.
 */
import { matchesPassword } from '../../database/scram-verifier.ts';
import type { Security } from '../server-options.ts';
import type { BoltHost } from './host.ts';
import { optionalText } from './request-metadata.ts';
import { RequestError, UNAUTHORIZED } from './status-codes.ts';

/** Who comes without a name. */
const DEFAULT_USER = 'polylog';

/** How a client is connected. */
export interface ClientAddress {
	/** It runs on this machine. */
	readonly isLocal: boolean;
	readonly isSecure: boolean;
}

export interface LoginRules {
	readonly host: Pick<BoltHost, 'role' | 'hasPasswords'>;
	readonly security: Pick<Security, 'requireTls' | 'trustRemote'>;
}

/** The user that a token stands for; throws Unauthorized. */
export function logIn(rules: LoginRules, client: ClientAddress, token: ReadonlyMap<string, unknown>): string {
	if (rules.security.requireTls && !client.isLocal && !client.isSecure)
		throw refusal('connections from other machines must use TLS: connect with bolt+s:// or neo4j+s://');
	const scheme = optionalText(token, 'scheme') || 'none';
	if (scheme !== 'none' && scheme !== 'basic') throw refusal(`authentication scheme ${JSON.stringify(scheme)} is not supported: use "basic" or "none"`);
	const user = scheme === 'none' ? DEFAULT_USER : optionalText(token, 'principal') || DEFAULT_USER;
	const role = rules.host.role(user);
	if (rules.host.hasPasswords()) {
		if (scheme === 'none') throw refusal('a user and a password are needed');
		if (!matchesPassword(role?.verifier ?? null, optionalText(token, 'credentials')))
			throw refusal(`password authentication failed for user ${JSON.stringify(user)}`);
	} else if (!client.isLocal && !rules.security.trustRemote) {
		throw refusal('connections from other machines need a user with a password');
	}
	if (role !== undefined && !role.canLogin) throw refusal(`role ${JSON.stringify(user)} is not permitted to log in`);
	return user;
}

function refusal(message: string): RequestError {
	return new RequestError(UNAUTHORIZED, message);
}
