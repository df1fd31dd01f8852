/**
 * How a memtable lies in its memory: records in an arena, nodes in two Int32Arrays. What it means is told in `memtable.ts`.
 *
 * A reference is `chunk << 18 | place`, the place counted in 32-bit words; 0 is "none". A record, in words:
 *
 *     0  reference of the next older version of the key
 *     1  low 32 bits of the offset
 *     2  high 15 bits of the offset; bit 15: key and value lie elsewhere; then 16 bits of key length
 *     3  length of the value, -1 for a tombstone
 *     4… key bytes, then value bytes, padded to a word; or, where they lie elsewhere, the chunk and the byte of it where the key begins
 *
 * A leaf: count, next, previous, skip, prefixes, references. A branch: count of children, skip, prefixes, references (of a
 * record with the separating key), children; entry i ≥ 1 separates child i−1 from child i.
 */

export const PLACE_BITS = 18;
export const PLACE_MASK = (1 << PLACE_BITS) - 1;

export const HEADER_WORDS = 4;
export const OLDER_AT = 0;
export const OFFSET_LOW_AT = 1;
export const OFFSET_HIGH_AT = 2;
export const VALUE_LENGTH_AT = 3;
export const CHUNK_AT = 4;
export const START_AT = 5;
/** Words of a record whose key and value lie elsewhere. */
export const OUTSIDE_WORDS = 6;
/** Of the word with the high bits of the offset. */
export const IS_OUTSIDE = 0x8000;
export const OFFSET_HIGH_MASK = 0x7fff;
export const TWO_TO_32 = 0x1_0000_0000;

export const NODE_ENTRIES = 32;
export const COUNT_AT = 0;
export const LEAF_NEXT_AT = 1;
export const LEAF_PREVIOUS_AT = 2;
export const LEAF_SKIP_AT = 3;
export const LEAF_PREFIXES_AT = 4;
export const LEAF_REFERENCES_AT = LEAF_PREFIXES_AT + NODE_ENTRIES;
export const LEAF_WORDS = LEAF_REFERENCES_AT + NODE_ENTRIES;
export const BRANCH_SKIP_AT = 1;
export const BRANCH_PREFIXES_AT = 2;
export const BRANCH_REFERENCES_AT = BRANCH_PREFIXES_AT + NODE_ENTRIES;
export const BRANCH_CHILDREN_AT = BRANCH_REFERENCES_AT + NODE_ENTRIES;
export const BRANCH_WORDS = BRANCH_CHILDREN_AT + NODE_ENTRIES;
