/**
 * Writes the text of one pipeline: a function `step(S, b)` as docs/pipelines.md describes it. Operators emit statements; this
 * class keeps loops and their places, locals and which of them must outlive a suspension, and the columns in reach.
 *
 * Words: a *frame* is the function's body, a loop, or a labelled block, with a place of its own once something is opened
 * inside; its code is cut into *segments* by what is opened inside. A *scope* is a stretch of text that dominates what follows
 * in it. An *exit* is the labelled block that ends the production of a part of the plan (LIMIT, EXISTS).
 *
 * Invariants: (1) a local assigned before a point of suspension (in text) and used behind it is persistent; (2) leaving frames by
 * `exit` or `skip` clears the places of all frames left, those out of which rows were pulled included.
 */

import { invariant } from '../../../platform/errors.ts';
import type { Column, ColumnId, Expression } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import { columnsRead } from '../../algebra/traverse.ts';
import { ExpressionCompiler } from './expression-compiler.ts';
import { LazyValue } from './lazy-value.ts';
import type { ProgramBuilder } from './program-builder.ts';
import type { ScanLookup } from './scan-lookup.ts';
import type { SubqueryOnce } from './subqueries.ts';

export interface Frame {
	/** Label of the loop or block; empty for the body of the function. */
	readonly label: string;
	readonly isLoop: boolean;
	readonly place: string;
	segment: number;
	readonly guardLine: number;
	readonly headLine: number;
	/** Line behind which the loop stands at a row; −1 where `rowStart` was not called. */
	rowLine: number;
	/** Local that is 1 when the loop was left at its row start, to go on with the same row; empty until needed. */
	redo: string;
	/** Frames closed inside a block out of which rows are pulled; their places are alive as long as this frame is. */
	readonly pulled: Frame[];
}

export interface Scope {
	readonly parent: Scope | null;
}

interface Exit {
	readonly label: string;
	readonly depth: number;
}

interface Local {
	persistent: boolean;
	/** Value at (re)opening, or null when it need not have one. */
	readonly initial: string | null;
}

export class PipelineBuilder {
	readonly program: ProgramBuilder;
	readonly parent: PipelineBuilder | null;
	readonly name: string;
	readonly expressions: ExpressionCompiler;
	readonly #lines: string[] = [];
	readonly #openLines: string[] = [];
	readonly #dependencies: string[] = [];
	readonly #entry = new Map<string, string>();
	readonly #exitLines: string[] = [];
	readonly #doneLines: string[] = [];
	readonly #locals = new Map<string, Local>();
	readonly #columns = new Map<ColumnId, LazyValue>();
	readonly #frames: Frame[] = [];
	readonly #exits: Exit[] = [];
	/** The loop for which rows are being pulled out of frames inside it. */
	#pullHost: Frame | null = null;
	/** Columns of enclosing pipelines that this one reads from fields. */
	readonly outers = new Set<ColumnId>();
	/** How many conditions the text being written stands under. */
	#conditions = 0;
	/** Subqueries that run once, compiled where first met. */
	readonly subqueries = new Map<Expression, SubqueryOnce>();
	/** Look-ups that joins have their left side's scans do, by scan. */
	readonly scanProbes = new Map<Plan, ScanLookup[]>();
	scope: Scope = { parent: null };
	suspensions = 0;
	/** May be run when rows of the statement are out: what spills only at a second try must spill at once. */
	isLate: boolean;

	constructor(program: ProgramBuilder, parent: PipelineBuilder | null) {
		this.program = program;
		this.parent = parent;
		this.isLate = program.spills || (parent?.isLate ?? false);
		this.name = program.name('p');
		this.expressions = new ExpressionCompiler(this);
		program.field(this.openField, '0', { atStart: '0' });
		this.#frames.push(this.#newFrame('', false));
		this.#exits.push({ label: 'P0', depth: 0 });
	}

	/** The state field that is 0 when the pipeline must start anew. */
	get openField(): string {
		return `o_${this.name}`;
	}

