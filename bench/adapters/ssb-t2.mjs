/** The star schema benchmark with two threads, the fact table in the order of arrival. */
import { ssbAdapter } from './ssb.mjs';

export default (options) => ssbAdapter(options, '', 2);
