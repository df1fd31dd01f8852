/**
 * Points, segments, lines and boxes: where they meet, how far they are from each other. As PostgreSQL computes them (geo_ops.c),
 * step by step, so that results agree to the last digit: comparisons are up to a small difference, a line is found through a point and a slope.
 */
import { sqlError } from '../../../platform/errors.ts';
import { Geometry, isNear, isNearZero, isUpTo, lineThrough, slopeOf } from '../../../value/geometry.ts';

export interface Point {
	readonly x: number;
	readonly y: number;
}

export interface Segment {
	readonly a: Point;
	readonly b: Point;
}

/** ax + by + c = 0. */
export interface Line {
	readonly a: number;
	readonly b: number;
	readonly c: number;
}

export interface Box {
	readonly high: Point;
	readonly low: Point;
}

/** A point of the first shape that is nearest to the second, and its distance. */
export interface Nearest {
	readonly point: Point;
	readonly distance: number;
}

/** Infinite results of finite numbers are errors. */
export function finite(result: number, ...operands: readonly number[]): number {
	if (!Number.isFinite(result) && !Number.isNaN(result) && operands.every((n) => Number.isFinite(n))) throw sqlError('22003', 'value out of range: overflow');
	return result;
}

export function pointOf(value: Geometry, index = 0): Point {
	return { x: value.numbers[2 * index]!, y: value.numbers[2 * index + 1]! };
}

export function pointsOf(value: Geometry): Point[] {
	const points: Point[] = [];
	for (let at = 0; at + 1 < value.numbers.length; at += 2) points.push({ x: value.numbers[at]!, y: value.numbers[at + 1]! });
	return points;
}

export function segmentOf(value: Geometry): Segment {
	return { a: pointOf(value, 0), b: pointOf(value, 1) };
}

export function lineOf(value: Geometry): Line {
	const [a, b, c] = value.numbers as [number, number, number];
	return { a, b, c };
}

export function boxOf(value: Geometry): Box {
	return { high: pointOf(value, 0), low: pointOf(value, 1) };
}

export function point({ x, y }: Point): Geometry {
	return new Geometry('point', [x, y]);
}

export function segment({ a, b }: Segment): Geometry {
	return new Geometry('lseg', [a.x, a.y, b.x, b.y]);
}

/** The square root of x² + y², without overflow on the way. */
export function hypotenuse(x: number, y: number): number {
	if (!Number.isFinite(x) || !Number.isFinite(y)) return Math.hypot(x, y);
	const long = Math.max(Math.abs(x), Math.abs(y));
	const short = Math.min(Math.abs(x), Math.abs(y));
	if (short === 0) return long;
	const ratio = short / long;
	return finite(long * Math.sqrt(1 + ratio * ratio), x, y);
}

export function distance(p: Point, q: Point): number {
	return hypotenuse(finite(p.x - q.x, p.x, q.x), finite(p.y - q.y, p.y, q.y));
}

export function samePoint(p: Point, q: Point): boolean {
	if (Number.isNaN(p.x) || Number.isNaN(p.y) || Number.isNaN(q.x) || Number.isNaN(q.y)) return sameNumber(p.x, q.x) && sameNumber(p.y, q.y);
	return isNear(p.x, q.x) && isNear(p.y, q.y);
}

/** NaN equals itself. */
export function sameNumber(left: number, right: number): boolean {
	return left === right || (Number.isNaN(left) && Number.isNaN(right));
}

export function pointSlope(p: Point, q: Point): number {
	return slopeOf(p.x, p.y, q.x, q.y);
}

/** The slope of what is perpendicular to the line through two points. */
export function perpendicularSlope(p: Point, q: Point): number {
	if (isNear(p.x, q.x)) return 0;
	return isNear(p.y, q.y) ? Number.POSITIVE_INFINITY : (p.x - q.x) / (q.y - p.y);
}

export function segmentSlope(s: Segment): number {
	return pointSlope(s.a, s.b);
}

export function through(p: Point, slope: number): Line {
	return lineOf(lineThrough(p.x, p.y, slope));
}