	get frame(): Frame {
		return this.#frames[this.#frames.length - 1]!;
	}

	get isAtRoot(): boolean {
		return this.#frames.length === 1;
	}

	// Text

	emit(text: string): void {
		this.#lines.push(text);
	}

	/** Runs when the pipeline is opened, before everything else. */
	emitAtOpen(text: string): void {
		this.#openLines.push(text);
	}

	/** Runs whenever the function is left: done or suspended. */
	emitAtExit(text: string): void {
		this.#exitLines.push(text);
	}

	emitWhenDone(text: string): void {
		this.#doneLines.push(text);
	}

	/** Reserves a line to be filled by `patch`. */
	placeholder(): number {
		return this.#lines.push('') - 1;
	}

	patch(line: number, text: string): void {
		const had = this.#lines[line]!;
		this.#lines[line] = had === '' ? text : `${had} ${text}`;
	}

	/** A constant of the function, computed at every entry; the same text gives the same name. */
	constant(prefix: string, text: string): string {
		let name = this.#entry.get(text);
		if (name === undefined) {
			name = this.program.name(prefix);
			this.#entry.set(text, name);
		}
		return name;
	}

	// Locals

	/** A local that is assigned before it is used, in every stretch between suspensions. */
	temporary(prefix = 't'): string {
		const name = this.program.name(prefix);
		this.#locals.set(name, { persistent: false, initial: null });
		return name;
	}

	/** A local that keeps its value over suspensions and starts as `initial` when the pipeline is opened. */
	persistent(prefix: string, initial: string): string {
		const name = this.program.name(prefix);
		this.#locals.set(name, { persistent: true, initial });
		return name;
	}

	persist(name: string): void {
		const local = this.#locals.get(name);
		if (local !== undefined) local.persistent = true;
	}

	// Scopes and frames

	dominates(scope: Scope | null): boolean {
		if (scope === null) return false;
		for (let s: Scope | null = this.scope; s !== null; s = s.parent) if (s === scope) return true;
		return false;
	}

	/** Here the current loop stands at a row, and what names it is bound: other pipelines may be run from here before its code. */
	rowStart(): void {
		this.frame.rowLine = this.placeholder();
		this.suspensions++;
	}

	/**
	 * Runs a pipeline once per execution as soon as the nearest loop has a row; the loop goes on with the same row after a
	 * suspension. Does nothing under a condition, or where no loop marks its row: then the pipeline is run where it is used.
	 */
	runAtRowStart(other: PipelineBuilder, doneField: string): void {
		if (this.#conditions > 0) return;
		const frame = this.#frames.findLast((f) => f.rowLine >= 0);
		if (frame === undefined) return;
		if (frame.redo === '') {
			frame.redo = this.persistent('h', '0');
			this.patch(frame.headLine, `if (${frame.redo} === 0) {`);
			this.patch(frame.rowLine, `} ${frame.redo} = 0;`);
		}
		const text = `if (S.${doneField} === 0) { r = ${other.name}(S, b); b = S.left; if (r !== 0) { ${frame.redo} = 1; break P; } S.${doneField} = 1; }`;
		if (!this.#lines[frame.rowLine]!.includes(text)) this.patch(frame.rowLine, text);
	}

	/** Code that runs only under a condition: what is computed inside does not count as computed behind it. */
	conditional(condition: string, body: () => void, otherwise?: () => void): void {
		this.emit(`if (${condition}) {`);
		this.#underCondition(body);
		if (otherwise !== undefined) {
			this.emit('} else {');
			this.#underCondition(otherwise);
		}
		this.emit('}');
	}

	/** A loop without suspension inside, or any other text whose body may not run. */
	plainLoop(head: string, body: () => void): void {
		this.emit(`${head} {`);
		this.#underCondition(body);
		this.emit('}');
	}

	/** As `#inScope`, for code that may not run. */
	#underCondition(body: () => void): void {
		this.#conditions++;
		this.#inScope(body);
		this.#conditions--;
	}

	#inScope(body: () => void): void {
		const outer = this.scope;
		this.scope = { parent: outer };
		body();
		this.scope = outer;
	}

