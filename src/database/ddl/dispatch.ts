/** All DDL statements, by the kind of their parse tree node. */
import { alterTableHandlers } from './alter-table.ts';
import { createTableHandlers } from './create-table.ts';
import { dropHandlers } from './drop.ts';
import { functionHandlers } from './functions.ts';
import { indexHandlers } from './indexes.ts';
import { renameHandlers } from './rename.ts';
import { roleHandlers } from './roles.ts';
import { schemaHandlers } from './schemas.ts';
import { sequenceHandlers } from './sequences.ts';
import { triggerHandlers } from './triggers.ts';
import { typeHandlers } from './types.ts';
import { viewHandlers } from './views.ts';

export const ddlHandlers = {
	...createTableHandlers,
	...alterTableHandlers,
	...dropHandlers,
	...functionHandlers,
	...indexHandlers,
	...renameHandlers,
	...roleHandlers,
	...schemaHandlers,
	...sequenceHandlers,
	...triggerHandlers,
	...typeHandlers,
	...viewHandlers,
};
