/** Cypher and the graphs of programs: loaded by `load-engine.ts` with the first of them. */
export { cypherLanguage } from './cypher/cypher-language.ts';
export { GraphHandle, GraphTexts } from './embedded/graph.ts';
