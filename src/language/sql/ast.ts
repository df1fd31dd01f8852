/**
 * The raw parse tree of PostgreSQL's grammar, as the parser gives it: JSON in which every node is an object with one property
 * named after its kind, and in which fields that are zero, false or empty are left out. `location` counts bytes of the
 * statement's UTF-8 text from 0; −1 is unknown, absent is 0.
 */
import type { Node } from 'libpg-query';

export type {
	A_ArrayExpr,
	A_Const,
	A_Expr,
	A_Indices,
	A_Indirection,
	Alias,
	BoolExpr,
	BooleanTest,
	CaseExpr,
	CoalesceExpr,
	CollateClause,
	ColumnDef,
	ColumnRef,
	CommonTableExpr,
	Constraint,
	CurrentOfExpr,
	DeleteStmt,
	FuncCall,
	GroupingFunc,
	InsertStmt,
	JoinExpr,
	LockingClause,
	MinMaxExpr,
	NullTest,
	OnConflictClause,
	ParamRef,
	RangeFunction,
	RangeSubselect,
	RangeTableSample,
	RangeVar,
	ResTarget,
	RowExpr,
	SelectStmt,
	SortBy,
	SQLValueFunction,
	SubLink,
	TypeCast,
	TypeName,
	UpdateStmt,
	WindowDef,
	WithClause,
} from 'libpg-query';

type KindOf<T> = T extends unknown ? keyof T : never;
type PayloadOf<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;

/** A node whose kind is not known yet: exactly one of the properties is there. */
export type AstNode = { readonly [K in KindOf<Node>]?: PayloadOf<Node, K> };

/** One statement of a parsed text. */
export interface RawStatement {
	readonly node: AstNode;
	/** Bytes from the start of the parsed text. */
	readonly location: number;
	/** 0: up to the end. */
	readonly length: number;
}

/** The kind of a node: the name of its one property. */
export function nodeKind(node: AstNode): string {
	for (const kind in node) return kind;
	return '';
}

/** The text of a String node, '' if it is none. */
export function stringOf(node: AstNode | undefined): string {
	return node?.String?.sval ?? '';
}

/** The texts of a list of String nodes (qualified names). */
export function namesOf(nodes: readonly AstNode[] | undefined): string[] {
	return (nodes ?? []).map(stringOf);
}

/** The location of a node or, where it has none itself, of the leftmost part of it; −1 when unknown. */
export function locationOf(node: AstNode | undefined): number {
	if (node === undefined) return -1;
	const kind = nodeKind(node);
	const payload = (node as Record<string, { location?: number } | undefined>)[kind];
	if (payload === undefined) return -1;
	const own = payload.location ?? 0;
	if (kind === 'A_Expr') return leftmost(own, locationOf(node.A_Expr?.lexpr as AstNode | undefined));
	if (kind === 'TypeCast') return leftmost(leftmost(own, locationOf(node.TypeCast?.arg as AstNode | undefined)), node.TypeCast?.typeName?.location ?? -1);
	if (kind === 'CollateClause') return leftmost(own, locationOf(node.CollateClause?.arg as AstNode | undefined));
	if (kind === 'BoolExpr') return leftmost(own, locationOf((node.BoolExpr?.args as AstNode[] | undefined)?.[0]));
	if (kind === 'NullTest') return leftmost(own, locationOf(node.NullTest?.arg as AstNode | undefined));
	if (kind === 'BooleanTest') return leftmost(own, locationOf(node.BooleanTest?.arg as AstNode | undefined));
	if (kind === 'SubLink') return leftmost(own, locationOf(node.SubLink?.testexpr as AstNode | undefined));
	if (kind === 'A_Indirection') return locationOf(node.A_Indirection?.arg as AstNode | undefined);
	if (kind === 'List') return locationOf((node.List?.items as AstNode[] | undefined)?.[0]);
	return own;
}

function leftmost(a: number, b: number): number {
	if (a < 0) return b;
	if (b < 0) return a;
	return Math.min(a, b);
}
