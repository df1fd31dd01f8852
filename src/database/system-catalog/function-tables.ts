/** pg_proc, pg_operator, pg_cast, pg_aggregate, access methods and languages. */
import { DEFAULT_ENGINE } from '../../storage/engine-abilities.ts';
import { PgArray } from '../../value/pg-array.ts';
import { allFunctions, allOperators, idOfFunction, type KnownFunction } from './function-catalog.ts';
import { BOOTSTRAP_ROLE_ID, ownerId, PG_CATALOG_ID, vector } from './object-names.ts';
import { COLUMNAR_METHOD_ID, INVERTED_METHOD_ID, RTREE_METHOD_ID, TABLE_METHOD_IDS } from './relation-tables.ts';
import { type Provider, perVersion, type SystemContext, type SystemRecord } from './system-table.ts';
import { operatorFamilies } from './type-facts.ts';

const INTERNAL_LANGUAGE_ID = 12;
const SQL_LANGUAGE_ID = 14;
const PLPGSQL_LANGUAGE_ID = 13000;
const BTREE_METHOD_ID = 403;
const BOOL = 16;
/** Casts have no oid of their own here; tools take those from 16384 on for a user's. */
const FIRST_CAST_ID = 10_000;

function* functions(context: SystemContext): Iterable<SystemRecord> {
	for (const one of allFunctions(context)) yield functionRecord(context, one);
}

function functionRecord(context: SystemContext, one: KnownFunction): SystemRecord {
	const { user, library } = one;
	const names = user === null ? (library?.argumentNames ?? []) : user.argumentNames;
	const hasOutputs = user?.argumentModes.some((mode) => mode !== 'i') ?? false;
	return {
		oid: one.oid,
		proname: one.name,
		pronamespace: one.schemaId,
		proowner: user === null ? BOOTSTRAP_ROLE_ID : ownerId(context.catalog, user),
		prolang: user === null ? INTERNAL_LANGUAGE_ID : user.language === 'plpgsql' ? PLPGSQL_LANGUAGE_ID : SQL_LANGUAGE_ID,
		procost: user === null ? 1 : 100,
		prorows: one.returnsSet ? 1000 : 0,
		provariadic: one.variadicOid,
		prosupport: 0,
		prokind: one.kind,
		prosecdef: false,
		proleakproof: false,
		proisstrict: one.strict,
		proretset: one.returnsSet,
		provolatile: one.volatility,
		proparallel: user === null ? 's' : 'u',
		pronargs: one.argumentOids.length,
		pronargdefaults: one.defaultCount,
		prorettype: one.returnOid,
		proargtypes: vector(one.argumentOids),
		proallargtypes: hasOutputs ? PgArray.of(user!.argumentOids) : null,
		proargmodes: hasOutputs ? PgArray.of(user!.argumentModes) : null,
		proargnames: names.some((name) => name !== '') ? PgArray.of(names) : null,
		proargdefaults: user === null ? null : user.argumentDefaults.filter((text) => text !== null).join(', ') || null,
		prosrc: user?.body ?? one.name,
	};
}

function* aggregates(context: SystemContext): Iterable<SystemRecord> {
	for (const one of allFunctions(context)) {
		const { library } = one;
		if (library?.kind !== 'aggregate') continue;
		yield {
			aggfnoid: one.oid,
			aggkind: library.aggregateKind,
			aggnumdirectargs: library.directCount ?? 0,
			aggtransfn: 0,
			aggfinalfn: 0,
			aggcombinefn: 0,
			aggserialfn: 0,
			aggdeserialfn: 0,
			aggmtransfn: 0,
			aggminvtransfn: 0,
			aggmfinalfn: 0,
			aggfinalextra: false,
			aggmfinalextra: false,
			aggfinalmodify: 'r',
			aggmfinalmodify: 'r',
			aggsortop: 0,
			aggtranstype: 0,
			aggtransspace: 0,
			aggmtranstype: 0,
			aggmtransspace: 0,
		};
	}
}

