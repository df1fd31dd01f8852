/** Dynamic values: bytes and back, one key without the others, one order for comparison, keys of indexes and keys of groups; JSON. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { arbitraryData, arbitraryDynamic, arbitraryProperties } from './arbitrary-dynamic.testing.ts';
import { builtinTypes, DYNAMIC, PROPERTIES } from './builtin-types.ts';
import { compareBytes } from './comparison.ts';
import { type DynamicValue, Edge, floatText, floatValue, GraphPath, IntegralFloat, kindName, Vertex } from './dynamic.ts';
import { PropertyKey, readDynamic, readMapValue, writeDynamic, writeProperties } from './dynamic-binary.ts';
import { compareDynamic, dynamicKey } from './dynamic-comparison.ts';
import { dynamicFromJsonb, dynamicToJsonb, formatDynamic, parseProperties, propertiesFromJsonb, propertiesToJsonb } from './dynamic-json.ts';
import { formatJsonb } from './jsonb.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';
import { keySkipper, keyWriter } from './key-codec.ts';
import { PropertyMap } from './property-map.ts';
import { partGetter, RowLayout, rowDecoder, rowEncoder } from './row-format.ts';
import { Point } from './spatial/point.ts';
import { CypherDate } from './temporal/cypher-date.ts';
import { CypherDateTime } from './temporal/cypher-date-time.ts';
import { CypherDuration } from './temporal/cypher-duration.ts';
import { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from './temporal/cypher-local-time.ts';
import { CypherTime } from './temporal/cypher-time.ts';

function bytesOf(value: DynamicValue): Uint8Array {
	const target = new GrowingKeyBuffer(4);
	writeDynamic(value, target);
	return target.copy();
}

function restored(value: DynamicValue): DynamicValue {
	const bytes = bytesOf(value);
	return readDynamic(bytes, 0, bytes.length);
}

/** A value with everything in it spelled out, forms of numbers and properties of entities included. */
function spelled(value: DynamicValue): unknown {
	if (Array.isArray(value)) return value.map(spelled);
	if (value instanceof Map) return [...value].map(([key, item]) => [key, spelled(item)]).sort();
	if (value instanceof Vertex) return { node: value.id, labels: value.labels, properties: spelled(value.properties.entries()) };
	if (value instanceof Edge) return { edge: value.id, type: value.type, tail: value.tail, head: value.head, properties: spelled(value.properties.entries()) };
	if (value instanceof GraphPath) return { vertices: value.vertices.map(spelled), edges: value.edges.map(spelled) };
	if (value instanceof IntegralFloat) return { float: value.value };
	return value;
}

test('every value survives its bytes', () => {
	fc.assert(fc.property(arbitraryDynamic, (value) => assert.deepEqual(spelled(restored(value)), spelled(value))));
});

test('lists and maps longer than 255 and 65,535 bytes survive their bytes', () => {
	for (const count of [200, 300, 20_000]) {
		const list = Array.from({ length: count }, (_, index) => `item ${index}`);
		assert.deepEqual(restored(list), list);
		const map = new Map(list.map((text, index): [string, DynamicValue] => [text, index]));
		assert.deepEqual(spelled(restored(map)), spelled(map));
		assert.deepEqual(restored([list, map.size]), [list, map.size]);
	}
});

test('a key of a property map is found in its bytes', () => {
	fc.assert(
		fc.property(arbitraryProperties, (properties) => {
			const target = new GrowingKeyBuffer(4);
			writeProperties(properties, target);
			const stored = PropertyMap.fromBytes(target.copy(), 0, target.length);
			assert.deepEqual([...stored.keys()].sort(), [...properties.keys()].sort());
			for (const key of [...properties.keys(), 'absent', '']) assert.deepEqual(spelled(stored.get(key)), spelled(properties.get(key)));
			assert.deepEqual(spelled(stored.entries()), spelled(properties.entries()));
			assert.equal(stored.isEmpty, properties.isEmpty);
		}),
	);
});

test('a key remembers where it was found, and is found elsewhere all the same', () => {
	const key = new PropertyKey('name');
	const maps = [{ name: 1 }, { age: 2, name: 3 }, { age: 4 }, { a: 5, b: 6, name: 7, zip: 8 }, {}].map((entries) => {
		const target = new GrowingKeyBuffer();
		writeProperties(PropertyMap.of(Object.entries(entries)), target);
		return PropertyMap.fromBytes(target.copy(), 0, target.length);
	});
	for (let round = 0; round < 2; round++) {
		assert.deepEqual(
			maps.map((map) => map.find(key)),
			[1, 3, null, 7, null],
		);
	}
});

