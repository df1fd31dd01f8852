/**
 * Turns the parser's byte locations into what the outside wants: 1-based positions in characters (code points) for errors, and
 * indexes of JavaScript's UTF-16 strings for slicing. Free for ASCII texts; otherwise a table is made at the first question.
 */
export class TextPositions {
	readonly text: string;
	#offsets: { readonly characters: Int32Array; readonly units: Int32Array } | null | undefined;

	constructor(text: string) {
		this.text = text;
	}

	/** 1-based character position of a byte location; 0 when unknown (negative). */
	character(location: number): number {
		if (location < 0) return 0;
		const offsets = this.#table();
		if (offsets === null) return location + 1;
		return offsets.characters[Math.min(location, offsets.characters.length - 1)]! + 1;
	}

	/** Index into the text of a byte location. */
	index(location: number): number {
		const offsets = this.#table();
		if (offsets === null) return location;
		return offsets.units[Math.min(location, offsets.units.length - 1)]!;
	}

	#table(): { readonly characters: Int32Array; readonly units: Int32Array } | null {
		if (this.#offsets !== undefined) return this.#offsets;
		const bytes = Buffer.byteLength(this.text);
		if (bytes === this.text.length) return (this.#offsets = null);
		const characters = new Int32Array(bytes + 1);
		const units = new Int32Array(bytes + 1);
		let byte = 0;
		let character = 0;
		let unit = 0;
		for (const symbol of this.text) {
			const width = Buffer.byteLength(symbol);
			for (let i = 0; i < width; i++) {
				characters[byte + i] = character;
				units[byte + i] = unit;
			}
			byte += width;
			character++;
			unit += symbol.length;
		}
		characters[byte] = character;
		units[byte] = unit;
		return (this.#offsets = { characters, units });
	}
}
