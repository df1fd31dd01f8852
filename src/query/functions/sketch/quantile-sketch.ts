/**
 * Quantile sketches (DDSketch): counts of floats in buckets whose bounds grow by a constant factor, so that a value read back is within 0.5 % of
 * one that was added. What they take grows with the span of the values, not with their number: about 230 buckets for each power of ten.
 *
 * Source: Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", 2019.
 */

/** Greatest relative distance of a value from the middle of its bucket. */
const ACCURACY = 0.005;
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GROWTH = Math.log(GROWTH);

export class QuantileSketch {
	#count = 0;
	#zeros = 0;
	#nans = 0;
	readonly #negative = new Map<number, number>();
	readonly #positive = new Map<number, number>();
	#least = Number.POSITIVE_INFINITY;
	#greatest = Number.NEGATIVE_INFINITY;

	add(value: number): void {
		this.#count++;
		if (Number.isNaN(value)) {
			this.#nans++;
			return;
		}
		if (value < this.#least) this.#least = value;
		if (value > this.#greatest) this.#greatest = value;
		if (value === 0) {
			this.#zeros++;
			return;
		}
		const buckets = value < 0 ? this.#negative : this.#positive;
		// Infinities have a bucket of their own: the one that is infinitely far.
		const bucket = Math.ceil(Math.log(Math.abs(value)) / LOG_GROWTH);
		buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
	}

	/** The value below which this share of the values lies, as percentile_disc counts them; null for none. NaN is greater than all others. */
	quantile(fraction: number): number | null {
		if (this.#count === 0) return null;
		let left = Math.max(1, Math.ceil(fraction * this.#count));
		if (left > this.#count - this.#nans) return Number.NaN;
		if (left === 1) return this.#least;
		if (left === this.#count - this.#nans) return this.#greatest;
		for (const bucket of [...this.#negative.keys()].sort((a, b) => b - a)) {
			left -= this.#negative.get(bucket)!;
			if (left <= 0) return this.#within(-middle(bucket));
		}
		left -= this.#zeros;
		if (left <= 0) return 0;
		for (const bucket of [...this.#positive.keys()].sort((a, b) => a - b)) {
			left -= this.#positive.get(bucket)!;
			if (left <= 0) return this.#within(middle(bucket));
		}
		return this.#greatest;
	}

	#within(value: number): number {
		return Math.min(this.#greatest, Math.max(this.#least, value));
	}
}

function middle(bucket: number): number {
	if (bucket === Number.POSITIVE_INFINITY) return bucket;
	return (2 * Math.exp(bucket * LOG_GROWTH)) / (GROWTH + 1);
}
