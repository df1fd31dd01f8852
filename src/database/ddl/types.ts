/** CREATE TYPE (enum, composite), CREATE DOMAIN, and their ALTERs. */
import type { AlterDomainStmt, AlterEnumStmt, CompositeTypeStmt, Constraint, CreateDomainStmt, CreateEnumStmt } from 'libpg-query';
import { analyzeDomainCheck } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { deparseExpression } from '../../language/sql/deparse.ts';
import { resolveTypeName } from '../../language/sql/type-names.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject, SchemaObject, TableObject, TypeObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import { PgArray } from '../../value/pg-array.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { TypeLookup } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import { defaultText } from './columns.ts';
import { type DdlContext, ddlHandler, nodesOf } from './context.ts';
import { typeObjectIds } from './create-table.ts';
import { findTypeObject } from './drop.ts';
import { creationSchema, freeName, listName, type QualifiedName, rangeName, shownName } from './names.ts';

const EMPTY = { labels: [], baseOid: 0, baseTypmod: -1, notNull: false, defaultText: null, checks: [], fields: [] } as const;

function newType(ddl: DdlContext, name: QualifiedName, more: Partial<TypeObject> & Pick<TypeObject, 'typeKind'>): void {
	const schema: SchemaObject = creationSchema(ddl.session, name);
	if (ddl.catalog.find(schema.id, 'type', name.name) !== undefined) throw sqlError('42710', `type "${name.name}" already exists`);
	if (ddl.catalog.find(schema.id, 'relation', name.name) !== undefined)
		throw sqlError('42710', `type "${name.name}" already exists`, {
			hint: "A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.",
		});
	ddl.put({ ...EMPTY, kind: 'type', id: ddl.newId(), name: name.name, schemaId: schema.id, owner: ddl.session.currentUser, arrayOid: ddl.newId(), ...more });
}

function requireType(ddl: DdlContext, name: QualifiedName, kind: TypeObject['typeKind']): TypeObject {
	const type = findTypeObject(ddl, name);
	if (type === undefined) throw sqlError('42704', `type "${shownName(name)}" does not exist`);
	if (type.typeKind !== kind) throw sqlError('42809', `${shownName(name)} is not ${kind === 'enum' ? 'an enum' : `a ${kind}`}`);
	return type;
}

function checkLabel(label: string): void {
	if (Buffer.byteLength(label) > 63) throw sqlError('42602', `invalid enum label "${label}"`, { detail: 'Labels must be 63 bytes or less.' });
}

const createEnum = ddlHandler<CreateEnumStmt>('CREATE TYPE', (ddl, node) => {
	const labels = namesOf(node.vals as AstNode[] | undefined);
	for (const label of labels) checkLabel(label);
	const twice = labels.find((l, i) => labels.indexOf(l) !== i);
	if (twice !== undefined) throw sqlError('42710', `enum label "${twice}" used more than once`);
	newType(ddl, listName(namesOf(node.typeName as AstNode[])), { typeKind: 'enum', labels });
});

const alterEnum = ddlHandler<AlterEnumStmt>('ALTER TYPE', (ddl, node) => {
	const type = requireType(ddl, listName(namesOf(node.typeName as AstNode[])), 'enum');
	const label = node.newVal ?? '';
	checkLabel(label);
	if (node.oldVal !== undefined && node.oldVal !== '') return renameLabel(ddl, type, node.oldVal, label);
	if (type.labels.includes(label)) {
		if (!node.skipIfNewValExists) throw sqlError('42710', `enum label "${label}" already exists`);
		ddl.session.notice('NOTICE', '42710', `enum label "${label}" already exists, skipping`);
		return;
	}
	const labels = [...type.labels];
	if (!node.newValNeighbor) labels.push(label);
	else {
		const at = labels.indexOf(node.newValNeighbor);
		if (at < 0) throw sqlError('22023', `"${node.newValNeighbor}" is not an existing enum label`);
		labels.splice(node.newValIsAfter ? at + 1 : at, 0, label);
	}
	const before = ddl.catalog;
	// Keys hold the places of labels, which stay as they are when the new one comes last.
	const tables = labels.at(-1) === label ? [] : tablesOf(ddl, type.id).filter((t) => t.primaryKey.length > 0 || t.indexIds.length > 0);
	for (const table of tables) ddl.lock(table.id, 'exclusive');
	ddl.put({ ...type, labels });
	return tables.length === 0 ? undefined : ddl.session.engine.rewriteKeysOf(ddl.session, ddl.transaction, before, tables);
});

