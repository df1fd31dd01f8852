/**
 * Templates of numbers, dates and intervals: to_char, to_number, to_date, to_timestamp. The templates themselves are in
 * `number-format.ts`, `date-format.ts` and `date-parse.ts`.
 */
import { instantToLocal } from '../../value/date-time.ts';
import { Decimal } from '../../value/decimal.ts';
import type { Int8 } from '../../value/int8.ts';
import type { Interval } from '../../value/interval.ts';
import type { FunctionContext, ScalarFunction } from './contracts.ts';
import { contextual, scalar } from './define.ts';
import { templates } from './load-templates.ts';
import { sessionTimeZone } from './session-settings.ts';

const FLOAT8_DIGITS = 15;
const FLOAT4_DIGITS = 6;

const decimalToText = (value: Decimal, template: string): string => templates().formatNumber(templates().decimalForFormat(value), template);
const integerToText = (value: Int8, template: string): string => decimalToText(Decimal.fromInteger(value), template);
const floatToText = (value: number, template: string, digits: number): string => templates().formatNumber(templates().floatForFormat(value, digits), template);
const isInfinite = (value: Int8): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

function timestampToText(timestamp: Int8, template: string): string | null {
	return isInfinite(timestamp) ? null : templates().formatLocalTime(timestamp, template, null);
}

function instantToText(context: FunctionContext, instant: Int8, template: string): string | null {
	if (isInfinite(instant)) return null;
	const zone = sessionTimeZone(context);
	const abbreviation = zone.abbreviationAt(instant);
	return templates().formatLocalTime(instantToLocal(instant, zone), template, { abbreviation, secondsEast: zone.offsetAt(instant) });
}

const STABLE = { volatility: 'stable' } as const;

export const formatFunctions: readonly ScalarFunction[] = [
	scalar(1768, 'to_char(interval, text) text', (value: Interval, template: string) => templates().formatInterval(value, template), STABLE),
	contextual(1770, 'to_char(timestamptz, text) text', instantToText),
	scalar(2049, 'to_char(timestamp, text) text', timestampToText, STABLE),
	scalar(1772, 'to_char(numeric, text) text', decimalToText, STABLE),
	scalar(1773, 'to_char(int4, text) text', integerToText, STABLE),
	scalar(1774, 'to_char(int8, text) text', integerToText, STABLE),
	scalar(1775, 'to_char(float4, text) text', (value: number, template: string) => floatToText(value, template, FLOAT4_DIGITS), STABLE),
	scalar(1776, 'to_char(float8, text) text', (value: number, template: string) => floatToText(value, template, FLOAT8_DIGITS), STABLE),
	scalar(1777, 'to_number(text, text) numeric', (text: string, template: string) => templates().parseNumber(text, template), STABLE),
	scalar(1780, 'to_date(text, text) date', (text: string, template: string) => templates().parseDateByTemplate(text, template), STABLE),
	contextual(1778, 'to_timestamp(text, text) timestamptz', (context: FunctionContext, text: string, template: string) =>
		templates().parseInstantByTemplate(text, template, sessionTimeZone(context)),
	),
];
