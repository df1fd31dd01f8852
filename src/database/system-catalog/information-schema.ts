/** information_schema: tables, columns, constraints, routines, as SQL's standard wants them and PostgreSQL 15 fills them. */
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import type { ColumnObject, ConstraintObject, FunctionObject, SequenceObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { dataTypeRecord, typeSchema } from './data-type-record.ts';
import { plainExpression, viewText } from './definition-text.ts';
import { columnByNumber, DATABASE_NAME, isMaterialized, liveColumns, objectsOf, schemaName, visibleTables } from './object-names.ts';
import { constraintsOf, referencedIndexId } from './relation-tables.ts';
import { shownDefault } from './shown-text.ts';
import { type Provider, perCall, perVersion, type SystemContext, type SystemRecord, tableDefinitions } from './system-table.ts';
import { standardTriggers } from './trigger-tables.ts';

const OWNER = 'polylog';
const RULES = { 'no action': 'NO ACTION', restrict: 'RESTRICT', cascade: 'CASCADE', 'set null': 'SET NULL', 'set default': 'SET DEFAULT' } as const;
const CONSTRAINT_NAMES = { primary: 'PRIMARY KEY', unique: 'UNIQUE', check: 'CHECK', foreign: 'FOREIGN KEY' } as const;
const TABLE_PRIVILEGES = ['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

function yesNo(value: boolean): string {
	return value ? 'YES' : 'NO';
}

function place(catalog: CatalogVersion, object: { readonly schemaId: number; readonly name: string }): SystemRecord {
	return { table_catalog: DATABASE_NAME, table_schema: schemaName(catalog, object.schemaId), table_name: object.name };
}

function constraintPlace(catalog: CatalogVersion, schemaId: number, name: string): SystemRecord {
	return { constraint_catalog: DATABASE_NAME, constraint_schema: schemaName(catalog, schemaId), constraint_name: name };
}

function* catalogName(): Iterable<SystemRecord> {
	yield { catalog_name: DATABASE_NAME };
}

function* schemata(context: SystemContext): Iterable<SystemRecord> {
	for (const schema of objectsOf(context.catalog, 'schema')) {
		yield { catalog_name: DATABASE_NAME, schema_name: schema.name, schema_owner: schema.owner ?? OWNER };
	}
}

function* tables(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const definition of tableDefinitions().values()) {
		const isTable = definition.relationKind === 'r';
		const where = { table_catalog: DATABASE_NAME, table_schema: definition.schema, table_name: definition.name };
		yield { ...where, table_type: isTable ? 'BASE TABLE' : 'VIEW', is_insertable_into: 'NO', is_typed: 'NO' };
	}
	for (const table of visibleTables(catalog)) {
		const type = table.persistence === 't' ? 'LOCAL TEMPORARY' : 'BASE TABLE';
		yield { ...place(catalog, table), table_type: type, is_insertable_into: 'YES', is_typed: 'NO' };
	}
	for (const view of objectsOf(catalog, 'view')) {
		if (!isMaterialized(view)) yield { ...place(catalog, view), table_type: 'VIEW', is_insertable_into: 'NO', is_typed: 'NO' };
	}
}

function* columns(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const definition of tableDefinitions().values()) {
		for (const [index, column] of definition.columns.entries()) {
			yield {
				table_catalog: DATABASE_NAME,
				table_schema: definition.schema,
				table_name: definition.name,
				...columnRecord(context, column.name, column.typeOid, -1, index + 1),
				is_nullable: 'YES',
				is_updatable: 'NO',
			};
		}
	}
	for (const table of visibleTables(catalog)) {
		for (const column of liveColumns(table)) yield tableColumn(context, table, column);
	}
	for (const view of objectsOf(catalog, 'view')) {
		if (isMaterialized(view)) continue;
		for (const [index, column] of view.columns.entries()) {
			yield {
				...place(catalog, view),
				...columnRecord(context, column.name, column.typeOid, column.typmod, index + 1),
				is_nullable: 'YES',
				is_updatable: 'NO',
			};
		}
	}
}

function columnRecord(context: SystemContext, name: string, typeOid: number, typmod: number, position: number): SystemRecord {
	const type = context.catalog.typeByOid(typeOid);
	const domain = type?.kind === 'domain' ? { domain_catalog: DATABASE_NAME, domain_schema: typeSchema(context, type), domain_name: type.name } : {};
	return {
		column_name: name,
		ordinal_position: position,
		...dataTypeRecord(context, typeOid, typmod, position),
		...domain,
		is_self_referencing: 'NO',
		is_identity: 'NO',
		identity_cycle: 'NO',
		is_generated: 'NEVER',
	};
}

