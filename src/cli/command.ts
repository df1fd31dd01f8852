/** What a subcommand is. */
export interface Command {
	/** The text of --help. */
	readonly help: string;
	/** Runs it with the arguments after its name; resolves with the exit status. */
	run(args: readonly string[]): Promise<number>;
}
