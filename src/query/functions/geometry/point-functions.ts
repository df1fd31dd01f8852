/** Operators and functions of points, segments and lines. */
import { sqlError } from '../../../platform/errors.ts';
import { Geometry, isBelow, isNear, isNearZero, isUpTo } from '../../../value/geometry.ts';
import type { OperatorEntry, ScalarFunction } from '../contracts.ts';
import { operator, scalar } from '../define.ts';
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

export const pointOperators: readonly OperatorEntry[] = [
	operator(507, 'point << point', scalar(132, 'point_left(point, point) bool', isLeft)),
	operator(508, 'point >> point', scalar(133, 'point_right(point, point) bool', flipped(isLeft))),
	operator(506, 'point >^ point', scalar(131, 'point_above(point, point) bool', isAbove)),
	operator(4161, 'point |>> point', scalar(131, 'point_above(point, point) bool', isAbove)),
	operator(509, 'point <^ point', scalar(134, 'point_below(point, point) bool', isUnder)),
	operator(4162, 'point <<| point', scalar(134, 'point_below(point, point) bool', isUnder)),
	operator(809, 'point ?| point', scalar(989, 'point_vert(point, point) bool', isVertical), '?|'),
	operator(808, 'point ?- point', scalar(990, 'point_horiz(point, point) bool', isHorizontal), '?-'),
	operator(510, 'point ~= point', scalar(135, 'point_eq(point, point) bool', ofPoints(shapes.samePoint)), '~=', '<>'),
	operator(
		713,
		'point <> point',
		scalar(
			988,
			'point_ne(point, point) bool',
			ofPoints((p, q) => !shapes.samePoint(p, q)),
		),
		'<>',
		'~=',
	),
	operator(517, 'point <-> point', scalar(991, 'point_distance(point, point) float8', ofPoints(shapes.distance)), '<->'),
	operator(
		731,
		'point + point',
		scalar(
			1441,
			'point_add(point, point) point',
			ofPoints((p, q) => shapes.point(plus(p, q))),
		),
		'+',
	),
	operator(
		732,
		'point - point',
		scalar(
			1442,
			'point_sub(point, point) point',
			ofPoints((p, q) => shapes.point(minus(p, q))),
		),
	),
	operator(
		733,
		'point * point',
		scalar(
			1443,
			'point_mul(point, point) point',
			ofPoints((p, q) => shapes.point(times(p, q))),
		),
		'*',
	),
	operator(
		734,
		'point / point',
		scalar(
			1444,
			'point_div(point, point) point',
			ofPoints((p, q) => shapes.point(over(p, q))),
		),
	),
	operator(1535, 'lseg = lseg', scalar(999, 'lseg_eq(lseg, lseg) bool', sameSegment), '=', '<>'),
	operator(
		1586,
		'lseg <> lseg',
		scalar(1482, 'lseg_ne(lseg, lseg) bool', (s: Geometry, t: Geometry) => !sameSegment(s, t)),
		'<>',
		'=',
	),
	operator(1587, 'lseg < lseg', scalar(1483, 'lseg_lt(lseg, lseg) bool', lengths(isBelow)), '>', '>='),
	operator(1588, 'lseg <= lseg', scalar(1484, 'lseg_le(lseg, lseg) bool', lengths(isUpTo)), '>=', '>'),
	operator(1589, 'lseg > lseg', scalar(1485, 'lseg_gt(lseg, lseg) bool', flipped(lengths(isBelow))), '<', '<='),
	operator(1590, 'lseg >= lseg', scalar(1486, 'lseg_ge(lseg, lseg) bool', flipped(lengths(isUpTo))), '<=', '<'),
	operator(1591, '@-@ lseg', scalar(1487, 'lseg_length(lseg) float8', segmentLength)),
	operator(969, '@@ lseg', scalar(225, 'lseg_center(lseg) point', segmentCenter)),
	operator(1526, 'lseg ?|| lseg', scalar(995, 'lseg_parallel(lseg, lseg) bool', areParallelSegments), '?||'),
	operator(1527, 'lseg ?-| lseg', scalar(996, 'lseg_perp(lseg, lseg) bool', arePerpendicularSegments), '?-|'),
	operator(1529, '?| lseg', scalar(997, 'lseg_vertical(lseg) bool', isVerticalSegment)),
	operator(1528, '?- lseg', scalar(998, 'lseg_horizontal(lseg) bool', isHorizontalSegment)),
	operator(
		1525,
		'lseg ?# lseg',
		scalar(
			994,
			'lseg_intersect(lseg, lseg) bool',
			ofSegments((s, t) => shapes.meetingOfSegments(s, t) !== null),
		),
		'?#',
	),
	operator(
		1536,
		'lseg # lseg',
		scalar(
			362,
			'lseg_interpt(lseg, lseg) point',
			ofSegments((s, t) => pointOrNull(shapes.meetingOfSegments(s, t))),
		),
		'#',
	),
	operator(
		709,
		'lseg <-> lseg',
		scalar(
			361,
			'lseg_distance(lseg, lseg) float8',
			ofSegments((s, t) => shapes.nearestOnSegmentToSegment(s, t).distance),
		),
		'<->',
	),
	operator(1616, 'line = line', scalar(1492, 'line_eq(line, line) bool', ofLines(shapes.sameLine)), '='),
	operator(
		1611,
		'line ?# line',
		scalar(
			1495,
			'line_intersect(line, line) bool',
			ofLines((l, m) => !shapes.areParallel(l, m)),
		),
		'?#',
	),
	operator(
		1617,
		'line # line',
		scalar(
			1494,
			'line_interpt(line, line) point',
			ofLines((l, m) => pointOrNull(shapes.meetingOfLines(l, m))),
		),
		'#',
	),
	operator(1612, 'line ?|| line', scalar(1496, 'line_parallel(line, line) bool', ofLines(shapes.areParallel)), '?||'),
	operator(1613, 'line ?-| line', scalar(1497, 'line_perp(line, line) bool', ofLines(shapes.arePerpendicular)), '?-|'),
	operator(1615, '?| line', scalar(1498, 'line_vertical(line) bool', isVerticalLine)),
	operator(1614, '?- line', scalar(1499, 'line_horizontal(line) bool', isHorizontalLine)),
	operator(708, 'line <-> line', scalar(239, 'line_distance(line, line) float8', ofLines(shapes.distanceOfLines)), '<->'),
	operator(
		1547,
		'point <@ lseg',
		scalar(369, 'on_ps(point, lseg) bool', (p: Geometry, s: Geometry) => shapes.segmentHolds(segmentOf(s), pointOf(p))),
	),
	operator(
		1546,
		'point <@ line',
		scalar(959, 'on_pl(point, line) bool', (p: Geometry, line: Geometry) => shapes.lineHolds(lineOf(line), pointOf(p))),
	),
	operator(
		1548,
		'lseg <@ line',
		scalar(
			960,
			'on_sl(lseg, line) bool',
			(s: Geometry, line: Geometry) => shapes.lineHolds(lineOf(line), pointOf(s, 0)) && shapes.lineHolds(lineOf(line), pointOf(s, 1)),
		),
	),
	operator(
		1549,
		'lseg <@ box',
		scalar(
			372,
			'on_sb(lseg, box) bool',
			(s: Geometry, box: Geometry) => shapes.boxHolds(boxOf(box), pointOf(s, 0)) && shapes.boxHolds(boxOf(box), pointOf(s, 1)),
		),
	),
	operator(
		1537,
		'lseg ?# line',
		scalar(277, 'inter_sl(lseg, line) bool', (s: Geometry, line: Geometry) => shapes.meetingOfSegmentAndLine(segmentOf(s), lineOf(line)) !== null),
	),
	operator(
		1538,
		'lseg ?# box',
		scalar(373, 'inter_sb(lseg, box) bool', (s: Geometry, box: Geometry) => shapes.meetsBox(segmentOf(s), boxOf(box))),
	),
	operator(
		1539,
		'line ?# box',
		scalar(278, 'inter_lb(line, box) bool', (line: Geometry, box: Geometry) => shapes.lineMeetsBox(lineOf(line), boxOf(box))),
	),
	operator(613, 'point <-> line', scalar(725, 'dist_pl(point, line) float8', pointToLine), '<->'),
	operator(760, 'line <-> point', scalar(702, 'dist_lp(line, point) float8', flipped(pointToLine)), '<->'),
	operator(614, 'point <-> lseg', scalar(363, 'dist_ps(point, lseg) float8', pointToSegment), '<->'),
	operator(761, 'lseg <-> point', scalar(380, 'dist_sp(lseg, point) float8', flipped(pointToSegment)), '<->'),
	operator(615, 'point <-> box', scalar(364, 'dist_pb(point, box) float8', pointToBox), '<->'),
	operator(606, 'box <-> point', scalar(357, 'dist_bp(box, point) float8', flipped(pointToBox)), '<->'),
	operator(616, 'lseg <-> line', scalar(727, 'dist_sl(lseg, line) float8', segmentToLine), '<->'),
	operator(762, 'line <-> lseg', scalar(704, 'dist_ls(line, lseg) float8', flipped(segmentToLine)), '<->'),
	operator(617, 'lseg <-> box', scalar(365, 'dist_sb(lseg, box) float8', segmentToBox), '<->'),
	operator(763, 'box <-> lseg', scalar(381, 'dist_bs(box, lseg) float8', flipped(segmentToBox)), '<->'),
	operator(
		1557,
		'point ## line',
		scalar(961, 'close_pl(point, line) point', (p: Geometry, line: Geometry) => nearestPoint(shapes.nearestOnLine(lineOf(line), pointOf(p)))),
	),
	operator(
		1558,
		'point ## lseg',
		scalar(366, 'close_ps(point, lseg) point', (p: Geometry, s: Geometry) => nearestPoint(shapes.nearestOnSegment(segmentOf(s), pointOf(p)))),
	),
	operator(
		1559,
		'point ## box',
		scalar(367, 'close_pb(point, box) point', (p: Geometry, box: Geometry) => nearestPoint(shapes.nearestOnBox(boxOf(box), pointOf(p)))),
	),
	operator(
		1567,
		'lseg ## box',
		scalar(368, 'close_sb(lseg, box) point', (s: Geometry, box: Geometry) => nearestPoint(shapes.nearestOnBoxToSegment(boxOf(box), segmentOf(s)))),
	),
	operator(1577, 'line ## lseg', scalar(1488, 'close_ls(line, lseg) point', nearestToLine)),
	operator(1578, 'lseg ## lseg', scalar(1489, 'close_lseg(lseg, lseg) point', nearestOfSegments)),
];

