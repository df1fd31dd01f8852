/** The usual column of a table that is made by the database, or taken over from a view: none of what a column may have besides its type. */
import type { ColumnObject } from './catalog-objects.ts';

/** A column without a default; `number` counts from 1. */
export function plainColumn(name: string, number: number, typeOid: number, notNull = true, typmod = -1): ColumnObject {
	return {
		name,
		number,
		typeOid,
		typmod,
		notNull,
		defaultText: null,
		generatedText: null,
		identity: '',
		sequenceId: 0,
		dropped: false,
		addedIn: 1,
		missingText: null,
	};
}
