/**
 * Templates of numbers: to_char and to_number. A template is a list of items (digit places, points, signs, texts) and a summary: how
 * many places stand before and after the point, where zeros begin, where the sign goes.
 *
 * Source: PostgreSQL manual §9.8, tables 9.30 to 9.32; the locale is C: `D` is a point, `G` a comma, `L` a blank.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';

type NumberItem =
	| { readonly kind: 'digit'; readonly isZero: boolean }
	| { readonly kind: 'point' | 'group' | 'sign' | 'minus' | 'plus' | 'plus-minus' | 'bracket' | 'currency' | 'shift' | 'exponent' | 'blank' }
	| { readonly kind: 'ordinal'; readonly isUpper: boolean }
	| { readonly kind: 'roman'; readonly isUpper: boolean }
	| { readonly kind: 'text'; readonly text: string };

/** A parsed template. */
class NumberTemplate {
	items: NumberItem[] = [];
	/** Digit places before and after the point, and behind `V`. */
	pre = 0;
	post = 0;
	shift = 0;
	isFilled = false;
	hasPoint = false;
	hasShift = false;
	hasSign = false;
	/** Where `S` stands: before the digits or behind them. */
	signBehind = false;
	signPlaces = -1;
	hasMinus = false;
	hasPlus = false;
	hasBracket = false;
	hasExponent = false;
	roman: 'upper' | 'lower' | null = null;
	/** Place from which blanks before the number are zeros, counted from 0; −1 for none. */
	zeroStart = -1;
	/** Places up to the last 0 of the template. */
	zeroEnd = 0;
}

/** Longer names first. */
const NAMES: readonly (readonly [string, NumberItem | 'FM'])[] = [
	['EEEE', { kind: 'exponent' }],
	['FM', 'FM'],
	['MI', { kind: 'minus' }],
	['PL', { kind: 'plus' }],
	['PR', { kind: 'bracket' }],
	['RN', { kind: 'roman', isUpper: true }],
	['SG', { kind: 'plus-minus' }],
	['SP', { kind: 'blank' }],
	['TH', { kind: 'ordinal', isUpper: true }],
	['B', { kind: 'blank' }],
	['D', { kind: 'point' }],
	['G', { kind: 'group' }],
	['L', { kind: 'currency' }],
	['S', { kind: 'sign' }],
	['V', { kind: 'shift' }],
	['9', { kind: 'digit', isZero: false }],
	['0', { kind: 'digit', isZero: true }],
	['.', { kind: 'point' }],
	[',', { kind: 'group' }],
];

const LOWER: ReadonlyMap<string, NumberItem> = new Map<string, NumberItem>([
	['TH', { kind: 'ordinal', isUpper: false }],
	['RN', { kind: 'roman', isUpper: false }],
]);

const CACHE_MAX = 256;
const cache = new Map<string, NumberTemplate>();

function templateOf(text: string): NumberTemplate {
	const known = cache.get(text);
	if (known !== undefined) return known;
	const template = new NumberTemplate();
	for (let at = 0; at < text.length; ) at += takeItem(template, text, at);
	if (template.hasSign && !template.signBehind && template.signPlaces === template.pre) template.signBehind = true;
	if (cache.size >= CACHE_MAX) cache.clear();
	cache.set(text, template);
	return template;
}

/** Adds the item at a place of the text; returns its length. */
function takeItem(template: NumberTemplate, text: string, at: number): number {
	if (text[at] === '"') return takeQuoted(template, text, at);
	if (text[at] === '\\' && text[at + 1] === '"') {
		template.items.push({ kind: 'text', text: '"' });
		return 2;
	}
	for (const [name, item] of NAMES) {
		const written = text.slice(at, at + name.length);
		if (written.toUpperCase() !== name) continue;
		if (item === 'FM') template.isFilled = true;
		else addItem(template, written === name ? item : (LOWER.get(name) ?? item));
		return name.length;
	}
	const character = String.fromCodePoint(text.codePointAt(at)!);
	template.items.push({ kind: 'text', text: character });
	return character.length;
}

function takeQuoted(template: NumberTemplate, text: string, at: number): number {
	let end = at + 1;
	let content = '';
	while (end < text.length && text[end] !== '"') {
		if (text[end] === '\\' && end + 1 < text.length) end++;
		content += text[end++];
	}
	template.items.push({ kind: 'text', text: content });
	return end + 1 - at;
}

const misused = (message: string): Error => sqlError('42601', message);

