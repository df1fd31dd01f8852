/** What a session's setting is set to by a value in any form in which it may be written. */
import { sqlError } from '../platform/errors.ts';
import type { DatabaseSession } from './session.ts';
import { settingDefinition } from './settings.ts';
import { normaliseTextSetting } from './text-settings.ts';

/** Throws 22023 when the value makes no sense. */
export function checkedSetting(session: DatabaseSession, name: string, value: string): string {
	const normal = normaliseTextSetting(name, value, (other) => session.settings.get(other));
	if (normal === null) throw sqlError('22023', `invalid value for parameter "${settingDefinition(name)?.name ?? name}": "${value}"`);
	const isEncoding = name.toLowerCase() === 'client_encoding';
	if (isEncoding && !/^'?(utf-?8|unicode)'?$/i.test(normal))
		throw sqlError('0A000', `conversion between ${value} and UTF8 is not supported`, { hint: 'Use client_encoding UTF8.' });
	if (/^(role|session_authorization)$/i.test(name) && normal !== 'none' && normal !== session.user && session.catalog.findRole(normal) === undefined)
		throw sqlError('22023', `role "${normal}" does not exist`);
	return isEncoding ? 'UTF8' : normal;
}
