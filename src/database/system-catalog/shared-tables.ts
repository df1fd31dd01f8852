/** What a PostgreSQL server keeps for all databases: the database, roles, tablespaces; and the schemas. */
import type { SchemaObject } from '../../transaction/catalog-objects.ts';
import { PgArray } from '../../value/pg-array.ts';
import { BOOTSTRAP_ROLE_ID, DATABASE_ID, DATABASE_NAME, DEFAULT_TABLESPACE_ID, objectsOf, ownerId } from './object-names.ts';
import { type Provider, perVersion, type SystemContext, type SystemRecord } from './system-table.ts';

const UTF8_ENCODING = 6;

function* databases(): Iterable<SystemRecord> {
	yield {
		oid: DATABASE_ID,
		datname: DATABASE_NAME,
		datdba: BOOTSTRAP_ROLE_ID,
		encoding: UTF8_ENCODING,
		datlocprovider: 'c',
		datistemplate: false,
		datallowconn: true,
		datconnlimit: -1,
		datfrozenxid: 0,
		datminmxid: 0,
		dattablespace: DEFAULT_TABLESPACE_ID,
		datcollate: 'C',
		datctype: 'C',
	};
}

function* tablespaces(): Iterable<SystemRecord> {
	yield { oid: DEFAULT_TABLESPACE_ID, spcname: 'pg_default', spcowner: BOOTSTRAP_ROLE_ID };
}

/** The schema public belongs to whoever owns the database, until it is given to somebody. */
function ownsPublic(schema: SchemaObject): boolean {
	return schema.name === 'public' && (schema.owner ?? DATABASE_NAME) === DATABASE_NAME;
}

function* schemas(context: SystemContext): Iterable<SystemRecord> {
	for (const schema of objectsOf(context.catalog, 'schema')) {
		yield { oid: schema.id, nspname: schema.name, nspowner: ownsPublic(schema) ? DATABASE_OWNER.oid : ownerId(context.catalog, schema) };
	}
}

interface RoleRow {
	readonly oid: number;
	readonly name: string;
	readonly superuser: boolean;
	readonly canLogin: boolean;
	readonly verifier: string | null;
}

/** Whoever owns the database: the owner of the schema public, as in PostgreSQL. */
export const DATABASE_OWNER: RoleRow = { oid: 6171, name: 'pg_database_owner', superuser: false, canLogin: false, verifier: null };

function roles(context: SystemContext): RoleRow[] {
	const made = objectsOf(context.catalog, 'role').map((role) => ({
		oid: role.id,
		name: role.name,
		superuser: role.superuser,
		canLogin: role.canLogin,
		verifier: role.verifier,
	}));
	return [...made, DATABASE_OWNER];
}

function roleRecord(role: RoleRow, password: string | null): SystemRecord {
	return {
		oid: role.oid,
		rolname: role.name,
		rolsuper: role.superuser,
		rolinherit: true,
		rolcreaterole: role.superuser,
		rolcreatedb: role.superuser,
		rolcanlogin: role.canLogin,
		rolreplication: role.superuser,
		rolbypassrls: role.superuser,
		rolconnlimit: -1,
		rolpassword: password,
	};
}

function* authorizations(context: SystemContext): Iterable<SystemRecord> {
	for (const role of roles(context)) yield roleRecord(role, role.verifier);
}

function* shownRoles(context: SystemContext): Iterable<SystemRecord> {
	for (const role of roles(context)) yield roleRecord(role, '********');
}

/** Roles that are no users; nothing is a member of another here. */
function* groups(context: SystemContext): Iterable<SystemRecord> {
	for (const role of roles(context)) if (!role.canLogin) yield { groname: role.name, grosysid: role.oid, grolist: PgArray.empty };
}

function* users(context: SystemContext): Iterable<SystemRecord> {
	for (const role of roles(context)) if (role.canLogin) yield userRecord(role, '********');
}

function* shadows(context: SystemContext): Iterable<SystemRecord> {
	for (const role of roles(context)) if (role.canLogin) yield userRecord(role, role.verifier);
}

function userRecord(role: RoleRow, password: string | null): SystemRecord {
	const { oid, name, superuser } = role;
	return { usename: name, usesysid: oid, usecreatedb: superuser, usesuper: superuser, userepl: superuser, usebypassrls: superuser, passwd: password };
}

export const sharedTables: Readonly<Record<string, Provider>> = {
	pg_database: perVersion(databases),
	pg_tablespace: perVersion(tablespaces),
	pg_namespace: perVersion(schemas),
	pg_authid: perVersion(authorizations),
	pg_roles: perVersion(shownRoles),
	pg_user: perVersion(users),
	pg_shadow: perVersion(shadows),
	pg_group: perVersion(groups),
};