function addItem(template: NumberTemplate, item: NumberItem): void {
	if (template.hasExponent && item.kind !== 'exponent') throw misused('"EEEE" must be the last pattern used');
	if (template.hasBracket && item.kind === 'digit') throw misused(`"${item.isZero ? '0' : '9'}" must be ahead of "PR"`);
	switch (item.kind) {
		case 'digit':
			addDigit(template, item.isZero);
			break;
		case 'point':
			if (template.hasPoint) throw misused('multiple decimal points');
			if (template.hasShift) throw misused('cannot use "V" and decimal point together');
			template.hasPoint = true;
			break;
		case 'shift':
			if (template.hasPoint) throw misused('cannot use "V" and decimal point together');
			template.hasShift = true;
			break;
		case 'exponent':
			if (template.hasExponent) throw misused('cannot use "EEEE" twice');
			template.hasExponent = true;
			break;
		case 'roman':
			template.roman = item.isUpper ? 'upper' : 'lower';
			break;
		default:
			addSign(template, item);
	}
	template.items.push(item);
}

function addDigit(template: NumberTemplate, isZero: boolean): void {
	if (template.hasShift && !isZero) {
		template.shift++;
		return;
	}
	if (isZero && template.zeroStart < 0 && !template.hasPoint) template.zeroStart = template.pre;
	if (template.hasPoint) template.post++;
	else template.pre++;
	if (isZero) template.zeroEnd = template.pre + template.post;
}

function addSign(template: NumberTemplate, item: NumberItem): void {
	switch (item.kind) {
		case 'sign':
			if (template.hasSign) throw misused('cannot use "S" twice');
			if (template.hasPlus || template.hasMinus || template.hasBracket) throw misused('cannot use "S" and "PL"/"MI"/"SG"/"PR" together');
			template.hasSign = true;
			template.signBehind = template.hasPoint;
			template.signPlaces = template.pre;
			break;
		case 'minus':
			if (template.hasSign) throw misused('cannot use "S" and "MI" together');
			template.hasMinus = true;
			break;
		case 'plus':
			if (template.hasSign) throw misused('cannot use "S" and "PL" together');
			template.hasPlus = true;
			break;
		case 'plus-minus':
			if (template.hasSign) throw misused('cannot use "S" and "SG" together');
			template.hasPlus = template.hasMinus = true;
			break;
		case 'bracket':
			if (template.hasSign || template.hasPlus || template.hasMinus) throw misused('cannot use "PR" and "S"/"PL"/"MI"/"SG" together');
			template.hasBracket = true;
			break;
	}
}

/** A number as digits: what the template's places take. */
interface Digits {
	readonly isNegative: boolean;
	/** Digits before the point, at least one. */
	readonly whole: string;
	/** As many digits as the template has places after the point, or fewer where the number has no more that count. */
	readonly fraction: string;
}

/** How a number of some type becomes digits: rounded to `post` places after being shifted left by `shift`. */
export interface FormattedNumber {
	digits(post: number, shift: number): Digits;
	/** Nearest whole number, for roman numerals. */
	rounded(): number;
	/** `1.23e+05` with `post` digits; null for what has none. */
	scientific(post: number): string | null;
}

/** to_char of a number. */
export function formatNumber(value: FormattedNumber, templateText: string): string {
	if (templateText === '') return '';
	const template = templateOf(templateText);
	if (template.roman !== null) return writeItems(template, new RomanWriter(template, value.rounded()));
	if (template.hasExponent) return exponentText(template, value);
	const digits = value.digits(template.post, template.shift);
	return writeItems(template, new DigitWriter(template, fitted(digits, template)));
}

/** Too many digits for the places become `#`. */
function fitted(digits: Digits, template: NumberTemplate): Digits {
	const pre = template.pre + template.shift;
	if (digits.whole.length <= pre) return digits;
	return { isNegative: digits.isNegative, whole: '#'.repeat(pre), fraction: '#'.repeat(template.post) };
}

function exponentText(template: NumberTemplate, value: FormattedNumber): string {
	if (template.isFilled || template.hasSign || template.hasBracket || template.hasMinus || template.hasPlus || template.zeroStart >= 0 || template.hasShift) {
		if (template.hasShift || template.hasSign || template.hasBracket || template.hasMinus || template.hasPlus || template.isFilled) {
			throw misused('"EEEE" is incompatible with other formats');
		}
	}
	const text = value.scientific(template.post);
	if (text === null) return ` ${'#'.repeat(template.pre)}.${'#'.repeat(template.post)}####`;
	return text.startsWith('-') ? text : ` ${text}`;
}

/** What items write; each kind of output decides on digits and signs. */
interface ItemWriter {
	digit(isZero: boolean): string;
	point(): string;
	group(): string;
	sign(kind: 'minus' | 'plus' | 'plus-minus'): string;
	roman(): string;
	ordinal(isUpper: boolean): string;
}

