/** Paths, polygons and circles: what is inside, what overlaps, distances. As PostgreSQL computes them (geo_ops.c), step by step. */
import { sqlError } from '../../../platform/errors.ts';
import { Geometry, isBelow, isNear, isNearZero, isUpTo } from '../../../value/geometry.ts';
import {
	boundsOf,
	boxesOverlap,
	boxHoldsBox,
	distance,
	meetingOfSegments,
	nearestOnSegment,
	nearestOnSegmentToSegment,
	type Point,
	pointOf,
	pointsOf,
	type Segment,
	samePoint,
	segmentHolds,
} from './shapes.ts';

export interface Circle {
	readonly center: Point;
	readonly radius: number;
}

export function circleOf(value: Geometry): Circle {
	return { center: pointOf(value), radius: value.numbers[2]! };
}

export function circle({ x, y }: Point, radius: number): Geometry {
	return new Geometry('circle', [x, y, radius]);
}

export function shapeOf(kind: 'path' | 'polygon', points: readonly Point[], isClosed = true): Geometry {
	return new Geometry(
		kind,
		points.flatMap((p) => [p.x, p.y]),
		isClosed,
	);
}

/** The segments between points; with the one from the last to the first where the shape is closed, first. */
export function edgesOf(points: readonly Point[], isClosed: boolean): Segment[] {
	const edges: Segment[] = [];
	for (let index = 0; index < points.length; index++) {
		if (index > 0) edges.push({ a: points[index - 1]!, b: points[index]! });
		else if (isClosed) edges.push({ a: points[points.length - 1]!, b: points[0]! });
	}
	return edges;
}

const ON_EDGE = Number.MAX_SAFE_INTEGER;

/** How the step from one point to the next crosses the positive half of the x axis: ±1 for coming to it or leaving it, ±2 for both. */
function crossing(x: number, y: number, fromX: number, fromY: number): number {
	if (isNearZero(y)) {
		if (isNearZero(x)) return ON_EDGE;
		if (isBelow(0, x)) {
			if (isNearZero(fromY)) return isBelow(0, fromX) ? 0 : ON_EDGE;
			return isBelow(fromY, 0) ? 1 : -1;
		}
		return isNearZero(fromY) && !isBelow(fromX, 0) ? ON_EDGE : 0;
	}
	const sign = isBelow(0, y) ? 1 : -1;
	if (isNearZero(fromY)) return isBelow(fromX, 0) ? 0 : sign;
	if (sign < 0 ? isBelow(fromY, 0) : isBelow(0, fromY)) return 0;
	if (isUpTo(0, x) && isBelow(0, fromX)) return 2 * sign;
	if (isBelow(x, 0) && isUpTo(fromX, 0)) return 0;
	const z = (x - fromX) * y - (y - fromY) * x;
	if (isNearZero(z)) return ON_EDGE;
	return (sign < 0 ? isBelow(z, 0) : isBelow(0, z)) ? 0 : 2 * sign;
}

/** Whether the point is within the points' outline, or on it. */
export function isInside(p: Point, points: readonly Point[]): boolean {
	let total = 0;
	const first = points[0]!;
	let fromX = first.x - p.x;
	let fromY = first.y - p.y;
	for (let index = 1; index <= points.length; index++) {
		const next = points[index] ?? first;
		const x = next.x - p.x;
		const y = next.y - p.y;
		const crossed = crossing(x, y, fromX, fromY);
		if (crossed === ON_EDGE) return true;
		total += crossed;
		fromX = x;
		fromY = y;
	}
	return total !== 0;
}

/** The same points in the same order, from wherever, either way around. */
export function samePoints(left: readonly Point[], right: readonly Point[]): boolean {
	const { length } = left;
	if (length !== right.length) return false;
	for (let start = 0; start < length; start++) {
		if (!samePoint(right[start]!, left[0]!)) continue;
		if (left.every((p, i) => samePoint(right[(start + i) % length]!, p))) return true;
		if (left.every((p, i) => samePoint(right[(start - i + length) % length]!, p))) return true;
	}
	return false;
}

export function polygonsOverlap(left: readonly Point[], right: readonly Point[]): boolean {
	if (!boxesOverlap(boundsOf(left), boundsOf(right))) return false;
	const others = edgesOf(right, true);
	if (edgesOf(left, true).some((edge) => others.some((other) => meetingOfSegments(edge, other) !== null))) return true;
	return isInside(left[0]!, right) || isInside(right[0]!, left);
}

export function polygonHolds(outer: readonly Point[], inner: readonly Point[]): boolean {
	if (!boxHoldsBox(boundsOf(outer), boundsOf(inner))) return false;
	return edgesOf(inner, true).every(({ a, b }) => isSegmentInside(a, b, outer, 0));
}

