/** Text within XML 1.0. Characters that XML cannot hold, even escaped, become U+FFFD. */

const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;', '\n': '&#xA;', '\t': '&#x9;' };

/** Between tags. */
export function escapeXmlText(text: string): string {
	return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>\r]/g, (character) => ENTITIES[character]!);
}

/** Between double quotes. */
export function escapeXmlAttribute(text: string): string {
	return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"\r\n\t]/g, (character) => ENTITIES[character]!);
}
