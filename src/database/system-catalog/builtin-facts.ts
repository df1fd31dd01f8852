/**
 * What pg_type, pg_proc, pg_opclass and pg_opfamily say about the built-in types beyond `value/builtin-types.ts`: generated from
 * PostgreSQL 15, as facts. Drivers look functions up by these names (a type is an array when its input function is array_in).
 */

/** Per line: type, typtype, typbyval, typalign, typstorage, typcollation, functions for input, output, receive, send, typmod in, typmod out. */
export const typeFacts = `
bool b t c p 0 boolin boolout boolrecv boolsend - -
bytea b f i x 0 byteain byteaout bytearecv byteasend - -
char b t c p 0 charin charout charrecv charsend - -
name b f c p 950 namein nameout namerecv namesend - -
int8 b t d p 0 int8in int8out int8recv int8send - -
int2 b t s p 0 int2in int2out int2recv int2send - -
int2vector b f i p 0 int2vectorin int2vectorout int2vectorrecv int2vectorsend - -
int4 b t i p 0 int4in int4out int4recv int4send - -
regproc b t i p 0 regprocin regprocout regprocrecv regprocsend - -
text b f i x 100 textin textout textrecv textsend - -
oid b t i p 0 oidin oidout oidrecv oidsend - -
tid b f s p 0 tidin tidout tidrecv tidsend - -
xid b t i p 0 xidin xidout xidrecv xidsend - -
cid b t i p 0 cidin cidout cidrecv cidsend - -
oidvector b f i p 0 oidvectorin oidvectorout oidvectorrecv oidvectorsend - -
json b f i x 0 json_in json_out json_recv json_send - -
xml b f i x 0 xml_in xml_out xml_recv xml_send - -
pg_node_tree b f i x 100 pg_node_tree_in pg_node_tree_out pg_node_tree_recv pg_node_tree_send - -
point b f d p 0 point_in point_out point_recv point_send - -
lseg b f d p 0 lseg_in lseg_out lseg_recv lseg_send - -
path b f d x 0 path_in path_out path_recv path_send - -
box b f d p 0 box_in box_out box_recv box_send - -
polygon b f d x 0 poly_in poly_out poly_recv poly_send - -
line b f d p 0 line_in line_out line_recv line_send - -
circle b f d p 0 circle_in circle_out circle_recv circle_send - -
cidr b f i m 0 cidr_in cidr_out cidr_recv cidr_send - -
float4 b t i p 0 float4in float4out float4recv float4send - -
float8 b t d p 0 float8in float8out float8recv float8send - -
unknown p f c p 0 unknownin unknownout unknownrecv unknownsend - -
money b t d p 0 cash_in cash_out cash_recv cash_send - -
inet b f i m 0 inet_in inet_out inet_recv inet_send - -
_int2vector b f i x 0 array_in array_out array_recv array_send - -
_oidvector b f i x 0 array_in array_out array_recv array_send - -
bpchar b f i x 100 bpcharin bpcharout bpcharrecv bpcharsend bpchartypmodin bpchartypmodout
varchar b f i x 100 varcharin varcharout varcharrecv varcharsend varchartypmodin varchartypmodout
date b t i p 0 date_in date_out date_recv date_send - -
time b t d p 0 time_in time_out time_recv time_send timetypmodin timetypmodout
timestamp b t d p 0 timestamp_in timestamp_out timestamp_recv timestamp_send timestamptypmodin timestamptypmodout
timestamptz b t d p 0 timestamptz_in timestamptz_out timestamptz_recv timestamptz_send timestamptztypmodin timestamptztypmodout
interval b f d p 0 interval_in interval_out interval_recv interval_send intervaltypmodin intervaltypmodout
timetz b f d p 0 timetz_in timetz_out timetz_recv timetz_send timetztypmodin timetztypmodout
bit b f i x 0 bit_in bit_out bit_recv bit_send bittypmodin bittypmodout
varbit b f i x 0 varbit_in varbit_out varbit_recv varbit_send varbittypmodin varbittypmodout
numeric b f i m 0 numeric_in numeric_out numeric_recv numeric_send numerictypmodin numerictypmodout
regprocedure b t i p 0 regprocedurein regprocedureout regprocedurerecv regproceduresend - -
regoper b t i p 0 regoperin regoperout regoperrecv regopersend - -
regoperator b t i p 0 regoperatorin regoperatorout regoperatorrecv regoperatorsend - -
regclass b t i p 0 regclassin regclassout regclassrecv regclasssend - -
regtype b t i p 0 regtypein regtypeout regtyperecv regtypesend - -
record p f d x 0 record_in record_out record_recv record_send - -
cstring p f c p 0 cstring_in cstring_out cstring_recv cstring_send - -
any p t i p 0 any_in any_out - - - -
anyarray p f d x 0 anyarray_in anyarray_out anyarray_recv anyarray_send - -
void p t i p 0 void_in void_out void_recv void_send - -
trigger p t i p 0 trigger_in trigger_out - - - -
internal p t d p 0 internal_in internal_out - - - -
anyelement p t i p 0 anyelement_in anyelement_out - - - -
_record p f d x 0 array_in array_out array_recv array_send - -
anynonarray p t i p 0 anynonarray_in anynonarray_out - - - -
uuid b f c p 0 uuid_in uuid_out uuid_recv uuid_send - -
anyenum p t i p 0 anyenum_in anyenum_out - - - -
jsonb b f i x 0 jsonb_in jsonb_out jsonb_recv jsonb_send - -
anyrange p f d x 0 anyrange_in anyrange_out - - - -
anymultirange p f d x 0 anymultirange_in anymultirange_out - - - -
anycompatiblemultirange p f d x 0 anycompatiblemultirange_in anycompatiblemultirange_out - - - -
regnamespace b t i p 0 regnamespacein regnamespaceout regnamespacerecv regnamespacesend - -
regrole b t i p 0 regrolein regroleout regrolerecv regrolesend - -
regcollation b t i p 0 regcollationin regcollationout regcollationrecv regcollationsend - -
xid8 b t d p 0 xid8in xid8out xid8recv xid8send - -
anycompatible p t i p 0 anycompatible_in anycompatible_out - - - -
anycompatiblearray p f d x 0 anycompatiblearray_in anycompatiblearray_out anycompatiblearray_recv anycompatiblearray_send - -
anycompatiblenonarray p t i p 0 anycompatiblenonarray_in anycompatiblenonarray_out - - - -
anycompatiblerange p f d x 0 anycompatiblerange_in anycompatiblerange_out - - - -
`;

