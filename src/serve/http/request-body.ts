/** Bodies of requests: as text of limited length, or piece by piece. */
import { HttpProblem } from './problem.ts';

/** The pieces of a body; 413 once they are more than `bytesMax` bytes. */
export async function* bodyPieces(request: Request, bytesMax: number): AsyncGenerator<Uint8Array> {
	const announced = Number(request.headers.get('content-length') ?? 0);
	if (announced > bytesMax) throw tooLarge(bytesMax);
	if (request.body === null) return;
	const encoding = request.headers.get('content-encoding') ?? 'identity';
	if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'deflate') throw new HttpProblem(415, `content encoding "${encoding}" is not understood`);
	const body =
		encoding === 'identity' ? request.body : request.body.pipeThrough(new DecompressionStream(encoding) as unknown as TransformStream<Uint8Array, Uint8Array>);
	let bytes = 0;
	const reader = body.getReader();
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			bytes += value.length;
			if (bytes > bytesMax) throw tooLarge(bytesMax);
			yield value;
		}
	} finally {
		reader.cancel().catch(() => undefined);
	}
}

/** A body of UTF-8 as text. */
export async function bodyText(request: Request, bytesMax: number): Promise<string> {
	const decoder = new TextDecoder('utf-8', { fatal: true });
	let text = '';
	try {
		for await (const piece of bodyPieces(request, bytesMax)) text += decoder.decode(piece, { stream: true });
		return text + decoder.decode();
	} catch (error) {
		if (error instanceof HttpProblem) throw error;
		throw new HttpProblem(400, 'the body is not UTF-8, or broke off');
	}
}

function tooLarge(bytesMax: number): HttpProblem {
	return new HttpProblem(413, `the body has more than ${bytesMax} bytes`);
}

/** The media type of a body, in lower case and without parameters; '' when none is said. Other charsets than UTF-8 are refused. */
export function contentType(request: Request): string {
	const header = request.headers.get('content-type') ?? '';
	const charset = /;\s*charset="?([^";]+)/i.exec(header)?.[1]?.toLowerCase();
	if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii')
		throw new HttpProblem(415, `charset "${charset}" is not understood; send UTF-8`);
	return header.split(';')[0]!.trim().toLowerCase();
}