export function lineSlope(line: Line): number {
	if (isNearZero(line.a)) return 0;
	return isNearZero(line.b) ? Number.POSITIVE_INFINITY : line.a / -line.b;
}

function linePerpendicular(line: Line): number {
	if (isNearZero(line.a)) return Number.POSITIVE_INFINITY;
	return isNearZero(line.b) ? 0 : line.b / line.a;
}

/** Where two lines meet; null when they are parallel. */
export function meetingOfLines(first: Line, second: Line): Point | null {
	if (!isNearZero(first.b)) {
		if (isNear(second.a, first.a * (second.b / first.b))) return null;
		const x = (first.b * second.c - second.b * first.c) / (first.a * second.b - second.a * first.b);
		return { x: x + 0, y: -(first.a * x + first.c) / first.b + 0 };
	}
	if (isNearZero(second.b) || isNear(first.a, second.a * (first.b / second.b))) return null;
	const x = (second.b * first.c - first.b * second.c) / (second.a * first.b - first.a * second.b);
	return { x: x + 0, y: -(second.a * x + second.c) / second.b + 0 };
}

export function lineHolds(line: Line, p: Point): boolean {
	return isNearZero(line.a * p.x + line.b * p.y + line.c);
}

export function segmentHolds(s: Segment, p: Point): boolean {
	return isNear(distance(p, s.a) + distance(p, s.b), distance(s.a, s.b));
}

export function boxHolds(box: Box, p: Point): boolean {
	return box.high.x >= p.x && box.low.x <= p.x && box.high.y >= p.y && box.low.y <= p.y;
}

export function boxHoldsBox(outer: Box, inner: Box): boolean {
	return isUpTo(inner.high.x, outer.high.x) && isUpTo(outer.low.x, inner.low.x) && isUpTo(inner.high.y, outer.high.y) && isUpTo(outer.low.y, inner.low.y);
}

export function boxesOverlap(first: Box, second: Box): boolean {
	return isUpTo(first.low.x, second.high.x) && isUpTo(second.low.x, first.high.x) && isUpTo(first.low.y, second.high.y) && isUpTo(second.low.y, first.high.y);
}

export function meetingOfSegmentAndLine(s: Segment, line: Line): Point | null {
	const met = meetingOfLines(through(s.a, segmentSlope(s)), line);
	if (met === null || !segmentHolds(s, met)) return null;
	return samePoint(s.a, met) ? s.a : samePoint(s.b, met) ? s.b : met;
}

export function meetingOfSegments(first: Segment, second: Segment): Point | null {
	const met = meetingOfSegmentAndLine(first, through(second.a, segmentSlope(second)));
	return met === null || !segmentHolds(second, met) ? null : met;
}

export function nearestOnLine(line: Line, p: Point): Nearest {
	const met = meetingOfLines(through(p, linePerpendicular(line)), line);
	return met === null ? { point: p, distance: Number.NaN } : { point: met, distance: distance(met, p) };
}

export function nearestOnSegmentToLine(s: Segment, line: Line): Nearest {
	const met = meetingOfSegmentAndLine(s, line);
	if (met !== null) return { point: met, distance: 0 };
	const fromA = nearestOnLine(line, s.a).distance;
	const fromB = nearestOnLine(line, s.b).distance;
	return fromA < fromB ? { point: s.a, distance: fromA } : { point: s.b, distance: fromB };
}

export function nearestOnSegment(s: Segment, p: Point): Nearest {
	const { point: nearest } = nearestOnSegmentToLine(s, through(p, perpendicularSlope(s.a, s.b)));
	return { point: nearest, distance: distance(nearest, p) };
}

/** The nearer one; the first when they are as near. */
function nearer(first: Nearest, second: Nearest): Nearest {
	return second.distance < first.distance || (Number.isNaN(first.distance) && !Number.isNaN(second.distance)) ? second : first;
}

