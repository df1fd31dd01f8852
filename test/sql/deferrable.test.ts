/** DEFERRABLE transactions, as PostgreSQL 15 shows them. */
import { type Step, testCases } from './stepped-statements.ts';

const cases: Readonly<Record<string, readonly Step[]>> = {
	'is kept for the transaction, and for the next with AND CHAIN': [
		['start transaction isolation level repeatable read, read write, deferrable', null],
		['show transaction_deferrable', ['on']],
		['commit and chain', null],
		['show transaction_deferrable', ['on']],
		['set transaction not deferrable', null],
		['show transaction_deferrable', ['off']],
		['rollback', null],
		['show transaction_deferrable', ['off']],
		['begin', null],
		['set transaction_deferrable = on', null],
		['show transaction_deferrable', ['on']],
		['commit', null],
	],
	"is a property of the session's transactions": [
		['set session characteristics as transaction deferrable', null],
		['show default_transaction_deferrable', ['on']],
		['begin', null],
		['show transaction_deferrable', ['on']],
		['rollback', null],
		['show transaction_deferrable', ['on']],
		['set session characteristics as transaction not deferrable', null],
		['show transaction_deferrable', ['off']],
	],
};

testCases('DEFERRABLE', [], cases);
