/** What operators, functions and casts of boxes, paths, polygons and circles do. */
import { sqlError } from '../../../platform/errors.ts';
import { Geometry, boxOf as geometryOfBox, isBelow, isNear, isUpTo } from '../../../value/geometry.ts';
import type { Evaluate } from '../define.ts';
import { minus, over, plus, times } from './point-functions.ts';
import * as polygons from './polygons.ts';
import { type Circle, circle, circleOf } from './polygons.ts';
import * as shapes from './shapes.ts';
import { type Box, boxOf, type Point, pointOf, pointsOf } from './shapes.ts';

type Of<Result> = (left: Geometry, right: Geometry) => Result;
type PointStep = (p: Point, q: Point) => Point;

const ofBoxes =
	<R>(evaluate: (a: Box, b: Box) => R): Of<R> =>
	(left, right) =>
		evaluate(boxOf(left), boxOf(right));

const ofCircles =
	<R>(evaluate: (a: Circle, b: Circle) => R): Of<R> =>
	(left, right) =>
		evaluate(circleOf(left), circleOf(right));

const ofBounds =
	<R>(evaluate: (a: Box, b: Box) => R): Of<R> =>
	(left, right) =>
		evaluate(shapes.boundsOf(pointsOf(left)), shapes.boundsOf(pointsOf(right)));

const ofPoints =
	<R>(evaluate: (a: readonly Point[], b: readonly Point[]) => R): Of<R> =>
	(left, right) =>
		evaluate(pointsOf(left), pointsOf(right));

const flipped =
	<R>(evaluate: Of<R>): Of<R> =>
	(left, right) =>
		evaluate(right, left);

type Compare = (left: number, right: number) => boolean;

const isAtMost: Compare = (left, right) => isUpTo(left, right);
const isAtLeast: Compare = (left, right) => isUpTo(right, left);
const isAbove: Compare = (left, right) => isBelow(right, left);

/** Five comparisons of a measure, by the oids of their functions: < <= = >= >. */
function measured(measure: (value: Geometry) => number, functions: readonly number[], compares: readonly Compare[]): (readonly [number, Evaluate])[] {
	return functions.map((oid, i) => [oid, (left: Geometry, right: Geometry) => compares[i]!(measure(left), measure(right))]);
}

const UP_TO_A_DIFFERENCE: readonly Compare[] = [isBelow, isAtMost, isNear, isAtLeast, isAbove];
const EXACT: readonly Compare[] = [(a, b) => a < b, (a, b) => a <= b, (a, b) => a === b, (a, b) => a >= b, (a, b) => a > b];

const boxArea = (box: Geometry): number => (box.numbers[0]! - box.numbers[2]!) * (box.numbers[1]! - box.numbers[3]!);
const boxCenter = (box: Geometry): Geometry => shapes.point(shapes.centerOf(boxOf(box)));
const sameBox = ofBoxes((a, b) => shapes.samePoint(a.high, b.high) && shapes.samePoint(a.low, b.low));
const overlapping = ofBoxes(shapes.boxesOverlap);

function geometryOf({ high, low }: Box): Geometry {
	return geometryOfBox(high.x, high.y, low.x, low.y);
}

function intersection(left: Box, right: Box): Geometry | null {
	if (!shapes.boxesOverlap(left, right)) return null;
	const high = { x: Math.min(left.high.x, right.high.x), y: Math.min(left.high.y, right.high.y) };
	const low = { x: Math.max(left.low.x, right.low.x), y: Math.max(left.low.y, right.low.y) };
	return new Geometry('box', [high.x, high.y, low.x, low.y]);
}

function movedBox(step: PointStep, { high, low }: Box, by: Point): Geometry {
	return geometryOf({ high: step(high, by), low: step(low, by) });
}

const onBox =
	(step: PointStep): Of<Geometry> =>
	(box, by) =>
		movedBox(step, boxOf(box), pointOf(by));