	#newFrame(label: string, isLoop: boolean): Frame {
		const place = this.program.name('s');
		const guardLine = this.placeholder();
		const headLine = this.placeholder();
		return { label, isLoop, place, segment: 0, guardLine, headLine, rowLine: -1, redo: '', pulled: [] };
	}

	/** Ends the current segment of the frame: what follows is entered again after a suspension, what was before is not. */
	nextSegment(): void {
		const frame = this.frame;
		if (frame.segment === 0) {
			this.#locals.set(frame.place, { persistent: true, initial: '0' });
			this.patch(frame.guardLine, `if (${frame.place} === 0) {`);
		}
		frame.segment++;
		this.suspensions++;
		this.emit(`${frame.place} = ${frame.segment}; }`);
		this.emit(`if (${frame.place} === ${frame.segment}) {`);
	}

	/** `body` emits the loop's content; it must leave the loop by `break` of the label given. `counted`: each round takes one from the budget. */
	loop(counted: boolean, body: (label: string) => void): void {
		this.nextSegment();
		this.#loop(counted, body);
	}

	#loop(counted: boolean, body: (label: string) => void): void {
		const label = this.program.name('L');
		this.suspensions++;
		this.emit(`${label}: for (;;) {`);
		this.#inFrame(label, true, () => {
			if (counted) this.emit('if (--b < 0) { r = 1; break P; }');
			body(label);
		});
		this.emit('}');
	}

	#inFrame(label: string, isLoop: boolean, body: () => void): void {
		const frame = this.#newFrame(label, isLoop);
		this.#frames.push(frame);
		this.#inScope(body);
		this.#frames.pop();
		if (frame.segment > 0) this.emit(`${frame.place} = 0; }`);
		this.#pullHost?.pulled.push(frame, ...frame.pulled);
	}

	/** A part of the plan whose production can be ended by `exit` from inside. */
	exitBlock(body: () => void): void {
		this.nextSegment();
		const label = this.program.name('E');
		this.emit(`${label}: {`);
		this.#exits.push({ label, depth: this.#frames.length });
		this.#inFrame(label, false, body);
		this.#exits.pop();
		this.emit('}');
	}

	/** Emits code that belongs to what encloses the innermost exit block: `exit` there ends the enclosing part. */
	outsideExit(body: () => void): void {
		const exit = this.#exits.pop()!;
		body();
		this.#exits.push(exit);
	}

	/**
	 * A loop whose rows are pulled out of other loops: `produce` emits them (in a block of its own) and calls `pull` at each
	 * point that has a row; behind that, `exhausted` runs when there are no more; it must break the loop or fall through
	 * with one more row. Then `consume` is emitted once.
	 */
	pullLoop(head: (label: string) => void, produce: (pull: () => void) => void, exhausted: (label: string) => void, consume: () => void): void {
		this.loop(false, (label) => {
			head(label);
			const outerHost = this.#pullHost;
			this.#pullHost = this.frame;
			const row = this.program.name('R');
			this.emit(`${row}: {`);
			const inner = this.program.name('E');
			this.emit(`${inner}: {`);
			this.#exits.push({ label: inner, depth: this.#frames.length });
			this.#inFrame(inner, false, () => produce(() => this.emit(`${this.#toNextRow()}break ${row};`)));
			this.#exits.pop();
			this.emit('}');
			exhausted(label);
			this.emit('}');
			this.#pullHost = outerHost;
			this.suspensions++;
			consume();
		});
	}

	/** Text that gives up the current row. */
	skip(): string {
		const frame = this.#innermostLoop();
		return frame === null ? this.exit() : `{ ${this.#toNextRow()}continue ${frame.label}; }`;
	}

	/** Text that suspends behind the current row, which has been consumed: the next step goes on with the next row. */
	suspendBehindRow(): string {
		return `{ ${this.#toNextRow()}r = 2; break P; }`;
	}

	#innermostLoop(): Frame | null {
		for (let i = this.#frames.length - 1; i >= 0; i--) if (this.#frames[i]!.isLoop) return this.#frames[i]!;
		return null;
	}

	/** Clears the places so that the innermost loop asks for its next row; what that row would be pulled from stays open. */
	#toNextRow(): string {
		const loop = this.#innermostLoop();
		if (loop === null) return '';
		const own = loop.segment > 0 ? `${loop.place} = 0; ` : '';
		return own + this.#clearPlaces(this.#frames.indexOf(loop) + 1);
	}

	/** Text that ends the innermost part opened by `exitBlock` (or the pipeline). */
	exit(): string {
		const exit = this.#exits[this.#exits.length - 1]!;
		return `{ ${this.#clearPlaces(exit.depth)}break ${exit.label}; }`;
	}

	/** Text that leaves a loop by its label. */
	leave(label: string): string {
		const index = this.#frames.findIndex((f) => f.label === label);
		return `{ ${this.#clearPlaces(index)}break ${label}; }`;
	}

	/** At the head of the current loop, before its next row is asked for: ends the production when the condition holds. */
	exitAtHead(condition: string): void {
		const frame = this.frame;
		const exit = this.#exits[this.#exits.length - 1]!;
		const places = this.#frames.slice(exit.depth, -1).filter((f) => f.segment > 0);
		const pulled = this.#frames.slice(exit.depth).flatMap((f) => f.pulled.filter((p) => p.segment > 0));
		const clear = [...places, ...pulled].map((f) => `${f.place} = 0; `).join('');
		this.patch(frame.headLine, `if (${condition}) { ${clear}break ${exit.label}; }`);
	}

	#clearPlaces(from: number): string {
		let text = '';
		for (const frame of this.#frames.slice(from)) {
			if (frame.segment > 0) text += `${frame.place} = 0; `;
			for (const inner of frame.pulled) if (inner.segment > 0) text += `${inner.place} = 0; `;
		}
		return text;
	}

	// Columns

	bind(id: ColumnId, value: LazyValue): void {
		this.#columns.set(id, value);
	}

	/** A value that is computed when first used. */
	lazy(prefix: string, nullable: boolean, compute: () => string): LazyValue {
		return new LazyValue(this, this.temporary(prefix), nullable, compute);
	}

	/** A value that is there already: a constant of the function, or a literal. */
	fixed(text: string, nullable: boolean): LazyValue {
		return new LazyValue(this, text, nullable, null);
	}

	/** A local assigned just before. */
	assigned(name: string, nullable: boolean): LazyValue {
		return new LazyValue(this, name, nullable, null, true);
	}

	/** The value of a column in reach: of this pipeline, or of one around it. */
	column(id: ColumnId): LazyValue {
		const own = this.#columns.get(id);
		if (own !== undefined) return own;
		let nullable = true;
		let found = false;
		for (let p = this.parent; p !== null && !found; p = p.parent) {
			const outer = p.#columns.get(id);
			if (outer === undefined) continue;
			nullable = outer.nullable;
			found = true;
		}
		invariant(found, `column ${id} is produced by no operator in reach`);
		this.outers.add(id);
		return this.fixed(this.constant('x', `S.${this.program.outerField(id)}`), nullable);
	}

	has(id: ColumnId): boolean {
		return this.#columns.has(id);
	}

	use(id: ColumnId): string {
		return this.column(id).use();
	}

	/** Makes all columns that an expression reads ready, so that its text can be used here. */
	prepare(...expressions: readonly (Expression | null)[]): void {
		for (const expression of expressions) if (expression !== null) for (const id of columnsRead(expression)) this.use(id);
	}

	/** The columns of `columns` that something in the statement reads. */
	neededOf(columns: readonly Column[]): readonly Column[] {
		return columns.filter((c) => this.program.isNeeded(c.id));
	}

	// Other pipelines

	/** Runs a pipeline that depends on nothing outside before this one's first row, once per execution. */
	dependOnce(other: PipelineBuilder): void {
		const done = this.program.field(`d_${other.name}`, '0', { atStart: '0' });
		const suspend = this.program.instrument ? `{ ${this.#stopClock()} return r; }` : 'return r;';
		const text = `if (S.${done} === 0) { const r = ${other.name}(S, b); if (r !== 0) ${suspend} b = S.left; S.${done} = 1; }`;
		if (!this.#dependencies.includes(text)) this.#dependencies.push(text);
	}

	/** Runs text at every entry before all else; where it returns, it suspends. */
	require(text: string): void {
		this.#dependencies.unshift(text);
	}

	/** Text that opens a pipeline anew with the outer columns of this place. */
	openText(other: PipelineBuilder): string {
		return `${this.outerText(other)}S.${other.openField} = 0`;
	}

	/** Text that hands the outer columns of this place to another pipeline, each with a comma behind it. */
	outerText(other: PipelineBuilder): string {
		let text = '';
		for (const id of other.outers) if (this.#columns.has(id)) text += `S.${this.program.outerField(id)} = ${this.use(id)}, `;
		for (const id of other.outers) if (!this.#columns.has(id)) this.column(id);
		return text;
	}

	/** Runs a pipeline here, from its start, each time this point is reached. */
	runHere(other: PipelineBuilder): void {
		this.emit(`${this.openText(other)};`);
		this.nextSegment();
		this.emit(`r = ${other.name}(S, b); b = S.left; if (r !== 0) break P;`);
	}

	/** The field with the time spent in the pipeline and those it waits for, in microseconds. */
	get timeField(): string {
		return this.program.field(`us_${this.name}`, '0', { atStart: '0' });
	}

	#stopClock(): string {
		return `S.${this.timeField} += S.functions.clockUs() - started;`;
	}

	/** A plain function with this head, of what was emitted: for what runs to its end in one go. Nothing may be emitted afterwards. */
	finishPlain(head: string): string {
		const constants = [...this.#entry].map(([text, name]) => `const ${name} = ${text};`);
		const locals = this.#locals.size === 0 ? '' : `let ${[...this.#locals.keys()].join(', ')};`;
		return [`${head} {`, ...constants, locals, ...this.#lines, '}'].filter((line) => line !== '').join('\n');
	}

	/** The whole function. Nothing may be emitted afterwards. */
	finish(): string {
		const root = this.#frames[0]!;
		if (root.segment > 0) this.emit('}');
		const persistent = [...this.#locals].filter(([, l]) => l.persistent).map(([name]) => name);
		const temporary = [...this.#locals].filter(([, l]) => !l.persistent).map(([name]) => name);
		for (const name of persistent) this.program.field(name, this.#locals.get(name)!.initial ?? 'null');
		const resets = persistent.filter((name) => this.#locals.get(name)!.initial !== null).map((name) => `S.${name} = ${this.#locals.get(name)!.initial};`);
		const out: string[] = [`function ${this.name}(S, b) {`, `if (S.${this.openField} === 0) {`, `S.${this.openField} = 1;`, ...resets, ...this.#openLines, '}'];
		if (this.program.instrument) {
			out.push('const started = S.functions.clockUs();');
			this.#exitLines.push(this.#stopClock());
		}
		out.push(...this.#dependencies);
		for (const [text, name] of this.#entry) out.push(`const ${name} = ${text};`);
		if (persistent.length > 0) out.push(`let ${persistent.map((name) => `${name} = S.${name}`).join(', ')};`);
		if (temporary.length > 0) out.push(`let ${temporary.join(', ')};`);
		out.push('let r = 0;', 'P: {', 'P0: {', ...this.#lines.filter((line) => line !== ''), '}');
		out.push(...this.#doneLines, ...this.#exitLines, 'S.left = b;', 'return 0;', '}');
		for (const name of persistent) out.push(`S.${name} = ${name};`);
		out.push(...this.#exitLines, 'S.left = b;', 'return r;', '}');
		return out.join('\n');
	}
}
