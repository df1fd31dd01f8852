/**
 * Hash joins: the left side probes the table that the right side has filled.
 *
 * A join that spills goes in rounds: the rows of the left plan probe what came first, then the left rows of each partition what
 * the table holds of it. A left row is put aside when its key is not in a table that is not whole.
 */
import { columnOf } from '../../algebra/build.ts';
import { columnsRead } from '../../algebra/traverse.ts';
import type { Operand } from './expression-compiler.ts';
import { type BuiltTable, buildTable, type HashJoin, isTableOfIntegers, type JoinKey, keyNulls, mixedKeyText } from './hash-join-table.ts';
import { openKept } from './kept-rows.ts';
import { keyText } from './keys.ts';
import { openPartitioned, produceOverflowing, RowLocals, refill } from './overflowing-rows.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { type Consume, produce } from './produce.ts';
import { emitFilter } from './row-operators.ts';
import { lookUpInScan, NOT_LOOKED_UP, type ScanLookup } from './scan-lookup.ts';

export type { JoinKey };

export function produceHashJoin(pipeline: PipelineBuilder, plan: HashJoin, consume: Consume): void {
	const { program } = pipeline;
	// NOT IN with several columns or further conditions: each row is compared, as nulls may make any of them "unknown".
	const comparesAll = plan.nullAware === true && (plan.keys.length !== 1 || plan.residual !== null);
	const rightIds = new Set(plan.right.columns.map((c) => c.id));
	const isDependent = program.isDependent(plan.right) || plan.keys.some((k) => [...columnsRead(k.right)].some((id) => !rightIds.has(id)));
	const built = buildTable(pipeline, plan, comparesAll ? [] : plan.keys, pipeline.isLate || isDependent);
	if (built.spill === null) openKept(pipeline, isDependent, built.pipeline);
	else openPartitioned(pipeline, built.pipeline, isDependent, built.spill.mode);
	const join = new HashJoinProbe(pipeline, plan, built);
	switch (plan.type) {
		case 'inner':
			join.rounds(() => join.left(() => join.matches(consume)));
			return;
		case 'left':
			join.rounds(() => join.left(() => join.matchesOrNulls(consume)));
			return;
		case 'right':
		case 'full':
			join.keepingRight(consume);
			return;
		case 'semi':
		case 'anti':
			join.rounds(() =>
				join.left(() => {
					if (plan.residual === null && !comparesAll && !built.isMixed) join.membership();
					else join.search(comparesAll);
					consume();
				}),
			);
	}
}

/** The walk over the rows that have the left row's key. */
interface Chain {
	readonly next: string;
	readonly last: string;
	readonly ring: string;
}

/** The code that probes. */
class HashJoinProbe {
	readonly #pipeline: PipelineBuilder;
	readonly #plan: HashJoin;
	readonly #built: BuiltTable;
	/** The left side's scan has looked the key up. */
	readonly #lookup: ScanLookup | null;

	constructor(pipeline: PipelineBuilder, plan: HashJoin, built: BuiltTable) {
		this.#pipeline = pipeline;
		this.#plan = plan;
		this.#built = built;
		const keepsMisses = plan.type === 'left' || plan.type === 'anti' ? 'true' : built.spill === null ? 'false' : `S.${built.spill.overflow}.right.isUsed`;
		this.#lookup = lookUpInScan(pipeline, plan, built.keys, built, keepsMisses);
	}