const onPath =
	(step: PointStep): Of<Geometry> =>
	(path, by) =>
		polygons.shapeOf(
			'path',
			pointsOf(path).map((p) => step(p, pointOf(by))),
			path.isClosed,
		);

const onCircle =
	(step: PointStep, stretch: (radius: number, size: number) => number): Of<Geometry> =>
	(value, by) => {
		const { center, radius } = circleOf(value);
		const point = pointOf(by);
		return circle(step(center, point), stretch(radius, shapes.hypotenuse(point.x, point.y)));
	};

const kept = (radius: number): number => radius;

function joined(left: Geometry, right: Geometry): Geometry | null {
	if (left.isClosed || right.isClosed) return null;
	return new Geometry('path', [...left.numbers, ...right.numbers], false);
}

const countPoints = (value: Geometry): number => value.numbers.length / 2;
const circleArea = (value: Geometry): number => Math.PI * value.numbers[2]! ** 2;
const circleCenter = (value: Geometry): Geometry => shapes.point(pointOf(value));
const polygonCenter = (value: Geometry): Geometry => shapes.point(polygons.circleOfPoints(pointsOf(value)).center);
const holdsPoint: Of<boolean> = (polygon, p) => polygons.isInside(pointOf(p), pointsOf(polygon));
const circleHoldsPoint: Of<boolean> = (value, p) => shapes.distance(circleOf(value).center, pointOf(p)) <= circleOf(value).radius;
const pathLength = (path: Geometry): number => polygons.lengthOf(polygons.edgesOf(pointsOf(path), path.isClosed));
const pathToPoint: Of<number> = (path, p) => polygons.distanceToEdges(pointOf(p), polygons.edgesOf(pointsOf(path), path.isClosed));
const polygonToPoint: Of<number> = (polygon, p) => polygons.distanceToPolygon(pointOf(p), pointsOf(polygon));
const polygonToCircle: Of<number> = (polygon, value) =>
	Math.max(0, polygons.distanceToPolygon(circleOf(value).center, pointsOf(polygon)) - circleOf(value).radius);
const circleToPoint: Of<number> = (value, p) => Math.max(0, shapes.distance(circleOf(value).center, pointOf(p)) - circleOf(value).radius);

const pathDistance: Of<number | null> = (left, right) =>
	polygons.distanceOfEdges(polygons.edgesOf(pointsOf(left), left.isClosed), polygons.edgesOf(pointsOf(right), right.isClosed));

const polygonDistance = ofPoints((a, b) =>
	polygons.polygonsOverlap(a, b) ? 0 : polygons.distanceOfEdges(polygons.edgesOf(a, true), polygons.edgesOf(b, true)),
);

const sameCircle = ofCircles((a, b) => (shapes.sameNumber(a.radius, b.radius) || isNear(a.radius, b.radius)) && shapes.samePoint(a.center, b.center));

const pathHolds: Of<boolean> = (path, p) => polygons.pathHolds(path, pointOf(p));

const diagonal = (box: Geometry): Geometry => new Geometry('lseg', box.numbers);

function pathOfPolygon(polygon: Geometry): Geometry {
	return new Geometry('path', polygon.numbers);
}

function polygonOfPath(path: Geometry): Geometry {
	if (!path.isClosed) throw sqlError('22023', 'open path cannot be converted to polygon');
	return new Geometry('polygon', path.numbers);
}

function polygonOfBox(box: Geometry): Geometry {
	const { high, low } = boxOf(box);
	return new Geometry('polygon', [low.x, low.y, low.x, high.y, high.x, high.y, high.x, low.y]);
}

function circleOfBox(box: Geometry): Geometry {
	const center = shapes.centerOf(boxOf(box));
	return circle(center, shapes.distance(center, boxOf(box).high));
}

function boxOfCircle(value: Geometry): Geometry {
	const { center, radius } = circleOf(value);
	const reach = radius / Math.sqrt(2);
	return geometryOf({ high: { x: center.x + reach, y: center.y + reach }, low: { x: center.x - reach, y: center.y - reach } });
}

