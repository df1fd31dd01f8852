/** The order of text: by its UTF-8 bytes. */
export function compareText(left: string, right: string): number {
	throw new Error('value: not built yet');
}
