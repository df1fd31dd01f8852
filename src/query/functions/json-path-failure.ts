/** An error of the evaluation of a jsonpath, which the argument `silent` and the predicates of paths swallow. */
export class JsonPathFailure extends Error {
	readonly sqlstate: string;

	constructor(sqlstate: string, message: string) {
		super(message);
		this.sqlstate = sqlstate;
	}
}