function tableColumn(context: SystemContext, table: TableObject, column: ColumnObject): SystemRecord {
	const { catalog } = context;
	const hasDefault = column.defaultText !== null && column.identity === '' && column.generatedText === null;
	const sequence = column.identity === '' ? undefined : catalog.get(column.sequenceId);
	return {
		...place(catalog, table),
		...columnRecord(context, column.name, column.typeOid, column.typmod, column.number),
		column_default: hasDefault ? shownDefault(context, column, column.defaultText ?? '', table.schemaId) : null,
		is_nullable: yesNo(!column.notNull),
		...(column.identity === '' ? {} : { is_identity: 'YES', identity_generation: column.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT' }),
		...(sequence?.kind === 'sequence' ? identityPart(sequence) : {}),
		...(column.generatedText === null ? {} : { is_generated: 'ALWAYS', generation_expression: column.generatedText }),
		is_updatable: 'YES',
	};
}

function identityPart(sequence: SequenceObject): SystemRecord {
	return {
		identity_start: sequence.start,
		identity_increment: sequence.increment,
		identity_maximum: sequence.maximum,
		identity_minimum: sequence.minimum,
		identity_cycle: yesNo(sequence.cycle),
	};
}

function* views(context: SystemContext): Iterable<SystemRecord> {
	for (const view of objectsOf(context.catalog, 'view')) {
		if (isMaterialized(view)) continue;
		yield {
			...place(context.catalog, view),
			view_definition: ` ${viewText(context, view)};`,
			check_option: view.checkOption === undefined || view.checkOption === '' ? 'NONE' : view.checkOption.toUpperCase(),
			is_updatable: 'NO',
			is_insertable_into: 'NO',
			is_trigger_updatable: 'NO',
			is_trigger_deletable: 'NO',
			is_trigger_insertable_into: 'NO',
		};
	}
}

function* viewTables(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const view of objectsOf(catalog, 'view')) {
		for (const id of view.dependsOn ?? []) {
			const object = catalog.get(id);
			if (object?.kind !== 'table' && object?.kind !== 'view') continue;
			yield { view_catalog: DATABASE_NAME, view_schema: schemaName(catalog, view.schemaId), view_name: view.name, ...place(catalog, object) };
		}
	}
}

/** The name that the standard's CHECK for a NOT NULL goes by. */
function notNullName(table: TableObject, column: ColumnObject): string {
	return `${table.schemaId}_${table.id}_${column.number}_not_null`;
}

function* tableConstraints(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		const common = { ...place(catalog, table), enforced: 'YES' };
		for (const constraint of constraintsOf(catalog, table)) {
			const index = catalog.get(constraint.indexId);
			yield {
				...common,
				...constraintPlace(catalog, constraint.schemaId, constraint.name),
				constraint_type: CONSTRAINT_NAMES[constraint.type],
				is_deferrable: yesNo(constraint.deferrable),
				initially_deferred: yesNo(constraint.initiallyDeferred),
				nulls_distinct: constraint.type === 'unique' && index?.kind === 'index' ? yesNo(!index.nullsNotDistinct) : null,
			};
		}
		for (const column of liveColumns(table)) {
			if (!column.notNull) continue;
			const where = constraintPlace(catalog, table.schemaId, notNullName(table, column));
			yield { ...common, ...where, constraint_type: 'CHECK', is_deferrable: 'NO', initially_deferred: 'NO' };
		}
	}
}

function* checkConstraints(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		for (const constraint of constraintsOf(catalog, table)) {
			if (constraint.type !== 'check') continue;
			yield { ...constraintPlace(catalog, constraint.schemaId, constraint.name), check_clause: `(${plainExpression(constraint.checkText ?? '')})` };
		}
		for (const column of liveColumns(table)) {
			if (!column.notNull) continue;
			yield { ...constraintPlace(catalog, table.schemaId, notNullName(table, column)), check_clause: `${quoteIdentifier(column.name)} IS NOT NULL` };
		}
	}
	for (const type of objectsOf(catalog, 'type')) {
		for (const check of type.checks) yield { ...constraintPlace(catalog, type.schemaId, check.name), check_clause: `(${plainExpression(check.text)})` };
	}
}

function tableOf(catalog: CatalogVersion, id: number): TableObject | undefined {
	const object = catalog.get(id);
	return object?.kind === 'table' ? object : undefined;
}