function circleOfPolygon(polygon: Geometry): Geometry {
	const { center, radius } = polygons.circleOfPoints(pointsOf(polygon));
	return circle(center, radius);
}

/** What a circle becomes where no count of points is given. */
const CIRCLE_POINTS = 12;

/** By the oids of the functions. */
export const areaEvaluators: readonly (readonly [oid: number, evaluate: Evaluate])[] = [
	...measured(boxArea, [129, 130, 128, 126, 127], UP_TO_A_DIFFERENCE),
	[186, sameBox],
	[125, overlapping],
	[188, ofBoxes((a, b) => isBelow(a.high.x, b.low.x))],
	[189, ofBoxes((a, b) => isUpTo(a.high.x, b.high.x))],
	[191, ofBoxes((a, b) => isBelow(b.high.x, a.low.x))],
	[190, ofBoxes((a, b) => isUpTo(b.low.x, a.low.x))],
	[2562, ofBoxes((a, b) => isBelow(a.high.y, b.low.y))],
	[2563, ofBoxes((a, b) => isUpTo(a.high.y, b.high.y))],
	[2565, ofBoxes((a, b) => isBelow(b.high.y, a.low.y))],
	[2564, ofBoxes((a, b) => isUpTo(b.low.y, a.low.y))],
	[116, ofBoxes((a, b) => isUpTo(a.high.y, b.low.y))],
	[115, ofBoxes((a, b) => isUpTo(b.high.y, a.low.y))],
	[187, ofBoxes(shapes.boxHoldsBox)],
	[192, flipped(ofBoxes(shapes.boxHoldsBox))],
	[193, (box: Geometry, p: Geometry) => shapes.boxHolds(boxOf(box), pointOf(p))],
	[136, (p: Geometry, box: Geometry) => shapes.boxHolds(boxOf(box), pointOf(p))],
	[980, ofBoxes(intersection)],
	[978, ofBoxes((a, b) => shapes.distance(shapes.centerOf(a), shapes.centerOf(b)))],
	[138, boxCenter],
	[1422, onBox(plus)],
	[1423, onBox(minus)],
	[1424, onBox(times)],
	[1425, onBox(over)],
	...measured(countPoints, [982, 985, 984, 986, 983], EXACT),
	[1432, countPoints],
	[987, pathLength],
	[973, polygons.pathsMeet],
	[1435, joined],
	[1436, onPath(plus)],
	[1437, onPath(minus)],
	[1438, onPath(times)],
	[1439, onPath(over)],
	[370, pathDistance],
	[421, pathToPoint],
	[371, flipped(pathToPoint)],
	[1426, pathHolds],
	[137, flipped(pathHolds)],
	[339, ofPoints(polygons.samePoints)],
	[346, ofPoints(polygons.polygonsOverlap)],
	[341, ofBounds((a, b) => a.high.x < b.low.x)],
	[342, ofBounds((a, b) => a.high.x <= b.high.x)],
	[344, ofBounds((a, b) => a.low.x > b.high.x)],
	[343, ofBounds((a, b) => a.low.x >= b.low.x)],
	[2566, ofBounds((a, b) => a.high.y < b.low.y)],
	[2567, ofBounds((a, b) => a.high.y <= b.high.y)],
	[2569, ofBounds((a, b) => a.low.y > b.high.y)],
	[2568, ofBounds((a, b) => a.low.y >= b.low.y)],
	[340, ofPoints(polygons.polygonHolds)],
	[345, flipped(ofPoints(polygons.polygonHolds))],
	[1428, holdsPoint],
	[1429, flipped(holdsPoint)],
	[1445, countPoints],
	[227, polygonCenter],
	[729, polygonDistance],
	[3292, polygonToPoint],
	[3275, flipped(polygonToPoint)],
	[785, polygonToCircle],
	[728, flipped(polygonToCircle)],
	...measured(circleArea, [1464, 1466, 1462, 1467, 1465], UP_TO_A_DIFFERENCE),
	[1463, (a, b) => isBelow(circleArea(a), circleArea(b)) || isBelow(circleArea(b), circleArea(a))],
	[1452, sameCircle],
	[1459, ofCircles((a, b) => isUpTo(shapes.distance(a.center, b.center), a.radius + b.radius))],
	[1454, ofCircles((a, b) => isBelow(a.center.x + a.radius, b.center.x - b.radius))],
	[1455, ofCircles((a, b) => isUpTo(a.center.x + a.radius, b.center.x + b.radius))],
	[1457, ofCircles((a, b) => isBelow(b.center.x + b.radius, a.center.x - a.radius))],
	[1456, ofCircles((a, b) => isUpTo(b.center.x - b.radius, a.center.x - a.radius))],
	[1460, ofCircles((a, b) => isBelow(a.center.y + a.radius, b.center.y - b.radius))],
	[2587, ofCircles((a, b) => isUpTo(a.center.y + a.radius, b.center.y + b.radius))],
	[1461, ofCircles((a, b) => isBelow(b.center.y + b.radius, a.center.y - a.radius))],
	[2588, ofCircles((a, b) => isUpTo(b.center.y - b.radius, a.center.y - a.radius))],
	[1453, ofCircles((a, b) => isUpTo(shapes.distance(a.center, b.center), a.radius - b.radius))],
	[1458, ofCircles((a, b) => isUpTo(shapes.distance(a.center, b.center), b.radius - a.radius))],
	[1477, circleHoldsPoint],
	[1478, flipped(circleHoldsPoint)],
	[1472, circleCenter],
	[1146, onCircle(plus, kept)],
	[1147, onCircle(minus, kept)],
	[1148, onCircle(times, (radius, size) => radius * size)],
	[1149, onCircle(over, (radius, size) => radius / size)],
	[1471, ofCircles((a, b) => Math.max(0, shapes.distance(a.center, b.center) - (a.radius + b.radius)))],
	[3290, circleToPoint],
	[1476, flipped(circleToPoint)],
	[1449, polygonOfPath],
	[1534, boxCenter],
	[1541, diagonal],
	[1448, polygonOfBox],
	[1479, circleOfBox],
	[4091, (p: Geometry) => new Geometry('box', [...p.numbers, ...p.numbers])],
	[1540, polygonCenter],
	[1447, pathOfPolygon],
	[1446, (polygon: Geometry) => geometryOf(shapes.boundsOf(pointsOf(polygon)))],
	[1474, circleOfPolygon],
	[1416, circleCenter],
	[1480, boxOfCircle],
	[1544, (value: Geometry) => polygons.polygonOfCircle(CIRCLE_POINTS, circleOf(value))],
	[975, boxArea],
	[976, (box: Geometry) => box.numbers[0]! - box.numbers[2]!],
	[977, (box: Geometry) => box.numbers[1]! - box.numbers[3]!],
	[981, diagonal],
	[1542, boxCenter],
	[4067, ofBoxes((a, b) => geometryOf(shapes.boundsOf([a.high, a.low, b.high, b.low])))],
	[1421, (a: Geometry, b: Geometry) => geometryOf({ high: pointOf(a), low: pointOf(b) })],
	[979, polygons.areaOfPath],
	[1545, countPoints],
	[1430, (path: Geometry) => path.isClosed],
	[1431, (path: Geometry) => !path.isClosed],
	[1433, (path: Geometry) => new Geometry('path', path.numbers, true)],
	[1434, (path: Geometry) => new Geometry('path', path.numbers, false)],
	[1531, pathLength],
	[1556, countPoints],
	[1475, (count: number, value: Geometry) => polygons.polygonOfCircle(count, circleOf(value))],
	[1468, circleArea],
	[1469, (value: Geometry) => value.numbers[2]! * 2],
	[1470, (value: Geometry) => value.numbers[2]!],
	[1543, circleCenter],
	[1473, (center: Geometry, radius: number) => circle(pointOf(center), radius)],
];
