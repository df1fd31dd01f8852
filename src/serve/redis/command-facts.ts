/**
 * Facts of the commands that are served, as redis-server 7.0 tells them (`COMMAND INFO`): name, number of arguments with the name
 * (negative: at least so many), flags, place of the first and of the last key and the step between keys, categories.
 */
const FACTS = `
append|3|write denyoom fast|1|1|1|@write @string @fast
bitcount|-2|readonly|1|1|1|@read @bitmap @slow
bitop|-4|write denyoom|2|-1|1|@write @bitmap @slow
bitpos|-3|readonly|1|1|1|@read @bitmap @slow
getbit|3|readonly fast|1|1|1|@read @bitmap @fast
setbit|4|write denyoom|1|1|1|@write @bitmap @slow
decr|2|write denyoom fast|1|1|1|@write @string @fast
decrby|3|write denyoom fast|1|1|1|@write @string @fast
get|2|readonly fast|1|1|1|@read @string @fast
getdel|2|write fast|1|1|1|@write @string @fast
getex|-2|write fast|1|1|1|@write @string @fast
getrange|4|readonly|1|1|1|@read @string @slow
getset|3|write denyoom fast|1|1|1|@write @string @fast
incr|2|write denyoom fast|1|1|1|@write @string @fast
incrby|3|write denyoom fast|1|1|1|@write @string @fast
incrbyfloat|3|write denyoom fast|1|1|1|@write @string @fast
mget|-2|readonly fast|1|-1|1|@read @string @fast
mset|-3|write denyoom|1|-1|2|@write @string @slow
msetnx|-3|write denyoom|1|-1|2|@write @string @slow
psetex|4|write denyoom|1|1|1|@write @string @slow
set|-3|write denyoom|1|1|1|@write @string @slow
setex|4|write denyoom|1|1|1|@write @string @slow
setnx|3|write denyoom fast|1|1|1|@write @string @fast
setrange|4|write denyoom|1|1|1|@write @string @slow
strlen|2|readonly fast|1|1|1|@read @string @fast
substr|4|readonly|1|1|1|@read @string @slow
copy|-3|write denyoom|1|2|1|@keyspace @write @slow
del|-2|write|1|-1|1|@keyspace @write @slow
exists|-2|readonly fast|1|-1|1|@keyspace @read @fast
expire|-3|write fast|1|1|1|@keyspace @write @fast
expireat|-3|write fast|1|1|1|@keyspace @write @fast
expiretime|2|readonly fast|1|1|1|@keyspace @read @fast
keys|2|readonly|0|0|0|@keyspace @read @slow @dangerous
move|3|write fast|1|1|1|@keyspace @write @fast
object|-2||0|0|0|@slow
persist|2|write fast|1|1|1|@keyspace @write @fast
pexpire|-3|write fast|1|1|1|@keyspace @write @fast
pexpireat|-3|write fast|1|1|1|@keyspace @write @fast
pexpiretime|2|readonly fast|1|1|1|@keyspace @read @fast
pttl|2|readonly fast|1|1|1|@keyspace @read @fast
randomkey|1|readonly|0|0|0|@keyspace @read @slow
rename|3|write|1|2|1|@keyspace @write @slow
renamenx|3|write fast|1|2|1|@keyspace @write @fast
scan|-2|readonly|0|0|0|@keyspace @read @slow
touch|-2|readonly fast|1|-1|1|@keyspace @read @fast
ttl|2|readonly fast|1|1|1|@keyspace @read @fast
type|2|readonly fast|1|1|1|@keyspace @read @fast
unlink|-2|write fast|1|-1|1|@keyspace @write @fast
hdel|-3|write fast|1|1|1|@write @hash @fast
hexists|3|readonly fast|1|1|1|@read @hash @fast
hget|3|readonly fast|1|1|1|@read @hash @fast
hgetall|2|readonly|1|1|1|@read @hash @slow
hincrby|4|write denyoom fast|1|1|1|@write @hash @fast
hincrbyfloat|4|write denyoom fast|1|1|1|@write @hash @fast
hkeys|2|readonly|1|1|1|@read @hash @slow
hlen|2|readonly fast|1|1|1|@read @hash @fast
hmget|-3|readonly fast|1|1|1|@read @hash @fast
hmset|-4|write denyoom fast|1|1|1|@write @hash @fast
hrandfield|-2|readonly|1|1|1|@read @hash @slow
hscan|-3|readonly|1|1|1|@read @hash @slow
hset|-4|write denyoom fast|1|1|1|@write @hash @fast
hsetnx|4|write denyoom fast|1|1|1|@write @hash @fast
hstrlen|3|readonly fast|1|1|1|@read @hash @fast
hvals|2|readonly|1|1|1|@read @hash @slow
lindex|3|readonly|1|1|1|@read @list @slow
linsert|5|write denyoom|1|1|1|@write @list @slow
llen|2|readonly fast|1|1|1|@read @list @fast
lmove|5|write denyoom|1|2|1|@write @list @slow
lmpop|-4|write movablekeys|0|0|0|@write @list @slow
lpop|-2|write fast|1|1|1|@write @list @fast
lpos|-3|readonly|1|1|1|@read @list @slow
lpush|-3|write denyoom fast|1|1|1|@write @list @fast
lpushx|-3|write denyoom fast|1|1|1|@write @list @fast
lrange|4|readonly|1|1|1|@read @list @slow
lrem|4|write|1|1|1|@write @list @slow
lset|4|write denyoom|1|1|1|@write @list @slow
ltrim|4|write|1|1|1|@write @list @slow
rpop|-2|write fast|1|1|1|@write @list @fast
rpoplpush|3|write denyoom|1|2|1|@write @list @slow
rpush|-3|write denyoom fast|1|1|1|@write @list @fast
rpushx|-3|write denyoom fast|1|1|1|@write @list @fast
blmove|6|write denyoom noscript blocking|1|2|1|@write @list @slow @blocking
blmpop|-5|write blocking movablekeys|0|0|0|@write @list @slow @blocking
blpop|-3|write noscript blocking|1|-2|1|@write @list @slow @blocking
brpop|-3|write noscript blocking|1|-2|1|@write @list @slow @blocking
brpoplpush|4|write denyoom noscript blocking|1|2|1|@write @list @slow @blocking
sadd|-3|write denyoom fast|1|1|1|@write @set @fast
scard|2|readonly fast|1|1|1|@read @set @fast
sdiff|-2|readonly|1|-1|1|@read @set @slow
sdiffstore|-3|write denyoom|1|-1|1|@write @set @slow
sinter|-2|readonly|1|-1|1|@read @set @slow
sintercard|-3|readonly movablekeys|0|0|0|@read @set @slow
sinterstore|-3|write denyoom|1|-1|1|@write @set @slow
sismember|3|readonly fast|1|1|1|@read @set @fast
smembers|2|readonly|1|1|1|@read @set @slow
smismember|-3|readonly fast|1|1|1|@read @set @fast
smove|4|write fast|1|2|1|@write @set @fast
spop|-2|write fast|1|1|1|@write @set @fast
srandmember|-2|readonly|1|1|1|@read @set @slow
srem|-3|write fast|1|1|1|@write @set @fast
sscan|-3|readonly|1|1|1|@read @set @slow
sunion|-2|readonly|1|-1|1|@read @set @slow
sunionstore|-3|write denyoom|1|-1|1|@write @set @slow
zadd|-4|write denyoom fast|1|1|1|@write @sortedset @fast
zcard|2|readonly fast|1|1|1|@read @sortedset @fast
zcount|4|readonly fast|1|1|1|@read @sortedset @fast
zdiff|-3|readonly movablekeys|0|0|0|@read @sortedset @slow
zdiffstore|-4|write denyoom movablekeys|1|1|1|@write @sortedset @slow
zincrby|4|write denyoom fast|1|1|1|@write @sortedset @fast
zinter|-3|readonly movablekeys|0|0|0|@read @sortedset @slow
zintercard|-3|readonly movablekeys|0|0|0|@read @sortedset @slow
zinterstore|-4|write denyoom movablekeys|1|1|1|@write @sortedset @slow
zlexcount|4|readonly fast|1|1|1|@read @sortedset @fast
zmpop|-4|write movablekeys|0|0|0|@write @sortedset @slow
zmscore|-3|readonly fast|1|1|1|@read @sortedset @fast
zpopmax|-2|write fast|1|1|1|@write @sortedset @fast
zpopmin|-2|write fast|1|1|1|@write @sortedset @fast
zrandmember|-2|readonly|1|1|1|@read @sortedset @slow
zrange|-4|readonly|1|1|1|@read @sortedset @slow
zrangebylex|-4|readonly|1|1|1|@read @sortedset @slow
zrangebyscore|-4|readonly|1|1|1|@read @sortedset @slow
zrangestore|-5|write denyoom|1|2|1|@write @sortedset @slow
zrank|3|readonly fast|1|1|1|@read @sortedset @fast
zrem|-3|write fast|1|1|1|@write @sortedset @fast
zremrangebylex|4|write|1|1|1|@write @sortedset @slow
zremrangebyrank|4|write|1|1|1|@write @sortedset @slow
zremrangebyscore|4|write|1|1|1|@write @sortedset @slow
zrevrange|-4|readonly|1|1|1|@read @sortedset @slow
zrevrangebylex|-4|readonly|1|1|1|@read @sortedset @slow
zrevrangebyscore|-4|readonly|1|1|1|@read @sortedset @slow
zrevrank|3|readonly fast|1|1|1|@read @sortedset @fast
zscan|-3|readonly|1|1|1|@read @sortedset @slow
zscore|3|readonly fast|1|1|1|@read @sortedset @fast
zunion|-3|readonly movablekeys|0|0|0|@read @sortedset @slow
zunionstore|-4|write denyoom movablekeys|1|1|1|@write @sortedset @slow
bzpopmax|-3|write noscript blocking fast|1|-2|1|@write @sortedset @fast @blocking
bzpopmin|-3|write noscript blocking fast|1|-2|1|@write @sortedset @fast @blocking
bzmpop|-5|write blocking movablekeys|0|0|0|@write @sortedset @slow @blocking
psubscribe|-2|pubsub noscript loading stale|0|0|0|@pubsub @slow
publish|3|pubsub loading stale fast|0|0|0|@pubsub @fast
pubsub|-2||0|0|0|@slow
punsubscribe|-1|pubsub noscript loading stale|0|0|0|@pubsub @slow
subscribe|-2|pubsub noscript loading stale|0|0|0|@pubsub @slow
unsubscribe|-1|pubsub noscript loading stale|0|0|0|@pubsub @slow
spublish|3|pubsub loading stale fast|1|1|1|@pubsub @fast
ssubscribe|-2|pubsub noscript loading stale|1|-1|1|@pubsub @slow
sunsubscribe|-1|pubsub noscript loading stale|1|-1|1|@pubsub @slow
discard|1|noscript loading stale fast allow_busy|0|0|0|@fast @transaction
exec|1|noscript loading stale skip_slowlog|0|0|0|@slow @transaction
multi|1|noscript loading stale fast allow_busy|0|0|0|@fast @transaction
unwatch|1|noscript loading stale fast allow_busy|0|0|0|@fast @transaction
watch|-2|noscript loading stale fast allow_busy|1|-1|1|@fast @transaction
auth|-2|noscript loading stale fast no_auth allow_busy|0|0|0|@fast @connection
client|-2||0|0|0|@slow
echo|2|loading stale fast|0|0|0|@fast @connection
hello|-1|noscript loading stale fast no_auth allow_busy|0|0|0|@fast @connection
ping|-1|fast|0|0|0|@fast @connection
quit|-1|noscript loading stale fast no_auth allow_busy|0|0|0|@fast @connection
reset|1|noscript loading stale fast no_auth allow_busy|0|0|0|@fast @connection
select|2|loading stale fast|0|0|0|@fast @connection
command|-1|loading stale|0|0|0|@slow @connection
config|-2||0|0|0|@slow
dbsize|1|readonly fast|0|0|0|@keyspace @read @fast
flushall|-1|write|0|0|0|@keyspace @write @slow @dangerous
flushdb|-1|write|0|0|0|@keyspace @write @slow @dangerous
info|-1|loading stale|0|0|0|@slow @dangerous
lastsave|1|loading stale fast|0|0|0|@admin @fast @dangerous
bgsave|-1|admin noscript no_async_loading|0|0|0|@admin @slow @dangerous
time|1|loading stale fast|0|0|0|@fast
wait|3|noscript|0|0|0|@slow @connection
role|1|noscript loading stale fast|0|0|0|@admin @fast @dangerous
`;

export interface CommandFacts {
	readonly name: string;
	/** Number of arguments, the name included; negative: at least so many. */
	readonly arity: number;
	readonly flags: readonly string[];
	readonly firstKey: number;
	readonly lastKey: number;
	readonly keyStep: number;
	readonly categories: readonly string[];
}

function factsOf(line: string): CommandFacts {
	const [name, arity, flags, first, last, step, categories] = line.split('|') as [string, string, string, string, string, string, string];
	const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
	return {
		name,
		arity: Number(arity),
		flags: words(flags),
		firstKey: Number(first),
		lastKey: Number(last),
		keyStep: Number(step),
		categories: words(categories),
	};
}

export const COMMAND_FACTS: ReadonlyMap<string, CommandFacts> = new Map(
	FACTS.trim()
		.split('\n')
		.map(factsOf)
		.map((facts) => [facts.name, facts]),
);
