/**
 * What the optimizer knows of a kept view with groups (a cube, or a plain GROUP BY): which groups are stored, where a stored row has
 * their values, and the states of which aggregates. `use-kept-views.ts` answers queries from it.
 */
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Plan } from '../algebra/plan.ts';

/** Attribute numbers of what is stored of an aggregate. */
export type StoredState =
	| { readonly kind: 'count'; readonly count: number }
	/** The sum of the values that are not null, as a numeric (0 for none), and how many they are. */
	| { readonly kind: 'sum'; readonly sum: number; readonly count: number }
	/** The least or greatest value, null for none. */
	| { readonly kind: 'extreme'; readonly value: number };

export interface StoredGroups {
	readonly view: string;
	/** The table with a row for each group. */
	readonly rows: TableObject;
	/** Whose rows are stored: an aggregate as the view's query has it. */
	readonly plan: Extract<Plan, { kind: 'aggregate' }>;
	/** Attribute numbers of the key, of the number of rows of a group, and of the values by which it is made. */
	readonly key: number;
	readonly count: number;
	readonly groups: readonly number[];
	/** Of each aggregate; null: nothing that could be put together. */
	readonly states: readonly (StoredState | null)[];
	/** Of several grouping sets, by set: the keys of its rows lie from `lower` on and below `upper`. Null: there is one set, of all groups. */
	readonly setBounds: readonly { readonly lower: Uint8Array; readonly upper: Uint8Array }[] | null;
}
