/** Numbers as people read them: three digits and a unit. */

function threeDigits(value: number): string {
	if (value >= 100) return Math.round(value).toLocaleString('en');
	return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A rate or count: `412,000`, `4,120`, `41.2`. */
export function shownCount(value: number): string {
	if (value >= 100_000) return (Math.round(value / 1000) * 1000).toLocaleString('en');
	if (value >= 1000) return (Math.round(value / 10) * 10).toLocaleString('en');
	return threeDigits(value);
}

/** `1.23 µs`, `45.6 ms`, `7.89 s` */
export function shownDuration(ns: number): string {
	if (ns < 1e6) return `${threeDigits(ns / 1e3)} µs`;
	return ns < 1e9 ? `${threeDigits(ns / 1e6)} ms` : `${threeDigits(ns / 1e9)} s`;
}

/** `12.3 MB`, by 1024. */
export function shownSize(bytes: number): string {
	if (bytes >= 2 ** 30) return `${threeDigits(bytes / 2 ** 30)} GB`;
	return bytes >= 2 ** 20 ? `${threeDigits(bytes / 2 ** 20)} MB` : `${threeDigits(bytes / 2 ** 10)} kB`;
}

/** `1.23 ×` */
export function shownFactor(value: number): string {
	return `${threeDigits(value)} ×`;
}
