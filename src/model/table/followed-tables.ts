/** Tables that kept views read: what changes in them is followed row by row, so nothing goes past the log as a file. */
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';

/** Whether a kept view of this kind, or of any, reads the table. */
export function isFollowed(catalog: CatalogVersion, table: TableObject, refresh?: 'commit' | 'async'): boolean {
	return catalog.dependents(table.id).some((object) => {
		if (object.kind !== 'view') return false;
		return refresh === undefined ? object.refresh === 'commit' || object.refresh === 'async' : object.refresh === refresh;
	});
}