/** Per line: oid, name, argument types, result type, volatility: the functions that `typeFacts` names. */
export const typeFunctionFacts = `
3834 range_in cstring,oid,int4 anyrange s
3835 range_out anyrange cstring s
3836 range_recv internal,oid,int4 anyrange s
3837 range_send anyrange bytea s
4226 anycompatiblemultirange_in cstring,oid,int4 anycompatiblemultirange s
4227 anycompatiblemultirange_out anycompatiblemultirange cstring s
4229 anymultirange_in cstring,oid,int4 anymultirange s
4230 anymultirange_out anymultirange cstring s
4231 multirange_in cstring,oid,int4 anymultirange s
4232 multirange_out anymultirange cstring s
4233 multirange_recv internal,oid,int4 anymultirange s
4234 multirange_send anymultirange bytea s
117 point_in cstring point i
118 point_out point cstring i
119 lseg_in cstring lseg i
120 lseg_out lseg cstring i
121 path_in cstring path i
122 path_out path cstring i
123 box_in cstring box i
124 box_out box cstring i
347 poly_in cstring polygon i
348 poly_out polygon cstring i
1450 circle_in cstring circle i
1451 circle_out circle cstring i
1490 line_in cstring line i
1491 line_out line cstring i
2428 point_recv internal point i
2429 point_send point bytea i
2480 lseg_recv internal lseg i
2481 lseg_send lseg bytea i
2482 path_recv internal path i
2483 path_send path bytea i
2484 box_recv internal box i
2485 box_send box bytea i
2486 poly_recv internal polygon i
2487 poly_send polygon bytea i
2488 line_recv internal line i
2489 line_send line bytea i
2490 circle_recv internal circle i
2491 circle_send circle bytea i
31 byteaout bytea cstring i
33 charout char cstring i
34 namein cstring name i
35 nameout name cstring i
38 int2in cstring int2 i
39 int2out int2 cstring i
40 int2vectorin cstring int2vector i
41 int2vectorout int2vector cstring i
42 int4in cstring int4 i
43 int4out int4 cstring i
44 regprocin cstring regproc s
45 regprocout regproc cstring s
46 textin cstring text i
47 textout text cstring i
48 tidin cstring tid i
49 tidout tid cstring i
50 xidin cstring xid i
51 xidout xid cstring i
52 cidin cstring cid i
53 cidout cid cstring i
54 oidvectorin cstring oidvector i
55 oidvectorout oidvector cstring i
109 unknownin cstring unknown i
110 unknownout unknown cstring i
195 pg_node_tree_in cstring pg_node_tree i
196 pg_node_tree_out pg_node_tree cstring i
197 pg_node_tree_recv internal pg_node_tree s
198 pg_node_tree_send pg_node_tree bytea s
200 float4in cstring float4 i
201 float4out float4 cstring i
214 float8in cstring float8 i
215 float8out float8 cstring i
321 json_in cstring json i
322 json_out json cstring i
323 json_recv internal json i
324 json_send json bytea i
460 int8in cstring int8 i
461 int8out int8 cstring i
750 array_in cstring,oid,int4 anyarray s
751 array_out anyarray cstring s
886 cash_in cstring money s
887 cash_out money cstring s
910 inet_in cstring inet i
911 inet_out inet cstring i
1044 bpcharin cstring,oid,int4 bpchar i
1045 bpcharout bpchar cstring i
1046 varcharin cstring,oid,int4 varchar i
1047 varcharout varchar cstring i
1084 date_in cstring date s
1085 date_out date cstring s
1143 time_in cstring,oid,int4 time s
1144 time_out time cstring i
1150 timestamptz_in cstring,oid,int4 timestamptz s
1151 timestamptz_out timestamptz cstring s
1160 interval_in cstring,oid,int4 interval s
1161 interval_out interval cstring s
1242 boolin cstring bool i
1243 boolout bool cstring i
1244 byteain cstring bytea i
1245 charin cstring char i
1267 cidr_in cstring cidr i
1312 timestamp_in cstring,oid,int4 timestamp s
1313 timestamp_out timestamp cstring s
1350 timetz_in cstring,oid,int4 timetz s
1351 timetz_out timetz cstring i
1427 cidr_out cidr cstring i
1564 bit_in cstring,oid,int4 bit i
1565 bit_out bit cstring i
1579 varbit_in cstring,oid,int4 varbit i
1580 varbit_out varbit cstring i
1701 numeric_in cstring,oid,int4 numeric i
1702 numeric_out numeric cstring i
1798 oidin cstring oid i
1799 oidout oid cstring i
2212 regprocedurein cstring regprocedure s
2213 regprocedureout regprocedure cstring s
2214 regoperin cstring regoper s
2215 regoperout regoper cstring s
2216 regoperatorin cstring regoperator s
2217 regoperatorout regoperator cstring s
2218 regclassin cstring regclass s
2219 regclassout regclass cstring s
2220 regtypein cstring regtype s
2221 regtypeout regtype cstring s
2290 record_in cstring,oid,int4 record s
2291 record_out record cstring s
2292 cstring_in cstring cstring i
2293 cstring_out cstring cstring i
2294 any_in cstring any i
2295 any_out any cstring i
2296 anyarray_in cstring anyarray i
2297 anyarray_out anyarray cstring s
2298 void_in cstring void i
2299 void_out void cstring i
2300 trigger_in cstring trigger i
2301 trigger_out trigger cstring i
2304 internal_in cstring internal i
2305 internal_out internal cstring i
2312 anyelement_in cstring anyelement i
2313 anyelement_out anyelement cstring i
2400 array_recv internal,oid,int4 anyarray s
2401 array_send anyarray bytea s
2402 record_recv internal,oid,int4 record s
2403 record_send record bytea s
2404 int2recv internal int2 i
2405 int2send int2 bytea i
2406 int4recv internal int4 i
2407 int4send int4 bytea i
2408 int8recv internal int8 i
2409 int8send int8 bytea i
2410 int2vectorrecv internal int2vector i
2411 int2vectorsend int2vector bytea i
2412 bytearecv internal bytea i
2413 byteasend bytea bytea i
2414 textrecv internal text s
2415 textsend text bytea s
2416 unknownrecv internal unknown i
2417 unknownsend unknown bytea i
2418 oidrecv internal oid i
2419 oidsend oid bytea i
2420 oidvectorrecv internal oidvector i
2421 oidvectorsend oidvector bytea i
2422 namerecv internal name s
2423 namesend name bytea s
2424 float4recv internal float4 i
2425 float4send float4 bytea i
2426 float8recv internal float8 i
2427 float8send float8 bytea i
2430 bpcharrecv internal,oid,int4 bpchar s
2431 bpcharsend bpchar bytea s
2432 varcharrecv internal,oid,int4 varchar s
2433 varcharsend varchar bytea s
2434 charrecv internal char i
2435 charsend char bytea i
2436 boolrecv internal bool i
2437 boolsend bool bytea i
2438 tidrecv internal tid i
2439 tidsend tid bytea i
2440 xidrecv internal xid i
2441 xidsend xid bytea i
2442 cidrecv internal cid i
2443 cidsend cid bytea i
2444 regprocrecv internal regproc i
2445 regprocsend regproc bytea i
2446 regprocedurerecv internal regprocedure i
2447 regproceduresend regprocedure bytea i
2448 regoperrecv internal regoper i
2449 regopersend regoper bytea i
2450 regoperatorrecv internal regoperator i
2451 regoperatorsend regoperator bytea i
2452 regclassrecv internal regclass i
2453 regclasssend regclass bytea i
2454 regtyperecv internal regtype i
2455 regtypesend regtype bytea i
2456 bit_recv internal,oid,int4 bit i
2457 bit_send bit bytea i
2458 varbit_recv internal,oid,int4 varbit i
2459 varbit_send varbit bytea i
2460 numeric_recv internal,oid,int4 numeric i
2461 numeric_send numeric bytea i
2468 date_recv internal date i
2469 date_send date bytea i
2470 time_recv internal,oid,int4 time i
2471 time_send time bytea i
2472 timetz_recv internal,oid,int4 timetz i
2473 timetz_send timetz bytea i
2474 timestamp_recv internal,oid,int4 timestamp i
2475 timestamp_send timestamp bytea i
2476 timestamptz_recv internal,oid,int4 timestamptz i
2477 timestamptz_send timestamptz bytea i
2478 interval_recv internal,oid,int4 interval i
2479 interval_send interval bytea i
2492 cash_recv internal money i
2493 cash_send money bytea i
2496 inet_recv internal inet i
2497 inet_send inet bytea i
2498 cidr_recv internal cidr i
2499 cidr_send cidr bytea i
2500 cstring_recv internal cstring s
2501 cstring_send cstring bytea s
2502 anyarray_recv internal anyarray s
2503 anyarray_send anyarray bytea s
2597 domain_in cstring,oid,int4 any s
2598 domain_recv internal,oid,int4 any s
2777 anynonarray_in cstring anynonarray i
2778 anynonarray_out anynonarray cstring i
2893 xml_in cstring xml s
2894 xml_out xml cstring i
2898 xml_recv internal xml s
2899 xml_send xml bytea s
2902 varbittypmodin _cstring int4 i
2903 intervaltypmodin _cstring int4 i
2904 intervaltypmodout int4 cstring i
2905 timestamptypmodin _cstring int4 i
2906 timestamptypmodout int4 cstring i
2907 timestamptztypmodin _cstring int4 i
2908 timestamptztypmodout int4 cstring i
2909 timetypmodin _cstring int4 i
2910 timetypmodout int4 cstring i
2911 timetztypmodin _cstring int4 i
2912 timetztypmodout int4 cstring i
2913 bpchartypmodin _cstring int4 i
2914 bpchartypmodout int4 cstring i
2915 varchartypmodin _cstring int4 i
2916 varchartypmodout int4 cstring i
2917 numerictypmodin _cstring int4 i
2918 numerictypmodout int4 cstring i
2919 bittypmodin _cstring int4 i
2920 bittypmodout int4 cstring i
2921 varbittypmodout int4 cstring i
2952 uuid_in cstring uuid i
2953 uuid_out uuid cstring i
2961 uuid_recv internal uuid i
2962 uuid_send uuid bytea i
3120 void_recv internal void i
3121 void_send void bytea i
3504 anyenum_in cstring anyenum i
3505 anyenum_out anyenum cstring s
3532 enum_recv internal,oid anyenum s
3533 enum_send anyenum bytea s
3803 jsonb_send jsonb bytea i
3804 jsonb_out jsonb cstring i
3805 jsonb_recv internal jsonb i
3806 jsonb_in cstring jsonb i
3832 anyrange_in cstring,oid,int4 anyrange s
3833 anyrange_out anyrange cstring s
4084 regnamespacein cstring regnamespace s
4085 regnamespaceout regnamespace cstring s
4087 regnamespacerecv internal regnamespace i
4088 regnamespacesend regnamespace bytea i
4092 regroleout regrole cstring s
4094 regrolerecv internal regrole i
4095 regrolesend regrole bytea i
4098 regrolein cstring regrole s
4193 regcollationin cstring regcollation s
4194 regcollationout regcollation cstring s
4196 regcollationrecv internal regcollation i
4197 regcollationsend regcollation bytea i
5070 xid8in cstring xid8 i
5081 xid8out xid8 cstring i
5082 xid8recv internal xid8 i
5083 xid8send xid8 bytea i
5086 anycompatible_in cstring anycompatible i
5087 anycompatible_out anycompatible cstring i
5088 anycompatiblearray_in cstring anycompatiblearray i
5089 anycompatiblearray_out anycompatiblearray cstring s
5090 anycompatiblearray_recv internal anycompatiblearray s
5091 anycompatiblearray_send anycompatiblearray bytea s
5092 anycompatiblenonarray_in cstring anycompatiblenonarray i
5093 anycompatiblenonarray_out anycompatiblenonarray cstring i
5094 anycompatiblerange_in cstring,oid,int4 anycompatiblerange s
5095 anycompatiblerange_out anycompatiblerange cstring s
6098 jsonb_subscript_handler internal internal i
6179 array_subscript_handler internal internal i
6180 raw_array_subscript_handler internal internal i
`;

