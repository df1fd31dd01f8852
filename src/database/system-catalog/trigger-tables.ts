/** pg_trigger, and the texts of triggers. */

import { quoteIdentifier, quoteLiteral } from '../../query/functions/quote-identifier.ts';
import type { TriggerEvent, TriggerObject } from '../../transaction/catalog-objects.ts';
import { plainExpression } from './definition-text.ts';
import { columnNames, DATABASE_NAME, displayName, objectsOf, qualifiedName, vector } from './object-names.ts';
import { type Provider, perVersion, type SystemContext, type SystemRecord } from './system-table.ts';

const ROW = 1;
const BEFORE = 2;
const INSTEAD = 64;
const EVENTS = { insert: 4, delete: 8, update: 16, truncate: 32 } as const;

/** pg_trigger.tgtype. */
function typeBits({ isRow, timing, events }: TriggerObject): number {
	return (isRow ? ROW : 0) | (timing === 'before' ? BEFORE : timing === 'instead' ? INSTEAD : 0) | events.reduce((bits, event) => bits | EVENTS[event], 0);
}

function* triggers(context: SystemContext): Iterable<SystemRecord> {
	for (const trigger of objectsOf(context.catalog, 'trigger')) {
		const { constraint } = trigger;
		yield {
			oid: trigger.id,
			tgrelid: trigger.tableId,
			tgparentid: 0,
			tgname: trigger.name,
			tgfoid: trigger.functionId,
			tgtype: typeBits(trigger),
			tgenabled: trigger.enabled,
			tgisinternal: false,
			tgconstrrelid: constraint?.foreignTableId ?? 0,
			tgconstrindid: 0,
			tgconstraint: constraint === null ? 0 : trigger.id,
			tgdeferrable: constraint?.deferrable ?? false,
			tginitdeferred: constraint?.initiallyDeferred ?? false,
			tgnargs: trigger.arguments.length,
			tgattr: vector(trigger.columns),
			tgargs: new TextEncoder().encode(trigger.arguments.map((a) => `${a}\0`).join('')),
			tgqual: trigger.whenText,
			tgoldtable: trigger.oldTable,
			tgnewtable: trigger.newTable,
		};
	}
}

/** information_schema.triggers: a row for each event of a trigger; TRUNCATE is not the standard's. */
export function* standardTriggers(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const trigger of objectsOf(catalog, 'trigger')) {
		const relation = catalog.get(trigger.tableId);
		if (relation === undefined) continue;
		const text = triggerDefinition(context, trigger.id, false) ?? '';
		const schema = catalog.get(relation.schemaId)?.name ?? '';
		for (const event of ORDER) {
			if (event === 'truncate' || !trigger.events.includes(event)) continue;
			yield {
				trigger_catalog: DATABASE_NAME,
				trigger_schema: schema,
				trigger_name: trigger.name,
				event_manipulation: event.toUpperCase(),
				event_object_catalog: DATABASE_NAME,
				event_object_schema: schema,
				event_object_table: relation.name,
				action_order: orderOf(context, trigger, event),
				action_condition: trigger.whenText,
				action_statement: text.slice(text.indexOf('EXECUTE FUNCTION')),
				action_orientation: trigger.isRow ? 'ROW' : 'STATEMENT',
				action_timing: trigger.timing === 'instead' ? 'INSTEAD OF' : trigger.timing.toUpperCase(),
				action_reference_old_table: trigger.oldTable,
				action_reference_new_table: trigger.newTable,
			};
		}
	}
}

/** The place of a trigger among those that run at the same moment. */
function orderOf(context: SystemContext, trigger: TriggerObject, event: TriggerEvent): number {
	const beside = [...objectsOf(context.catalog, 'trigger')].filter(
		(t) => t.tableId === trigger.tableId && t.timing === trigger.timing && t.isRow === trigger.isRow && t.events.includes(event),
	);
	return beside.filter((t) => t.name <= trigger.name).length;
}

const ORDER = ['insert', 'delete', 'update', 'truncate'] as const;

/** CREATE TRIGGER, as pg_get_triggerdef shows it. */
export function triggerDefinition(context: SystemContext, id: number, pretty: boolean): string | null {
	const trigger = context.catalog.get(id);
	if (trigger?.kind !== 'trigger') return null;
	const relation = context.catalog.get(trigger.tableId);
	const called = context.catalog.get(trigger.functionId);
	if (relation === undefined || called?.kind !== 'function') return null;
	const shown = (object: typeof relation): string => (pretty ? displayName(context, object) : qualifiedName(context.catalog, object));
	const timing = trigger.timing === 'instead' ? 'INSTEAD OF' : trigger.timing.toUpperCase();
	const columns =
		trigger.columns.length === 0 || relation.kind !== 'table' ? '' : ` OF ${columnNames(relation, trigger.columns).map(quoteIdentifier).join(', ')}`;
	const events = ORDER.filter((event) => trigger.events.includes(event)).map((event) => event.toUpperCase() + (event === 'update' ? columns : ''));
	const { constraint } = trigger;
	const foreign = constraint === null ? undefined : context.catalog.get(constraint.foreignTableId);
	const from = foreign === undefined ? '' : ` FROM ${shown(foreign)}`;
	const deferral =
		constraint === null ? '' : `${constraint.deferrable ? '' : ' NOT'} DEFERRABLE INITIALLY ${constraint.initiallyDeferred ? 'DEFERRED' : 'IMMEDIATE'}`;
	const tables = [
		...(trigger.oldTable === null ? [] : [`OLD TABLE AS ${quoteIdentifier(trigger.oldTable)}`]),
		...(trigger.newTable === null ? [] : [`NEW TABLE AS ${quoteIdentifier(trigger.newTable)}`]),
	];
	const referencing = tables.length === 0 ? '' : ` REFERENCING ${tables.join(' ')}`;
	const when = trigger.whenText === null ? '' : ` WHEN (${pretty ? trigger.whenText : plainExpression(trigger.whenText)})`;
	const args = trigger.arguments.map((a) => quoteLiteral(a)).join(', ');
	return (
		`CREATE ${constraint === null ? '' : 'CONSTRAINT '}TRIGGER ${quoteIdentifier(trigger.name)} ${timing} ${events.join(' OR ')} ON ${shown(relation)}${from}${deferral}${referencing}` +
		` FOR EACH ${trigger.isRow ? 'ROW' : 'STATEMENT'}${when} EXECUTE FUNCTION ${displayName(context, called)}(${args})`
	);
}

export const triggerTables: Readonly<Record<string, Provider>> = { pg_trigger: perVersion(triggers) };
