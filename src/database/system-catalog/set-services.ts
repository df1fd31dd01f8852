/** Set-returning functions that need the catalog or what the server knows: services whose answers are rows. */
import { Interval } from '../../value/interval.ts';
import { PgArray } from '../../value/pg-array.ts';
import { timeZoneByName } from '../../value/time-zone.ts';
import { keywordFacts } from './keyword-facts.ts';
import { partitionAncestors, partitionTree } from './partition-tables.ts';
import type { SystemContext } from './system-table.ts';

type RowService = (context: SystemContext, args: readonly unknown[]) => Iterable<unknown>;

const CATEGORIES: Readonly<Record<string, string>> = {
	U: 'unreserved',
	C: 'unreserved (cannot be function or type name)',
	T: 'reserved (can be function or type name)',
	R: 'reserved',
};

const MICROSECONDS = 1_000_000;
/** The middle of the winter and of the summer half of a year apart. */
const HALF_YEAR_US = 182 * 86_400 * MICROSECONDS;

function* keywords(): Iterable<unknown> {
	let category = '';
	let bare = true;
	for (const word of keywordFacts.trim().split(/\s+/)) {
		if (word.endsWith(':')) {
			category = word[0]!;
			bare = word[1] !== '-';
		} else yield [word, category, bare, CATEGORIES[category], bare ? 'can be bare label' : 'requires AS'];
	}
}

/** `name=value` texts, taken apart. */
function* options(_context: SystemContext, args: readonly unknown[]): Iterable<unknown> {
	for (const option of (args[0] as PgArray).elements) {
		if (typeof option !== 'string') continue;
		const equals = option.indexOf('=');
		yield equals < 0 ? [option, null] : [option.slice(0, equals), option.slice(equals + 1)];
	}
}

/** Every zone that the JavaScript engine knows, as it is now. Summer time is what lies ahead of the year's lesser offset. */
export function* timeZoneRows(context: SystemContext): Iterable<readonly [string, string, Interval, boolean]> {
	for (const name of ['UTC', ...Intl.supportedValuesOf('timeZone')]) {
		const zone = timeZoneByName(name);
		if (zone === undefined) continue;
		const offset = zone.offsetAt(context.nowUs);
		const standard = Math.min(offset, zone.offsetAt(context.nowUs + HALF_YEAR_US));
		yield [name, zone.abbreviationAt(context.nowUs), new Interval(0, 0, offset * MICROSECONDS), offset > standard];
	}
}

function* preparedStatements(context: SystemContext): Iterable<unknown> {
	for (const one of context.preparedStatements()) yield [one.name, one.statement, one.preparedUs, PgArray.of(one.parameterTypeOids), one.fromSql, 0, 0];
}

function* cursors(context: SystemContext): Iterable<unknown> {
	for (const one of context.cursors()) yield [one.name, one.statement, one.isHoldable, one.isBinary, one.isScrollable, one.createdUs];
}

/** There is nothing of the kind. */
const none: RowService = () => [];

export const setServices: ReadonlyMap<string, RowService> = new Map<string, RowService>([
	['pg_get_keywords', keywords],
	['pg_options_to_table', options],
	['pg_timezone_names', timeZoneRows],
	['pg_prepared_statement', preparedStatements],
	['pg_cursor', cursors],
	['pg_available_extensions', none],
	['pg_timezone_abbrevs', none],
	['pg_partition_ancestors', (context, args) => partitionAncestors(context, args[0] as number)],
	['pg_partition_tree', (context, args) => partitionTree(context, args[0] as number)],
	// Privileges are not kept: there is no list of them.
	['aclexplode', none],
]);
