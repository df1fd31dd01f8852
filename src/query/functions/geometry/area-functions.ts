/** Operators, functions and casts of boxes, paths, polygons and circles. */
import { sqlError } from '../../../platform/errors.ts';
import { Geometry, boxOf as geometryOfBox, isBelow, isNear, isUpTo } from '../../../value/geometry.ts';
import type { CastEntry, OperatorEntry, ScalarFunction } from '../contracts.ts';
import { cast, operator, scalar } from '../define.ts';
import { minus, over, plus, SEGMENT_CENTER, times } from './point-functions.ts';
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

/** Five comparisons of a measure, with the oids of their functions and operators: < <= = >= >. */
function measured(
	type: string,
	measure: (value: Geometry) => number,
	names: readonly string[],
	functions: readonly number[],
	operators: readonly number[],
	compares: readonly Compare[],
): OperatorEntry[] {
	const signs = ['<', '<=', '=', '>=', '>'] as const;
	const commutators = ['>', '>=', '=', '<=', '<'] as const;
	return signs.map((sign, i) => {
		const evaluate = (left: Geometry, right: Geometry): boolean => compares[i]!(measure(left), measure(right));
		return operator(operators[i]!, `${type} ${sign} ${type}`, scalar(functions[i]!, `${names[i]}(${type}, ${type}) bool`, evaluate), commutators[i]!);
	});
}

const UP_TO_A_DIFFERENCE: readonly Compare[] = [isBelow, isAtMost, isNear, isAtLeast, isAbove];
const EXACT: readonly Compare[] = [(a, b) => a < b, (a, b) => a <= b, (a, b) => a === b, (a, b) => a >= b, (a, b) => a > b];

function sides(type: string, entries: readonly (readonly [number, string, number, string, Of<boolean>])[]): OperatorEntry[] {
	return entries.map(([oid, symbol, functionOid, name, evaluate]) =>
		operator(oid, `${type} ${symbol} ${type}`, scalar(functionOid, `${name}(${type}, ${type}) bool`, evaluate)),
	);
}

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

const boxOperators: readonly OperatorEntry[] = [
	...measured('box', boxArea, ['box_lt', 'box_le', 'box_eq', 'box_ge', 'box_gt'], [129, 130, 128, 126, 127], [504, 505, 503, 501, 502], UP_TO_A_DIFFERENCE),
	...sides('box', [
		[499, '~=', 186, 'box_same', sameBox],
		[500, '&&', 125, 'box_overlap', overlapping],
		[802, '?#', 125, 'box_overlap', overlapping],
		[493, '<<', 188, 'box_left', ofBoxes((a, b) => isBelow(a.high.x, b.low.x))],
		[494, '&<', 189, 'box_overleft', ofBoxes((a, b) => isUpTo(a.high.x, b.high.x))],
		[496, '>>', 191, 'box_right', ofBoxes((a, b) => isBelow(b.high.x, a.low.x))],
		[495, '&>', 190, 'box_overright', ofBoxes((a, b) => isUpTo(b.low.x, a.low.x))],
		[2570, '<<|', 2562, 'box_below', ofBoxes((a, b) => isBelow(a.high.y, b.low.y))],
		[2571, '&<|', 2563, 'box_overbelow', ofBoxes((a, b) => isUpTo(a.high.y, b.high.y))],
		[2573, '|>>', 2565, 'box_above', ofBoxes((a, b) => isBelow(b.high.y, a.low.y))],
		[2572, '|&>', 2564, 'box_overabove', ofBoxes((a, b) => isUpTo(b.low.y, a.low.y))],
		[801, '<^', 116, 'box_below_eq', ofBoxes((a, b) => isUpTo(a.high.y, b.low.y))],
		[800, '>^', 115, 'box_above_eq', ofBoxes((a, b) => isUpTo(b.high.y, a.low.y))],
		[498, '@>', 187, 'box_contain', ofBoxes(shapes.boxHoldsBox)],
		[497, '<@', 192, 'box_contained', flipped(ofBoxes(shapes.boxHoldsBox))],
	]),
	operator(
		433,
		'box @> point',
		scalar(193, 'box_contain_pt(box, point) bool', (box: Geometry, p: Geometry) => shapes.boxHolds(boxOf(box), pointOf(p))),
		'<@',
	),
	operator(
		511,
		'point <@ box',
		scalar(136, 'on_pb(point, box) bool', (p: Geometry, box: Geometry) => shapes.boxHolds(boxOf(box), pointOf(p))),
		'@>',
	),
	operator(803, 'box # box', scalar(980, 'box_intersect(box, box) box', ofBoxes(intersection))),
	operator(
		706,
		'box <-> box',
		scalar(
			978,
			'box_distance(box, box) float8',
			ofBoxes((a, b) => shapes.distance(shapes.centerOf(a), shapes.centerOf(b))),
		),
		'<->',
	),
	operator(513, '@@ box', scalar(138, 'box_center(box) point', boxCenter)),
	operator(804, 'box + point', scalar(1422, 'box_add(box, point) box', onBox(plus))),
	operator(805, 'box - point', scalar(1423, 'box_sub(box, point) box', onBox(minus))),
	operator(806, 'box * point', scalar(1424, 'box_mul(box, point) box', onBox(times))),
	operator(807, 'box / point', scalar(1425, 'box_div(box, point) box', onBox(over))),
];