test('equal keys, equal order and equal key bytes are one and the same', () => {
	const write = keyWriter(DYNAMIC, false, false, builtinTypes);
	const writeDown = keyWriter(DYNAMIC, true, true, builtinTypes);
	const key = (value: DynamicValue, down = false): Uint8Array => {
		const target = new GrowingKeyBuffer(4);
		(down ? writeDown : write)(value, target);
		const end = keySkipper(DYNAMIC, down, down, builtinTypes)(target.bytes, 0);
		assert.equal(end, target.length);
		return target.copy();
	};
	fc.assert(
		fc.property(arbitraryDynamic, arbitraryDynamic, (left, right) => {
			const order = Math.sign(compareDynamic(left, right));
			assert.equal(Math.sign(compareDynamic(right, left)), -order + 0);
			assert.equal(Math.sign(compareBytes(key(left), key(right))), order);
			if (left !== null && right !== null) assert.equal(Math.sign(compareBytes(key(left, true), key(right, true))), -order + 0);
			assert.equal(new Set([dynamicKey(left), dynamicKey(right)]).size === 1, order === 0);
		}),
		{ numRuns: 2000 },
	);
});

test('the order of kinds is that of openCypher', () => {
	const empty = PropertyMap.empty;
	const ordered: DynamicValue[] = [
		new Map([['a', 1]]),
		new Vertex(9, [], empty),
		new Edge(1, 'T', 1, 2, empty),
		[],
		['a'],
		['a', 1],
		[1],
		[1, 'a'],
		[1, null],
		[null, 1],
		new GraphPath([new Vertex(1, [], empty)], []),
		'a',
		false,
		true,
		floatValue(-0.5),
		0,
		1,
		1.5,
		2n ** 62n,
		Number.NaN,
		null,
	];
	assert.deepEqual([...ordered].reverse().sort(compareDynamic), ordered);
});

test('JSON and back: everything that JSON has survives, property maps keep integers and floats apart', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (json) => {
			const value = dynamicFromJsonb(dynamicToJsonb(fromScript(json)));
			assert.equal(compareDynamic(value, fromScript(json)), 0);
		}),
	);
	const text = '{"a": 1, "b": 1.0, "c": [true, null, "x"], "d": {"e": 1.5}}';
	assert.equal(formatJsonb(propertiesToJsonb(parseProperties(text))), text);
	assert.equal(kindName(parseProperties(text).get('b')), 'Float');
	assert.equal(formatDynamic(parseProperties('{"a": null, "b": 2}').entries()), '{"b": 2}');
	assert.throws(() => propertiesFromJsonb('x'), { sqlstate: '22023' });
});

/** A value of JSON.parse. */
function fromScript(value: unknown): DynamicValue {
	if (typeof value === 'number') return Number.isSafeInteger(value) ? value : floatValue(value);
	if (Array.isArray(value)) return value.map(fromScript);
	if (typeof value === 'object' && value !== null) return new Map(Object.entries(value).map(([key, item]) => [key, fromScript(item)]));
	return value as DynamicValue;
}

test('what JSON does not have is text or an object', () => {
	const properties = PropertyMap.of([['a', 1]]);
	const vertex = new Vertex(1, ['L'], properties);
	assert.equal(formatDynamic(new CypherDate(0)), '"1970-01-01"');
	assert.equal(formatDynamic([Number.NaN, 2n ** 60n]), '["NaN", 1152921504606846976]');
	assert.equal(formatDynamic(new Point(7203, 1, 2.5, Number.NaN)), '{"crs": "cartesian", "srid": 7203, "x": 1.0, "y": 2.5}');
	assert.equal(formatDynamic(vertex), '{"id": 1, "labels": ["L"], "properties": {"a": 1}}');
	assert.equal(
		formatDynamic(new GraphPath([vertex, vertex], [new Edge(2, 'T', 1, 1, PropertyMap.empty)])).includes(
			'{"id": 2, "type": "T", "tail": 1, "head": 1, "properties": {}}',
		),
		true,
	);
	fc.assert(fc.property(arbitraryData, (value) => typeof JSON.parse(formatDynamic(value)) !== 'undefined'));
});

