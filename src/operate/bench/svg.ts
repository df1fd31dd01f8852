/** Text of SVG and HTML: elements with attributes and children, every text escaped. */

export type Attributes = Readonly<Record<string, string | number>>;

export function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** An element; children are elements already. Numbers are cut to a hundredth. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
	const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? Number(value.toFixed(2)) : escaped(value)}"`);
	return `<${name}${written.join('')}${children.length === 0 ? '/>' : `>${children.join('')}</${name}>`}`;
}

export function textElement(name: string, attributes: Attributes, text: string): string {
	return element(name, attributes, escaped(text));
}

/** Powers of ten from the last not above `least` to the first not below `most`; at least one step. */
export function decadeTicks(least: number, most: number): number[] {
	const from = Math.floor(Math.log10(least) + 1e-9);
	const to = Math.max(from + 1, Math.ceil(Math.log10(most) - 1e-9));
	return Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
}