function writeItems(template: NumberTemplate, writer: ItemWriter): string {
	let result = '';
	for (const item of template.items) result += writeItem(template, item, writer);
	return result;
}

function writeItem(template: NumberTemplate, item: NumberItem, writer: ItemWriter): string {
	switch (item.kind) {
		case 'digit':
			return writer.digit(item.isZero);
		case 'point':
			return writer.point();
		case 'group':
			return writer.group();
		case 'minus':
		case 'plus':
		case 'plus-minus':
			return writer.sign(item.kind);
		case 'roman':
			return writer.roman();
		case 'ordinal':
			return writer.ordinal(item.isUpper);
		case 'currency':
			return template.isFilled ? ' ' : ' ';
		case 'text':
			return item.text;
		default:
			return '';
	}
}

/** Places filled from the left: blanks or zeros, then the digits, then the fraction. */
class DigitWriter implements ItemWriter {
	readonly template: NumberTemplate;
	readonly digits: Digits;
	/** Places before the first digit of the number. */
	readonly blanks: number;
	/** Digits of the fraction that are written; with FM zeros at the end are not, unless the template has a 0 there. */
	readonly fractionCount: number;
	/** Places met so far, the point counting as none. */
	place = 0;
	fractionPlace = 0;
	signWritten: boolean;
	/** A digit or filling zero was written. */
	hasStarted = false;
	/** All places of the template, at the last of which a sign behind is written. */
	readonly places: number;

	constructor(template: NumberTemplate, digits: Digits) {
		this.template = template;
		this.digits = digits;
		this.places = template.pre + template.shift;
		this.blanks = this.places - digits.whole.length;
		this.fractionCount = template.isFilled ? this.#relevantFraction() : digits.fraction.length;
		this.signWritten =
			template.hasMinus || template.hasPlus ? !(template.hasPlus && !template.hasMinus) : !digits.isNegative && template.isFilled && !template.hasSign;
		if (template.hasSign && template.signBehind) this.signWritten = true;
	}

	#relevantFraction(): number {
		const fraction = this.digits.fraction;
		let count = fraction.length;
		while (count > 0 && fraction[count - 1] === '0') count--;
		return Math.min(fraction.length, Math.max(count, this.template.zeroEnd - this.places));
	}

	/** The number is 0.…, and its 0 is not asked for. */
	get #hidesZero(): boolean {
		return this.digits.whole === '0' && this.template.zeroStart < 0 && this.template.post !== 0;
	}

	/** With FM a fraction of nothing leaves the 0 before the point in place. */
	get #keepsZero(): boolean {
		return this.template.isFilled && this.fractionCount === 0;
	}

	digit(_isZero: boolean): string {
		const place = this.place++;
		if (place >= this.places) return this.#fractionDigit();
		return this.#wholeDigit(place) + (place === this.places - 1 && !this.template.hasPoint ? this.#closing() : '');
	}

	#wholeDigit(place: number): string {
		const { template } = this;
		if (place < this.blanks) {
			if (template.zeroStart < 0 || place < template.zeroStart) return template.isFilled ? '' : ' ';
			const sign = this.#openingSign();
			this.hasStarted = true;
			return `${sign}0`;
		}
		if (this.#hidesZero) {
			if (!this.#keepsZero) return template.isFilled ? '' : ' ';
			const sign = this.#openingSign();
			this.hasStarted = true;
			return `${sign}0`;
		}
		const sign = this.#openingSign();
		this.hasStarted = true;
		return sign + this.digits.whole[place - this.blanks]!;
	}

	#fractionDigit(): string {
		const index = this.fractionPlace++;
		const sign = this.#openingSign();
		const digit = index < this.fractionCount ? this.digits.fraction[index]! : '';
		if (digit !== '') this.hasStarted = true;
		return sign + digit + (index === this.template.post - 1 ? this.#closing() : '');
	}

	point(): string {
		// A number without a fraction, such as NaN or a float that has no more digits, has no point either.
		if (this.digits.fraction === '') return this.#openingSign() + (this.template.post === 0 ? this.#closing() : '');
		return `${this.#openingSign()}.`;
	}

	group(): string {
		if (this.hasStarted) return ',';
		return this.template.isFilled ? '' : ' ';
	}

	/** The sign before the number, once. */
	#openingSign(): string {
		if (this.signWritten) return '';
		this.signWritten = true;
		const { template, digits } = this;
		if (template.hasSign) return digits.isNegative ? '-' : '+';
		if (template.hasBracket) return digits.isNegative ? '<' : template.isFilled ? '' : ' ';
		if (digits.isNegative) return '-';
		return template.isFilled ? '' : ' ';
	}

	/** What stands behind the last digit. */
	#closing(): string {
		const { template, digits } = this;
		if (template.hasBracket) return digits.isNegative ? '>' : template.isFilled ? '' : ' ';
		return template.hasSign && template.signBehind ? (digits.isNegative ? '-' : '+') : '';
	}

	sign(kind: 'minus' | 'plus' | 'plus-minus'): string {
		const { isNegative } = this.digits;
		if (kind === 'plus-minus') return isNegative ? '-' : '+';
		if (kind === 'minus' ? isNegative : !isNegative) return kind === 'minus' ? '-' : '+';
		return this.template.isFilled ? '' : ' ';
	}

	roman(): string {
		return '';
	}

	ordinal(isUpper: boolean): string {
		if (this.digits.isNegative || this.template.hasPoint || this.digits.whole.startsWith('#')) return '';
		return ordinalSuffix(this.digits.whole, isUpper);
	}
}

