/**
 * The syntax tree of Cypher: what the parser makes of a statement, before any name is looked up.
 *
 * It covers openCypher 9 and what Neo4j's clients send beside it: subqueries (`CALL {}`, `EXISTS {}`, `COUNT {}`, `COLLECT {}`), label expressions, `WHERE`
 * inside a pattern, `LOAD CSV`, `USE`, commands on indexes and constraints, `SHOW`, `EXPLAIN` and `PROFILE`. Sources: the openCypher 9 reference with its EBNF; Neo4j's Cypher manual
 * for what goes beyond it.
 *
 * Every node is a readonly object with its `kind` and its place in the text: `start` and `end` (exclusive) in UTF-16 units, so that `text.slice(start, end)` is
 * how it was written; that text names a result column without an alias. `position.ts` turns a place into line and column.
 * Names are what they mean, without backticks. Chains (`a + b + c`, `a AND b AND c`) are left-deep binary nodes; `a < b < c` is one `comparison`.
 */

/** The place of a node in the statement's text, in UTF-16 units. */
export interface Spanned {
	readonly start: number;
	readonly end: number;
}

/** A name at a place: of a variable, a label, a relationship type, a property or an index. */
export interface Identifier extends Spanned {
	readonly kind: 'identifier';
	readonly name: string;
}

// ---------------------------------------------------------------------------------------------------------------------------------- statements

/** One statement, with the word before it. */
export interface Statement extends Spanned {
	readonly kind: 'statement';
	/** `EXPLAIN` shows the plan and does not run; `PROFILE` runs and shows what each operator did. */
	readonly mode: 'run' | 'explain' | 'profile';
	/** Rows per commit of `USING PERIODIC COMMIT`: null without the clause. */
	readonly periodicCommit: PeriodicCommit | null;
	readonly body: Query | Command;
}

/** `USING PERIODIC COMMIT [rows]`. */
export interface PeriodicCommit extends Spanned {
	readonly kind: 'periodicCommit';
	readonly rows: Expression | null;
}

export type Query = SingleQuery | UnionQuery;

/** Clauses in the order in which they were written. */
export interface SingleQuery extends Spanned {
	readonly kind: 'singleQuery';
	readonly clauses: readonly Clause[];
}

/** Two or more queries, all joined by `UNION` or all by `UNION ALL`. */
export interface UnionQuery extends Spanned {
	readonly kind: 'unionQuery';
	readonly all: boolean;
	readonly queries: readonly SingleQuery[];
}

// ------------------------------------------------------------------------------------------------------------------------------------- clauses

export type Clause = ReadingClause | UpdatingClause | WithClause | ReturnClause | CallProcedureClause | CallSubqueryClause | UseClause | FinishClause;
export type ReadingClause = MatchClause | UnwindClause | LoadCsvClause;
export type UpdatingClause = CreateClause | MergeClause | SetClause | RemoveClause | DeleteClause | ForeachClause;

/** `[OPTIONAL] MATCH patterns [USING …] [WHERE …]`. */
export interface MatchClause extends Spanned {
	readonly kind: 'match';
	readonly optional: boolean;
	readonly patterns: readonly PathPattern[];
	readonly hints: readonly Hint[];
	readonly where: Expression | null;
}

/** What `USING …` after a MATCH asks of the planner. */
export type Hint = IndexHint | ScanHint | JoinHint;

/** `USING [RANGE | TEXT | POINT] INDEX [SEEK] n:Label(key, …)`. */
export interface IndexHint extends Spanned {
	readonly kind: 'indexHint';
	readonly indexType: 'any' | 'range' | 'text' | 'point';
	readonly seek: boolean;
	readonly variable: Identifier;
	readonly label: Identifier;
	readonly properties: readonly Identifier[];
}

/** `USING SCAN n:Label`. */
export interface ScanHint extends Spanned {
	readonly kind: 'scanHint';
	readonly variable: Identifier;
	readonly label: Identifier;
}

