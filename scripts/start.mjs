// npm start: install and build if needed, then serve ./data, filled with the Chinook sample at first.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
process.argv.splice(2, 0, 'start');
await import(pathToFileURL(join(root, 'dist', 'bundle', 'cli.js')).href);
