/** What operators and functions of points, segments and lines do. */
import { sqlError } from '../../../platform/errors.ts';
import { Geometry, isBelow, isNear, isNearZero, isUpTo } from '../../../value/geometry.ts';
import type { Evaluate } from '../define.ts';
import * as shapes from './shapes.ts';
import { boxOf, lineOf, type Point, pointOf, segmentOf } from './shapes.ts';

type Of<Result> = (left: Geometry, right: Geometry) => Result;

export const plus = (p: Point, q: Point): Point => ({ x: shapes.finite(p.x + q.x, p.x, q.x), y: shapes.finite(p.y + q.y, p.y, q.y) });
export const minus = (p: Point, q: Point): Point => ({ x: shapes.finite(p.x - q.x, p.x, q.x), y: shapes.finite(p.y - q.y, p.y, q.y) });

function product(left: number, right: number): number {
	const result = shapes.finite(left * right, left, right);
	if (result === 0 && left !== 0 && right !== 0) throw sqlError('22003', 'value out of range: underflow');
	return result;
}

function quotient(left: number, right: number): number {
	if (right === 0 && !Number.isNaN(left)) throw sqlError('22012', 'division by zero');
	const result = shapes.finite(left / right, left, right);
	if (result === 0 && left !== 0 && Number.isFinite(right)) throw sqlError('22003', 'value out of range: underflow');
	return result;
}

/** As of complex numbers: turned by the angle of the other point, and stretched by its distance from the origin. */
export function times(p: Point, q: Point): Point {
	return {
		x: shapes.finite(product(p.x, q.x) - product(p.y, q.y), p.x, q.x, p.y, q.y),
		y: shapes.finite(product(p.x, q.y) + product(p.y, q.x), p.x, q.x, p.y, q.y),
	};
}

export function over(p: Point, q: Point): Point {
	const size = product(q.x, q.x) + product(q.y, q.y);
	return { x: quotient(product(p.x, q.x) + product(p.y, q.y), size), y: quotient(product(p.y, q.x) - product(p.x, q.y), size) };
}

const ofPoints =
	<R>(evaluate: (p: Point, q: Point) => R): Of<R> =>
	(left, right) =>
		evaluate(pointOf(left), pointOf(right));

const ofSegments =
	<R>(evaluate: (s: shapes.Segment, t: shapes.Segment) => R): Of<R> =>
	(left, right) =>
		evaluate(segmentOf(left), segmentOf(right));

const ofLines =
	<R>(evaluate: (l: shapes.Line, m: shapes.Line) => R): Of<R> =>
	(left, right) =>
		evaluate(lineOf(left), lineOf(right));

const flipped =
	<R>(evaluate: Of<R>): Of<R> =>
	(left, right) =>
		evaluate(right, left);

const pointOrNull = (p: Point | null): Geometry | null => (p === null ? null : shapes.point(p));
const nearestPoint = ({ point, distance }: shapes.Nearest): Geometry | null => (Number.isNaN(distance) ? null : shapes.point(point));

const isLeft = ofPoints((p, q) => isBelow(p.x, q.x));
const isAbove = ofPoints((p, q) => isBelow(q.y, p.y));
const isUnder = ofPoints((p, q) => isBelow(p.y, q.y));
const isVertical = ofPoints((p, q) => isNear(p.x, q.x));
const isHorizontal = ofPoints((p, q) => isNear(p.y, q.y));
const segmentLength = (s: Geometry): number => shapes.distance(pointOf(s, 0), pointOf(s, 1));
const segmentCenter = (s: Geometry): Geometry => shapes.point(shapes.centerOf({ high: pointOf(s, 0), low: pointOf(s, 1) }));
const isVerticalSegment = (s: Geometry): boolean => isNear(s.numbers[0]!, s.numbers[2]!);
const isHorizontalSegment = (s: Geometry): boolean => isNear(s.numbers[1]!, s.numbers[3]!);
const isVerticalLine = (line: Geometry): boolean => isNearZero(line.numbers[1]!);
const isHorizontalLine = (line: Geometry): boolean => isNearZero(line.numbers[0]!);
const sameSegment = ofSegments((s, t) => shapes.samePoint(s.a, t.a) && shapes.samePoint(s.b, t.b));
const areParallelSegments = ofSegments((s, t) => isNear(shapes.segmentSlope(s), shapes.segmentSlope(t)));
const arePerpendicularSegments = ofSegments((s, t) => isNear(shapes.segmentSlope(s), shapes.perpendicularSlope(t.a, t.b)));
const lengths =
	(compare: (left: number, right: number) => boolean): Of<boolean> =>
	(left, right) =>
		compare(segmentLength(left), segmentLength(right));

const pointToLine: Of<number> = (p, line) => shapes.nearestOnLine(lineOf(line), pointOf(p)).distance;
const pointToSegment: Of<number> = (p, s) => shapes.nearestOnSegment(segmentOf(s), pointOf(p)).distance;
const pointToBox: Of<number> = (p, box) => shapes.nearestOnBox(boxOf(box), pointOf(p)).distance;
const segmentToLine: Of<number> = (s, line) => shapes.nearestOnSegmentToLine(segmentOf(s), lineOf(line)).distance;
const segmentToBox: Of<number> = (s, box) => shapes.nearestOnBoxToSegment(boxOf(box), segmentOf(s)).distance;

function nearestOfSegments(first: Geometry, second: Geometry): Geometry | null {
	const [s, t] = [segmentOf(first), segmentOf(second)];
	return shapes.segmentSlope(s) === shapes.segmentSlope(t) ? null : nearestPoint(shapes.nearestOnSegmentToSegment(t, s));
}

