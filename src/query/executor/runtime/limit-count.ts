/** The value of LIMIT or OFFSET: null is none; checked as PostgreSQL does. */
import { sqlError } from '../../../platform/errors.ts';

export function limitCount(value: unknown, isOffset: boolean): number {
	if (value === null) return isOffset ? 0 : Number.POSITIVE_INFINITY;
	const count = Number(value);
	if (count < 0) throw isOffset ? sqlError('2201X', 'OFFSET must not be negative') : sqlError('2201W', 'LIMIT must not be negative');
	return count;
}