/** `USING JOIN ON a, b`. */
export interface JoinHint extends Spanned {
	readonly kind: 'joinHint';
	readonly variables: readonly Identifier[];
}

/** `UNWIND list AS variable`. */
export interface UnwindClause extends Spanned {
	readonly kind: 'unwind';
	readonly list: Expression;
	readonly variable: Identifier;
}

/** `LOAD CSV [WITH HEADERS] FROM url AS row [FIELDTERMINATOR ';']`. */
export interface LoadCsvClause extends Spanned {
	readonly kind: 'loadCsv';
	readonly withHeaders: boolean;
	readonly url: Expression;
	readonly variable: Identifier;
	readonly fieldTerminator: string | null;
}

/** `WITH projection [WHERE …]`. */
export interface WithClause extends Spanned {
	readonly kind: 'with';
	readonly projection: Projection;
	readonly where: Expression | null;
}

/** `RETURN projection`. */
export interface ReturnClause extends Spanned {
	readonly kind: 'return';
	readonly projection: Projection;
}

/** `FINISH`: runs what is before it and returns no row. */
export interface FinishClause extends Spanned {
	readonly kind: 'finish';
}

/** What stands after WITH and RETURN. */
export interface Projection extends Spanned {
	readonly kind: 'projection';
	readonly distinct: boolean;
	/** `*`: all variables in scope, before the items. */
	readonly star: boolean;
	readonly items: readonly ProjectionItem[];
	readonly orderBy: readonly SortItem[];
	readonly skip: Expression | null;
	readonly limit: Expression | null;
}

/** `expression [AS alias]`. */
export interface ProjectionItem extends Spanned {
	readonly kind: 'projectionItem';
	readonly expression: Expression;
	readonly alias: Identifier | null;
}

/** `expression [ASC | DESC]`. */
export interface SortItem extends Spanned {
	readonly kind: 'sortItem';
	readonly expression: Expression;
	readonly descending: boolean;
}

/** `CREATE patterns`. */
export interface CreateClause extends Spanned {
	readonly kind: 'create';
	readonly patterns: readonly PathPattern[];
}

/** `MERGE pattern [ON CREATE SET …] [ON MATCH SET …]`. */
export interface MergeClause extends Spanned {
	readonly kind: 'merge';
	readonly pattern: PathPattern;
	/** What is set when the pattern was created, in the order written. */
	readonly onCreate: readonly SetItem[];
	/** What is set when the pattern was found, in the order written. */
	readonly onMatch: readonly SetItem[];
}

/** `SET item, …`. */
export interface SetClause extends Spanned {
	readonly kind: 'set';
	readonly items: readonly SetItem[];
}

export type SetItem = SetProperty | SetAllProperties | SetLabels;

/** `subject.key = value`. */
export interface SetProperty extends Spanned {
	readonly kind: 'setProperty';
	readonly target: PropertyAccess | IndexAccess;
	readonly value: Expression;
}

/** `variable = value` (all properties replaced) or `variable += value` (those of the map set, others kept). */
export interface SetAllProperties extends Spanned {
	readonly kind: 'setAllProperties';
	readonly variable: Variable;
	readonly merge: boolean;
	readonly value: Expression;
}

/** `variable:Label:Label`. */
export interface SetLabels extends Spanned {
	readonly kind: 'setLabels';
	readonly variable: Variable;
	readonly labels: readonly Identifier[];
}

/** `REMOVE item, …`. */
export interface RemoveClause extends Spanned {
	readonly kind: 'remove';
	readonly items: readonly RemoveItem[];
}

export type RemoveItem = RemoveProperty | RemoveLabels;

/** `subject.key`. */
export interface RemoveProperty extends Spanned {
	readonly kind: 'removeProperty';
	readonly target: PropertyAccess | IndexAccess;
}

/** `variable:Label:Label`. */
export interface RemoveLabels extends Spanned {
	readonly kind: 'removeLabels';
	readonly variable: Variable;
	readonly labels: readonly Identifier[];
}