	get #table(): string {
		return this.#pipeline.constant('h', `S.${this.#built.field}`);
	}

	get #map(): string {
		return this.#pipeline.constant('g', `S.${this.#built.field}.last`);
	}

	/** The overflow, or null in a join that does not spill. */
	get #overflow(): string | null {
		const { spill } = this.#built;
		return spill === null ? null : this.#pipeline.constant('o', `S.${spill.overflow}`);
	}

	/** Emits the probes of one round in the loop over all of them. */
	rounds(body: () => void): void {
		const [pipeline, { spill }] = [this.#pipeline, this.#built];
		if (spill === null) {
			body();
			return;
		}
		pipeline.emit(`S.${spill.overflow}.left.clear();`);
		pipeline.loop(false, (label) => {
			body();
			pipeline.emit(`if (!S.${spill.overflow}.next()) ${pipeline.leave(label)}`);
			refill(pipeline, this.#built.pipeline, spill.mode);
		});
	}

	/** The left rows of a round. */
	left(consume: Consume): void {
		const [pipeline, plan, { spill }] = [this.#pipeline, this.#plan, this.#built];
		if (spill === null) {
			produce(pipeline, plan.left, consume);
			return;
		}
		const locals = new RowLocals(pipeline, spill.left.length);
		const values = (): Operand[] => spill.left.map((e) => pipeline.expressions.named(e));
		produceOverflowing(pipeline, plan.left, { mode: spill.mode, overflow: `${spill.overflow}.left`, locals, values }, () => {
			spill.left.forEach((e, i) => {
				if (e.kind === 'column') locals.bind(pipeline, i, e.id);
			});
			consume();
		});
	}

	#keys(): { parts: Operand[]; nulls: string[]; key: string } {
		const [pipeline, { keys, isMixed }] = [this.#pipeline, this.#built];
		const parts = keys.map((k) => pipeline.expressions.named(k.left));
		if (isMixed) return { parts, nulls: keyNulls(parts, keys), key: mixedKeyText(pipeline, parts) };
		const key = keyText(
			pipeline,
			parts,
			keys.map((k) => k.equality),
		);
		// A table of 32-bit integers is asked for nothing but numbers.
		const isWide = keys[0]?.left.type.name === 'int8' && isTableOfIntegers(keys);
		return { parts, nulls: keyNulls(parts, keys), key: isWide ? `(typeof ${key} === 'bigint' ? 0.5 : ${key})` : key };
	}

	/** Puts the left row aside when its key, which is not in the table, may be among the rows put aside. */
	#emitPutAside(key: string): void {
		const pipeline = this.#pipeline;
		const { spill } = this.#built;
		if (spill === null) return;
		const rows = this.#overflow;
		const row = spill.left.map((e) => (e.kind === 'column' ? pipeline.use(e.id) : '0'));
		pipeline.emit(`if (${rows}.right.isUsed) { ${rows}.left.put(${key}, [${row.join(', ')}]); ${pipeline.skip()} }`);
	}

	/** Looks up the left row's key: `next` is the first row of the chain, or −1. */
	#probe(): Chain {
		const pipeline = this.#pipeline;
		const chain: Chain = {
			next: pipeline.persistent('e', '-1'),
			last: pipeline.persistent('e', '-1'),
			ring: pipeline.constant('g', `S.${this.#built.field}.ring`),
		};
		if (this.#lookup !== null) {
			this.#startFound(chain, this.#lookup.found);
			return chain;
		}
		const { nulls, key } = this.#keys();
		const found = pipeline.temporary('w');
		if (this.#built.spill === null) pipeline.emit(`${found} = ${nulls.length > 0 ? `${nulls.join(' || ')} ? undefined : ` : ''}${this.#map}.get(${key});`);
		else {
			pipeline.emit(`${found} = undefined;`);
			pipeline.conditional(nulls.length > 0 ? `!(${nulls.join(' || ')})` : 'true', () => {
				const name = pipeline.temporary('k');
				pipeline.emit(`${name} = ${key}; ${found} = ${this.#map}.get(${name});`);
				pipeline.conditional(`${found} === undefined`, () => this.#emitPutAside(name));
			});
		}
		pipeline.emit(`if (${found} === undefined) ${chain.next} = -1; else { ${chain.last} = ${found}; ${chain.next} = ${chain.ring}[${found}]; }`);
		return chain;
	}

	/** Starts the chain at what the scan has found, or, of a row that was put aside, at what the table has now. */
	#startFound(chain: Chain, found: string): void {
		const pipeline = this.#pipeline;
		if (pipeline.isLate) {
			const isMissing = this.#built.spill === null ? `${found} === ${NOT_LOOKED_UP}` : `${found} < 0`;
			pipeline.conditional(isMissing, () => {
				const { nulls, key } = this.#keys();
				pipeline.conditional(nulls.length > 0 ? `!(${nulls.join(' || ')})` : 'true', () => {
					const name = pipeline.temporary('k');
					pipeline.emit(`${name} = ${key}; if (${found} === ${NOT_LOOKED_UP}) ${found} = ${this.#map}.get(${name}) ?? -1;`);
					pipeline.conditional(`${found} < 0`, () => this.#emitPutAside(name));
				});
			});
		}
		pipeline.emit(`if (${found} < 0) ${chain.next} = -1; else { ${chain.last} = ${found}; ${chain.next} = ${chain.ring}[${found}]; }`);
	}

	/** Emits the step along the chain; the row is in the local returned. */
	#step(chain: Chain, row: string): string {
		this.#pipeline.emit(`${row} = ${chain.next}; ${chain.next} = ${row} === ${chain.last} ? -1 : ${chain.ring}[${row}];`);
		return row;
	}

	/** Makes the built columns known; `optional`: the row may be −1, then all are null. */
	#bindBuilt(row: string, optional: boolean): void {
		const [pipeline, built] = [this.#pipeline, this.#built];
		const index = pipeline.assigned(row, false);
		built.columns.forEach((column, i) => {
			const array = pipeline.constant('c', `S.${built.field}.columns[${i}]`);
			const compute = (): string => (optional ? `(${index.use()} < 0 ? null : ${array}[${row}])` : `${array}[${index.use()}]`);
			pipeline.bind(column.id, pipeline.lazy('v', optional || built.nullable[i]!, compute));
		});
	}

	/** Gives up a match whose key has only the same hash, then one that the further conditions refuse. */
	#emitConditions(): void {
		const pipeline = this.#pipeline;
		if (this.#built.isMixed) {
			for (const { left, right } of this.#built.keys) {
				const [a, b] = [pipeline.expressions.named(left), pipeline.expressions.named(right)];
				pipeline.emit(`if (${a.text} !== ${b.text}) ${pipeline.skip()}`);
			}
		}
		emitFilter(pipeline, this.#plan.residual);
	}

	/** Inner joins: every match. */
	matches(consume: Consume): void {
		const pipeline = this.#pipeline;
		const chain = this.#probe();
		pipeline.loop(true, (label) => {
			pipeline.emit(`if (${chain.next} < 0) ${pipeline.leave(label)}`);
			this.#bindBuilt(this.#step(chain, pipeline.temporary('i')), false);
			this.#emitConditions();
			consume();
		});
	}

	/** A local that is 1 when the left row has a partner, in this block of the table or one before. */
	#matched(): string {
		const matched = this.#pipeline.persistent('m', '0');
		this.#pipeline.emit(`${matched} = ${this.#overflow === null ? '0' : `${this.#overflow}.wasMarked() ? 1 : 0`};`);
		return matched;
	}

	#mark(matched: string): string {
		return `${matched} = 1;${this.#overflow === null ? '' : ` ${this.#overflow}.mark();`}`;
	}

	/** Left and full joins: the matches of a left row, or one row of nulls when there are none. `flag`: code for the right row of a match. */
	matchesOrNulls(consume: Consume, row = this.#pipeline.temporary('i'), flag = ''): void {
		const pipeline = this.#pipeline;
		const chain = this.#probe();
		const matched = this.#matched();
		const isOver = this.#overflow === null ? `${matched} !== 0` : `${matched} !== 0 || !${this.#overflow}.isLast`;
		pipeline.loop(true, (label) => {
			pipeline.emit(`if (${chain.next} < 0) { if (${isOver}) ${pipeline.leave(label)} ${row} = -1; ${matched} = 1; } else {`);
			this.#step(chain, row);
			pipeline.emit('}');
			this.#bindBuilt(row, true);
			pipeline.conditional(`${row} >= 0`, () => {
				this.#emitConditions();
				pipeline.emit(`${this.#mark(matched)} ${flag}`);
			});
			consume();
		});
	}

	/** Right and full joins: after the probes of a round, the rows of the table that found no partner. */
	keepingRight(consume: Consume): void {
		const [pipeline, plan] = [this.#pipeline, this.#plan];
		const flags = pipeline.constant('h', `S.${this.#built.field}.matched`);
		const scan = pipeline.persistent('n', '0');
		const row = pipeline.persistent('i', '-1');
		const left = pipeline.neededOf(plan.left.columns);
		const locals = new RowLocals(pipeline, left.length);
		const flag = `${flags}[${row}] = true;`;
		pipeline.pullLoop(
			() => {},
			(pull) =>
				this.rounds(() => {
					const take = (): void => {
						locals.assign(
							pipeline,
							left.map((c) => pipeline.expressions.named(columnOf(c))),
						);
						pull();
					};
					pipeline.emit(`${scan} = 0; ${this.#table}.openMatched();`);
					pipeline.exitBlock(() =>
						this.left(() => {
							if (plan.type === 'full') this.matchesOrNulls(take, row, flag);
							else this.#rightMatches(take, row, flag);
						}),
					);
					pipeline.exitBlock(() =>
						pipeline.loop(true, (label) => {
							pipeline.emit(`while (${scan} < ${this.#table}.count && ${flags}[${scan}]) ${scan}++;`);
							pipeline.emit(`if (${scan} >= ${this.#table}.count) ${pipeline.leave(label)}`);
							pipeline.emit(`${row} = ${scan}++;`);
							for (const name of locals.names) pipeline.emit(`${name} = null;`);
							pull();
						}),
					);
				}),
			(label) => pipeline.emit(pipeline.leave(label)),
			() => {
				left.forEach((c, i) => {
					pipeline.bind(c.id, pipeline.assigned(locals.names[i]!, true));
				});
				this.#bindBuilt(row, plan.type === 'full');
				consume();
			},
		);
	}

	#rightMatches(take: Consume, row: string, flag: string): void {
		const pipeline = this.#pipeline;
		const chain = this.#probe();
		pipeline.loop(true, (label) => {
			pipeline.emit(`if (${chain.next} < 0) ${pipeline.leave(label)}`);
			this.#bindBuilt(this.#step(chain, row), false);
			this.#emitConditions();
			pipeline.emit(flag);
			take();
		});
	}

	/** Semi and anti joins by keys alone. */
	membership(): void {
		const [pipeline, plan] = [this.#pipeline, this.#plan];
		const { nulls, key } = this.#keys();
		const known = nulls.length > 0 ? `!(${nulls.join(' || ')}) && ` : '';
		const found = pipeline.temporary('t');
		// With nulls on the right NOT IN is never true, and with none it is so for a null on the left when there is no row.
		if (plan.nullAware === true) {
			const isUnknown = nulls.length === 0 ? '' : ` || (${this.#table}.hasRows && (${nulls.join(' || ')}))`;
			pipeline.emit(`if (${this.#table}.hasNull${isUnknown}) ${pipeline.skip()}`);
		}
		const lookedUp = this.#lookup?.found ?? '';
		if (this.#lookup !== null && !pipeline.isLate) pipeline.emit(`${found} = ${lookedUp} >= 0;`);
		else if (this.#built.spill === null) pipeline.emit(`${found} = ${known}${this.#map}.has(${key});`);
		else {
			pipeline.emit(`if (${this.#overflow}.wasMarked()) ${pipeline.skip()}`);
			const name = pipeline.temporary('k');
			pipeline.emit(`${name} = ${key}; ${found} = ${known}${this.#map}.has(${name});`);
			pipeline.conditional(`${known}!${found}`, () => this.#emitPutAside(name));
		}
		this.#emitDecision(found);
	}

	/** Semi and anti joins with further conditions: the chain is walked until a row satisfies them. */
	search(comparesAll: boolean): void {
		const pipeline = this.#pipeline;
		const chain = this.#probe();
		const matched = this.#matched();
		if (this.#overflow !== null) pipeline.emit(`if (${matched} !== 0) ${pipeline.skip()}`);
		pipeline.exitBlock(() => {
			pipeline.loop(true, (label) => {
				pipeline.emit(`if (${chain.next} < 0) ${pipeline.leave(label)}`);
				this.#bindBuilt(this.#step(chain, pipeline.temporary('i')), false);
				this.#emitConditions();
				if (comparesAll) for (const key of this.#plan.keys) emitNotFalse(pipeline, key);
				pipeline.emit(`${matched} = 1;`);
				pipeline.emit(pipeline.exit());
			});
		});
		this.#emitDecision(`${matched} !== 0`);
	}

	/** Goes on with the left row, or gives it up. A row that matched is marked; without a match it must meet all blocks first. */
	#emitDecision(found: string): void {
		const pipeline = this.#pipeline;
		const { type } = this.#plan;
		if (this.#overflow !== null) {
			pipeline.emit(`if (${found}) ${this.#overflow}.mark();`);
			if (type === 'anti') pipeline.emit(`else if (!${this.#overflow}.isLast) ${pipeline.skip()}`);
		}
		pipeline.emit(type === 'semi' ? `if (!(${found})) ${pipeline.skip()}` : `if (${found}) ${pipeline.skip()}`);
	}
}

/** Gives up the row when a key's equality is false; true and unknown pass. */
function emitNotFalse(pipeline: PipelineBuilder, key: JoinKey): void {
	const a = pipeline.expressions.named(key.left).text;
	const b = pipeline.expressions.named(key.right).text;
	const equals = pipeline.program.slot(key.equality.equals.bind(key.equality));
	pipeline.emit(`if (${a} !== null && ${b} !== null && !${equals}(${a}, ${b})) ${pipeline.skip()}`);
}