function isSegmentInside(a: Point, b: Point, points: readonly Point[], start: number): boolean {
	const whole = { a, b };
	let from = points[start === 0 ? points.length - 1 : start - 1]!;
	let crosses = false;
	for (let index = start; index < points.length; index++) {
		const edge = { a: from, b: points[index]! };
		let holds = true;
		if (segmentHolds(edge, a)) {
			if (segmentHolds(edge, b)) return true;
			holds = isTouchingInside(a, b, edge, points, index + 1);
		} else if (segmentHolds(edge, b)) holds = isTouchingInside(b, a, edge, points, index + 1);
		else {
			const met = meetingOfSegments(whole, edge);
			if (met !== null) {
				crosses = true;
				holds = isSegmentInside(a, met, points, index + 1) && isSegmentInside(b, met, points, index + 1);
			}
		}
		if (!holds) return false;
		from = edge.b;
	}
	return crosses || isInside({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, points);
}

/** `a` lies on the edge, `b` does not. */
function isTouchingInside(a: Point, b: Point, edge: Segment, points: readonly Point[], start: number): boolean {
	const whole = { a, b };
	if (samePoint(a, edge.a)) return !segmentHolds(whole, edge.b) || isSegmentInside(b, edge.b, points, start);
	if (samePoint(a, edge.b)) return !segmentHolds(whole, edge.a) || isSegmentInside(b, edge.a, points, start);
	if (segmentHolds(whole, edge.a)) return isSegmentInside(b, edge.a, points, start);
	return !segmentHolds(whole, edge.b) || isSegmentInside(b, edge.b, points, start);
}

export function pathHolds(path: Geometry, p: Point): boolean {
	const points = pointsOf(path);
	if (path.isClosed) return isInside(p, points);
	return edgesOf(points, false).some((edge) => isNear(distance(p, edge.a) + distance(p, edge.b), distance(edge.a, edge.b)));
}

export function pathsMeet(left: Geometry, right: Geometry): boolean {
	const points = pointsOf(left);
	const others = pointsOf(right);
	if (!boxesOverlap(boundsOf(points), boundsOf(others))) return false;
	const edges = edgesOf(others, right.isClosed);
	return edgesOf(points, left.isClosed).some((edge) => edges.some((other) => meetingOfSegments(edge, other) !== null));
}

/** Null where one of them has no segment. */
export function distanceOfEdges(left: readonly Segment[], right: readonly Segment[]): number | null {
	let best: number | null = null;
	for (const edge of left)
		for (const other of right) {
			const found = nearestOnSegmentToSegment(edge, other).distance;
			if (best === null || found < best) best = found;
		}
	return best;
}

export function distanceToEdges(p: Point, edges: readonly Segment[]): number {
	let best: number | null = null;
	for (const edge of edges) {
		const found = nearestOnSegment(edge, p).distance;
		if (best === null || found < best) best = found;
	}
	return best ?? 0;
}

export function distanceToPolygon(p: Point, points: readonly Point[]): number {
	return isInside(p, points) ? 0 : distanceToEdges(p, edgesOf(points, true));
}

export function areaOfPath(path: Geometry): number | null {
	if (!path.isClosed) return null;
	let area = 0;
	const points = pointsOf(path);
	points.forEach((p, index) => {
		const next = points[(index + 1) % points.length]!;
		area += p.x * next.y;
		area -= p.y * next.x;
	});
	return Math.abs(area) / 2;
}

export function lengthOf(edges: readonly Segment[]): number {
	return edges.reduce((sum, edge) => sum + distance(edge.a, edge.b), 0);
}

/** Around the mean of the points, its radius the mean of their distances. */
export function circleOfPoints(points: readonly Point[]): Circle {
	let x = 0;
	let y = 0;
	for (const p of points) {
		x += p.x;
		y += p.y;
	}
	const center = { x: x / points.length, y: y / points.length };
	let radius = 0;
	for (const p of points) radius += distance(p, center);
	return { center, radius: radius / points.length };
}

export function polygonOfCircle(count: number, { center, radius }: Circle): Geometry {
	if (isNearZero(radius)) throw sqlError('0A000', 'cannot convert circle with radius zero to polygon');
	if (count < 2) throw sqlError('22023', 'must request at least 2 points');
	const step = (2 * Math.PI) / count;
	const points: Point[] = [];
	for (let index = 0; index < count; index++) {
		const angle = step * index;
		points.push({ x: center.x - radius * Math.cos(angle), y: center.y + radius * Math.sin(angle) });
	}
	return shapeOf('polygon', points);
}