function nearestToLine(line: Geometry, s: Geometry): Geometry | null {
	if (shapes.segmentSlope(segmentOf(s)) === shapes.lineSlope(lineOf(line))) return null;
	return nearestPoint(shapes.nearestOnSegmentToLine(segmentOf(s), lineOf(line)));
}

function lineOfPoints(p: Point, q: Point): Geometry {
	if (shapes.samePoint(p, q)) throw sqlError('22023', 'invalid line specification: must be two distinct points');
	const { a, b, c } = shapes.through(p, shapes.pointSlope(p, q));
	return new Geometry('line', [a, b, c]);
}

/** By the oids of the functions. */
export const pointEvaluators: readonly (readonly [oid: number, evaluate: Evaluate])[] = [
	[1532, segmentCenter],
	[132, isLeft],
	[133, flipped(isLeft)],
	[131, isAbove],
	[134, isUnder],
	[989, isVertical],
	[990, isHorizontal],
	[135, ofPoints(shapes.samePoint)],
	[988, ofPoints((p, q) => !shapes.samePoint(p, q))],
	[991, ofPoints(shapes.distance)],
	[1441, ofPoints((p, q) => shapes.point(plus(p, q)))],
	[1442, ofPoints((p, q) => shapes.point(minus(p, q)))],
	[1443, ofPoints((p, q) => shapes.point(times(p, q)))],
	[1444, ofPoints((p, q) => shapes.point(over(p, q)))],
	[999, sameSegment],
	[1482, (s: Geometry, t: Geometry) => !sameSegment(s, t)],
	[1483, lengths(isBelow)],
	[1484, lengths(isUpTo)],
	[1485, flipped(lengths(isBelow))],
	[1486, flipped(lengths(isUpTo))],
	[1487, segmentLength],
	[225, segmentCenter],
	[995, areParallelSegments],
	[996, arePerpendicularSegments],
	[997, isVerticalSegment],
	[998, isHorizontalSegment],
	[994, ofSegments((s, t) => shapes.meetingOfSegments(s, t) !== null)],
	[362, ofSegments((s, t) => pointOrNull(shapes.meetingOfSegments(s, t)))],
	[361, ofSegments((s, t) => shapes.nearestOnSegmentToSegment(s, t).distance)],
	[1492, ofLines(shapes.sameLine)],
	[1495, ofLines((l, m) => !shapes.areParallel(l, m))],
	[1494, ofLines((l, m) => pointOrNull(shapes.meetingOfLines(l, m)))],
	[1496, ofLines(shapes.areParallel)],
	[1497, ofLines(shapes.arePerpendicular)],
	[1498, isVerticalLine],
	[1499, isHorizontalLine],
	[239, ofLines(shapes.distanceOfLines)],
	[369, (p: Geometry, s: Geometry) => shapes.segmentHolds(segmentOf(s), pointOf(p))],
	[959, (p: Geometry, line: Geometry) => shapes.lineHolds(lineOf(line), pointOf(p))],
	[960, (s: Geometry, line: Geometry) => shapes.lineHolds(lineOf(line), pointOf(s, 0)) && shapes.lineHolds(lineOf(line), pointOf(s, 1))],
	[372, (s: Geometry, box: Geometry) => shapes.boxHolds(boxOf(box), pointOf(s, 0)) && shapes.boxHolds(boxOf(box), pointOf(s, 1))],
	[277, (s: Geometry, line: Geometry) => shapes.meetingOfSegmentAndLine(segmentOf(s), lineOf(line)) !== null],
	[373, (s: Geometry, box: Geometry) => shapes.meetsBox(segmentOf(s), boxOf(box))],
	[278, (line: Geometry, box: Geometry) => shapes.lineMeetsBox(lineOf(line), boxOf(box))],
	[725, pointToLine],
	[702, flipped(pointToLine)],
	[363, pointToSegment],
	[380, flipped(pointToSegment)],
	[364, pointToBox],
	[357, flipped(pointToBox)],
	[727, segmentToLine],
	[704, flipped(segmentToLine)],
	[365, segmentToBox],
	[381, flipped(segmentToBox)],
	[961, (p: Geometry, line: Geometry) => nearestPoint(shapes.nearestOnLine(lineOf(line), pointOf(p)))],
	[366, (p: Geometry, s: Geometry) => nearestPoint(shapes.nearestOnSegment(segmentOf(s), pointOf(p)))],
	[367, (p: Geometry, box: Geometry) => nearestPoint(shapes.nearestOnBox(boxOf(box), pointOf(p)))],
	[368, (s: Geometry, box: Geometry) => nearestPoint(shapes.nearestOnBoxToSegment(boxOf(box), segmentOf(s)))],
	[1488, nearestToLine],
	[1489, nearestOfSegments],
	[1440, (x: number, y: number) => shapes.point({ x, y })],
	[992, ofPoints(shapes.pointSlope)],
	[1406, isVertical],
	[1407, isHorizontal],
	[993, ofPoints((a, b) => shapes.segment({ a, b }))],
	[1530, segmentLength],
	[1408, areParallelSegments],
	[1409, arePerpendicularSegments],
	[1410, isVerticalSegment],
	[1411, isHorizontalSegment],
	[1493, ofPoints(lineOfPoints)],
	[1412, ofLines(shapes.areParallel)],
	[1413, ofLines(shapes.arePerpendicular)],
	[1414, isVerticalLine],
	[1415, isHorizontalLine],
];
