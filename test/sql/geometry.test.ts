/** Geometric types, as PostgreSQL 15 reads, prints and computes them. */
import { type Step, testCases } from './stepped-statements.ts';

const SETUP: readonly Step[] = [
	['create table point_t(id int, v point)', null],
	[
		"insert into point_t values (1,'(0,0)'),(2,'(-10,0)'),(3,'(-3,4)'),(4,'(5.1,34.5)'),(5,'(-5,-12)'),(6,'(1e-300,-1e-300)'),(7,'(1e300,inf)'),(8,'(inf,1e300)'),(9,'(nan,nan)'),(10,'(10,10)'),(11,'(1,1)'),(12,'(0.5,0.5)')",
		null,
	],
	['create table lseg_t(id int, v lseg)', null],
	[
		"insert into lseg_t values (1,'[(1,2),(3,4)]'),(2,'(0,0),(6,6)'),(3,'10,-10 ,-3,-4'),(4,'[-1e6,2e2,3e5,-4e1]'),(5,'[(11,22),(33,44)]'),(6,'[(-10,2),(-10,3)]'),(7,'[(0,-20),(30,-20)]'),(8,'[(nan,1),(nan,90)]'),(9,'[(0,6),(6,0)]'),(10,'[(2,2),(2,2)]')",
		null,
	],
	['create table line_t(id int, v line)', null],
	[
		"insert into line_t values (1,'{0,-1,5}'),(2,'{1,0,5}'),(3,'{0,3,0}'),(4,'(0,0), (6,6)'),(5,'10,-10 ,-5,-4'),(6,'[(-1e6,2e2),(3e5,-4e1)]'),(7,'{3,nan,5}'),(8,'{nan,nan,nan}'),(9,'[(1,3),(2,3)]'),(10,'(3,1),(3,2)'),(11,'{-3,2,1}'),(12,'{-6,4,7}')",
		null,
	],
	['create table box_t(id int, v box)', null],
	[
		"insert into box_t values (1,'(2.0,2.0,0.0,0.0)'),(2,'(1.0,1.0,3.0,3.0)'),(3,'((-8,2),(-2,-10))'),(4,'(2.5,2.5,2.5,3.5)'),(5,'(3.0,3.0,3.0,3.0)'),(6,'(0,0,100,100)'),(7,'(1,1,1.5,1.5)')",
		null,
	],
	['create table path_t(id int, v path)', null],
	[
		"insert into path_t values (1,'[(1,2),(3,4)]'),(2,' ( ( 1 , 2 ) , ( 3 , 4 ) ) '),(3,'[ (0,0),(3,0),(4,5),(1,6) ]'),(4,'((1,2) ,(3,4 ))'),(5,'1,2 ,3,4 '),(6,' [1,2,3, 4] '),(7,'((10,20))'),(8,'[ 11,12,13,14 ]'),(9,'( 11,12,13,14) '),(10,'((0,0),(4,0),(4,4),(0,4))'),(11,'[(5,5)]')",
		null,
	],
	['create table polygon_t(id int, v polygon)', null],
	[
		"insert into polygon_t values (1,'(2.0,0.0),(2.0,4.0),(0.0,0.0)'),(2,'(3.0,1.0),(3.0,3.0),(1.0,0.0)'),(3,'(1,2),(3,4),(5,6),(7,8)'),(4,'(7,8),(5,6),(3,4),(1,2)'),(5,'(1,2),(7,8),(5,6),(3,-4)'),(6,'(0.0,0.0)'),(7,'(0.0,1.0),(0.0,1.0)'),(8,'(0,0),(10,0),(10,10),(0,10)'),(9,'(1,1),(2,1),(2,2),(1,2)'),(10,'((0,4),(6,4),(1,2),(6,0),(0,0))')",
		null,
	],
	['create table circle_t(id int, v circle)', null],
	[
		"insert into circle_t values (1,'<(5,1),3>'),(2,'((1,2),100)'),(3,' 1 , 3 , 5 '),(4,'( ( 1 , 2 ) , 3 ) '),(5,'<(100,200),10>'),(6,'<(3,5),0>'),(7,'<(3,5),NaN>'),(8,'<(0,0),1>')",
		null,
	],
];

