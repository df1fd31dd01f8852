/** The commands that are served. */
import { CommandTable } from './command-table.ts';
import { bitCommands } from './commands/bits.ts';
import { connectionCommands } from './commands/connection.ts';
import { hashCommands } from './commands/hashes.ts';
import { keyCommands } from './commands/keys.ts';
import { listCommands } from './commands/lists.ts';
import { publishingCommands } from './commands/publishing.ts';
import { serverCommands } from './commands/server.ts';
import { setCommands } from './commands/sets.ts';
import { sortedRangeCommands } from './commands/sorted-ranges.ts';
import { sortedSetCommands } from './commands/sorted-sets.ts';
import { sortedUnionCommands } from './commands/sorted-unions.ts';
import { stringCommands } from './commands/strings.ts';
import { transactionCommands } from './commands/transactions.ts';

export const COMMANDS = new CommandTable([
	stringCommands,
	bitCommands,
	keyCommands,
	hashCommands,
	listCommands,
	setCommands,
	sortedSetCommands,
	sortedRangeCommands,
	sortedUnionCommands,
	transactionCommands,
	publishingCommands,
	connectionCommands,
	serverCommands,
]);
