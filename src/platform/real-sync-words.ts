/** The words of memory that the owner and the sync thread share: an Int32Array of `WORD_COUNT`. */

/** Number of the newest request; the owner raises it and wakes the thread. `STOP` ends the thread. */
export const REQUEST_AT = 0;
/** Number of the newest finished request; the thread raises it and wakes the owner. */
export const DONE_AT = 1;
/** What to sync. */
export const DESCRIPTOR_AT = 2;
/** 0, or the negative errno of the finished request. */
export const ERRNO_AT = 3;
export const WORD_COUNT = 4;

export const STOP = -1;
