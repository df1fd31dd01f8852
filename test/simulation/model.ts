/**
 * What a database under simulation must hold: plain maps, changed by the effects of commits. Effects are gathered while a
 * transaction runs and belong to the offset that its commit is given; the state at an offset is the effects up to it.
 */
import type { Row, Value } from './sql-client.ts';

export type Effect =
	| { readonly kind: 'put'; readonly table: string; readonly row: Row }
	| { readonly kind: 'delete'; readonly table: string; readonly id: number }
	| { readonly kind: 'create table'; readonly table: string; readonly columns: readonly string[] }
	| { readonly kind: 'drop table'; readonly table: string }
	| { readonly kind: 'add column'; readonly table: string; readonly column: string; readonly value: Value }
	| { readonly kind: 'drop column'; readonly table: string; readonly column: string }
	| { readonly kind: 'rename column'; readonly table: string; readonly from: string; readonly to: string }
	| { readonly kind: 'create index'; readonly table: string; readonly index: string; readonly column: string }
	| { readonly kind: 'drop index'; readonly table: string; readonly index: string };

export interface ModelTable {
	columns: string[];
	readonly rows: Map<number, Row>;
	/** Index name → column. */
	readonly indexes: Map<string, string>;
}

export class Model {
	readonly tables = new Map<string, ModelTable>();

	static after(effects: readonly (readonly Effect[])[]): Model {
		const model = new Model();
		for (const ofCommit of effects) for (const effect of ofCommit) model.apply(effect);
		return model;
	}

	table(name: string): ModelTable {
		const found = this.tables.get(name);
		if (found === undefined) throw new Error(`the model has no table ${name}`);
		return found;
	}

	apply(effect: Effect): void {
		if (effect.kind === 'create table') {
			this.tables.set(effect.table, { columns: [...effect.columns], rows: new Map(), indexes: new Map() });
			return;
		}
		const table = this.table(effect.table);
		switch (effect.kind) {
			case 'put':
				table.rows.set(effect.row.id as number, effect.row);
				break;
			case 'delete':
				table.rows.delete(effect.id);
				break;
			case 'drop table':
				this.tables.delete(effect.table);
				break;
			case 'create index':
				table.indexes.set(effect.index, effect.column);
				break;
			case 'drop index':
				table.indexes.delete(effect.index);
				break;
			case 'add column':
				table.columns.push(effect.column);
				mapRows(table, (row) => ({ ...row, [effect.column]: effect.value }));
				break;
			case 'drop column':
				table.columns = table.columns.filter((one) => one !== effect.column);
				mapRows(table, ({ [effect.column]: _, ...rest }) => rest);
				break;
			case 'rename column':
				table.columns = table.columns.map((one) => (one === effect.from ? effect.to : one));
				mapRows(table, ({ [effect.from]: value, ...rest }) => ({ ...rest, [effect.to]: value ?? null }));
				break;
		}
	}
}

function mapRows(table: ModelTable, change: (row: Row) => Row): void {
	for (const [id, row] of table.rows) table.rows.set(id, change(row));
}
