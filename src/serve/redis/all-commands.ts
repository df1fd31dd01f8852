/** The commands that are served. */
import { CommandTable } from './command-table.ts';
import { connectionCommands } from './commands/connection.ts';
import { hashCommands } from './commands/hashes.ts';
import { keyCommands } from './commands/keys.ts';
import { serverCommands } from './commands/server.ts';
import { stringCommands } from './commands/strings.ts';
import { transactionCommands } from './commands/transactions.ts';

export const COMMANDS = new CommandTable([stringCommands, keyCommands, hashCommands, connectionCommands, serverCommands, transactionCommands]);
