// node-redis: its client-side cache, every type of value, blocking pools, scripts, functions and publishing.
// Usage: node node_redis_features.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { BasicClientSideCache, createClient, createClientPool, defineScript } from 'redis';
import { eventually, port, run, within } from './flow.mjs';

const socket = { host: '127.0.0.1', port };
const add = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1])',
  parseCommand(parser, key, n) { parser.pushKey(key); parser.push(String(n)); },
  transformReply: (reply) => reply,
});
const client = await createClient({ socket, RESP: 3, scripts: { add } }).connect();

async function clientSideCache() {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: 'LRU' });
  const caching = await createClient({ socket, RESP: 3, clientSideCache: cache }).connect();
  await client.set('csc', '1');
  for (let i = 0; i < 5; ++i) assert.equal(await caching.get('csc'), '1');
  assert.deepEqual([cache.stats().missCount, cache.stats().hitCount], [1, 4]);
  await client.set('csc', '2');
  await eventually('it is told of the change', async () => (await caching.get('csc')) === '2');
  await client.hSet('csc:hash', 'f', 'v');
  assert.equal((await caching.hGetAll('csc:hash')).f, 'v');
  await client.expire('csc:hash', 0);
  await eventually('it is told of the end', async () => Object.keys(await caching.hGetAll('csc:hash')).length === 0);
  await client.set('csc', '3');
  await client.flushDb();
  await eventually('it is told of FLUSHDB', async () => (await caching.get('csc')) === null);
  caching.destroy();
}

async function collections() {
  assert.equal(await client.hSet('h', { a: '1', b: '2' }), 2);
  assert.deepEqual({ ...(await client.hGetAll('h')) }, { a: '1', b: '2' });
  assert.equal(await client.hIncrByFloat('h', 'a', 0.5), '1.5');
  assert.deepEqual([await client.rPush('l', ['a', 'b', 'c', 'd']), await client.lPos('l', 'c'), await client.lMove('l', 'l2', 'LEFT', 'RIGHT')], [4, 2, 'a']);
  assert.deepEqual(await client.lmPop(['nosuch', 'l'], 'RIGHT', { COUNT: 2 }), ['l', ['d', 'c']]);
  assert.deepEqual([await client.sAdd('s', ['a', 'b']), [...(await client.sMembers('s'))].sort(), await client.sInterCard(['s', 's'])], [2, ['a', 'b'], 2]);
  assert.equal(await client.zAdd('z', [{ score: 1, value: 'a' }, { score: Infinity, value: 'z' }, { score: 2.5, value: 'm' }]), 3);
  assert.deepEqual(await client.zRangeWithScores('z', 0, -1),
    [{ value: 'a', score: 1 }, { value: 'm', score: 2.5 }, { value: 'z', score: Infinity }]);
  assert.deepEqual([await client.zScore('z', 'm'), await client.zScore('z', 'nosuch'), await client.zRevRank('z', 'a')], [2.5, null, 2]);
  await client.geoAdd('g', [{ longitude: 13.361389, latitude: 38.115556, member: 'Palermo' }, { longitude: 15.087269, latitude: 37.502669, member: 'Catania' }]);
  assert.ok(Math.abs(Number(await client.geoDist('g', 'Palermo', 'Catania', 'km')) - 166.2742) < 0.001);
  assert.deepEqual(await client.geoSearch('g', { longitude: 15, latitude: 37 }, { radius: 100, unit: 'km' }), ['Catania']);
  assert.deepEqual([await client.setBit('bits', 7, 1), await client.bitCount('bits'), await client.pfAdd('p', ['x', 'y']), await client.pfCount('p')], [0, 1, 1, 2]);
}

// Over RESP2: node-redis 5 leaves the streams of RESP3 as they come.
async function streams() {
  const plain = await createClient({ socket }).connect();
  const id = await plain.xAdd('x', '*', { kind: 'click' });
  await plain.xGroupCreate('x', 'g', '0');
  const [{ name, messages }] = await plain.xReadGroup('g', 'me', { key: 'x', id: '>' });
  assert.deepEqual([name, messages[0].id, { ...messages[0].message }], ['x', id, { kind: 'click' }]);
  assert.equal((await plain.xPending('x', 'g')).pending, 1);
  assert.equal((await plain.xAutoClaim('x', 'g', 'other', 0, '0-0')).messages[0].id, id);
  assert.equal((await plain.xInfoConsumers('x', 'g')).find((one) => one.name === 'other').pending, 1);
  assert.equal(await plain.xAck('x', 'g', id), 1);
  assert.equal((await plain.xInfoStream('x')).length, 1);
  plain.destroy();
}

async function scripts() {
  assert.deepEqual([await client.add('script', 5), await client.add('script', 6)], [5, 11]);
  const library = `#!lua name=lib
    redis.register_function{function_name='inc', callback=function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end}
    redis.register_function{function_name='look', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}`;
  assert.equal(await client.functionLoad(library), 'lib');
  assert.equal(await client.fCall('inc', { keys: ['script'], arguments: ['1'] }), 12);
  assert.equal(await client.fCallRo('look', { keys: ['script'] }), '12');
  const [listed] = await client.functionList();
  assert.deepEqual([listed.library_name, [...listed.functions].map((one) => one.name).sort()], ['lib', ['inc', 'look']]);
  assert.equal(await client.functionDelete('lib'), 'OK');
}

async function pool() {
  const clients = await createClientPool({ socket, RESP: 3 }, { minimum: 1, maximum: 4 }).connect();
  const popped = Promise.all([1, 2, 3].map(() => clients.blPop('queue', 0)));
  await eventually('three wait', async () => /blocked_clients:3\r/.test(await client.info('clients')));
  await clients.rPush('queue', ['a', 'b', 'c']);
  assert.deepEqual((await within('the pops', popped)).map((one) => one.element).sort(), ['a', 'b', 'c']);
  assert.deepEqual(await clients.multi().set('m', '1').incr('m').exec(), ['OK', 2]);
  await clients.destroy();
}

async function publishing() {
  const listener = await client.duplicate().connect();
  const heard = [];
  await listener.subscribe('news', (text) => heard.push(text));
  await listener.pSubscribe('n*s', (text, channel) => heard.push(`${channel}:${text}`));
  await listener.sSubscribe('shard', (text) => heard.push(`shard:${text}`));
  assert.deepEqual([await client.publish('news', 'one'), await client.sPublish('shard', 'two')], [2, 1]);
  await eventually('all three are heard', async () => heard.length === 3);
  assert.deepEqual(heard, ['one', 'news:one', 'shard:two']);
  await listener.unsubscribe('news');
  await listener.pUnsubscribe('n*s');
  await listener.sUnsubscribe('shard');
  assert.equal(await client.publish('news', 'nobody'), 0);
  listener.destroy();
}

await run('redis', [clientSideCache, collections, streams, scripts, pool, publishing]);
