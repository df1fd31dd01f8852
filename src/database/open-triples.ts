/** SPARQL and the triple stores of programs: loaded by `load-engine.ts` with the first of them. */
export { TripleStoreHandle } from './embedded/triples.ts';
export { sparqlLanguage } from './sparql/sparql-language.ts';