/** st, nd, rd or th. */
export function ordinalSuffix(digits: string, isUpper: boolean): string {
	const last = digits[digits.length - 1];
	const isTeen = digits[digits.length - 2] === '1';
	const suffix = isTeen ? 'th' : last === '1' ? 'st' : last === '2' ? 'nd' : last === '3' ? 'rd' : 'th';
	return isUpper ? suffix.toUpperCase() : suffix;
}

const ROMAN_WIDTH = 15;
const ROMAN: readonly (readonly [number, string])[] = [
	[1000, 'M'],
	[900, 'CM'],
	[500, 'D'],
	[400, 'CD'],
	[100, 'C'],
	[90, 'XC'],
	[50, 'L'],
	[40, 'XL'],
	[10, 'X'],
	[9, 'IX'],
	[5, 'V'],
	[4, 'IV'],
	[1, 'I'],
];

class RomanWriter implements ItemWriter {
	readonly template: NumberTemplate;
	readonly number: number;

	constructor(template: NumberTemplate, number: number) {
		this.template = template;
		this.number = number;
	}

	roman(): string {
		if (!(this.number >= 1 && this.number <= 3999)) return '#'.repeat(ROMAN_WIDTH);
		let rest = this.number;
		let text = '';
		for (const [value, letters] of ROMAN) {
			while (rest >= value) {
				text += letters;
				rest -= value;
			}
		}
		const cased = this.template.roman === 'lower' ? text.toLowerCase() : text;
		return this.template.isFilled ? cased : cased.padStart(ROMAN_WIDTH);
	}

	digit(): string {
		return '';
	}
	point(): string {
		return '';
	}
	group(): string {
		return '';
	}
	sign(): string {
		return '';
	}
	ordinal(): string {
		return '';
	}
}

/** A numeric for to_char. */
export function decimalForFormat(value: Decimal): FormattedNumber {
	return {
		digits(post, shift) {
			const shifted = shift === 0 ? value : value.multiply(Decimal.parse(`1e${shift}`));
			return digitsOf(shifted.round(post).toString());
		},
		rounded: () => (value.isFinite ? Number(value.round(0).toString()) : 0),
		scientific: (post) => (value.isFinite ? scientificText(value, post) : null),
	};
}

function digitsOf(text: string): Digits {
	const isNegative = text.startsWith('-');
	const [whole = '', fraction = ''] = (isNegative ? text.slice(1) : text).split('.');
	return { isNegative, whole, fraction };
}