function* operators(context: SystemContext): Iterable<SystemRecord> {
	const all = allOperators(context);
	const ids = new Map(all.map(({ oid, entry }) => [`${entry.name} ${entry.leftOid} ${entry.rightOid}`, oid]));
	for (const { oid, entry } of all) {
		const equality = entry.name === '=' && entry.function.returnOid === BOOL;
		yield {
			oid,
			oprname: entry.name,
			oprnamespace: PG_CATALOG_ID,
			oprowner: BOOTSTRAP_ROLE_ID,
			oprkind: entry.leftOid === 0 ? 'l' : 'b',
			oprcanmerge: equality,
			oprcanhash: equality,
			oprleft: entry.leftOid,
			oprright: entry.rightOid,
			oprresult: entry.function.returnOid,
			oprcom: ids.get(`${entry.commutator ?? ''} ${entry.rightOid} ${entry.leftOid}`) ?? 0,
			oprnegate: ids.get(`${entry.negator ?? ''} ${entry.leftOid} ${entry.rightOid}`) ?? 0,
			oprcode: idOfFunction(context, entry.function),
			oprrest: 0,
			oprjoin: 0,
		};
	}
}

const STRATEGIES: Readonly<Record<string, number>> = { '<': 1, '<=': 2, '=': 3, '>=': 4, '>': 5 };

/** The comparisons of each type that an index of its operator class can answer. */
function* indexOperators(context: SystemContext): Iterable<SystemRecord> {
	const families = operatorFamilies();
	for (const { oid, entry } of allOperators(context)) {
		const strategy = STRATEGIES[entry.name];
		const family = families.get(entry.leftOid);
		if (strategy === undefined || family === undefined || family !== families.get(entry.rightOid) || entry.function.returnOid !== BOOL) continue;
		yield {
			oid,
			amopfamily: family,
			amoplefttype: entry.leftOid,
			amoprighttype: entry.rightOid,
			amopstrategy: strategy,
			amoppurpose: 's',
			amopopr: oid,
			amopmethod: BTREE_METHOD_ID,
			amopsortfamily: 0,
		};
	}
}

const CAST_CONTEXTS = { implicit: 'i', assignment: 'a', explicit: 'e' } as const;

function* casts(context: SystemContext): Iterable<SystemRecord> {
	let oid = FIRST_CAST_ID;
	for (const entry of context.functions.allCasts()) {
		yield {
			oid: oid++,
			castsource: entry.sourceOid,
			casttarget: entry.targetOid,
			castfunc: entry.function === null ? 0 : idOfFunction(context, entry.function),
			castcontext: CAST_CONTEXTS[entry.context],
			castmethod: entry.function === null ? 'b' : 'f',
		};
	}
}

function* accessMethods(): Iterable<SystemRecord> {
	// The default engine goes by PostgreSQL's name of its own, so that a dump means the same there.
	for (const [engine, oid] of Object.entries(TABLE_METHOD_IDS)) yield { oid, amname: engine === DEFAULT_ENGINE ? 'heap' : engine, amhandler: 0, amtype: 't' };
	yield { oid: BTREE_METHOD_ID, amname: 'btree', amhandler: 0, amtype: 'i' };
	yield { oid: COLUMNAR_METHOD_ID, amname: 'columnar', amhandler: 0, amtype: 'i' };
	yield { oid: INVERTED_METHOD_ID, amname: 'inverted', amhandler: 0, amtype: 'i' };
	yield { oid: RTREE_METHOD_ID, amname: 'rtree', amhandler: 0, amtype: 'i' };
}

function* languages(): Iterable<SystemRecord> {
	for (const [oid, lanname, trusted] of [
		[INTERNAL_LANGUAGE_ID, 'internal', false],
		[SQL_LANGUAGE_ID, 'sql', true],
		[PLPGSQL_LANGUAGE_ID, 'plpgsql', true],
	] as const) {
		yield { oid, lanname, lanowner: BOOTSTRAP_ROLE_ID, lanispl: lanname === 'plpgsql', lanpltrusted: trusted, lanplcallfoid: 0, laninline: 0, lanvalidator: 0 };
	}
}

export const functionTables: Readonly<Record<string, Provider>> = {
	pg_proc: perVersion(functions),
	pg_aggregate: perVersion(aggregates),
	pg_operator: perVersion(operators),
	pg_amop: perVersion(indexOperators),
	pg_cast: perVersion(casts),
	pg_am: perVersion(accessMethods),
	pg_language: perVersion(languages),
};
