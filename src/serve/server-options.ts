/** What the options of every server are checked for before it listens. */
import { InputError } from '../platform/errors.ts';
import { isLoopback } from '../platform/network.ts';

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
