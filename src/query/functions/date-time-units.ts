/**
 * Names of the fields of dates, times and intervals, as extract, date_part and date_trunc take them: any case, singular or plural,
 * with PostgreSQL's abbreviations; only the first ten characters count for most, as in its own table.
 */
import { sqlError } from '../../platform/errors.ts';
import type { DateTimeField } from '../../value/date-time-fields.ts';

export type Unit = DateTimeField | 'epoch' | 'timezone' | 'timezone_hour' | 'timezone_minute';

const NAMES: readonly (readonly [Unit, string])[] = [
	['microsecond', 'microsecon us usec usecond useconds usecs'],
	['millisecond', 'millisecon ms msec msecond mseconds msecs'],
	['second', 's sec second seconds secs'],
	['minute', 'm min mins minute minutes'],
	['hour', 'h hour hours hr hrs'],
	['day', 'd day days'],
	['week', 'w week weeks'],
	['month', 'mon mons month months'],
	['quarter', 'qtr quarter'],
	['year', 'y year years yr yrs'],
	['decade', 'dec decade decades decs'],
	['century', 'c cent centuries century'],
	['millennium', 'mil mils millennia millennium'],
	['isoyear', 'isoyear'],
	['dow', 'dow'],
	['isodow', 'isodow'],
	['doy', 'doy'],
	['epoch', 'epoch'],
	['julian', 'julian j jd'],
	['timezone', 'timezone'],
	['timezone_hour', 'timezone_h'],
	['timezone_minute', 'timezone_m'],
];

const TOKEN_LENGTH = 10;
const units = new Map<string, Unit>(NAMES.flatMap(([unit, names]) => names.split(' ').map((name) => [name, unit] as const)));

/** The unit a text names; 22023 if none does. */
export function unitOf(text: string, typeName: string): Unit {
	const unit = units.get(text) ?? units.get(text.toLowerCase().slice(0, TOKEN_LENGTH));
	if (unit === undefined) throw sqlError('22023', `unit "${text.toLowerCase()}" not recognized for type ${typeName}`);
	return unit;
}

export function unsupportedUnit(text: string, typeName: string): Error {
	return sqlError('0A000', `unit "${text.toLowerCase()}" not supported for type ${typeName}`);
}