/** `[DETACH] DELETE expression, …`. */
export interface DeleteClause extends Spanned {
	readonly kind: 'delete';
	readonly detach: boolean;
	readonly expressions: readonly Expression[];
}

/** `FOREACH (variable IN list | updates)`. */
export interface ForeachClause extends Spanned {
	readonly kind: 'foreach';
	readonly variable: Identifier;
	readonly list: Expression;
	readonly updates: readonly UpdatingClause[];
}

/** `[OPTIONAL] CALL procedure [(arguments)] [YIELD …]`. */
export interface CallProcedureClause extends Spanned {
	readonly kind: 'callProcedure';
	readonly optional: boolean;
	/** With its namespace, as written: `db.labels`. */
	readonly procedure: Identifier;
	/** Null without parentheses: arguments are the parameters of the same names (a call that stands alone). */
	readonly arguments: readonly Expression[] | null;
	readonly yield: Yield | null;
}

/** `YIELD * | item [AS alias], … [WHERE …]`; SHOW allows ORDER BY, SKIP and LIMIT too. */
export interface Yield extends Spanned {
	readonly kind: 'yield';
	/** `YIELD *`, or `YIELD -` with no items. */
	readonly star: boolean;
	readonly items: readonly YieldItem[];
	readonly orderBy: readonly SortItem[];
	readonly skip: Expression | null;
	readonly limit: Expression | null;
	readonly where: Expression | null;
}

/** `field [AS alias]`. */
export interface YieldItem extends Spanned {
	readonly kind: 'yieldItem';
	readonly field: Identifier;
	readonly alias: Identifier | null;
}

/** `[OPTIONAL] CALL [(imports)] { query } [IN TRANSACTIONS …]`. */
export interface CallSubqueryClause extends Spanned {
	readonly kind: 'callSubquery';
	readonly optional: boolean;
	/** `CALL (a, b) {…}` lists them, `CALL (*)` takes all; null: the subquery begins with an importing WITH, or imports nothing. */
	readonly imports: readonly Identifier[] | 'all' | null;
	readonly query: Query;
	readonly inTransactions: InTransactions | null;
}

/** `IN TRANSACTIONS [OF n ROWS] [ON ERROR CONTINUE | BREAK | FAIL] [REPORT STATUS AS v]`. */
export interface InTransactions extends Spanned {
	readonly kind: 'inTransactions';
	readonly rows: Expression | null;
	readonly onError: 'fail' | 'continue' | 'break';
	readonly statusVariable: Identifier | null;
}

/** `USE graph`. */
export interface UseClause extends Spanned {
	readonly kind: 'use';
	/** Parts between dots. */
	readonly graph: readonly Identifier[];
}

// ------------------------------------------------------------------------------------------------------------------------------------ patterns

/** A path: one node, or nodes joined by relationships. */
export interface PathPattern extends Spanned {
	readonly kind: 'pathPattern';
	/** `p = …`. */
	readonly variable: Identifier | null;
	/** `shortestPath(…)`, `allShortestPaths(…)`; else every path that matches. */
	readonly selector: 'all' | 'shortest' | 'allShortest';
	readonly first: NodePattern;
	readonly steps: readonly PatternStep[];
}

/** A relationship and the node that it leads to, in the order written. */
export interface PatternStep extends Spanned {
	readonly kind: 'patternStep';
	readonly relationship: RelationshipPattern;
	readonly node: NodePattern;
}

/** `(variable:Labels {properties} WHERE …)`. */
export interface NodePattern extends Spanned {
	readonly kind: 'nodePattern';
	readonly variable: Identifier | null;
	readonly labels: LabelExpression | null;
	readonly properties: MapLiteral | Parameter | null;
	readonly where: Expression | null;
}

/** `-[variable:TYPES*range {properties} WHERE …]->`. */
export interface RelationshipPattern extends Spanned {
	readonly kind: 'relationshipPattern';
	readonly variable: Identifier | null;
	readonly types: LabelExpression | null;
	/** Null: exactly one relationship, bound as such; else a path of them, bound as a list. */
	readonly range: PatternRange | null;
	readonly properties: MapLiteral | Parameter | null;
	readonly where: Expression | null;
	/** `right`: `-->`; `left`: `<--`; `both`: `--` and `<-->`. */
	readonly direction: 'right' | 'left' | 'both';
}