export const pointFunctions: readonly ScalarFunction[] = [
	scalar(1440, 'point(float8, float8) point', (x: number, y: number) => shapes.point({ x, y })),
	scalar(992, 'slope(point, point) float8', ofPoints(shapes.pointSlope)),
	scalar(1406, 'isvertical(point, point) bool', isVertical),
	scalar(1407, 'ishorizontal(point, point) bool', isHorizontal),
	scalar(
		993,
		'lseg(point, point) lseg',
		ofPoints((a, b) => shapes.segment({ a, b })),
	),
	scalar(1530, 'length(lseg) float8', segmentLength),
	scalar(1408, 'isparallel(lseg, lseg) bool', areParallelSegments),
	scalar(1409, 'isperp(lseg, lseg) bool', arePerpendicularSegments),
	scalar(1410, 'isvertical(lseg) bool', isVerticalSegment),
	scalar(1411, 'ishorizontal(lseg) bool', isHorizontalSegment),
	scalar(1493, 'line(point, point) line', ofPoints(lineOfPoints)),
	scalar(1412, 'isparallel(line, line) bool', ofLines(shapes.areParallel)),
	scalar(1413, 'isperp(line, line) bool', ofLines(shapes.arePerpendicular)),
	scalar(1414, 'isvertical(line) bool', isVerticalLine),
	scalar(1415, 'ishorizontal(line) bool', isHorizontalLine),
];

/** Behind the cast of segments to points. */
export const SEGMENT_CENTER: ScalarFunction = scalar(1532, 'point(lseg) point', segmentCenter);