test('floats show a point or an exponent', () => {
	const texts = [1, -0, 1.5, 1e7, 1234567, 1e-3, 1e-4, 1e300, 12345678.9].map(floatText);
	assert.deepEqual(texts, ['1.0', '-0.0', '1.5', '1.0E7', '1234567.0', '0.001', '1.0E-4', '1.0E300', '1.23456789E7']);
});

/** Everything that `docs/formats/properties.md` shows. */
const GOLDEN: readonly (readonly [name: string, value: DynamicValue])[] = [
	['null', null],
	['false', false],
	['true', true],
	['0', 0],
	['1', 1],
	['-1', -1],
	['300', 300],
	['-9007199254740993', -9007199254740993n],
	['1.0', floatValue(1)],
	["'Zoë'", 'Zoë'],
	['bytes 01 ff', Uint8Array.of(1, 255)],
	["[1, 'a']", [1, 'a']],
	["{name: 'Ann', age: 42}", new Map<string, DynamicValue>([['name', 'Ann'], ['age', 42]])], // biome-ignore format: one row
	["date('2015-07-21')", CypherDate.of(2015, 7, 21)],
	["localtime('21:40:32')", CypherLocalTime.of(21, 40, 32)],
	["time('21:40:32+01:00')", new CypherTime(CypherLocalTime.of(21, 40, 32).nanosecondOfDay, 3600)],
	["localdatetime('1969-12-31T00:00:00.000000001')", new CypherLocalDateTime(-1, 1)],
	["datetime('2015-07-21T00:00+02:00[Europe/Berlin]')", new CypherDateTime(CypherDate.of(2015, 7, 21).epochDay, 0, 7200, 'Europe/Berlin')],
	["duration('P1M2DT3.000000004S')", new CypherDuration(1, 2, 3, 4)],
	['point({x: 1.0, y: 2.0})', new Point(7203, 1, 2, Number.NaN)],
	['node 7 (:L {a: 1})', new Vertex(7, ['L'], PropertyMap.of([['a', 1]]))],
	['relationship 8 from 7 to 7 [:T]', new Edge(8, 'T', 7, 7, PropertyMap.empty)],
	['path of that node alone', new GraphPath([new Vertex(7, ['L'], PropertyMap.of([['a', 1]]))], [])],
];

const page = fileURLToPath(new URL('../../docs/formats/properties.md', import.meta.url));

test('the bytes are those of docs/formats/properties.md', () => {
	const text = readFileSync(page, 'utf8');
	for (const [name, value] of GOLDEN) {
		const hex = Buffer.from(bytesOf(value)).toString('hex').replace(/../g, '$& ').trim();
		assert.ok(text.includes(`| \`${name}\` | \`${hex}\` |`), `the page has no row | \`${name}\` | \`${hex}\` |`);
	}
});

test('property maps have an equality and an order in SQL', () => {
	const write = keyWriter(PROPERTIES, false, false, builtinTypes);
	const target = new GrowingKeyBuffer();
	write(PropertyMap.of([['a', 1]]), target);
	const other = new GrowingKeyBuffer();
	write(PropertyMap.of([['a', floatValue(1)]]), other);
	assert.deepEqual(target.copy(), other.copy());
});

test('rows hold dynamic values and properties, and give one property without the others', () => {
	const columns = [DYNAMIC, PROPERTIES, DYNAMIC].map((type) => ({ type, typmod: -1, addedIn: 0, dropped: false, missing: null }));
	const layout = new RowLayout(columns, 0, builtinTypes);
	const [encode, decode] = [rowEncoder(layout), rowDecoder(layout)];
	fc.assert(
		fc.property(arbitraryDynamic, fc.option(arbitraryProperties), arbitraryDynamic, (first, properties, last) => {
			const target = new GrowingKeyBuffer(4);
			encode([first, properties, last], target);
			const row = decode(target.bytes, 0, target.length) as [DynamicValue, PropertyMap | null, DynamicValue];
			assert.deepEqual([spelled(row[0]), spelled(row[2])], [spelled(first), spelled(last)]);
			assert.deepEqual(row[1] === null ? null : spelled(row[1].entries()), properties === null ? null : spelled(properties.entries()));
			for (const name of [...(properties?.keys() ?? []), 'absent']) {
				const key = new PropertyKey(name);
				const part = partGetter(layout, 1, { read: (bytes, start) => readMapValue(bytes, start, key), ofValue: (map) => (map as PropertyMap).find(key) });
				assert.deepEqual(spelled(part(target.bytes, 0, target.length) as DynamicValue), spelled(properties?.get(name) ?? null));
			}
		}),
	);
});