/** `*`, `*2`, `*1..3`, `*..3`, `*1..`: null where nothing was written (1 and no end). */
export interface PatternRange extends Spanned {
	readonly kind: 'patternRange';
	readonly from: number | null;
	readonly to: number | null;
}

/** What labels (or types) are asked: `A`, `A:B` and `A&B` (both), `A|B` (either), `!A`, `%` (any). */
export type LabelExpression = LabelName | LabelWildcard | LabelNot | LabelAnd | LabelOr;

export interface LabelName extends Spanned {
	readonly kind: 'labelName';
	readonly name: string;
}

export interface LabelWildcard extends Spanned {
	readonly kind: 'labelWildcard';
}

export interface LabelNot extends Spanned {
	readonly kind: 'labelNot';
	readonly operand: LabelExpression;
}

export interface LabelAnd extends Spanned {
	readonly kind: 'labelAnd';
	readonly operands: readonly LabelExpression[];
	/** Written with colons (`:A:B`), as openCypher 9 has it; relationship types take no such list. */
	readonly colons: boolean;
}

export interface LabelOr extends Spanned {
	readonly kind: 'labelOr';
	readonly operands: readonly LabelExpression[];
}

// --------------------------------------------------------------------------------------------------------------------------------- expressions

export type Expression =
	| NullLiteral
	| BooleanLiteral
	| IntegerLiteral
	| FloatLiteral
	| StringLiteral
	| ListLiteral
	| MapLiteral
	| Parameter
	| Variable
	| PropertyAccess
	| IndexAccess
	| SliceAccess
	| LabelPredicate
	| UnaryOperation
	| BinaryOperation
	| Comparison
	| NullPredicate
	| CaseExpression
	| FunctionCall
	| CountStar
	| ListComprehension
	| PatternComprehension
	| PatternExpression
	| QuantifierExpression
	| ReduceExpression
	| MapProjection
	| SubqueryExpression;

export interface NullLiteral extends Spanned {
	readonly kind: 'null';
}

export interface BooleanLiteral extends Spanned {
	readonly kind: 'boolean';
	readonly value: boolean;
}

/** An integer of 64 bits, in the form of int8: a number while it is safe, else a bigint. A minus before a literal is part of it. */
export interface IntegerLiteral extends Spanned {
	readonly kind: 'integer';
	readonly value: number | bigint;
}

export interface FloatLiteral extends Spanned {
	readonly kind: 'float';
	readonly value: number;
}

export interface StringLiteral extends Spanned {
	readonly kind: 'string';
	readonly value: string;
}

export interface ListLiteral extends Spanned {
	readonly kind: 'list';
	readonly items: readonly Expression[];
}

export interface MapLiteral extends Spanned {
	readonly kind: 'map';
	readonly entries: readonly MapEntry[];
}

export interface MapEntry extends Spanned {
	readonly kind: 'mapEntry';
	readonly key: Identifier;
	readonly value: Expression;
}

/** `$name`. */
export interface Parameter extends Spanned {
	readonly kind: 'parameter';
	readonly name: string;
}

export interface Variable extends Spanned {
	readonly kind: 'variable';
	readonly name: string;
}

/** `subject.key`. */
export interface PropertyAccess extends Spanned {
	readonly kind: 'property';
	readonly subject: Expression;
	readonly key: Identifier;
}

/** `subject[index]`. */
export interface IndexAccess extends Spanned {
	readonly kind: 'index';
	readonly subject: Expression;
	readonly index: Expression;
}

/** `subject[from..to]`. */
export interface SliceAccess extends Spanned {
	readonly kind: 'slice';
	readonly subject: Expression;
	readonly from: Expression | null;
	readonly to: Expression | null;
}

