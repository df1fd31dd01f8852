/**
 * The columns of every table and view of pg_catalog, in order: generated from PostgreSQL 15, as facts. Each entry is a line
 * `table|view name oid` and the columns as `name type`, separated by commas; entries are separated by empty lines. Types that
 * are absent here are given as the ones nearest to them (aclitem and pg_lsn as text, the domains of information_schema as
 * their base types).
 */
export const pgCatalogColumns = `
table pg_aggregate 2600
aggfnoid regproc, aggkind char, aggnumdirectargs int2, aggtransfn regproc, aggfinalfn regproc, aggcombinefn regproc, aggserialfn regproc,
aggdeserialfn regproc, aggmtransfn regproc, aggminvtransfn regproc, aggmfinalfn regproc, aggfinalextra bool, aggmfinalextra bool, aggfinalmodify char,
aggmfinalmodify char, aggsortop oid, aggtranstype oid, aggtransspace int4, aggmtranstype oid, aggmtransspace int4, agginitval text, aggminitval text

table pg_am 2601
oid oid, amname name, amhandler regproc, amtype char

table pg_amop 2602
oid oid, amopfamily oid, amoplefttype oid, amoprighttype oid, amopstrategy int2, amoppurpose char, amopopr oid, amopmethod oid, amopsortfamily oid

table pg_amproc 2603
oid oid, amprocfamily oid, amproclefttype oid, amprocrighttype oid, amprocnum int2, amproc regproc

table pg_attrdef 2604
oid oid, adrelid oid, adnum int2, adbin pg_node_tree

table pg_attribute 1249
attrelid oid, attname name, atttypid oid, attstattarget int4, attlen int2, attnum int2, attndims int4, attcacheoff int4, atttypmod int4, attbyval
bool, attalign char, attstorage char, attcompression char, attnotnull bool, atthasdef bool, atthasmissing bool, attidentity char, attgenerated char,
attisdropped bool, attislocal bool, attinhcount int4, attcollation oid, attacl _text, attoptions _text, attfdwoptions _text, attmissingval _text

table pg_auth_members 1261
roleid oid, member oid, grantor oid, admin_option bool

table pg_authid 1260
oid oid, rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, rolreplication bool, rolbypassrls bool,
rolconnlimit int4, rolpassword text, rolvaliduntil timestamptz

table pg_cast 2605
oid oid, castsource oid, casttarget oid, castfunc oid, castcontext char, castmethod char

table pg_class 1259
oid oid, relname name, relnamespace oid, reltype oid, reloftype oid, relowner oid, relam oid, relfilenode oid, reltablespace oid, relpages int4,
reltuples float4, relallvisible int4, reltoastrelid oid, relhasindex bool, relisshared bool, relpersistence char, relkind char, relnatts int2,
relchecks int2, relhasrules bool, relhastriggers bool, relhassubclass bool, relrowsecurity bool, relforcerowsecurity bool, relispopulated bool,
relreplident char, relispartition bool, relrewrite oid, relfrozenxid xid, relminmxid xid, relacl _text, reloptions _text, relpartbound pg_node_tree

table pg_collation 3456
oid oid, collname name, collnamespace oid, collowner oid, collprovider char, collisdeterministic bool, collencoding int4, collcollate text, collctype
text, colliculocale text, collversion text

table pg_constraint 2606
oid oid, conname name, connamespace oid, contype char, condeferrable bool, condeferred bool, convalidated bool, conrelid oid, contypid oid, conindid
oid, conparentid oid, confrelid oid, confupdtype char, confdeltype char, confmatchtype char, conislocal bool, coninhcount int4, connoinherit bool,
conkey _int2, confkey _int2, conpfeqop _oid, conppeqop _oid, conffeqop _oid, confdelsetcols _int2, conexclop _oid, conbin pg_node_tree

table pg_conversion 2607
oid oid, conname name, connamespace oid, conowner oid, conforencoding int4, contoencoding int4, conproc regproc, condefault bool

table pg_database 1262
oid oid, datname name, datdba oid, encoding int4, datlocprovider char, datistemplate bool, datallowconn bool, datconnlimit int4, datfrozenxid xid,
datminmxid xid, dattablespace oid, datcollate text, datctype text, daticulocale text, datcollversion text, datacl _text

table pg_db_role_setting 2964
setdatabase oid, setrole oid, setconfig _text

table pg_default_acl 826
oid oid, defaclrole oid, defaclnamespace oid, defaclobjtype char, defaclacl _text

table pg_depend 2608
classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, refobjsubid int4, deptype char

table pg_description 2609
objoid oid, classoid oid, objsubid int4, description text

table pg_enum 3501
oid oid, enumtypid oid, enumsortorder float4, enumlabel name

table pg_event_trigger 3466
oid oid, evtname name, evtevent name, evtowner oid, evtfoid oid, evtenabled char, evttags _text

table pg_extension 3079
oid oid, extname name, extowner oid, extnamespace oid, extrelocatable bool, extversion text, extconfig _oid, extcondition _text

table pg_foreign_data_wrapper 2328
oid oid, fdwname name, fdwowner oid, fdwhandler oid, fdwvalidator oid, fdwacl _text, fdwoptions _text

table pg_foreign_server 1417
oid oid, srvname name, srvowner oid, srvfdw oid, srvtype text, srvversion text, srvacl _text, srvoptions _text

table pg_foreign_table 3118
ftrelid oid, ftserver oid, ftoptions _text

table pg_index 2610
indexrelid oid, indrelid oid, indnatts int2, indnkeyatts int2, indisunique bool, indnullsnotdistinct bool, indisprimary bool, indisexclusion bool,
indimmediate bool, indisclustered bool, indisvalid bool, indcheckxmin bool, indisready bool, indislive bool, indisreplident bool, indkey int2vector,
indcollation oidvector, indclass oidvector, indoption int2vector, indexprs pg_node_tree, indpred pg_node_tree

table pg_inherits 2611
inhrelid oid, inhparent oid, inhseqno int4, inhdetachpending bool

table pg_language 2612
oid oid, lanname name, lanowner oid, lanispl bool, lanpltrusted bool, lanplcallfoid oid, laninline oid, lanvalidator oid, lanacl _text

table pg_namespace 2615
oid oid, nspname name, nspowner oid, nspacl _text

table pg_opclass 2616
oid oid, opcmethod oid, opcname name, opcnamespace oid, opcowner oid, opcfamily oid, opcintype oid, opcdefault bool, opckeytype oid

table pg_operator 2617
oid oid, oprname name, oprnamespace oid, oprowner oid, oprkind char, oprcanmerge bool, oprcanhash bool, oprleft oid, oprright oid, oprresult oid,
oprcom oid, oprnegate oid, oprcode regproc, oprrest regproc, oprjoin regproc

table pg_opfamily 2753
oid oid, opfmethod oid, opfname name, opfnamespace oid, opfowner oid

table pg_partitioned_table 3350
partrelid oid, partstrat char, partnatts int2, partdefid oid, partattrs int2vector, partclass oidvector, partcollation oidvector, partexprs
pg_node_tree

table pg_policy 3256
oid oid, polname name, polrelid oid, polcmd char, polpermissive bool, polroles _oid, polqual pg_node_tree, polwithcheck pg_node_tree

table pg_proc 1255
oid oid, proname name, pronamespace oid, proowner oid, prolang oid, procost float4, prorows float4, provariadic oid, prosupport regproc, prokind char,
prosecdef bool, proleakproof bool, proisstrict bool, proretset bool, provolatile char, proparallel char, pronargs int2, pronargdefaults int2,
prorettype oid, proargtypes oidvector, proallargtypes _oid, proargmodes _char, proargnames _text, proargdefaults pg_node_tree, protrftypes _oid,
prosrc text, probin text, prosqlbody pg_node_tree, proconfig _text, proacl _text

table pg_publication 6104
oid oid, pubname name, pubowner oid, puballtables bool, pubinsert bool, pubupdate bool, pubdelete bool, pubtruncate bool, pubviaroot bool

table pg_publication_namespace 6237
oid oid, pnpubid oid, pnnspid oid

table pg_publication_rel 6106
oid oid, prpubid oid, prrelid oid, prqual pg_node_tree, prattrs int2vector

table pg_range 3541
rngtypid oid, rngsubtype oid, rngmultitypid oid, rngcollation oid, rngsubopc oid, rngcanonical regproc, rngsubdiff regproc

table pg_rewrite 2618
oid oid, rulename name, ev_class oid, ev_type char, ev_enabled char, is_instead bool, ev_qual pg_node_tree, ev_action pg_node_tree

table pg_seclabel 3596
objoid oid, classoid oid, objsubid int4, provider text, label text

table pg_sequence 2224
seqrelid oid, seqtypid oid, seqstart int8, seqincrement int8, seqmax int8, seqmin int8, seqcache int8, seqcycle bool

table pg_shdepend 1214
dbid oid, classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, deptype char

table pg_shdescription 2396
objoid oid, classoid oid, description text

table pg_shseclabel 3592
objoid oid, classoid oid, provider text, label text

table pg_statistic_ext 3381
oid oid, stxrelid oid, stxname name, stxnamespace oid, stxowner oid, stxstattarget int4, stxkeys int2vector, stxkind _char, stxexprs pg_node_tree

table pg_subscription 6100
oid oid, subdbid oid, subskiplsn text, subname name, subowner oid, subenabled bool, subbinary bool, substream bool, subtwophasestate char,
subdisableonerr bool, subconninfo text, subslotname name, subsynccommit text, subpublications _text

table pg_subscription_rel 6102
srsubid oid, srrelid oid, srsubstate char, srsublsn text

table pg_tablespace 1213
oid oid, spcname name, spcowner oid, spcacl _text, spcoptions _text

table pg_transform 3576
oid oid, trftype oid, trflang oid, trffromsql regproc, trftosql regproc

table pg_trigger 2620
oid oid, tgrelid oid, tgparentid oid, tgname name, tgfoid oid, tgtype int2, tgenabled char, tgisinternal bool, tgconstrrelid oid, tgconstrindid oid,
tgconstraint oid, tgdeferrable bool, tginitdeferred bool, tgnargs int2, tgattr int2vector, tgargs bytea, tgqual pg_node_tree, tgoldtable name,
tgnewtable name

table pg_ts_config 3602
oid oid, cfgname name, cfgnamespace oid, cfgowner oid, cfgparser oid

table pg_ts_config_map 3603
mapcfg oid, maptokentype int4, mapseqno int4, mapdict oid

table pg_ts_dict 3600
oid oid, dictname name, dictnamespace oid, dictowner oid, dicttemplate oid, dictinitoption text

table pg_ts_parser 3601
oid oid, prsname name, prsnamespace oid, prsstart regproc, prstoken regproc, prsend regproc, prsheadline regproc, prslextype regproc

table pg_ts_template 3764
oid oid, tmplname name, tmplnamespace oid, tmplinit regproc, tmpllexize regproc

table pg_type 1247
oid oid, typname name, typnamespace oid, typowner oid, typlen int2, typbyval bool, typtype char, typcategory char, typispreferred bool, typisdefined
bool, typdelim char, typrelid oid, typsubscript regproc, typelem oid, typarray oid, typinput regproc, typoutput regproc, typreceive regproc, typsend
regproc, typmodin regproc, typmodout regproc, typanalyze regproc, typalign char, typstorage char, typnotnull bool, typbasetype oid, typtypmod int4,
typndims int4, typcollation oid, typdefaultbin pg_node_tree, typdefault text, typacl _text

table pg_user_mapping 1418
oid oid, umuser oid, umserver oid, umoptions _text

table pg_largeobject 2613
loid oid, pageno int4, data bytea

table pg_init_privs 3394
objoid oid, classoid oid, objsubid int4, privtype char, initprivs _text

table pg_statistic_ext_data 3429
stxoid oid, stxdinherit bool, stxdndistinct text, stxddependencies text, stxdmcv text, stxdexpr _text

table pg_replication_origin 6000
roident oid, roname text

table pg_parameter_acl 6243
oid oid, parname text, paracl _text

table pg_largeobject_metadata 2995
oid oid, lomowner oid, lomacl _text

view pg_available_extension_versions 12085
name name, version text, installed bool, superuser bool, trusted bool, relocatable bool, schema name, requires _name, comment text

view pg_available_extensions 12081
name name, default_version text, installed_version text, comment text

view pg_cursors 12077
name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, creation_time timestamptz

view pg_group 12010
groname name, grosysid oid, grolist _oid

view pg_indexes 12043
schemaname name, tablename name, indexname name, tablespace name, indexdef text

view pg_locks 12073
locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, classid oid, objid oid, objsubid int2,
virtualtransaction text, pid int4, mode text, granted bool, fastpath bool, waitstart timestamptz

view pg_matviews 12038
schemaname name, matviewname name, matviewowner name, tablespace name, hasindexes bool, ispopulated bool, definition text

view pg_policies 12018
schemaname name, tablename name, policyname name, permissive text, roles _name, cmd text, qual text, with_check text

view pg_prepared_statements 12095
name text, statement text, prepare_time timestamptz, parameter_types _regtype, from_sql bool, generic_plans int8, custom_plans int8

view pg_prepared_xacts 12090
transaction xid, gid text, prepared timestamptz, owner name, database name

view pg_publication_tables 12068
pubname name, schemaname name, tablename name, attnames _name, rowfilter text

view pg_replication_slots 12257
slot_name name, plugin name, slot_type text, datoid oid, database name, temporary bool, active bool, active_pid int4, xmin xid, catalog_xmin xid,
restart_lsn text, confirmed_flush_lsn text, wal_status text, safe_wal_size int8, two_phase bool

view pg_roles 12000
rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, rolreplication bool, rolconnlimit int4,
rolpassword text, rolvaliduntil timestamptz, rolbypassrls bool, rolconfig _text, oid oid

view pg_rules 12023
schemaname name, tablename name, rulename name, definition text

view pg_seclabels 12099
objoid oid, classoid oid, objsubid int4, objtype text, objnamespace oid, objname text, provider text, label text

view pg_sequences 12048
schemaname name, sequencename name, sequenceowner name, data_type regtype, start_value int8, min_value int8, max_value int8, increment_by int8, cycle
bool, cache_size int8, last_value int8

view pg_settings 12104
name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, vartype text, source text, min_val text, max_val
text, enumvals _text, boot_val text, reset_val text, sourcefile text, sourceline int4, pending_restart bool

view pg_shadow 12005
usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, valuntil timestamptz, useconfig _text

view pg_stat_activity 12222
datid oid, datname name, pid int4, leader_pid int4, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text,
client_port int4, backend_start timestamptz, xact_start timestamptz, query_start timestamptz, state_change timestamptz, wait_event_type text,
wait_event text, state text, backend_xid xid, backend_xmin xid, query_id int8, query text, backend_type text

view pg_stat_all_indexes 12183
relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, idx_tup_read int8, idx_tup_fetch int8

view pg_stat_all_tables 12142
relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8,
n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, n_dead_tup int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz,
last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, autovacuum_count int8, analyze_count int8,
autoanalyze_count int8

view pg_stat_database 12266
datid oid, datname name, numbackends int4, xact_commit int8, xact_rollback int8, blks_read int8, blks_hit int8, tup_returned int8, tup_fetched int8,
tup_inserted int8, tup_updated int8, tup_deleted int8, conflicts int8, temp_files int8, temp_bytes int8, deadlocks int8, checksum_failures int8,
checksum_last_failure timestamptz, blk_read_time float8, blk_write_time float8, session_time float8, active_time float8, idle_in_transaction_time
float8, sessions int8, sessions_abandoned int8, sessions_fatal int8, sessions_killed int8, stats_reset timestamptz

view pg_stat_replication 12227
pid int4, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text, client_port int4, backend_start timestamptz,
backend_xmin xid, state text, sent_lsn text, write_lsn text, flush_lsn text, replay_lsn text, write_lag interval, flush_lag interval, replay_lag
interval, sync_priority int4, sync_state text, reply_time timestamptz

view pg_stat_subscription 12244
subid oid, subname name, pid int4, relid oid, received_lsn text, last_msg_send_time timestamptz, last_msg_receipt_time timestamptz, latest_end_lsn
text, latest_end_time timestamptz

view pg_stat_user_indexes 12192
relid oid, indexrelid oid, schemaname name, relname name, indexrelname name, idx_scan int8, idx_tup_read int8, idx_tup_fetch int8

view pg_stat_user_tables 12161
relid oid, schemaname name, relname name, seq_scan int8, seq_tup_read int8, idx_scan int8, idx_tup_fetch int8, n_tup_ins int8, n_tup_upd int8,
n_tup_del int8, n_tup_hot_upd int8, n_live_tup int8, n_dead_tup int8, n_mod_since_analyze int8, n_ins_since_vacuum int8, last_vacuum timestamptz,
last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8, autovacuum_count int8, analyze_count int8,
autoanalyze_count int8

view pg_stats 12053
schemaname name, tablename name, attname name, inherited bool, null_frac float4, avg_width int4, n_distinct float4, most_common_vals text,
most_common_freqs _float4, histogram_bounds text, correlation float4, most_common_elems text, most_common_elem_freqs _float4, elem_count_histogram _float4

view pg_tables 12033
schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, hastriggers bool, rowsecurity bool

view pg_timezone_abbrevs 12122
abbrev text, utc_offset interval, is_dst bool

view pg_timezone_names 12126
name text, abbrev text, utc_offset interval, is_dst bool

view pg_user 12014
usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, valuntil timestamptz, useconfig _text

view pg_user_mappings 12327
umid oid, srvid oid, srvname name, umuser oid, usename name, umoptions _text

view pg_views 12028
schemaname name, viewname name, viewowner name, definition text
`;