function* keyColumns(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const constraint of objectsOf(catalog, 'constraint')) {
		const table = tableOf(catalog, constraint.tableId);
		if (table === undefined || constraint.type === 'check') continue;
		for (const [index, number] of constraint.columns.entries()) {
			yield {
				...constraintPlace(catalog, constraint.schemaId, constraint.name),
				...place(catalog, table),
				column_name: columnByNumber(table, number)?.name ?? '',
				ordinal_position: index + 1,
				position_in_unique_constraint: constraint.type === 'foreign' ? positionInReferenced(catalog, constraint, index) : null,
			};
		}
	}
}

/** Where in the referenced key the column stands. */
function positionInReferenced(catalog: CatalogVersion, constraint: ConstraintObject, index: number): number | null {
	const referenced = catalog.get(referencedIndexId(catalog, constraint));
	if (referenced?.kind !== 'index') return null;
	const at = referenced.columns.findIndex((column) => column.column === constraint.foreignColumns[index]);
	return at < 0 ? null : at + 1;
}

function* usedColumns(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const constraint of objectsOf(catalog, 'constraint')) {
		const foreign = constraint.type === 'foreign';
		const table = tableOf(catalog, foreign ? constraint.foreignTableId : constraint.tableId);
		if (table === undefined) continue;
		for (const number of foreign ? constraint.foreignColumns : constraint.columns) {
			const name = columnByNumber(table, number)?.name ?? '';
			yield { ...place(catalog, table), column_name: name, ...constraintPlace(catalog, constraint.schemaId, constraint.name) };
		}
	}
}

function* usedTables(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const constraint of objectsOf(catalog, 'constraint')) {
		if (constraint.type === 'check') continue;
		const table = tableOf(catalog, constraint.type === 'foreign' ? constraint.foreignTableId : constraint.tableId);
		if (table !== undefined) yield { ...place(catalog, table), ...constraintPlace(catalog, constraint.schemaId, constraint.name) };
	}
}

function* referentialConstraints(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const constraint of objectsOf(catalog, 'constraint')) {
		if (constraint.type !== 'foreign') continue;
		const index = catalog.get(referencedIndexId(catalog, constraint));
		yield {
			...constraintPlace(catalog, constraint.schemaId, constraint.name),
			unique_constraint_catalog: index === undefined ? null : DATABASE_NAME,
			unique_constraint_schema: index === undefined ? null : schemaName(catalog, index.schemaId),
			unique_constraint_name: index?.name ?? null,
			match_option: constraint.matchFull ? 'FULL' : 'NONE',
			update_rule: RULES[constraint.onUpdate],
			delete_rule: RULES[constraint.onDelete],
		};
	}
}

const SEQUENCE_PRECISIONS: Readonly<Record<number, number>> = { 20: 64, 21: 16, 23: 32 };
const TYPE_TITLES: Readonly<Record<number, string>> = { 20: 'bigint', 21: 'smallint', 23: 'integer' };

function* sequences(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const sequence of objectsOf(catalog, 'sequence')) {
		const table = tableOf(catalog, sequence.ownerTableId);
		// The sequence of an identity column is part of it.
		if (table !== undefined && columnByNumber(table, sequence.ownerColumn)?.identity !== '') continue;
		yield {
			sequence_catalog: DATABASE_NAME,
			sequence_schema: schemaName(catalog, sequence.schemaId),
			sequence_name: sequence.name,
			data_type: TYPE_TITLES[sequence.typeOid],
			numeric_precision: SEQUENCE_PRECISIONS[sequence.typeOid],
			numeric_precision_radix: 2,
			numeric_scale: 0,
			start_value: sequence.start,
			minimum_value: sequence.minimum,
			maximum_value: sequence.maximum,
			increment: sequence.increment,
			cycle_option: yesNo(sequence.cycle),
		};
	}
}

function specificPlace(catalog: CatalogVersion, object: FunctionObject): SystemRecord {
	return { specific_catalog: DATABASE_NAME, specific_schema: schemaName(catalog, object.schemaId), specific_name: `${object.name}_${object.id}` };
}

function* routines(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const object of objectsOf(catalog, 'function')) {
		const result = object.isProcedure ? undefined : catalog.typeByOid(object.returnOid);
		const described = result === undefined ? {} : dataTypeRecord(context, object.returnOid, -1, 0);
		yield {
			...specificPlace(catalog, object),
			routine_catalog: DATABASE_NAME,
			routine_schema: schemaName(catalog, object.schemaId),
			routine_name: object.name,
			routine_type: object.isProcedure ? 'PROCEDURE' : 'FUNCTION',
			data_type: described.data_type,
			type_udt_catalog: described.udt_catalog,
			type_udt_schema: described.udt_schema,
			type_udt_name: described.udt_name,
			dtd_identifier: result === undefined ? null : '0',
			routine_body: object.language === 'sql' ? 'SQL' : 'EXTERNAL',
			routine_definition: object.body,
			external_language: object.language.toUpperCase(),
			parameter_style: 'GENERAL',
			is_deterministic: yesNo(object.volatility === 'i'),
			sql_data_access: 'MODIFIES',
			is_null_call: object.isProcedure ? null : yesNo(object.strict),
			schema_level_routine: 'YES',
			max_dynamic_result_sets: 0,
			security_type: 'INVOKER',
			as_locator: 'NO',
			is_udt_dependent: 'NO',
		};
	}
}