/** Exact scientific notation of a numeric. */
function scientificText(value: Decimal, post: number): string {
	if (value.sign === 0) return `${Decimal.zero.round(post).toString()}e+00`;
	const digits = value.abs().toString().replace('.', '').replace(/^0+/, '');
	const pointAt = value.abs().toString().split('.')[0]!;
	let exponent = pointAt === '0' ? digits.length - 1 - value.scale : pointAt.length - 1;
	let mantissa = Decimal.parse(`${digits[0]}.${digits.slice(1)}`).round(post);
	if (mantissa.compare(Decimal.fromInteger(10)) >= 0) {
		mantissa = mantissa.divide(Decimal.fromInteger(10)).round(post);
		exponent++;
	}
	const size = String(Math.abs(exponent)).padStart(2, '0');
	return `${value.sign < 0 ? '-' : ''}${mantissa.toString()}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** A float for to_char: no more digits count than the type has (15 of float8, 6 of float4). */
export function floatForFormat(value: number, digitCount: number): FormattedNumber {
	return {
		digits(post, shift) {
			const shifted = value * 10 ** shift;
			if (!Number.isFinite(shifted)) {
				const text = Number.isNaN(shifted) ? 'NaN' : 'Infinity';
				return { isNegative: shifted < 0, whole: text, fraction: '' };
			}
			const whole = Decimal.parse(Math.abs(shifted).toString()).round(0).toString();
			const count = whole.length >= digitCount ? 0 : Math.min(post, digitCount - whole.length);
			return digitsOf(fixedText(shifted, count));
		},
		rounded: () => (Number.isFinite(value) ? Number(fixedText(value, 0)) : 0),
		scientific(post) {
			if (!Number.isFinite(value)) return null;
			return value.toExponential(Math.min(post, 100)).replace(/e([+-])(\d)$/, 'e$10$2');
		},
	};
}

/** As C's %.nf: rounds the exact binary value. */
function fixedText(value: number, count: number): string {
	if (Math.abs(value) < 1e21) return value.toFixed(Math.min(count, 100));
	return BigInt(value).toString() + (count > 0 ? `.${'0'.repeat(count)}` : '');
}

/** Digits after the point of the power of ten that `V` divides by. */
const SHIFT_SCALE = 16;

/** to_number: reads a text by a template. */
export function parseNumber(text: string, templateText: string): Decimal | null {
	if (templateText === '') return null;
	const template = templateOf(templateText);
	if (template.hasExponent) throw sqlError('0A000', '"EEEE" not supported for input');
	if (template.roman !== null) throw sqlError('0A000', '"RN" not supported for input');
	const reader = new NumberReader(text);
	for (const item of template.items) reader.take(item, template);
	const value = reader.finish(template);
	return template.hasShift ? value.multiply(Decimal.parse(`1e-${template.shift}`).round(SHIFT_SCALE)) : value;
}

class NumberReader {
	readonly text: string;
	at = 0;
	isNegative = false;
	whole = '';
	fraction = '';
	inFraction = false;

	constructor(text: string) {
		this.text = text;
	}

	take(item: NumberItem, template: NumberTemplate): void {
		const next = this.text[this.at];
		if (next === undefined) return;
		switch (item.kind) {
			case 'digit':
				this.#digit();
				break;
			case 'point':
				this.#skipSign();
				if (this.text[this.at] === '.') {
					this.inFraction = true;
					this.at++;
				}
				break;
			case 'group':
				if (next === ',') this.at++;
				break;
			case 'sign':
			case 'minus':
			case 'plus':
			case 'plus-minus':
			case 'bracket':
				this.#sign(template);
				break;
			case 'text':
				if (!/[0-9.,+-]/.test(next)) this.at += item.text.length;
				break;
			case 'ordinal':
				if (/^(st|nd|rd|th)/i.test(this.text.slice(this.at))) this.at += 2;
				break;
			case 'currency':
				if (next === ' ' || next === '$') this.at++;
				break;
		}
	}

	#skipSign(): void {
		while (this.text[this.at] === ' ') this.at++;
		if (this.whole !== '' || this.inFraction) return;
		const sign = this.text[this.at];
		if (sign === '-' || sign === '<') this.isNegative = true;
		if (sign === '-' || sign === '+' || sign === '<') this.at++;
	}

	#digit(): void {
		this.#skipSign();
		const next = this.text[this.at];
		if (next !== undefined && next >= '0' && next <= '9') {
			if (this.inFraction) this.fraction += next;
			else this.whole += next;
			this.at++;
		} else if (next === '.' && !this.inFraction) {
			// A point before the template's: the digits that follow are of the fraction.
			this.inFraction = true;
			this.at++;
			this.#digit();
		}
	}

	#sign(_template: NumberTemplate): void {
		while (this.text[this.at] === ' ') this.at++;
		const sign = this.text[this.at];
		if (sign === '-' || sign === '<') this.isNegative = true;
		if (sign === '-' || sign === '+' || sign === '<' || sign === '>') this.at++;
	}

	finish(template: NumberTemplate): Decimal {
		if (this.whole === '' && this.fraction === '')
			throw sqlError('22P02', `invalid input syntax for type numeric: "${this.text.trim() === '' ? ' ' : this.isNegative ? '-' : ' '}"`);
		// A sign may still stand behind the last digit.
		if (template.hasSign || template.hasMinus || template.hasBracket || template.hasPlus) this.#sign(template);
		const value = Decimal.parse(`${this.whole === '' ? '0' : this.whole}${this.fraction === '' ? '' : `.${this.fraction}`}`);
		const rounded = value.scale > template.post ? value.round(template.post) : value;
		return this.isNegative ? rounded.negate() : rounded;
	}
}