export function nearestOnSegmentToSegment(on: Segment, to: Segment): Nearest {
	const met = meetingOfSegments(on, to);
	if (met !== null) return { point: met, distance: 0 };
	let best = nearer(nearestOnSegment(on, to.a), nearestOnSegment(on, to.b));
	best = nearer(best, { point: on.a, distance: nearestOnSegment(to, on.a).distance });
	return nearer(best, { point: on.b, distance: nearestOnSegment(to, on.b).distance });
}

/** In the order in which the nearest of them is looked for. */
function sidesOf({ high, low }: Box): Segment[] {
	const upperLeft = { x: low.x, y: high.y };
	const lowerRight = { x: high.x, y: low.y };
	return [
		{ a: low, b: upperLeft },
		{ a: high, b: upperLeft },
		{ a: low, b: lowerRight },
		{ a: high, b: lowerRight },
	];
}

export function nearestOnBox(box: Box, p: Point): Nearest {
	if (boxHolds(box, p)) return { point: p, distance: 0 };
	return sidesOf(box)
		.map((side) => nearestOnSegment(side, p))
		.reduce(nearer);
}

export function centerOf({ high, low }: Box): Point {
	return { x: finite(high.x + low.x, high.x, low.x) / 2, y: finite(high.y + low.y, high.y, low.y) / 2 };
}

export function boundsOf(points: readonly Point[]): Box {
	const high = { x: points[0]!.x, y: points[0]!.y };
	const low = { ...high };
	for (const p of points) {
		if (p.x < low.x) low.x = p.x;
		if (p.x > high.x) high.x = p.x;
		if (p.y < low.y) low.y = p.y;
		if (p.y > high.y) high.y = p.y;
	}
	return { high, low };
}

export function meetsBox(s: Segment, box: Box): boolean {
	if (!boxesOverlap(boundsOf([s.a, s.b]), box)) return false;
	return boxHolds(box, s.a) || boxHolds(box, s.b) || sidesOf(box).some((side) => meetingOfSegments(side, s) !== null);
}

export function nearestOnBoxToSegment(box: Box, s: Segment): Nearest {
	if (meetsBox(s, box)) return { point: nearestOnSegment(s, centerOf(box)).point, distance: 0 };
	return sidesOf(box)
		.map((side) => nearestOnSegmentToSegment(side, s))
		.reduce(nearer);
}

export function lineMeetsBox(line: Line, box: Box): boolean {
	return sidesOf(box).some((side) => meetingOfSegmentAndLine(side, line) !== null);
}

export function areParallel(first: Line, second: Line): boolean {
	return meetingOfLines(first, second) === null;
}

export function arePerpendicular(first: Line, second: Line): boolean {
	if (isNearZero(first.a)) return isNearZero(second.b);
	if (isNearZero(second.a)) return isNearZero(first.b);
	if (isNearZero(first.b)) return isNearZero(second.a);
	if (isNearZero(second.b)) return isNearZero(first.a);
	return isNear((first.a * second.a) / (first.b * second.b), -1);
}

export function sameLine(first: Line, second: Line): boolean {
	const numbers = [first.a, first.b, first.c, second.a, second.b, second.c];
	if (numbers.some((n) => Number.isNaN(n))) return sameNumber(first.a, second.a) && sameNumber(first.b, second.b) && sameNumber(first.c, second.c);
	let ratio = 1;
	if (!isNearZero(second.a)) ratio = first.a / second.a;
	else if (!isNearZero(second.b)) ratio = first.b / second.b;
	else if (!isNearZero(second.c)) ratio = first.c / second.c;
	return isNear(first.a, ratio * second.a) && isNear(first.b, ratio * second.b) && isNear(first.c, ratio * second.c);
}

export function distanceOfLines(first: Line, second: Line): number {
	if (meetingOfLines(first, second) !== null) return 0;
	const usable = (n: number): boolean => !isNearZero(n) && !Number.isNaN(n);
	let ratio = 1;
	if (usable(first.a) && usable(second.a)) ratio = first.a / second.a;
	else if (usable(first.b) && usable(second.b)) ratio = first.b / second.b;
	return Math.abs(first.c - ratio * second.c) / hypotenuse(first.a, first.b);
}
