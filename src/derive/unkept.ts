/** What cannot be kept by commits. */
import { sqlError } from '../platform/errors.ts';

export function unkept(what: string): Error {
	return sqlError('0A000', `a materialized view with refresh = commit or async cannot have ${what}`, {
		hint: 'Leave out WITH (refresh = …), and use REFRESH MATERIALIZED VIEW.',
	});
}
