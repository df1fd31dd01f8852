/** Work under a search path of its own: what views and schemas name is looked up there. */
import type { DatabaseSession } from './session.ts';

/** Runs `work` with another search path; a promise keeps it until it has settled. */
export function withSearchPath<T>(session: DatabaseSession, path: readonly string[], work: () => T): T {
	const { settings } = session;
	const before = settings.get('search_path')!;
	const quoted = path.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
	settings.force('search_path', quoted, true);
	const restore = (): void => settings.force('search_path', before, true);
	try {
		const result = work();
		if (result instanceof Promise) return result.finally(restore) as T;
		restore();
		return result;
	} catch (error) {
		restore();
		throw error;
	}
}