/** `subject:Label`, `subject:A|B`. */
export interface LabelPredicate extends Spanned {
	readonly kind: 'labelPredicate';
	readonly subject: Expression;
	readonly labels: LabelExpression;
}

export interface UnaryOperation extends Spanned {
	readonly kind: 'unary';
	readonly operator: 'NOT' | '+' | '-';
	readonly operand: Expression;
}

export type BinaryOperator = 'OR' | 'XOR' | 'AND' | '+' | '-' | '*' | '/' | '%' | '^' | '||' | '=~' | 'IN' | 'STARTS WITH' | 'ENDS WITH' | 'CONTAINS';

export interface BinaryOperation extends Spanned {
	readonly kind: 'binary';
	readonly operator: BinaryOperator;
	readonly left: Expression;
	readonly right: Expression;
}

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** `a < b`, and chains: `a < b <= c` is `a < b AND b <= c`. `operands` has one more than `operators`. */
export interface Comparison extends Spanned {
	readonly kind: 'comparison';
	readonly operands: readonly Expression[];
	readonly operators: readonly ComparisonOperator[];
}

/** `operand IS [NOT] NULL`. */
export interface NullPredicate extends Spanned {
	readonly kind: 'isNull';
	readonly operand: Expression;
	readonly negated: boolean;
}

/** `CASE [subject] WHEN … THEN … [ELSE …] END`. */
export interface CaseExpression extends Spanned {
	readonly kind: 'case';
	readonly subject: Expression | null;
	readonly alternatives: readonly CaseAlternative[];
	readonly otherwise: Expression | null;
}

export interface CaseAlternative extends Spanned {
	readonly kind: 'caseAlternative';
	readonly when: Expression;
	readonly then: Expression;
}

/** `name([DISTINCT] arguments)`, aggregates too; the name has its namespace, as written. */
export interface FunctionCall extends Spanned {
	readonly kind: 'functionCall';
	readonly name: string;
	readonly distinct: boolean;
	readonly arguments: readonly Expression[];
}

/** `count(*)`. */
export interface CountStar extends Spanned {
	readonly kind: 'countStar';
}

/** `[variable IN list WHERE … | projection]`. */
export interface ListComprehension extends Spanned {
	readonly kind: 'listComprehension';
	readonly variable: Identifier;
	readonly list: Expression;
	readonly where: Expression | null;
	readonly projection: Expression | null;
}

/** `[p = pattern WHERE … | projection]`. */
export interface PatternComprehension extends Spanned {
	readonly kind: 'patternComprehension';
	readonly pattern: PathPattern;
	readonly where: Expression | null;
	readonly projection: Expression;
}

/** A pattern as an expression: `(a)-->(b)` is whether there is one; `shortestPath(…)` is the path, `allShortestPaths(…)` a list of them. */
export interface PatternExpression extends Spanned {
	readonly kind: 'patternExpression';
	readonly pattern: PathPattern;
}

/** `all(variable IN list WHERE …)` and so on. */
export interface QuantifierExpression extends Spanned {
	readonly kind: 'quantifier';
	readonly quantifier: 'all' | 'any' | 'none' | 'single';
	readonly variable: Identifier;
	readonly list: Expression;
	readonly where: Expression | null;
}

/** `reduce(accumulator = initial, variable IN list | expression)`. */
export interface ReduceExpression extends Spanned {
	readonly kind: 'reduce';
	readonly accumulator: Identifier;
	readonly initial: Expression;
	readonly variable: Identifier;
	readonly list: Expression;
	readonly expression: Expression;
}

/** `variable {.key, .*, key: expression, variable}`. */
export interface MapProjection extends Spanned {
	readonly kind: 'mapProjection';
	readonly subject: Variable;
	readonly items: readonly MapProjectionItem[];
}

export type MapProjectionItem = MapProjectionProperty | MapProjectionAll | MapEntry | Variable;

/** `.key`. */
export interface MapProjectionProperty extends Spanned {
	readonly kind: 'mapProjectionProperty';
	readonly key: Identifier;
}