/** Rows hold labels as text, so those of all tables are written anew; so are defaults of columns of the type. */
function renameLabel(ddl: DdlContext, type: TypeObject, from: string, to: string): Promise<void> {
	if (!type.labels.includes(from)) throw sqlError('22023', `"${from}" is not an existing enum label`);
	if (type.labels.includes(to)) throw sqlError('42710', `enum label "${to}" already exists`);
	const before = ddl.catalog;
	const tables = tablesOf(ddl, type.id);
	const quoted = `'${from.replaceAll("'", "''")}'`;
	refuseLabelInTexts(ddl, [type.id, ...tables.map((t) => t.id)], quoted, from);
	for (const table of tables) ddl.lock(table.id, 'exclusive');
	ddl.put({ ...type, labels: type.labels.map((l) => (l === from ? to : l)) });
	const renamed = tables.map((table) => ({
		...table,
		columns: table.columns.map((c) => {
			const rename = c.dropped ? null : renamer(before, c.typeOid, type.id, from, to);
			if (rename === null) return c;
			return { ...c, defaultText: renamedDefault(ddl, before, c, rename), missingText: null, addedIn: table.schemaVersion };
		}),
	}));
	for (const table of renamed) ddl.put(table);
	return ddl.session.engine.rewriteKeysOf(ddl.session, ddl.transaction, before, renamed, (table) => {
		const renamers = table.columns.filter((c) => !c.dropped).map((c) => renamer(before, c.typeOid, type.id, from, to));
		return (row) => row.map((value, i) => (value === null ? null : (renamers[i]?.(value) ?? value)));
	});
}

/** A default that is a plain literal is renamed as the value that it is; others must not name the label. */
function renamedDefault(ddl: DdlContext, before: CatalogVersion, column: ColumnObject, rename: (value: unknown) => unknown): string | null {
	const text = column.defaultText;
	const literal = text === null ? null : /^'((?:[^']|'')*)'(::.*)?$/.exec(text);
	if (literal === null) return text;
	const type = before.typeByOid(column.typeOid)!;
	const value = rename(textParser(type, -1, before, defaultTextSettings)(literal[1]!.replaceAll("''", "'")));
	return `'${textFormatter(type, ddl.catalog, defaultTextSettings)(value).replaceAll("'", "''")}'${literal[2] ?? ''}`;
}

/** Views, checks, indexes and functions keep their text: one that names the label would mean another, or none. */
function refuseLabelInTexts(ddl: DdlContext, ids: readonly number[], quoted: string, label: string): void {
	for (const id of ids) {
		for (const object of ddl.catalog.dependents(id)) {
			if (object.kind === 'table' || !JSON.stringify(object).includes(JSON.stringify(quoted).slice(1, -1))) continue;
			throw sqlError('0A000', `cannot rename enum label "${label}": it is named by ${object.kind} "${object.name}"`, {
				hint: `Drop the ${object.kind} and create it again afterwards.`,
			});
		}
	}
}

/** Renames a label inside values of a type; null when it holds none of the enum. */
function renamer(catalog: TypeLookup, typeOid: number, enumOid: number, from: string, to: string): ((value: unknown) => unknown) | null {
	if (typeOid === enumOid) return (value) => (value === from ? to : value);
	const type = catalog.typeByOid(typeOid);
	if (type === undefined) return null;
	if (type.kind === 'domain') return renamer(catalog, type.baseOid, enumOid, from, to);
	if (type.kind === 'array') {
		const element = renamer(catalog, type.elementOid, enumOid, from, to);
		if (element === null) return null;
		return (value) => {
			const array = value as PgArray;
			return new PgArray(
				array.dimensions,
				array.lowerBounds,
				array.elements.map((e) => (e === null ? null : element(e))),
			);
		};
	}
	if (type.kind !== 'composite') return null;
	const fields = type.fields.map((f) => renamer(catalog, f.typeOid, enumOid, from, to));
	if (fields.every((f) => f === null)) return null;
	return (value) => (value as readonly unknown[]).map((v, i) => (v === null ? null : (fields[i]?.(v) ?? v)));
}

/** Tables that use the type, be it inside of another. */
function tablesOf(ddl: DdlContext, typeId: number): TableObject[] {
	const found = new Map<number, TableObject>();
	const seen = new Set<number>();
	const visit = (id: number): void => {
		if (seen.has(id)) return;
		seen.add(id);
		for (const object of ddl.catalog.dependents(id)) {
			if (object.kind === 'table') found.set(object.id, object);
			if (object.kind === 'type' || object.kind === 'table') visit(object.id);
		}
	};
	visit(typeId);
	return [...found.values()];
}

