/** Handlers of the statements that a session may well end without: loaded with the first of them. */
import { copyHandlers } from '../copy/copy-statement.ts';
import { ddlHandlers } from '../ddl/dispatch.ts';
import { cursorHandlers } from './cursors.ts';
import { explainHandlers } from './explain.ts';
import type { UtilityHandler } from './handler.ts';
import { maintenanceHandlers } from './maintenance.ts';

export const handlersOnDemand: ReadonlyMap<string, UtilityHandler> = new Map(
	Object.entries({ ...cursorHandlers, ...explainHandlers, ...maintenanceHandlers, ...copyHandlers, ...ddlHandlers } as Record<string, UtilityHandler>),
);
