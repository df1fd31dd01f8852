/**
 * Which of the media types that can be given is the one that the client wants most: RFC 9110, section 12.5.1. Of equal wishes
 * the first that can be given counts.
 */

interface Wish {
	readonly type: string;
	readonly subtype: string;
	readonly quality: number;
}

/** The place in `offered` of the best; −1 when the client takes none. Without a header it takes anything. */
export function preferred(accept: string | undefined, offered: readonly string[]): number {
	if (accept === undefined || accept.trim() === '') return offered.length === 0 ? -1 : 0;
	const wishes = parseAccept(accept);
	let best = -1;
	let bestQuality = 0;
	for (let i = 0; i < offered.length; i++) {
		const quality = qualityOf(offered[i]!, wishes);
		if (quality > bestQuality) {
			best = i;
			bestQuality = quality;
		}
	}
	return best;
}

function parseAccept(header: string): Wish[] {
	return header.split(',').flatMap((part) => {
		const [range, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
		const [type, subtype] = (range ?? '').split('/');
		if (type === undefined || type === '' || subtype === undefined || subtype === '') return [];
		const given = parameters.find((parameter) => parameter.startsWith('q='));
		const quality = given === undefined ? 1 : Number(given.slice(2));
		return [{ type, subtype, quality: quality >= 0 && quality <= 1 ? quality : 0 }];
	});
}

/** That of the most specific range that takes the media type. */
function qualityOf(mediaType: string, wishes: readonly Wish[]): number {
	const [type, subtype] = mediaType.split('/');
	let specificity = -1;
	let quality = 0;
	for (const wish of wishes) {
		const level =
			wish.type === type && wish.subtype === subtype ? 2 : wish.type === type && wish.subtype === '*' ? 1 : wish.type === '*' && wish.subtype === '*' ? 0 : -1;
		if (level > specificity) {
			specificity = level;
			quality = wish.quality;
		}
	}
	return quality;
}