const createComposite = ddlHandler<CompositeTypeStmt>('CREATE TYPE', (ddl, node) => {
	const context = ddl.analysis();
	const fields = nodesOf(node.coldeflist).map((n) => {
		const { type, typmod } = resolveTypeName(n.ColumnDef!.typeName!, context);
		return { name: n.ColumnDef!.colname ?? '', typeOid: type.oid, typmod };
	});
	newType(ddl, rangeName(node.typevar!), {
		typeKind: 'composite',
		fields,
		dependsOn: typeObjectIds(
			ddl,
			fields.map((f) => f.typeOid),
		),
	});
});

type Check = TypeObject['checks'][number];

function domainCheck(ddl: DdlContext, node: Constraint, domainName: string, typeOid: number, typmod: number, existing: readonly Check[]): Check {
	const base = ddl.catalog.typeByOid(typeOid) ?? builtinTypes.typeByOid(typeOid)!;
	analyzeDomainCheck(node.raw_expr as AstNode, ddl.analysis(), base, typmod);
	const name = node.conname ? node.conname : freeName(domainName, '', 'check', (n) => existing.some((c) => c.name === n));
	if (existing.some((c) => c.name === name)) throw sqlError('42710', `constraint "${name}" for domain "${domainName}" already exists`);
	return { name, text: deparseExpression(node.raw_expr as AstNode) };
}

const createDomain = ddlHandler<CreateDomainStmt>('CREATE DOMAIN', (ddl, node) => {
	const name = listName(namesOf(node.domainname as AstNode[]));
	const { type, typmod } = resolveTypeName(node.typeName!, ddl.analysis());
	if (type.kind === 'pseudo' || type.kind === 'dynamic') throw sqlError('42804', `"${type.name}" is not a valid base type for a domain`);
	const checks: Check[] = [];
	let notNull = false;
	let text: string | null = null;
	for (const item of nodesOf(node.constraints)) {
		const constraint = item.Constraint!;
		if (constraint.contype === 'CONSTR_NOTNULL') notNull = true;
		else if (constraint.contype === 'CONSTR_DEFAULT') text = defaultText(ddl, constraint.raw_expr as AstNode, type, typmod, name.name);
		else if (constraint.contype === 'CONSTR_CHECK') checks.push(domainCheck(ddl, constraint, name.name, type.oid, typmod, checks));
		else if (constraint.contype !== 'CONSTR_NULL') throw sqlError('42601', 'this kind of constraint is not possible for domains');
	}
	newType(ddl, name, {
		typeKind: 'domain',
		baseOid: type.oid,
		baseTypmod: typmod,
		notNull,
		defaultText: text,
		checks,
		dependsOn: typeObjectIds(ddl, [type.oid]),
	});
});

const alterDomain = ddlHandler<AlterDomainStmt>('ALTER DOMAIN', (ddl, node) => {
	const domain = requireType(ddl, listName(namesOf(node.typeName as AstNode[])), 'domain');
	const base = ddl.catalog.typeByOid(domain.baseOid)!;
	switch (node.subtype) {
		case 'T':
			ddl.put({ ...domain, defaultText: node.def === undefined ? null : defaultText(ddl, node.def as AstNode, base, domain.baseTypmod, domain.name) });
			return;
		case 'N':
			ddl.put({ ...domain, notNull: false });
			return;
		case 'O':
			ddl.put({ ...domain, notNull: true });
			return ddl.session.engine.checkDomainRows(ddl.session, ddl.transaction, domain.id);
		case 'C': {
			const check = domainCheck(ddl, (node.def as AstNode).Constraint!, domain.name, domain.baseOid, domain.baseTypmod, domain.checks);
			ddl.put({ ...domain, checks: [...domain.checks, check] });
			return (node.def as AstNode).Constraint!.skip_validation ? undefined : ddl.session.engine.checkDomainRows(ddl.session, ddl.transaction, domain.id);
		}
		case 'X': {
			if (!domain.checks.some((c) => c.name === node.name)) {
				if (node.missing_ok) {
					ddl.session.notice('NOTICE', '42704', `constraint "${node.name}" of domain "${domain.name}" does not exist, skipping`);
					return;
				}
				throw sqlError('42704', `constraint "${node.name}" of domain "${domain.name}" does not exist`);
			}
			ddl.put({ ...domain, checks: domain.checks.filter((c) => c.name !== node.name) });
			return;
		}
		default:
			throw sqlError('0A000', 'this ALTER DOMAIN action is not supported');
	}
});

export const typeHandlers = {
	CreateEnumStmt: createEnum,
	AlterEnumStmt: alterEnum,
	CompositeTypeStmt: createComposite,
	CreateDomainStmt: createDomain,
	AlterDomainStmt: alterDomain,
};
