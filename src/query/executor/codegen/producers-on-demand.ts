/** Producers of the operators that most programs never use: loaded by `produce.ts` with the first of them. */
export { produceColumnScan } from './column-sources.ts';
export { produceGraphAlgorithm } from './graph-algorithms.ts';
export { produceReach } from './reach.ts';
export { produceShortest } from './shortest.ts';
export { produceStar } from './stars.ts';
export { produceStoredGroups } from './stored-groups.ts';
export { produceWindow } from './windows.ts';
