/** The one argument of commands that work on a database: its directory. */
import { InputError } from '../platform/errors.ts';

/** The directory named, or ./data. Throws when more is given: what is not understood is not passed over. */
export function directoryArgument(command: string, positionals: readonly string[]): string {
	if (positionals.length > 1) {
		const hint = `Statements are given by -c; polylog ${command} --help lists the options.`;
		throw new InputError('usage', `one directory is expected, not ${positionals.map((text) => JSON.stringify(text)).join(' ')}`, { hint });
	}
	return positionals[0] ?? './data';
}
