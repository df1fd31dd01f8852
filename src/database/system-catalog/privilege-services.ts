/**
 * has_table_privilege and its kin. There is no GRANT: every user may do everything, so the answer is true for any object that
 * exists and any privilege that there is; what does not exist is PostgreSQL's error, or NULL for an oid.
 */
import { sqlError } from '../../platform/errors.ts';
import { functionByOid } from './function-catalog.ts';
import { isRelation } from './object-names.ts';
import { relationOid } from './reg-names.ts';
import { type SystemContext, tableDefinitions } from './system-table.ts';

type Service = (context: SystemContext, args: readonly unknown[]) => unknown;

const RELATION_PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'RULE'];
const COLUMN_PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'];

/** Privileges and how an object is looked up, by kind. */
const KINDS: Readonly<
	Record<string, { readonly privileges: readonly string[]; readonly exists: (context: SystemContext, object: string | number) => boolean }>
> = {
	table: { privileges: RELATION_PRIVILEGES, exists: relationExists },
	any_column: { privileges: COLUMN_PRIVILEGES, exists: relationExists },
	sequence: { privileges: ['USAGE', 'SELECT', 'UPDATE'], exists: relationExists },
	database: { privileges: ['CREATE', 'CONNECT', 'TEMPORARY', 'TEMP'], exists: () => true },
	schema: { privileges: ['CREATE', 'USAGE'], exists: schemaExists },
	function: { privileges: ['EXECUTE'], exists: (context, object) => typeof object === 'string' || functionByOid(context, object) !== undefined },
	language: { privileges: ['USAGE'], exists: () => true },
	tablespace: { privileges: ['CREATE'], exists: () => true },
	type: { privileges: ['USAGE'], exists: (context, object) => typeof object === 'string' || context.catalog.typeByOid(object) !== undefined },
	foreign_data_wrapper: { privileges: ['USAGE'], exists: () => false },
	server: { privileges: ['USAGE'], exists: () => false },
};

function relationExists(context: SystemContext, object: string | number): boolean {
	if (typeof object === 'string') return relationOid(context, object) !== 0;
	if (isRelation(context.catalog.get(object))) return true;
	for (const definition of tableDefinitions().values()) if (definition.oid === object) return true;
	return false;
}

function schemaExists(context: SystemContext, object: string | number): boolean {
	if (typeof object === 'number') return context.catalog.get(object)?.kind === 'schema';
	if (context.catalog.findSchema(object) === undefined) throw sqlError('3F000', `schema "${object}" does not exist`);
	return true;
}

function checkUser(context: SystemContext, user: unknown): void {
	if (typeof user !== 'string' || user === context.user || user === 'public') return;
	if (context.catalog.findRole(user) === undefined) throw sqlError('42704', `role "${user}" does not exist`);
}

/** `SELECT, INSERT WITH GRANT OPTION` …; throws 22023 for one that there is not. */
function checkPrivileges(text: string, known: readonly string[]): void {
	for (const word of text.split(',')) {
		const privilege = word
			.trim()
			.toUpperCase()
			.replace(/ WITH GRANT OPTION$/, '');
		if (!known.includes(privilege)) throw sqlError('22023', `unrecognized privilege type: "${word.trim()}"`);
	}
}

function kindService(kind: string): Service {
	const { privileges, exists } = KINDS[kind]!;
	return (context, args) => {
		if (args.length === 3) checkUser(context, args[0]);
		checkPrivileges(args.at(-1) as string, privileges);
		return exists(context, args.at(-2) as string | number) ? true : null;
	};
}

function hasColumnPrivilege(context: SystemContext, args: readonly unknown[]): unknown {
	const [object, column, privileges] = args.slice(-3) as [string | number, string | number, string];
	if (args.length === 4) checkUser(context, args[0]);
	checkPrivileges(privileges, COLUMN_PRIVILEGES);
	if (!relationExists(context, object)) return null;
	const relation = context.catalog.get(typeof object === 'number' ? object : relationOid(context, object));
	if (relation?.kind !== 'table') return true;
	const found = relation.columns.some((candidate) => !candidate.dropped && (candidate.number === column || candidate.name === column));
	if (found) return true;
	if (typeof column === 'number') return null;
	throw sqlError('42703', `column "${column}" of relation "${relation.name}" does not exist`);
}

function hasRole(context: SystemContext, args: readonly unknown[]): boolean {
	for (const role of args.slice(0, -1)) {
		if (typeof role === 'string') checkUser(context, role);
	}
	checkPrivileges(args.at(-1) as string, ['USAGE', 'MEMBER', 'SET', 'USAGE WITH ADMIN OPTION', 'MEMBER WITH ADMIN OPTION']);
	return true;
}

export const privilegeServices: ReadonlyMap<string, Service> = new Map<string, Service>([
	...Object.keys(KINDS).map((kind) => [`has_${kind}_privilege`, kindService(kind)] as const),
	['has_column_privilege', hasColumnPrivilege],
	['pg_has_role', hasRole],
]);