/** Per line: oid, name, family, type: the default B-tree operator classes. */
export const operatorClassFacts = `
1978 int4_ops 1976 23
1979 int2_ops 1976 21
1981 oid_ops 1989 26
3122 date_ops 434 1082
3123 float8_ops 1970 701
3124 int8_ops 1976 20
3125 numeric_ops 1988 1700
3126 text_ops 1994 25
3127 timestamptz_ops 434 1184
3128 timestamp_ops 434 1114
10000 array_ops 397 2277
10002 bit_ops 423 1560
10003 bool_ops 424 16
10004 bpchar_ops 426 1042
10006 bytea_ops 428 17
10007 char_ops 429 18
10012 float4_ops 1970 700
10015 inet_ops 1974 869
10022 interval_ops 1982 1186
10028 name_ops 1994 19
10032 oidvector_ops 1991 30
10034 record_ops 2994 2249
10038 time_ops 1996 1083
10041 timetz_ops 2000 1266
10043 varbit_ops 2002 1562
10047 money_ops 2099 790
10050 tid_ops 2789 27
10053 xid8_ops 5067 5069
10065 uuid_ops 2968 2950
10069 enum_ops 3522 3500
10076 range_ops 3901 3831
10088 jsonb_ops 4033 3802
`;

/** Per line: oid, name. */
export const operatorFamilyFacts = `
397 array_ops
423 bit_ops
424 bool_ops
426 bpchar_ops
428 bytea_ops
429 char_ops
434 datetime_ops
1970 float_ops
1974 network_ops
1976 integer_ops
1982 interval_ops
1988 numeric_ops
1989 oid_ops
1991 oidvector_ops
1994 text_ops
1996 time_ops
2000 timetz_ops
2002 varbit_ops
2099 money_ops
2789 tid_ops
2968 uuid_ops
2994 record_ops
3522 enum_ops
3901 range_ops
4033 jsonb_ops
5067 xid8_ops
`;
