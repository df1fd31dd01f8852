/**
 * What LOAD CSV expands: the records of a file. Which files may be read, and how, is for the database to say: its service `csv.load` is given the URL, whether
 * the first record names the fields, and the character between fields, and gives the records one by one: lists of strings, or maps by the names.
 */

import { DYNAMIC } from '../../../value/builtin-types.ts';
import type { FunctionContext, SetFunction } from '../contracts.ts';

export const loadCsv: SetFunction = {
	kind: 'set',
	name: 'load_csv',
	argumentOids: [DYNAMIC.oid, DYNAMIC.oid, DYNAMIC.oid],
	returnOid: DYNAMIC.oid,
	variadicOid: 0,
	volatility: 'volatile',
	oid: 0,
	strict: false,
	context: true,
	evaluate: (context: FunctionContext, url: unknown, withHeaders: boolean, terminator: string) =>
		context.service('csv.load', url, withHeaders, terminator) as Iterable<unknown>,
};
