/**
 * Every error code of the house: which class throws it and what the one who meets it should do. Codes are never renamed or used
 * again for something else; texts may improve. `docs/reference/errors.md` is made from this table, and a test finds codes that
 * are thrown and not in it.
 */

export type ErrorFamily =
	| 'PolylogError'
	| 'InputError'
	| 'ConflictError'
	| 'LimitError'
	| 'UnsupportedError'
	| 'ClosedError'
	| 'UnavailableError'
	| 'IoError'
	| 'CorruptionError';

export interface ErrorCode {
	readonly code: string;
	/** The class; 'sql' is thrown by the class that its SQLSTATE stands for. */
	readonly family: ErrorFamily;
	readonly means: string;
	/** In the imperative. */
	readonly advice: string;
}

function row(code: string, family: ErrorFamily, means: string, advice: string): ErrorCode {
	return { code, family, means, advice };
}

export const ERROR_CODES: readonly ErrorCode[] = [
	row('sql', 'PolylogError', 'A statement failed; `sqlstate` says why.', 'Look at `sqlstate`, `message`, `detail` and `hint`.'),
	row('cypher', 'InputError', 'A Cypher query failed; `condition` says why in the words of openCypher.', 'Look at `condition`, `message` and `position`.'),
	row('usage', 'InputError', 'The command line is wrong.', 'Run the command with --help.'),
	row('input', 'InputError', 'A file to import, or an element of a load, is not what it should be.', 'Correct the line or the element that the message names.'),
	row('login', 'InputError', 'The server that has the database open refused the user.', 'Set POLYLOG_USER and POLYLOG_PASSWORD.'),
	row('no-database', 'InputError', 'There is no database in the directory.', 'Name another directory, or let `polylog serve` make one.'),
	row('not-empty', 'InputError', 'The target of a backup or restore has files in it.', 'Name a directory that does not exist yet.'),
	row('no-keyspace', 'InputError', 'A store has no keyspace of that number.', 'Report it: the catalog and the store disagree.'),
	row(
		'rdf-syntax',
		'InputError',
		'A document of RDF is not of its format; the message tells line and column.',
		'Correct the document; nothing of it was stored.',
	),
	row('rdf-remote-context', 'InputError', 'A JSON-LD document names a context that is elsewhere.', 'Write the context into the document.'),
	row('rdf-not-writable', 'InputError', 'The format asked for has no form for a term of the answer.', 'Ask for another format, such as Turtle.'),
	row('load-too-large', 'LimitError', 'The terms and quads of a document take more memory than a load may.', 'Load the document in parts.'),
	row(
		'document-too-long',
		'LimitError',
		'A document that is held in memory as a whole is longer than the limit.',
		'Send it in a format that is read piece by piece.',
	),
	row('unsafe-listen', 'InputError', 'The address is beyond this machine and no user has a password.', 'Give a user a password, or say `trustRemote`.'),
	row('key-too-long', 'LimitError', 'A key, index entries included, is longer than the limit.', 'Index a shorter value, such as its md5.'),
	row(
		'file-too-long',
		'LimitError',
		'A segment file of a hash keyspace would be longer than its positions can say.',
		'Store larger values in a keyspace of another engine.',
	),
	row('memtable-full', 'LimitError', 'Recent writes fill the memory they may take.', 'Wait for the disk, write smaller transactions, or raise `memoryBytes`.'),
	row('disk-full', 'LimitError', 'The disk is full. Nothing was changed; reads go on.', 'Free space and try again: no restart is needed.'),
	row('newer-format', 'UnsupportedError', 'A file was written by a newer version.', 'Open the database with that version or a later one.'),
	row('no-tls', 'UnsupportedError', 'A connection inside one process was asked for TLS.', 'Connect without TLS.'),
	row('closed', 'ClosedError', 'The log, store or task pool has been closed.', 'Open the database again.'),
	row('database-closed', 'ClosedError', 'The database has been closed.', 'Open it again.'),
	row('session-closed', 'ClosedError', 'The session has ended.', 'Connect again.'),
	row('transaction-ended', 'ClosedError', 'A transaction was used after its function returned.', 'Use the transaction only inside its function.'),
	row('directory-in-use', 'UnavailableError', 'Another process has the database open.', 'Connect to that process, or close the database there.'),
	row('log-failed', 'UnavailableError', 'The log could not be written. Reads go on, writes are refused.', 'Look for the cause, then open the database again.'),
	row('log-released', 'UnavailableError', 'That part of the log has been given back.', 'Read from a later offset.'),
	row(
		'outcome-unknown',
		'UnavailableError',
		'The log failed while the commit was on its way.',
		'Open the database again and look whether the change is there.',
	),
	row('parser-unavailable', 'UnavailableError', 'The SQL parser could not be started.', 'Look at `cause`.'),
	row('io', 'IoError', 'The operating system refused a file or network operation.', 'Look at the message and `cause`; mend permissions, path or disk.'),
	row('corruption', 'CorruptionError', 'Bytes on disk are not what was written.', 'Restore a backup; run `polylog check` to see what is damaged.'),
	row('invariant', 'PolylogError', 'Something that must always hold does not: a bug.', 'Report it with the message and the stack.'),
];
