/**
 * Resolves IRI references against a base, as RFC 3986, section 5.2 says (strict), without any normalising beyond it: what RDF
 * and SPARQL ask. Nothing is checked or escaped.
 */

/** Groups: scheme, authority, path, query, fragment; undefined where a part is not there. After RFC 3986, appendix B. */
const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** True for an IRI with a scheme. */
export function isAbsoluteIri(iri: string): boolean {
	return ABSOLUTE.test(iri);
}

/** The IRI that `reference` means below `base`; the reference itself when it is absolute or there is no base. */
export function resolveIri(reference: string, base: string): string {
	const [, scheme, authority, path = '', query, fragment] = PARTS.exec(reference)!;
	if (scheme !== undefined || base === '') return reference;
	const [, baseScheme, baseAuthority, basePath = '', baseQuery] = PARTS.exec(base)!;
	if (authority !== undefined) return compose(baseScheme, authority, removeDotSegments(path), query, fragment);
	if (path === '') return compose(baseScheme, baseAuthority, basePath, query ?? baseQuery, fragment);
	const merged = path.startsWith('/') ? path : mergePaths(basePath, path, baseAuthority !== undefined);
	return compose(baseScheme, baseAuthority, removeDotSegments(merged), query, fragment);
}

function compose(scheme: string | undefined, authority: string | undefined, path: string, query: string | undefined, fragment: string | undefined): string {
	const start = (scheme === undefined ? '' : `${scheme}:`) + (authority === undefined ? '' : `//${authority}`);
	return start + path + (query === undefined ? '' : `?${query}`) + (fragment === undefined ? '' : `#${fragment}`);
}

function mergePaths(basePath: string, path: string, hasAuthority: boolean): string {
	if (hasAuthority && basePath === '') return `/${path}`;
	return basePath.slice(0, basePath.lastIndexOf('/') + 1) + path;
}

function removeDotSegments(path: string): string {
	if (!path.includes('.')) return path;
	const output: string[] = [];
	const segments = path.split('/');
	segments.forEach((segment, i) => {
		const isLast = i === segments.length - 1;
		if (segment === '..') {
			if (output.length > 1 || (output.length === 1 && output[0] !== '')) output.pop();
			if (isLast) output.push('');
		} else if (segment === '.') {
			if (isLast) output.push('');
		} else output.push(segment);
	});
	return output.join('/');
}
