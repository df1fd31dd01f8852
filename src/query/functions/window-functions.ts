/**
 * Window functions proper. The executor computes them by their `operation`; here are only their signatures.
 */
import type { WindowFunction } from './contracts.ts';
import { window } from './define.ts';

export const windowFunctions: readonly WindowFunction[] = [
	window(3100, 'row_number() int8', 'row_number'),
	window(3101, 'rank() int8', 'rank'),
	window(3102, 'dense_rank() int8', 'dense_rank'),
	window(3103, 'percent_rank() float8', 'percent_rank'),
	window(3104, 'cume_dist() float8', 'cume_dist'),
	window(3105, 'ntile(int4) int4', 'ntile'),
	window(3106, 'lag(anyelement) anyelement', 'lag'),
	window(3107, 'lag(anyelement, int4) anyelement', 'lag'),
	window(3108, 'lag(anycompatible, int4, anycompatible) anycompatible', 'lag'),
	window(3109, 'lead(anyelement) anyelement', 'lead'),
	window(3110, 'lead(anyelement, int4) anyelement', 'lead'),
	window(3111, 'lead(anycompatible, int4, anycompatible) anycompatible', 'lead'),
	window(3112, 'first_value(anyelement) anyelement', 'first_value'),
	window(3113, 'last_value(anyelement) anyelement', 'last_value'),
	window(3114, 'nth_value(anyelement, int4) anyelement', 'nth_value'),
];
