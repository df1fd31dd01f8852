/** The star schema benchmark, one thread, the fact table sorted by order date. */
import { ssbAdapter } from './ssb.mjs';

export default (options) => ssbAdapter(options, 'lo_orderdate');