const pathOperators: readonly OperatorEntry[] = [
	...measured(
		'path',
		countPoints,
		['path_n_lt', 'path_n_le', 'path_n_eq', 'path_n_ge', 'path_n_gt'],
		[982, 985, 984, 986, 983],
		[793, 795, 792, 796, 794],
		EXACT,
	),
	operator(797, '# path', scalar(1432, 'path_npoints(path) int4', countPoints)),
	operator(799, '@-@ path', scalar(987, 'path_length(path) float8', pathLength)),
	operator(798, 'path ?# path', scalar(973, 'path_inter(path, path) bool', polygons.pathsMeet)),
	operator(735, 'path + path', scalar(1435, 'path_add(path, path) path', joined), '+'),
	operator(736, 'path + point', scalar(1436, 'path_add_pt(path, point) path', onPath(plus))),
	operator(737, 'path - point', scalar(1437, 'path_sub_pt(path, point) path', onPath(minus))),
	operator(738, 'path * point', scalar(1438, 'path_mul_pt(path, point) path', onPath(times))),
	operator(739, 'path / point', scalar(1439, 'path_div_pt(path, point) path', onPath(over))),
	operator(707, 'path <-> path', scalar(370, 'path_distance(path, path) float8', pathDistance), '<->'),
	operator(784, 'path <-> point', scalar(421, 'dist_pathp(path, point) float8', pathToPoint), '<->'),
	operator(618, 'point <-> path', scalar(371, 'dist_ppath(point, path) float8', flipped(pathToPoint)), '<->'),
	operator(755, 'path @> point', scalar(1426, 'path_contain_pt(path, point) bool', pathHolds), '<@'),
	operator(512, 'point <@ path', scalar(137, 'on_ppath(point, path) bool', flipped(pathHolds)), '@>'),
];

const polygonOperators: readonly OperatorEntry[] = [
	...sides('polygon', [
		[491, '~=', 339, 'poly_same', ofPoints(polygons.samePoints)],
		[492, '&&', 346, 'poly_overlap', ofPoints(polygons.polygonsOverlap)],
		[485, '<<', 341, 'poly_left', ofBounds((a, b) => a.high.x < b.low.x)],
		[486, '&<', 342, 'poly_overleft', ofBounds((a, b) => a.high.x <= b.high.x)],
		[488, '>>', 344, 'poly_right', ofBounds((a, b) => a.low.x > b.high.x)],
		[487, '&>', 343, 'poly_overright', ofBounds((a, b) => a.low.x >= b.low.x)],
		[2574, '<<|', 2566, 'poly_below', ofBounds((a, b) => a.high.y < b.low.y)],
		[2575, '&<|', 2567, 'poly_overbelow', ofBounds((a, b) => a.high.y <= b.high.y)],
		[2577, '|>>', 2569, 'poly_above', ofBounds((a, b) => a.low.y > b.high.y)],
		[2576, '|&>', 2568, 'poly_overabove', ofBounds((a, b) => a.low.y >= b.low.y)],
		[490, '@>', 340, 'poly_contain', ofPoints(polygons.polygonHolds)],
		[489, '<@', 345, 'poly_contained', flipped(ofPoints(polygons.polygonHolds))],
	]),
	operator(757, 'polygon @> point', scalar(1428, 'poly_contain_pt(polygon, point) bool', holdsPoint), '<@'),
	operator(756, 'point <@ polygon', scalar(1429, 'pt_contained_poly(point, polygon) bool', flipped(holdsPoint)), '@>'),
	operator(1521, '# polygon', scalar(1445, 'poly_npoints(polygon) int4', countPoints)),
	operator(971, '@@ polygon', scalar(227, 'poly_center(polygon) point', polygonCenter)),
	operator(712, 'polygon <-> polygon', scalar(729, 'poly_distance(polygon, polygon) float8', polygonDistance), '<->'),
	operator(3289, 'polygon <-> point', scalar(3292, 'dist_polyp(polygon, point) float8', polygonToPoint), '<->'),
	operator(3276, 'point <-> polygon', scalar(3275, 'dist_ppoly(point, polygon) float8', flipped(polygonToPoint)), '<->'),
	operator(1383, 'polygon <-> circle', scalar(785, 'dist_polyc(polygon, circle) float8', polygonToCircle), '<->'),
	operator(1523, 'circle <-> polygon', scalar(728, 'dist_cpoly(circle, polygon) float8', flipped(polygonToCircle)), '<->'),
];

