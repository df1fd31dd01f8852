/** Roles and ownership. Every role may do everything (there are no privileges yet): GRANT and REVOKE say so in a warning. */
import type { AlterOwnerStmt, AlterRoleStmt, CreateRoleStmt, DropRoleStmt, RoleSpec } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import type { CatalogObject, RoleObject } from '../../transaction/catalog-objects.ts';
import { formatScramVerifier, makeScramVerifier, parseScramVerifier, SCRAM_SALT_BYTES } from '../scram-verifier.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { findTypeObject } from './drop.ts';
import { findFunction } from './functions.ts';
import { listName, requireSchema } from './names.ts';

/** The name that a role specification means. */
export function roleName(session: DatabaseSession, role: RoleSpec | undefined): string {
	switch (role?.roletype) {
		case 'ROLESPEC_CURRENT_ROLE':
		case 'ROLESPEC_CURRENT_USER':
		case 'ROLESPEC_SESSION_USER':
			return session.currentUser;
		case 'ROLESPEC_PUBLIC':
			return 'public';
		default:
			return role?.rolename ?? '';
	}
}

export function alterRelationOwner(ddl: DdlContext, object: CatalogObject, role: RoleSpec | undefined): void {
	const owner = roleName(ddl.session, role);
	if (owner !== ddl.session.currentUser && ddl.catalog.findRole(owner) === undefined) throw sqlError('42704', `role "${owner}" does not exist`);
	ddl.put({ ...object, owner });
}

/** The verifier to keep for a password given in clear, or as a verifier already. */
export function verifierFor(session: DatabaseSession, password: string): string {
	if (parseScramVerifier(password) !== null) return password;
	return formatScramVerifier(makeScramVerifier(password, session.engine.platform.random.bytes(SCRAM_SALT_BYTES)));
}

function applyOptions(ddl: DdlContext, role: RoleObject, options: readonly AstNode[]): RoleObject {
	let changed = role;
	for (const option of options) {
		const { defname, arg } = option.DefElem ?? {};
		const value = arg as AstNode | undefined;
		const on = value?.Boolean?.boolval ?? false;
		if (defname === 'password') changed = { ...changed, verifier: value?.String === undefined ? null : verifierFor(ddl.session, value.String.sval ?? '') };
		else if (defname === 'canlogin') changed = { ...changed, canLogin: on };
		else if (defname === 'superuser') changed = { ...changed, superuser: on };
		else if (defname === 'connectionlimit' && (value?.Integer?.ival ?? 0) !== -1) throw sqlError('0A000', 'a connection limit of a role is not supported');
		else if (defname === 'validUntil' && value?.String?.sval !== 'infinity')
			throw sqlError('0A000', 'VALID UNTIL of a role is not supported', { hint: 'Drop the role when its time has come.' });
		else if (
			![
				'inherit',
				'createdb',
				'createrole',
				'isreplication',
				'bypassrls',
				'connectionlimit',
				'validUntil',
				'rolemembers',
				'addroleto',
				'adminmembers',
				'sysid',
			].includes(defname ?? '')
		)
			throw sqlError('42601', `unrecognized role option "${defname}"`);
	}
	return changed;
}

const create = ddlHandler<CreateRoleStmt>('CREATE ROLE', (ddl, node) => {
	const name = node.role ?? '';
	if (ddl.catalog.findRole(name) !== undefined) throw sqlError('42710', `role "${name}" already exists`);
	if (/^pg_/.test(name) || name === 'public' || name === 'none') throw sqlError('42939', `role name "${name}" is reserved`);
	const role: RoleObject = { kind: 'role', id: ddl.newId(), name, schemaId: 0, canLogin: node.stmt_type === 'ROLESTMT_USER', superuser: false, verifier: null };
	ddl.put(applyOptions(ddl, role, nodesOf(node.options)));
});

function requireRole(ddl: DdlContext, name: string): RoleObject {
	const role = ddl.catalog.findRole(name);
	if (role?.kind !== 'role') throw sqlError('42704', `role "${name}" does not exist`);
	return role;
}

const alter = ddlHandler<AlterRoleStmt>('ALTER ROLE', (ddl, node) => {
	ddl.put(applyOptions(ddl, requireRole(ddl, roleName(ddl.session, node.role)), nodesOf(node.options)));
});

const drop = ddlHandler<DropRoleStmt>('DROP ROLE', (ddl, node) => {
	for (const item of nodesOf(node.roles)) {
		const name = roleName(ddl.session, item.RoleSpec);
		if (ddl.catalog.findRole(name) === undefined && node.missing_ok) {
			ddl.session.notice('NOTICE', '00000', `role "${name}" does not exist, skipping`);
			continue;
		}
		const role = requireRole(ddl, name);
		if (name === ddl.session.currentUser) throw sqlError('55006', 'current user cannot be dropped');
		ddl.remove(role.id);
	}
});

function noPrivileges(command: (node: { is_grant?: boolean }) => string): UtilityHandler<{ is_grant?: boolean }> {
	return {
		command,
		run({ session, node }) {
			session.notice('WARNING', '01000', `${command(node)} has no effect: every user may do everything`);
			return { tag: command(node) };
		},
	};
}

const owner = ddlHandler<AlterOwnerStmt>(
	(node) => `ALTER ${(node.objectType ?? '').replace('OBJECT_', '')}`,
	(ddl, node) => {
		const object = node.object as AstNode;
		const names = namesOf((object.List?.items as AstNode[] | undefined) ?? [object]);
		const found =
			node.objectType === 'OBJECT_SCHEMA'
				? requireSchema(ddl.session, names[0] ?? '')
				: object.ObjectWithArgs !== undefined
					? findFunction(ddl, object.ObjectWithArgs, node.objectType ?? '')
					: findTypeObject(ddl, listName(names));
		if (found === undefined) throw sqlError('42704', `object "${names.join('.')}" does not exist`);
		alterRelationOwner(ddl, found, node.newowner);
	},
);

const grant = noPrivileges((node) => (node.is_grant ? 'GRANT' : 'REVOKE'));
const grantRole = noPrivileges((node) => (node.is_grant ? 'GRANT ROLE' : 'REVOKE ROLE'));
const defaults = noPrivileges(() => 'ALTER DEFAULT PRIVILEGES');

export const roleHandlers = {
	CreateRoleStmt: create,
	AlterRoleStmt: alter,
	DropRoleStmt: drop,
	GrantStmt: grant,
	GrantRoleStmt: grantRole,
	AlterDefaultPrivilegesStmt: defaults,
	AlterOwnerStmt: owner,
};
