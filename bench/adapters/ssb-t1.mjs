/** The star schema benchmark, one thread, the fact table in the order of arrival. */
import { ssbAdapter } from './ssb.mjs';

export default (options) => ssbAdapter(options, '');
