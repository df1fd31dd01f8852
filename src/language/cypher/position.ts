/** Places in a statement's text: offsets in UTF-16 units to lines and columns. */

/** 1-based, in characters (not UTF-16 units); CR LF is one line end. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
	let line = 1;
	let lineStart = 0;
	for (let i = 0; i < offset && i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) {
			line++;
			lineStart = i + 1;
		}
	}
	let column = 1;
	for (let i = lineStart; i < offset && i < text.length; i++) if (!isLowSurrogate(text.charCodeAt(i))) column++;
	return { line, column };
}

function isLowSurrogate(code: number): boolean {
	return code >= 0xdc00 && code <= 0xdfff;
}
