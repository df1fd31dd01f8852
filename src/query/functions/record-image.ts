/**
 * Comparison of rows by the image of their fields (`*=`, `*<` …), rather than by the meaning of their values: integers as unsigned
 * words, texts by their bytes, numbers of numeric by their digits as written, other fields by their binary form.
 */

import { builtinTypes } from '../../value/builtin-types.ts';
import type { KeyTarget } from '../../value/key-buffer.ts';
import { compareText } from '../../value/text-order.ts';
import { binaryEncoder } from '../../value/value-binary.ts';
import type { CallInfo, OperatorEntry, ScalarFunction } from './contracts.ts';
import { bound, type Evaluate, operator } from './define.ts';

type Compare = (left: unknown, right: unknown) => number;

const WORD_BITS = 64;

/** The image of one field. */
function compareField(typeOid: number, info: CallInfo): Compare {
	const type = info.types.typeByOid(typeOid) ?? builtinTypes.typeByOid(typeOid)!;
	const encode = binaryEncoder(type, info.types);
	const image = (value: unknown): Uint8Array => {
		const target: KeyTarget = { bytes: new Uint8Array(16), length: 0 };
		encode(value, target);
		return target.bytes.subarray(0, target.length);
	};
	return (left, right) => {
		if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
		if (isWord(left) && isWord(right)) {
			const [a, b] = [left, right].map((value) => BigInt.asUintN(WORD_BITS, BigInt(value)));
			return a! < b! ? -1 : a! > b! ? 1 : 0;
		}
		return Buffer.compare(image(left), image(right));
	};
}

const isWord = (value: unknown): value is number | bigint | boolean => typeof value === 'boolean' || typeof value === 'bigint' || Number.isInteger(value);

function bindCompare(info: CallInfo): Compare {
	const fields = info.argumentTypes[0]!.fields.map((field) => compareField(field.typeOid, info));
	return (left, right) => {
		const a = left as readonly unknown[];
		const b = right as readonly unknown[];
		for (let index = 0; index < a.length; index++) {
			const one = a[index];
			const other = b[index];
			if (one === null || other === null) {
				if (one !== other) return one === null ? 1 : -1;
				continue;
			}
			const order = fields[index]!(one, other);
			if (order !== 0) return order;
		}
		return 0;
	};
}

function holds(test: (order: number) => boolean): (info: CallInfo) => Evaluate {
	return (info) => {
		const compare = bindCompare(info);
		return (left: unknown, right: unknown) => test(compare(left, right));
	};
}

const image = (oid: number, name: string, test: (order: number) => boolean): ScalarFunction =>
	bound(oid, `record_image_${name}(record, record) bool`, holds(test));

export const recordImageOperators: readonly OperatorEntry[] = [
	operator(
		3188,
		'record *= record',
		image(3181, 'eq', (order) => order === 0),
		'*=',
		'*<>',
	),
	operator(
		3189,
		'record *<> record',
		image(3182, 'ne', (order) => order !== 0),
		'*<>',
		'*=',
	),
	operator(
		3190,
		'record *< record',
		image(3183, 'lt', (order) => order < 0),
		'*>',
		'*>=',
	),
	operator(
		3191,
		'record *> record',
		image(3184, 'gt', (order) => order > 0),
		'*<',
		'*<=',
	),
	operator(
		3192,
		'record *<= record',
		image(3185, 'le', (order) => order <= 0),
		'*>=',
		'*>',
	),
	operator(
		3193,
		'record *>= record',
		image(3186, 'ge', (order) => order >= 0),
		'*<=',
		'*<',
	),
];