const MODES: Readonly<Record<string, string>> = { i: 'IN', o: 'OUT', b: 'INOUT', v: 'IN', t: 'OUT' };

function* parameters(context: SystemContext): Iterable<SystemRecord> {
	for (const object of objectsOf(context.catalog, 'function')) {
		for (const [index, typeOid] of object.argumentOids.entries()) {
			const name = object.argumentNames[index] ?? '';
			yield {
				...specificPlace(context.catalog, object),
				...dataTypeRecord(context, typeOid, -1, index + 1),
				// A parameter has a type, but not its lengths.
				character_octet_length: null,
				numeric_precision: null,
				numeric_precision_radix: null,
				numeric_scale: null,
				datetime_precision: null,
				ordinal_position: index + 1,
				parameter_mode: MODES[object.argumentModes[index] ?? 'i'],
				is_result: 'NO',
				as_locator: 'NO',
				parameter_name: name === '' ? null : name,
				parameter_default: object.argumentDefaults[index] ?? null,
			};
		}
	}
}

function* domains(context: SystemContext): Iterable<SystemRecord> {
	for (const type of objectsOf(context.catalog, 'type')) {
		if (type.typeKind !== 'domain') continue;
		yield {
			domain_catalog: DATABASE_NAME,
			domain_schema: schemaName(context.catalog, type.schemaId),
			domain_name: type.name,
			...dataTypeRecord(context, type.baseOid, type.baseTypmod, 1),
			domain_default: type.defaultText,
		};
	}
}

function* domainConstraints(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const type of objectsOf(catalog, 'type')) {
		for (const check of type.checks) {
			yield {
				...constraintPlace(catalog, type.schemaId, check.name),
				domain_catalog: DATABASE_NAME,
				domain_schema: schemaName(catalog, type.schemaId),
				domain_name: type.name,
				is_deferrable: 'NO',
				initially_deferred: 'NO',
			};
		}
	}
}

function* elementTypes(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		for (const column of liveColumns(table)) {
			const type = catalog.typeByOid(column.typeOid);
			if (type?.kind !== 'array' || type.elementOid === 0) continue;
			const { udt_catalog, udt_schema, udt_name, data_type } = dataTypeRecord(context, type.elementOid, -1, 0);
			yield {
				object_catalog: DATABASE_NAME,
				object_schema: schemaName(catalog, table.schemaId),
				object_name: table.name,
				object_type: 'TABLE',
				collection_type_identifier: String(column.number),
				data_type,
				udt_catalog,
				udt_schema,
				udt_name,
				dtd_identifier: `a${column.number}`,
			};
		}
	}
}

function* udtColumns(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		for (const column of liveColumns(table)) {
			const { udt_catalog, udt_schema, udt_name } = dataTypeRecord(context, column.typeOid, column.typmod, 0);
			yield { udt_catalog, udt_schema, udt_name, ...place(catalog, table), column_name: column.name };
		}
	}
}

function* domainColumns(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		for (const column of liveColumns(table)) {
			const type = catalog.typeByOid(column.typeOid);
			if (type?.kind !== 'domain') continue;
			const domain = { domain_catalog: DATABASE_NAME, domain_schema: typeSchema(context, type), domain_name: type.name };
			yield { ...domain, ...place(catalog, table), column_name: column.name };
		}
	}
}

function* domainTypes(context: SystemContext): Iterable<SystemRecord> {
	for (const type of objectsOf(context.catalog, 'type')) {
		if (type.typeKind !== 'domain') continue;
		const { udt_catalog, udt_schema, udt_name } = dataTypeRecord(context, type.baseOid, -1, 0);
		const domain = { domain_catalog: DATABASE_NAME, domain_schema: schemaName(context.catalog, type.schemaId), domain_name: type.name };
		yield { ...domain, udt_catalog, udt_schema, udt_name };
	}
}