const circleOperators: readonly OperatorEntry[] = [
	...measured(
		'circle',
		circleArea,
		['circle_lt', 'circle_le', 'circle_eq', 'circle_ge', 'circle_gt'],
		[1464, 1466, 1462, 1467, 1465],
		[1502, 1504, 1500, 1505, 1503],
		UP_TO_A_DIFFERENCE,
	),
	...sides('circle', [
		[1501, '<>', 1463, 'circle_ne', (a, b) => isBelow(circleArea(a), circleArea(b)) || isBelow(circleArea(b), circleArea(a))],
		[1512, '~=', 1452, 'circle_same', sameCircle],
		[1513, '&&', 1459, 'circle_overlap', ofCircles((a, b) => isUpTo(shapes.distance(a.center, b.center), a.radius + b.radius))],
		[1506, '<<', 1454, 'circle_left', ofCircles((a, b) => isBelow(a.center.x + a.radius, b.center.x - b.radius))],
		[1507, '&<', 1455, 'circle_overleft', ofCircles((a, b) => isUpTo(a.center.x + a.radius, b.center.x + b.radius))],
		[1509, '>>', 1457, 'circle_right', ofCircles((a, b) => isBelow(b.center.x + b.radius, a.center.x - a.radius))],
		[1508, '&>', 1456, 'circle_overright', ofCircles((a, b) => isUpTo(b.center.x - b.radius, a.center.x - a.radius))],
		[1515, '<<|', 1460, 'circle_below', ofCircles((a, b) => isBelow(a.center.y + a.radius, b.center.y - b.radius))],
		[2589, '&<|', 2587, 'circle_overbelow', ofCircles((a, b) => isUpTo(a.center.y + a.radius, b.center.y + b.radius))],
		[1514, '|>>', 1461, 'circle_above', ofCircles((a, b) => isBelow(b.center.y + b.radius, a.center.y - a.radius))],
		[2590, '|&>', 2588, 'circle_overabove', ofCircles((a, b) => isUpTo(b.center.y - b.radius, a.center.y - a.radius))],
		[1511, '@>', 1453, 'circle_contain', ofCircles((a, b) => isUpTo(shapes.distance(a.center, b.center), a.radius - b.radius))],
		[1510, '<@', 1458, 'circle_contained', ofCircles((a, b) => isUpTo(shapes.distance(a.center, b.center), b.radius - a.radius))],
	]),
	operator(759, 'circle @> point', scalar(1477, 'circle_contain_pt(circle, point) bool', circleHoldsPoint), '<@'),
	operator(758, 'point <@ circle', scalar(1478, 'pt_contained_circle(point, circle) bool', flipped(circleHoldsPoint)), '@>'),
	operator(1420, '@@ circle', scalar(1472, 'circle_center(circle) point', circleCenter)),
	operator(1516, 'circle + point', scalar(1146, 'circle_add_pt(circle, point) circle', onCircle(plus, kept))),
	operator(1517, 'circle - point', scalar(1147, 'circle_sub_pt(circle, point) circle', onCircle(minus, kept))),
	operator(
		1518,
		'circle * point',
		scalar(
			1148,
			'circle_mul_pt(circle, point) circle',
			onCircle(times, (radius, size) => radius * size),
		),
	),
	operator(
		1519,
		'circle / point',
		scalar(
			1149,
			'circle_div_pt(circle, point) circle',
			onCircle(over, (radius, size) => radius / size),
		),
	),
	operator(
		1520,
		'circle <-> circle',
		scalar(
			1471,
			'circle_distance(circle, circle) float8',
			ofCircles((a, b) => Math.max(0, shapes.distance(a.center, b.center) - (a.radius + b.radius))),
		),
		'<->',
	),
	operator(3291, 'circle <-> point', scalar(3290, 'dist_cpoint(circle, point) float8', circleToPoint), '<->'),
	operator(1522, 'point <-> circle', scalar(1476, 'dist_pc(point, circle) float8', flipped(circleToPoint)), '<->'),
];

