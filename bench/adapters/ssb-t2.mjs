/** The star schema benchmark beside systems with two threads; a query here takes one. The fact table is in the order of arrival. */
import { ssbAdapter } from './ssb.mjs';

export default (options) => ssbAdapter(options, '');
