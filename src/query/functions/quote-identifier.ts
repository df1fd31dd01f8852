/**
 * Quoting of identifiers and literals in SQL text, as quote_ident and quote_literal do it.
 */

/** PostgreSQL's key words that cannot stand bare as every kind of name (all but its "unreserved" ones). */
const KEYWORDS: ReadonlySet<string> = new Set(
	(
		'all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce ' +
		'collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time ' +
		'current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign ' +
		'freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join lateral ' +
		'leading least left like limit localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric offset on only or ' +
		'order out outer overlaps overlay placing position precision primary real references returning right row select session_user setof similar ' +
		'smallint some substring symmetric table tablesample then time timestamp to trailing treat trim true union unique user using values varchar ' +
		'variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize ' +
		'xmltable'
	).split(' '),
);

const BARE = /^[a-z_][a-z0-9_]*$/;

/** An identifier as it must be written: bare where that is safe, else in double quotes. */
export function quoteIdentifier(name: string): string {
	if (BARE.test(name) && !KEYWORDS.has(name)) return name;
	return `"${name.replaceAll('"', '""')}"`;
}

/** A string constant; with backslashes it is written as E'…'. */
export function quoteLiteral(text: string): string {
	const quoted = text.replaceAll("'", "''");
	return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