/** `.*`. */
export interface MapProjectionAll extends Spanned {
	readonly kind: 'mapProjectionAll';
}

/** `EXISTS { … }`, `COUNT { … }`, `COLLECT { … }`; a bare pattern inside is the same as MATCH with it, without RETURN. */
export interface SubqueryExpression extends Spanned {
	readonly kind: 'subqueryExpression';
	readonly form: 'exists' | 'count' | 'collect';
	readonly query: Query;
}

// ------------------------------------------------------------------------------------------------------------------------------------ commands

/** Statements that are no query: on indexes and constraints, and SHOW. */
export type Command = CreateIndexCommand | DropIndexCommand | CreateConstraintCommand | DropConstraintCommand | ShowCommand;

/** `CREATE … INDEX [name] [IF NOT EXISTS] FOR (n:Label) ON (n.key, …)`; lookup: `ON EACH labels(n)`; the old form is `CREATE INDEX ON :Label(key)`. */
export interface CreateIndexCommand extends Spanned {
	readonly kind: 'createIndex';
	readonly indexType: 'range' | 'text' | 'point' | 'lookup' | 'fulltext' | 'vector';
	readonly name: Identifier | Parameter | null;
	readonly ifNotExists: boolean;
	readonly entity: 'node' | 'relationship';
	/** One, several for a full text index (`A|B`), none for a lookup index. */
	readonly labels: readonly Identifier[];
	readonly properties: readonly Identifier[];
	readonly options: MapLiteral | Parameter | null;
}

/** `DROP INDEX name [IF EXISTS]`, or the old `DROP INDEX ON :Label(key)`. */
export interface DropIndexCommand extends Spanned {
	readonly kind: 'dropIndex';
	readonly target: Identifier | Parameter | IndexDescription;
	readonly ifExists: boolean;
}

/** `:Label(key, …)`. */
export interface IndexDescription extends Spanned {
	readonly kind: 'indexDescription';
	readonly label: Identifier;
	readonly properties: readonly Identifier[];
}

/** `CREATE CONSTRAINT [name] [IF NOT EXISTS] FOR (n:Label) REQUIRE …`; the old form is `ON … ASSERT …`. */
export interface CreateConstraintCommand extends Spanned {
	readonly kind: 'createConstraint';
	readonly name: Identifier | Parameter | null;
	readonly ifNotExists: boolean;
	readonly entity: 'node' | 'relationship';
	readonly label: Identifier;
	readonly properties: readonly Identifier[];
	readonly requirement: 'unique' | 'key' | 'notNull' | 'type';
	/** The type of `IS :: TYPE`, in capitals, words parted by one blank; else null. */
	readonly propertyType: string | null;
	readonly options: MapLiteral | Parameter | null;
}

/** `DROP CONSTRAINT name [IF EXISTS]`. */
export interface DropConstraintCommand extends Spanned {
	readonly kind: 'dropConstraint';
	readonly name: Identifier | Parameter;
	readonly ifExists: boolean;
}

/** `SHOW subject [YIELD … | WHERE …] [RETURN …]`. */
export interface ShowCommand extends Spanned {
	readonly kind: 'show';
	readonly subject: 'indexes' | 'constraints' | 'procedures' | 'functions' | 'databases';
	/** The word before the subject (`FULLTEXT INDEXES`, `DEFAULT DATABASE`), in capitals, words parted by one blank; else null. */
	readonly filter: string | null;
	/** `SHOW DATABASE name`; else null. */
	readonly name: Identifier | null;
	readonly yield: Yield | null;
	readonly where: Expression | null;
	readonly return: ReturnClause | null;
}

/** Expressions with a scope, a call or a pattern of their own. */
export type CompoundExpression = Extract<
	Expression,
	{
		kind:
			| 'functionCall'
			| 'countStar'
			| 'listComprehension'
			| 'quantifier'
			| 'reduce'
			| 'mapProjection'
			| 'patternComprehension'
			| 'patternExpression'
			| 'subqueryExpression';
	}
>;