function* characterSets(): Iterable<SystemRecord> {
	yield {
		character_set_name: 'UTF8',
		character_repertoire: 'UCS',
		form_of_use: 'UTF8',
		default_collate_catalog: DATABASE_NAME,
		default_collate_schema: 'pg_catalog',
		default_collate_name: 'C',
	};
}

function* collations(): Iterable<SystemRecord> {
	for (const name of ['default', 'C', 'POSIX']) {
		yield { collation_catalog: DATABASE_NAME, collation_schema: 'pg_catalog', collation_name: name, pad_attribute: 'NO PAD' };
	}
}

function* collationCharacterSets(): Iterable<SystemRecord> {
	for (const record of collations()) yield { ...record, pad_attribute: undefined, character_set_name: 'UTF8' };
}

function* enabledRoles(context: SystemContext): Iterable<SystemRecord> {
	for (const role of objectsOf(context.catalog, 'role')) yield { role_name: role.name };
}

function* tablePrivileges(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	const views = objectsOf(catalog, 'view').filter((view) => !isMaterialized(view));
	for (const relation of [...visibleTables(catalog), ...views]) {
		const owner = relation.owner ?? OWNER;
		for (const privilege of TABLE_PRIVILEGES) {
			const hierarchy = yesNo(privilege === 'SELECT');
			yield { grantor: owner, grantee: owner, ...place(catalog, relation), privilege_type: privilege, is_grantable: 'YES', with_hierarchy: hierarchy };
		}
	}
}

function* columnPrivileges(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const table of visibleTables(catalog)) {
		const owner = table.owner ?? OWNER;
		for (const column of liveColumns(table)) {
			for (const privilege of ['INSERT', 'SELECT', 'UPDATE', 'REFERENCES']) {
				yield { grantor: owner, grantee: owner, ...place(catalog, table), column_name: column.name, privilege_type: privilege, is_grantable: 'YES' };
			}
		}
	}
}

function* attributes(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const type of objectsOf(catalog, 'type')) {
		for (const [index, field] of type.fields.entries()) {
			const { udt_schema, udt_name, udt_catalog, ...described } = dataTypeRecord(context, field.typeOid, field.typmod, index + 1);
			yield {
				...described,
				udt_catalog: DATABASE_NAME,
				udt_schema: schemaName(catalog, type.schemaId),
				udt_name: type.name,
				attribute_name: field.name,
				ordinal_position: index + 1,
				is_nullable: 'YES',
				attribute_udt_catalog: udt_catalog,
				attribute_udt_schema: udt_schema,
				attribute_udt_name: udt_name,
				is_derived_reference_attribute: 'NO',
			};
		}
	}
}

function* userDefinedTypes(context: SystemContext): Iterable<SystemRecord> {
	for (const type of objectsOf(context.catalog, 'type')) {
		if (type.typeKind !== 'composite') continue;
		yield {
			user_defined_type_catalog: DATABASE_NAME,
			user_defined_type_schema: schemaName(context.catalog, type.schemaId),
			user_defined_type_name: type.name,
			user_defined_type_category: 'STRUCTURED',
			is_instantiable: 'YES',
		};
	}
}

export const informationSchemaTables: Readonly<Record<string, Provider>> = {
	information_schema_catalog_name: perVersion(catalogName),
	schemata: perVersion(schemata),
	tables: perVersion(tables),
	columns: perVersion(columns),
	views: perCall(views),
	view_table_usage: perVersion(viewTables),
	table_constraints: perVersion(tableConstraints),
	check_constraints: perVersion(checkConstraints),
	key_column_usage: perVersion(keyColumns),
	constraint_column_usage: perVersion(usedColumns),
	constraint_table_usage: perVersion(usedTables),
	referential_constraints: perVersion(referentialConstraints),
	sequences: perVersion(sequences),
	routines: perVersion(routines),
	triggers: perVersion(standardTriggers),
	parameters: perVersion(parameters),
	domains: perVersion(domains),
	domain_constraints: perVersion(domainConstraints),
	element_types: perVersion(elementTypes),
	column_udt_usage: perVersion(udtColumns),
	character_sets: perVersion(characterSets),
	collations: perVersion(collations),
	collation_character_set_applicability: perVersion(collationCharacterSets),
	column_domain_usage: perVersion(domainColumns),
	domain_udt_usage: perVersion(domainTypes),
	enabled_roles: perVersion(enabledRoles),
	table_privileges: perVersion(tablePrivileges),
	role_table_grants: perVersion(tablePrivileges),
	column_privileges: perVersion(columnPrivileges),
	role_column_grants: perVersion(columnPrivileges),
	attributes: perVersion(attributes),
	user_defined_types: perVersion(userDefinedTypes),
};