const cases: Readonly<Record<string, readonly Step[]>> = {
	texts: [
		["select '(1,2'::point", '22P02'],
		["select '(1,2)x'::point", '22P02'],
		["select ' ( 1 , 2 ) '::point, '1,2'::point", ['(1,2)|(1,2)']],
		["select '(1e400,2)'::point", '22003'],
		["select '(-0,1e15)'::point, '(nan,inf)'::point", ['(-0,1e+15)|(NaN,Infinity)']],
		["select '[(1,2),(3,4)]'::lseg, '(1,2),(3,4)'::lseg, '1,2,3,4'::lseg, '[1,2,3,4]'::lseg", ['[(1,2),(3,4)]|[(1,2),(3,4)]|[(1,2),(3,4)]|[(1,2),(3,4)]']],
		["select '(3,4)'::lseg", '22P02'],
		["select '((1,2),(3,4))'::box, '(1,5),(3,4)'::box", ['(3,4),(1,2)|(3,5),(1,4)']],
		["select '[(1,2),(3,4)]'::box", '22P02'],
		["select '{1,2,3}'::line, '[(1,2),(3,4)]'::line, '1,2,3,2'::line", ['{1,2,3}|{1,-1,1}|{0,-1,2}']],
		["select '{0,0,1}'::line", '22P02'],
		["select '[(1,2),(1,2)]'::line", '22P02'],
		[
			"select '[(1,2),(3,4)]'::path, '1,2,3,4'::path, '(1,2)'::path, '((1,2))'::path, '[1,2]'::path, '(1,2,3,4)'::path",
			['[(1,2),(3,4)]|((1,2),(3,4))|((1,2))|((1,2))|[(1,2)]|((1,2),(3,4))'],
		],
		["select '[(1,2),(3,4)'::path", '22P02'],
		["select '1,2'::polygon, '(1,2,3,4)'::polygon", ['((1,2))|((1,2),(3,4))']],
		["select '1,2,3'::polygon", '22P02'],
		["select '<(1,2),3>'::circle, '((1,2),3)'::circle, '1,2,3'::circle", ['<(1,2),3>|<(1,2),3>|<(1,2),3>']],
		["select '<(1,2),-3>'::circle", '22P02'],
		[
			"select array[box '(1,2),(3,4)', null], '{(1,2),(3,4);(5,6),(7,8)}'::box[], '{\"(1,2)\",\"(3,4)\"}'::point[], row(point '(1,2)', 3)",
			['{(3,4),(1,2);NULL}|{(3,4),(1,2);(7,8),(5,6)}|{"(1,2)","(3,4)"}|("(1,2)",3)'],
		],
		["select point_send('(1,2)'), path_send('[(1,2)]')", ['\\x3ff00000000000004000000000000000|\\x00000000013ff00000000000004000000000000000']],
	],
	operators: [
		[
			"select string_agg(coalesce((a.v # b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			[
				'(2,2),(0,0) (2,2),(1,1) ~ ~ ~ (2,2),(1,1) (3,3),(1,1) ~ (2.5,3),(2.5,2.5) (3,3),(3,3) ~ ~ (-2,2),(-8,-10) ~ ~ ~ (2.5,3),(2.5,2.5) ~ (2.5,3.5),(2.5,2.5) ~ ~ (3,3),(3,3) ~ ~ (3,3),(3,3)',
			],
		],
		[
			"select string_agg(coalesce((a.v # b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~'],
		],
		[
			"select string_agg(coalesce((a.v # b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, line_t b where a.id < 6 and b.id < 6",
			[
				'~ (-5,5) ~ (5,5) (-27.5,5) (-5,5) ~ (-5,0) (-5,-5) (-5,-4) ~ (-5,0) ~ (0,0) (-14.999999999999998,0) (5,5) (-5,-5) (0,0) ~ (-4.285714285714286,-4.285714285714286) (-27.5,5) (-5,-4) (-14.999999999999998,0) (-4.285714285714286,-4.285714285714286) ~',
			],
		],
		[
			"select string_agg(coalesce((a.v ## b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, line_t b where a.id < 6 and b.id < 6",
			[
				'(0,5) (-5,0) (0,0) (0,0) (-2.0689655172413794,-5.172413793103448) (-10,5) (-5,0) (-10,0) (-5,-5) (-10.689655172413794,-1.724137931034484) (-3,5) (-5,4) (-3,0) (0.5,0.5) (-6.0344827586206895,-3.586206896551724) (5.1,5) (-5,34.5) (5.1,0) (19.8,19.8) (-9.568965517241379,-2.1724137931034484) (-5,5) (-5,-12) (-5,0) (-8.5,-8.5) (-2.241379310344828,-5.103448275862069)',
			],
		],
		[
			"select string_agg(coalesce((a.v ## b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'(1,2) (0,0) (-2.048780487804878,-4.439024390243902) (0.0028402365895872027,15.384614860264016) (11,22) (1,2) (0,0) (-3,-4) (-9.997159422582023,15.386461014047248) (11,22) (1,2) (0.5,0.5) (-3,-4) (-2.997898122675188,15.385168842730343) (11,22) (3,4) (6,6) (-3,-4) (5.096470832214958,15.383674497692516) (14.3,25.3) (1,2) (0,0) (-1.6048780487804872,-4.64390243902439) (-4.99494420845634,15.385537528161564) (11,22)',
			],
		],
		[
			"select string_agg(coalesce((a.v ## b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, box_t b where a.id < 6 and b.id < 6",
			[
				'(0,0) (1,1) (-2,0) (2.5,2.5) (3,3) (0,0) (1,1) (-8,0) (2.5,2.5) (3,3) (0,2) (1,3) (-3,2) (2.5,3.5) (3,3) (2,2) (3,3) (-2,2) (2.5,3.5) (3,3) (0,0) (1,1) (-5,-10) (2.5,2.5) (3,3)',
			],
		],
		[
			"select string_agg(coalesce((a.v ## b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, box_t b where a.id < 6 and b.id < 6",
			[
				'(1,2) (1.5,2.5) (-2,2) (2.25,3.25) (3,3) (1,1) (2,2) (-2,0) (2.75,2.75) (3,3) (0,0) (1,1) (-3,-4) (2.5,2.5) (3,3) (2,2) (3,3) (-2,2) (2.5,3.5) (3,3) (2,2) (3,3) (-2,2) (2.5,3.5) (3,3)',
			],
		],
		[
			"select string_agg(coalesce((a.v ## b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'(3,4) (5,5) (-3,-4) (56250.000000000015,5) (11,22) (1,2) (0,0) (-3,-4) (-5,15.385538461538463) (11,22) (1,2) (0,0) (-3,-4) (83333.33333333336,-1.7763568394002505e-15) (11,22) ~ ~ (-3,-4) (15.381775672183599,15.381775672183599) ~ (1,2) (0,0) (10,-10) (-53.48622441126674,15.394489764506698) (11,22)',
			],
		],
		[
			"select string_agg(coalesce((a.v ## b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'~ ~ (-1.9853658536585364,-4.468292682926829) (3.002101672827777,15.384061150460402) ~ ~ ~ (-2.048780487804878,-4.439024390243902) (6.001732339822614,15.383507372491112) ~ (1,2) (0,0) ~ (-2.9964211996486028,15.385168570067629) (11,22) (3,4) (6,6) (-3,-4) ~ (11,22) ~ ~ (-1.3512195121951223,-4.7609756097560965) (10.998778323355248,15.38258484092492) ~',
			],
		],
		[
			"select string_agg(coalesce((a.v && b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true true true true true true true false false true true false true true true true false true true true true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v && b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true false false false true true false true true false false true false false false true false true false false true false false true'],
		],
		[
			"select string_agg(coalesce((a.v && b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true true true false true true true true false true true true true false true true true true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v &< b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true true true true true false true true true true false false true true true false false true true true false false true true true'],
		],
		[
			"select string_agg(coalesce((a.v &< b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true false true true false true false false true true true true true true false true false true true false true false false true'],
		],
		[
			"select string_agg(coalesce((a.v &< b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true false false true false true false false true true true true false true true true true true true false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v &<| b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true true true true false true false true true true true true true true false false false true false false true false true true'],
		],
		[
			"select string_agg(coalesce((a.v &<| b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true false true true true true true true true true false false true true true false false true true true false false true true true'],
		],
		[
			"select string_agg(coalesce((a.v &<| b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true true true true false true false false true false true true false true false true true true true false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v &> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true false false false false true true true true true true true true true true true true true true true true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v &> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true false true false false true true true false false false false true false false true true true true false true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v &> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true true true false false true false false false false true true false false false true true true false true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v < b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false true false false false false true false false false false false false false true true true false false true true true false false'],
		],
		[
			"select string_agg(coalesce((a.v < b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			['false false true false false false false true false false false false false false false false false true false false false false true false false'],
		],
		[
			"select string_agg(coalesce((a.v < b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false true true false true false false false false false false true false false true false true true false true false true false false false'],
		],
		[
			"select string_agg(coalesce((a.v < b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['false true true true true false false true true true false false false true true false false false false false false false false true false'],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'0 10 5 34.874919354745465 13 10 0 8.06225774829855 37.65979288312669 13 5 8.06225774829855 0 31.55724956329369 16.1245154965971 34.874919354745465 37.65979288312669 31.55724956329369 0 47.58424108883108 13 13 16.1245154965971 47.58424108883108 0',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'0 10 3.6055512754639896 32.64751139060985 13 1.4142135623730951 11.045361017187261 4.123105625617661 31.569922394583113 14.317821063276352 2 2 2 33.26649966557949 2 3.5355339059327378 12.747548783981962 5.522680508593631 31.108841187032347 16.32482771731451 4.242640687119286 13.341664064126334 6.0827625302982185 31.569922394583113 17',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, line_t b where a.id < 6 and b.id < 6",
			[
				'5 5 0 0 5.570860145311557 5 5 0 7.0710678118654755 1.8569533817705202 1 2 4 4.949747468305833 8.170594879790281 29.5 10.1 34.5 20.788939366884495 39.49739843025893 17 0 12 4.949747468305833 7.4278135270820735',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'2.23606797749979 0 4.889012070387047 15.3846151224397 24.596747752497688 11.180339887498947 10 8.06225774829855 15.386461276254392 30.4138126514911 4.47213595499958 4.949747468305833 8 11.385169036749787 22.80350850198276 30.572209602840292 28.514206985290684 39.34285195559671 19.116325828076814 13.010764773832475 15.231546211727817 13 8.101791430927108 27.38553799485001 37.57658845611187',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, box_t b where a.id < 6 and b.id < 6",
			[
				'0 1.4142135623730951 2 3.5355339059327378 4.242640687119286 10 11.045361017187261 2 12.747548783981962 13.341664064126334 3.6055512754639896 4.123105625617661 2 5.522680508593631 6.0827625302982185 32.64751139060985 31.569922394583113 33.26649966557949 31.108841187032347 31.569922394583113 13 14.317821063276352 2 16.32482771731451 17',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, line_t b where a.id < 6 and b.id < 6",
			[
				'1 6 2 0.7071067811865476 7.7992042034361795 0 5 0 0 5.570860145311557 9 2 4 0.7071067811865476 0 0 0 0 0 0 17 16 22 7.778174593052023 30.082644784682405',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, box_t b where a.id < 6 and b.id < 6",
			[
				'0 0 3 0 0.7071067811865476 0 0 2 0 0 4.889012070387047 6.216029632349246 0 8.206555975292542 8.870064756273642 13.3842459257596 12.384061327419552 13.38498438728548 11.884153643630995 12.384061327419552 21.93171219946131 20.6155281280883 23.853720883753127 20.35927307150233 20.6155281280883',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, path_t b where a.id < 6 and b.id < 6",
			[
				'2.23606797749979 2.23606797749979 0 2.23606797749979 2.23606797749979 11.180339887498947 11.180339887498947 10 11.180339887498947 11.180339887498947 4.47213595499958 4.47213595499958 4.47213595499958 4.47213595499958 4.47213595499958 30.572209602840292 30.572209602840292 28.79340202199108 30.572209602840292 30.572209602840292 15.231546211727817 15.231546211727817 13 15.231546211727817 15.231546211727817',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			[
				'0 1.4142135623730951 7.810249675906656 2.5 2.8284271247461903 1.4142135623730951 0 9.219544457292887 1.118033988749895 1.4142135623730951 7.810249675906656 9.219544457292887 0 10.259142264341596 10.63014581273465 2.5 1.118033988749895 10.259142264341596 0 0.5 2.8284271247461903 1.4142135623730951 10.63014581273465 0.5 0',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			[
				'0 0 0.784464540552736 0 0 0 0 0.784464540552736 0 0 0.784464540552736 0.784464540552736 0 0.784464540552736 0.784464540552736 0 0 0.784464540552736 0 0 0 0 0.784464540552736 0 0',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, line_t b where a.id < 6 and b.id < 6",
			['0 0 5 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0'],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'0 0.7071067811865476 7.123989016849697 11.38406134446097 19.697715603592208 0.7071067811865476 0 4.889012070387047 9.383507532399403 16.76305461424021 7.123989016849697 4.889012070387047 0 19.385168900418428 29.4737584814762 11.38406134446097 9.383507532399403 19.385168900418428 0 6.617415271845231 19.697715603592208 16.76305461424021 29.4737584814762 6.617415271845231 0',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['0 0 0 0 0 0 0 0.7071067811865476 0.7071067811865476 0 0 0.7071067811865476 0 0 0 0 0.7071067811865476 0 0 0 0 0 0 0 0'],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'5 5 1 29.5 17 5 5 2 10.1 0 0 0 4 34.5 12 0 7.0710678118654755 4.949747468305833 20.788939366884495 4.949747468305833 5.570860145311557 1.8569533817705202 8.170594879790281 39.49739843025893 7.4278135270820735',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'2.23606797749979 11.180339887498947 4.47213595499958 30.572209602840292 15.231546211727817 0 10 4.949747468305833 28.514206985290684 13 4.889012070387047 8.06225774829855 8 39.34285195559671 8.101791430927108 15.3846151224397 15.386461276254392 11.385169036749787 19.116325828076814 27.38553799485001 24.596747752497688 30.4138126514911 22.80350850198276 13.010764773832475 37.57658845611187',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'1 0 9 0 17 6 5 2 0 16 2 0 4 0 22 0.7071067811865476 0 0.7071067811865476 0 7.778174593052023 7.7992042034361795 5.570860145311557 0 0 30.082644784682405',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, lseg_t b where a.id < 6 and b.id < 6",
			[
				'0 0 4.889012070387047 13.3842459257596 21.93171219946131 0 0 6.216029632349246 12.384061327419552 20.6155281280883 3 2 0 13.38498438728548 23.853720883753127 0 0 8.206555975292542 11.884153643630995 20.35927307150233 0.7071067811865476 0 8.870064756273642 12.384061327419552 20.6155281280883',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'2.23606797749979 11.180339887498947 4.47213595499958 30.572209602840292 15.231546211727817 2.23606797749979 11.180339887498947 4.47213595499958 30.572209602840292 15.231546211727817 0 10 4.47213595499958 28.79340202199108 13 2.23606797749979 11.180339887498947 4.47213595499958 30.572209602840292 15.231546211727817 2.23606797749979 11.180339887498947 4.47213595499958 30.572209602840292 15.231546211727817',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, circle_t b where a.id < 6 and b.id < 6",
			[
				'0 0 0 0 209.1346617949794 0 0 0 0 209.58597405116748 0.5355339059327378 0 0 0 203.33776037073233 0.5355339059327378 0 0 0 203.33776037073233 0 0 0 0 203.33776037073233',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			[
				'0 0 0 0 207.51303816327962 0 0 0 0 111.3707297724792 0 0 0 0 205.47675614449702 0 0 0 0 208.3707297724792 207.51303816327962 111.3707297724792 205.47675614449702 208.3707297724792 0',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, circle_t b where a.id < 6 and b.id < 6",
			[
				'2.0990195135927854 0 0 0 213.60679774997897 12.03329637837291 0 6.401754250991379 8.180339887498947 218.25424421026653 5.54400374531753 0 0 1.4721359549995796 211.41589825484527 30.500149253398853 0 26.76570477732235 29.75759453928203 180.7780385683845 13.401219466856723 0 11.155494421403514 12.231546211727817 226.57768280207665',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, polygon_t b where a.id < 6 and b.id < 6",
			[
				'0 0 0.5355339059327378 0.5355339059327378 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 209.1346617949794 209.58597405116748 203.33776037073233 203.33776037073233 203.33776037073233',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, polygon_t b where a.id < 6 and b.id < 6",
			[
				'0 1 2.23606797749979 2.23606797749979 1.5811388300841898 10 11 11.180339887498947 11.180339887498947 11.180339887498947 4.47213595499958 5.547001962252291 4.47213595499958 4.47213595499958 4.47213595499958 30.657136200238924 31.569922394583113 26.568025895801892 26.568025895801892 26.568025895801892 13 13.416407864998739 15.231546211727817 15.231546211727817 11.313708498984761',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'0 10 4.47213595499958 30.657136200238924 13 1 11 5.547001962252291 31.569922394583113 13.416407864998739 2.23606797749979 11.180339887498947 4.47213595499958 26.568025895801892 15.231546211727817 2.23606797749979 11.180339887498947 4.47213595499958 26.568025895801892 15.231546211727817 1.5811388300841898 11.180339887498947 4.47213595499958 26.568025895801892 11.313708498984761',
			],
		],
		[
			"select string_agg(coalesce((a.v <-> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, point_t b where a.id < 6 and b.id < 6",
			[
				'2.0990195135927854 12.03329637837291 5.54400374531753 30.500149253398853 13.401219466856723 0 0 0 0 0 0 6.401754250991379 0 26.76570477732235 11.155494421403514 0 8.180339887498947 1.4721359549995796 29.75759453928203 12.231546211727817 213.60679774997897 218.25424421026653 211.41589825484527 180.7780385683845 226.57768280207665',
			],
		],
		[
			"select string_agg(coalesce((a.v << b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v << b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false true true false false false false false true true false true true false false false false true false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v << b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false false false true false true false true true true true false false true false false false false false false true false true true false'],
		],
		[
			"select string_agg(coalesce((a.v << b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false false false false true false false false false false false false false false true false false false false true false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <<| b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false false false false true false false false false true false false false false true false false false false true false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <<| b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false true true false false false false false false false false true true false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <<| b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <<| b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false false true true false false false true true false false false false true false false false false false false true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v <= b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true true false false true true true false false false false true false false true true true true true true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v <= b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			['true true true true true true true true true true false false true false false true true true true true true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v <= b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true true true true false true false false false false true true false true true true true true true false true false false true'],
		],
		[
			"select string_agg(coalesce((a.v <= b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['true true true true true false true true true true false false true true true false false false true false false false false true true'],
		],
		[
			"select string_agg(coalesce((a.v <> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false true true true true true false true true true true true false true true true true true false true true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v <> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false true true false true true false true true true true true false true true false true true false true true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v <> b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['false true true true true true false true true true true true false true true true true true false true true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true true true false false true true true false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false true false false true'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, box_t b where a.id < 6 and b.id < 6",
			['true false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, path_t b where a.id < 6 and b.id < 6",
			['false false true false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, circle_t b where a.id < 6 and b.id < 6",
			['false true true true false false true false false false false true true false false false true false false false false true false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true false false false false true false false false false true true false false false true true true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, line_t b where a.id < 6 and b.id < 6",
			['false false true true false false false true false false false false false false false false false false false false false true false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, lseg_t b where a.id < 6 and b.id < 6",
			['false true false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, line_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false true false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <@ b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v <^ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false false true true false false false true true false false false false true false false false false false false true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v <^ b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false true true false false false false true false false false true true false false false false false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v = b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true false false false true true false false false false false true false false false false false true true false false false true true'],
		],
		[
			"select string_agg(coalesce((a.v = b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			['true true false true true true true false true true false false true false false true true false true true true true false true true'],
		],
		[
			"select string_agg(coalesce((a.v = b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true false false true false false true false false false false false true false false true false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v = b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v = b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, line_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v > b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false true true false false false true true true true false true true false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v > b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false true true false true true false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v > b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false false false false false true false true true true true false false true false false false false false false true false true true false'],
		],
		[
			"select string_agg(coalesce((a.v > b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['false false false false false true false false false false true true false false false true true true false true true true true false false'],
		],
		[
			"select string_agg(coalesce((a.v >= b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true false true true true true false true true true true true true true false false false true true false false false true true'],
		],
		[
			"select string_agg(coalesce((a.v >= b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			['true true false true true true true false true true true true true true true true true false true true true true false true true'],
		],
		[
			"select string_agg(coalesce((a.v >= b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true false false true false true true true true true true false true true false true false false true false true false true true true'],
		],
		[
			"select string_agg(coalesce((a.v >= b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['true false false false false true true false false false true true true false false true true true true true true true true false true'],
		],
		[
			"select string_agg(coalesce((a.v >> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v >> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false true false false false false true false false false false false false false true false true false false true false true true false'],
		],
		[
			"select string_agg(coalesce((a.v >> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false true true false true false false false false false false true false false true true true true false true false true false false false'],
		],
		[
			"select string_agg(coalesce((a.v >> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false true false true true false'],
		],
		[
			"select string_agg(coalesce((a.v >^ b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false false false false true false false false false true true true false false true true true true false true false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v >^ b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false true false true false false true true true false true'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, path_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false true false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true true false false false true true false true true false false true false false false true false true false false true false false true'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, line_t b where a.id < 6 and b.id < 6",
			['false false false false false true false true false false false false false false true true true true true true false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, box_t b where a.id < 6 and b.id < 6",
			['true true false true false true true false true true false false true false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false false false false false true false false true false true false false true true true true true false false true false false'],
		],
		[
			"select string_agg(coalesce((a.v ?# b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, line_t b where a.id < 6 and b.id < 6",
			['false true false true true true false true true true false true false true true true true true false true true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v ?- b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['true true false false false true true false false false false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v ?-| b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ?-| b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, line_t b where a.id < 6 and b.id < 6",
			['false true false false false true false true false false false true false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ?| b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v ?|| b.v)::text, '~'), ' ' order by a.id, b.id) from lseg_t a, lseg_t b where a.id < 6 and b.id < 6",
			['true true false false true true true false false true false false true false false false false false true false true true false false true'],
		],
		[
			"select string_agg(coalesce((a.v ?|| b.v)::text, '~'), ' ' order by a.id, b.id) from line_t a, line_t b where a.id < 6 and b.id < 6",
			['true false true false false false true false false false true false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, point_t b where a.id < 6 and b.id < 6",
			['true false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true true false false false true true false false false true true true'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false true false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from path_t a, point_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false true false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, point_t b where a.id < 6 and b.id < 6",
			['true false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, point_t b where a.id < 6 and b.id < 6",
			['false false false false false true true true true true true false true false false true false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v @> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true false false false false true true true true false false false true true false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v |&> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true false true false false true true true false false false false true false false true true true true false true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v |&> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true true false false true true true false false true true true true true true true true true true true false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v |&> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true true true false false false true false false false true true true false false true true true true false true true true true true'],
		],
		[
			"select string_agg(coalesce((a.v |>> b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false true true true true false'],
		],
		[
			"select string_agg(coalesce((a.v |>> b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false true false true false false true false true false false'],
		],
		[
			"select string_agg(coalesce((a.v |>> b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['false false false false false false false false false false false false false false false false false false false false false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v |>> b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['false false false false true false false false false true true true false false true true true true false true false false false false false'],
		],
		[
			"select string_agg(coalesce((a.v ~= b.v)::text, '~'), ' ' order by a.id, b.id) from polygon_t a, polygon_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true true false false false true true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v ~= b.v)::text, '~'), ' ' order by a.id, b.id) from box_t a, box_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v ~= b.v)::text, '~'), ' ' order by a.id, b.id) from point_t a, point_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false false false false true'],
		],
		[
			"select string_agg(coalesce((a.v ~= b.v)::text, '~'), ' ' order by a.id, b.id) from circle_t a, circle_t b where a.id < 6 and b.id < 6",
			['true false false false false false true false false false false false true false false false false false true false false false false false true'],
		],
	],
	'functions, casts and columns': [
		['select v[0], v[1], v[2] from point_t where id = 3', ['-3|4|∅']],
		["select (box '(1,2),(3,4)')[0], (lseg '[(1,2),(3,4)]')[1], (line '{1,2,3}')[2]", ['(3,4)|(3,4)|3']],
		[
			'select area(v), center(v), width(v), height(v), diagonal(v), v::circle, v::polygon, @@ v from box_t where id = 3',
			['72|(-5,-4)|6|12|[(-2,2),(-8,-10)]|<(-5,-4),6.708203932499369>|((-8,-10),(-8,2),(-2,2),(-2,-10))|(-5,-4)'],
		],
		[
			"select area(v), npoints(v), isopen(v), length(v), pclose(v), v + point '(1,2)', v * point '(2,0)' from path_t where id in (2, 3) order by id",
			[
				'0|2|f|5.656854249492381|((1,2),(3,4))|((2,4),(4,6))|((2,4),(6,8))',
				'∅|4|t|11.261297173761166|((0,0),(3,0),(4,5),(1,6))|[(1,2),(4,2),(5,7),(2,8)]|[(0,0),(6,0),(8,10),(2,12)]',
			],
		],
		[
			'select npoints(v), v::box, v::circle, v::path, # v from polygon_t where id = 1',
			['3|(2,4),(0,0)|<(1.3333333333333333,1.3333333333333333),2.0416890506363647>|((2,0),(2,4),(0,0))|3'],
		],
		[
			"select area(v), diameter(v), radius(v), v::box, v * point '(0,2)' from circle_t where id = 1",
			['28.274333882308138|6|3|(7.121320343559642,3.1213203435596424),(2.8786796564403576,-1.1213203435596424)|<(-2,10),6>'],
		],
		["select polygon(1, circle '<(1,2),3>')", '22023'],
		["select polygon(4, circle '<(1,2),0>')", '0A000'],
		["select '[(1,2),(3,4)]'::path::polygon", '22023'],
		["select point '(1,2)' / point '(0,0)'", '22012'],
		["select point '(1e300,1)' * point '(1e300,1)'", '22003'],
		[
			"select slope(point '(1,2)', point '(3,5)'), line(point '(1,2)', point '(3,5)'), isparallel(lseg '[(0,0),(1,1)]', lseg '[(2,2),(3,3)]')",
			['1.5|{1.5,-1,0.5}|t'],
		],
		['select distinct v from point_t', '42883'],
		['select v from point_t order by v', '42883'],
		['select v from box_t group by v', '42883'],
		['create index on point_t (v)', '42704'],
		['create table k (p point primary key)', '42704'],
		["select point '(1,2)' = point '(1,2)'", '42883'],
		["create table c (c circle default '<(1,2),3>', p polygon[])", null],
		["insert into c values (default, array[polygon '(1,2),(3,4)'])", null],
		["update c set c = c + point '(1,1)' returning *", ['<(2,3),3>|{"((1,2),(3,4))"}']],
		["select id from point_t where id < 6 order by v <-> '(1,1)', id limit 3", ['1', '3', '2']],
		['create unique index on box_t (id) include (v)', null],
		[
			"select typname, typlen, typcategory, typdelim, typinput from pg_type where typname in ('point', 'box', '_box') order by 1",
			['_box|-1|A|;|array_in', 'box|32|G|;|box_in', 'point|16|G|,|point_in'],
		],
	],
};

testCases('geometry:', SETUP, cases);