export const areaOperators: readonly OperatorEntry[] = [...boxOperators, ...pathOperators, ...polygonOperators, ...circleOperators];

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

export const areaCasts: readonly CastEntry[] = [
	cast('lseg', 'point', 'explicit', SEGMENT_CENTER),
	cast('path', 'polygon', 'assignment', scalar(1449, 'polygon(path) polygon', polygonOfPath)),
	cast('box', 'point', 'explicit', scalar(1534, 'point(box) point', boxCenter)),
	cast('box', 'lseg', 'explicit', scalar(1541, 'lseg(box) lseg', diagonal)),
	cast('box', 'polygon', 'assignment', scalar(1448, 'polygon(box) polygon', polygonOfBox)),
	cast('box', 'circle', 'explicit', scalar(1479, 'circle(box) circle', circleOfBox)),
	cast(
		'point',
		'box',
		'assignment',
		scalar(4091, 'box(point) box', (p: Geometry) => new Geometry('box', [...p.numbers, ...p.numbers])),
	),
	cast('polygon', 'point', 'explicit', scalar(1540, 'point(polygon) point', polygonCenter)),
	cast('polygon', 'path', 'assignment', scalar(1447, 'path(polygon) path', pathOfPolygon)),
	cast(
		'polygon',
		'box',
		'explicit',
		scalar(1446, 'box(polygon) box', (polygon: Geometry) => geometryOf(shapes.boundsOf(pointsOf(polygon)))),
	),
	cast('polygon', 'circle', 'explicit', scalar(1474, 'circle(polygon) circle', circleOfPolygon)),
	cast('circle', 'point', 'explicit', scalar(1416, 'point(circle) point', circleCenter)),
	cast('circle', 'box', 'explicit', scalar(1480, 'box(circle) box', boxOfCircle)),
	cast(
		'circle',
		'polygon',
		'explicit',
		scalar(1544, 'polygon(circle) polygon', (value: Geometry) => polygons.polygonOfCircle(CIRCLE_POINTS, circleOf(value))),
	),
];

export const areaFunctions: readonly ScalarFunction[] = [
	scalar(975, 'area(box) float8', boxArea),
	scalar(976, 'width(box) float8', (box: Geometry) => box.numbers[0]! - box.numbers[2]!),
	scalar(977, 'height(box) float8', (box: Geometry) => box.numbers[1]! - box.numbers[3]!),
	scalar(981, 'diagonal(box) lseg', diagonal),
	scalar(1542, 'center(box) point', boxCenter),
	scalar(
		4067,
		'bound_box(box, box) box',
		ofBoxes((a, b) => geometryOf(shapes.boundsOf([a.high, a.low, b.high, b.low]))),
	),
	scalar(1421, 'box(point, point) box', (a: Geometry, b: Geometry) => geometryOf({ high: pointOf(a), low: pointOf(b) })),
	scalar(979, 'area(path) float8', polygons.areaOfPath),
	scalar(1545, 'npoints(path) int4', countPoints),
	scalar(1430, 'isclosed(path) bool', (path: Geometry) => path.isClosed),
	scalar(1431, 'isopen(path) bool', (path: Geometry) => !path.isClosed),
	scalar(1433, 'pclose(path) path', (path: Geometry) => new Geometry('path', path.numbers, true)),
	scalar(1434, 'popen(path) path', (path: Geometry) => new Geometry('path', path.numbers, false)),
	scalar(1531, 'length(path) float8', pathLength),
	scalar(1556, 'npoints(polygon) int4', countPoints),
	scalar(1475, 'polygon(int4, circle) polygon', (count: number, value: Geometry) => polygons.polygonOfCircle(count, circleOf(value))),
	scalar(1468, 'area(circle) float8', circleArea),
	scalar(1469, 'diameter(circle) float8', (value: Geometry) => value.numbers[2]! * 2),
	scalar(1470, 'radius(circle) float8', (value: Geometry) => value.numbers[2]!),
	scalar(1543, 'center(circle) point', circleCenter),
	scalar(1473, 'circle(point, float8) circle', (center: Geometry, radius: number) => circle(pointOf(center), radius)),
];
