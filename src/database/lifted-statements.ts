/**
 * Statements made of a template, whose plan texts with other literals share (`lifted-literals.ts`), and the values of their own.
 *
 * When the template cannot be made, or a value is none of its type, the text is prepared as it stands: its errors are then those
 * that PostgreSQL gives, with their positions.
 */
import { parseStatement } from '../language/sql/parser.ts';
import { PolylogError } from '../platform/errors.ts';
import type { Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { visitChildren, visitPlanParts } from '../query/algebra/traverse.ts';
import { INT2 } from '../value/builtin-types.ts';
import { textParser } from '../value/value-text.ts';
import { type LiftedText, liftLiterals } from './lifted-literals.ts';
import { Prepared } from './prepared.ts';
import type { PreparedCache } from './prepared-cache.ts';
import type { DatabaseSession } from './session.ts';

/** Texts that could not be made into a template are remembered, so that they are not tried each time. */
const FAILED_MAX = 200;

export class LiftedStatements {
	readonly #templates: PreparedCache;
	readonly #failed = new Set<string>();

	constructor(templates: PreparedCache) {
		this.#templates = templates;
	}

	/** The statement of a text, or null when it is to be prepared as it stands. */
	prepare(session: DatabaseSession, text: string, start: number): Prepared | null {
		const lifted = liftLiterals(text);
		if (lifted === null || this.#failed.has(lifted.text)) return null;
		const template = this.#template(session, lifted);
		if (template === null) return null;
		try {
			const values = template.parameterTypes.map((type, i) => textParser(type, -1, session.lookup, session.textSettings)(lifted.literals[i]!));
			return Prepared.of(template, text, start, values);
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
			return null;
		}
	}

	#template(session: DatabaseSession, { text, oids }: LiftedText): Prepared | null {
		const known = this.#templates.find(text, oids, 0, session);
		if (known !== null) return known;
		try {
			const made = session.prepareNode(parseStatement(text), text, oids, 0);
			const analysed = made.analysed(session);
			if (analysed.kind === 'query' && !readsSmallIntegers(analysed.plan)) {
				this.#templates.add(made);
				return made;
			}
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
		}
		if (this.#failed.size === FAILED_MAX) this.#failed.clear();
		this.#failed.add(text);
		return null;
	}
}

/** An index of an int2 column can be searched for a literal of type int4, whose value is known to fit, but not for a parameter of that type. */
function readsSmallIntegers(plan: Plan): boolean {
	if (plan.kind === 'scan' && plan.scan.some(({ column }) => column.type.oid === INT2.oid)) return true;
	let found = false;
	const inPlan = (part: Plan): void => {
		found ||= readsSmallIntegers(part);
	};
	const inExpression = (expression: Expression): void => visitChildren(expression, inExpression, inPlan);
	visitPlanParts(plan, inPlan, inExpression);
	return found;
}
