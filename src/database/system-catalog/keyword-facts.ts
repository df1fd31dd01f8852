/**
 * PostgreSQL 15's key words by category: U unreserved, C unreserved but no name of a function or type, T reserved but a name of
 * these, R reserved; with a minus those that need AS to be a column's label. Generated, as facts.
 */
export const keywordFacts = `

`;
