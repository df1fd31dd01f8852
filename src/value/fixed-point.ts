/**
 * Square root, exponential and logarithm of big binary fixed-point numbers: v stands for v / 2^bits. Results are within a few
 * units of the last place; callers keep 32 or more guard bits and round once.
 */

/** floor(√value) for value ≥ 0, by Newton's method from above. */
export function integerSquareRoot(value: bigint): bigint {
	if (value < 0x10000000000000n) return BigInt(Math.floor(Math.sqrt(Number(value))));
	const bits = BigInt(value.toString(16).length * 4);
	let root = 1n << (bits / 2n + 1n);
	for (;;) {
		const next = (root + value / root) >> 1n;
		if (next >= root) return root;
		root = next;
	}
}

/** e^x. */
export function fixedExp(x: bigint, bits: number): bigint {
	// e^x = (e^(x / 2^halvings))^(2^halvings): few terms of the series, at the price of some bits more.
	const integerBits = Math.max(0, bitLength(x) - bits);
	const halvings = integerBits + Math.ceil(Math.sqrt(bits / 4));
	// Each squaring doubles the relative error, and the result may be 2^(1.45 |x|) large.
	const magnitude = Math.ceil(Number(x >> BigInt(Math.max(bits - 8, 0))) / 256);
	const extra = halvings + 16 + Math.max(0, Math.ceil(magnitude * Math.LOG2E));
	const workBits = BigInt(bits + extra);
	const reduced = (x << BigInt(extra)) >> BigInt(halvings);
	const one = 1n << workBits;
	let term = one;
	let sum = one;
	for (let n = 1n; ; n++) {
		term = ((term * reduced) >> workBits) / n;
		if (term === 0n || term === -1n) break;
		sum += term;
	}
	for (let i = 0; i < halvings; i++) sum = (sum * sum) >> workBits;
	return sum >> BigInt(extra);
}

/** ln(numerator / denominator), both positive. */
export function fixedLn(numerator: bigint, denominator: bigint, bits: number): bigint {
	const work = bits + 32;
	const workBits = BigInt(work);
	// numerator / denominator = m × 2^power with m in [0.7, 1.5).
	let power = bitLength(numerator) - bitLength(denominator);
	let m = power >= 0 ? (numerator << workBits) / (denominator << BigInt(power)) : (numerator << (workBits + BigInt(-power))) / denominator;
	const one = 1n << workBits;
	if (m > (one * 3n) / 2n) {
		m >>= 1n;
		power++;
	} else if (m < (one * 7n) / 10n) {
		m <<= 1n;
		power--;
	}
	const result = 2n * inverseHyperbolicTangent(((m - one) << workBits) / (m + one), workBits) + BigInt(power) * naturalLogOfTwo(work);
	return result >> 32n;
}

/** atanh(y) = y + y³/3 + y⁵/5 + …, |y| well below 1. */
function inverseHyperbolicTangent(y: bigint, bits: bigint): bigint {
	const square = (y * y) >> bits;
	let power = y;
	let sum = y;
	for (let n = 3n; ; n += 2n) {
		power = (power * square) >> bits;
		const term = power / n;
		if (term === 0n || term === -1n) return sum;
		sum += term;
	}
}

let logOfTwo = 0n;
let logOfTwoBits = 0;

/** Machin-like: ln 2 = 18 atanh(1/26) − 2 atanh(1/4801) + 8 atanh(1/8749); kept at the greatest precision asked for. */
function naturalLogOfTwo(bits: number): bigint {
	if (logOfTwoBits < bits) {
		const work = BigInt(bits + 64);
		const one = 1n << work;
		const part = (divisor: bigint): bigint => inverseHyperbolicTangent(one / divisor, work);
		logOfTwo = (18n * part(26n) - 2n * part(4801n) + 8n * part(8749n)) >> 64n;
		logOfTwoBits = bits;
	}
	return logOfTwo >> BigInt(logOfTwoBits - bits);
}

/** Count of bits of |value|. */
export function bitLength(value: bigint): number {
	const magnitude = value < 0n ? -value : value;
	if (magnitude === 0n) return 0;
	const hex = magnitude.toString(16);
	return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)));
}
