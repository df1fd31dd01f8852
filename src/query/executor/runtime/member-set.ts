/** The values of `IN (SELECT …)`: membership is three-valued. */
import { RowSet } from './row-set.ts';

export class MemberSet extends RowSet {
	hasNull = false;

	/** `key` null: the value asked for is null. */
	find(key: unknown): boolean | null {
		if (this.isEmpty && !this.hasNull) return false;
		if (key === null) return null;
		return this.has(key) ? true : this.hasNull ? null : false;
	}

	override clear(): void {
		super.clear();
		this.hasNull = false;
	}
}
