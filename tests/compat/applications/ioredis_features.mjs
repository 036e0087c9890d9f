// ioredis without a cluster: defined scripts, auto-pipelining, blocking and publishing, keyspace events, streams, key prefixes.
// Usage: node ioredis_features.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { eventually, port, run, within } from './flow.mjs';

const connect = (options = {}) => new Redis({ host: '127.0.0.1', port, ...options });
const client = connect();

async function definedScripts() {
  client.defineCommand('addTo', { numberOfKeys: 1, lua: 'return redis.call("INCRBY", KEYS[1], ARGV[1])' });
  assert.deepEqual([await client.addTo('n', 5), await client.addTo('n', 6)], [5, 11]);
  await client.script('FLUSH');
  assert.equal(await client.addTo('n', 1), 12, 'a forgotten script is sent again');
  const results = await client.pipeline().addTo('n', 1).addTo('n', 'x').get('n').exec();
  assert.deepEqual([results[0][1], results[2][1]], [13, '13']);
  assert.match(results[1][0].message, /^ERR value is not an integer or out of range/);
  client.defineCommand('look', { numberOfKeys: 1, lua: 'return {redis.call("GET", KEYS[1]), cjson.encode({a={1,2}})}', readOnly: true });
  assert.deepEqual(await client.look('n'), ['13', '{"a":[1,2]}']);
}

async function autoPipelining() {
  const piped = connect({ enableAutoPipelining: true, keyPrefix: 'pre:', db: 3 });
  await Promise.all([...Array(200).keys()].map((i) => piped.set(`k${i}`, i)));
  assert.deepEqual(await piped.mget('k0', 'k199', 'nosuch'), ['0', '199', null]);
  assert.equal(await piped.get('k7'), '7');
  await client.select(3);
  assert.equal(await client.exists('pre:k7'), 1);
  await client.select(0);
  piped.disconnect();
}

async function blocking() {
  const [one, two] = [connect(), connect()];
  const first = one.blpop('queue', 0);
  await eventually('one waits', async () => /blocked_clients:1\r/.test(await client.info('clients')));
  const second = two.brpop('other', 'queue', 0);
  await eventually('two wait', async () => /blocked_clients:2\r/.test(await client.info('clients')));
  await client.multi().rpush('queue', 'a', 'b').exec();
  assert.deepEqual(await within('the pops', Promise.all([first, second])), [['queue', 'a'], ['queue', 'b']], 'in their order');
  const best = one.bzpopmin('board', 0);
  await eventually('it waits', async () => /blocked_clients:1\r/.test(await client.info('clients')));
  await client.zadd('board', 2, 'b', 1, 'a');
  assert.deepEqual(await best, ['board', 'a', '1']);
  assert.equal(await one.blmove('queue', 'other', 'LEFT', 'RIGHT', 0.01), null);
  one.disconnect();
  two.disconnect();
}

async function events() {
  await client.config('SET', 'notify-keyspace-events', 'KEA');
  const listener = connect();
  const heard = [];
  listener.on('pmessage', (pattern, channel, text) => heard.push(`${channel} ${text}`));
  await listener.psubscribe('__key*@0__:*');
  await client.set('event', '1', 'PX', 30);
  await eventually('it has expired', async () => heard.some((one) => one === '__keyevent@0__:expired event'));
  assert.deepEqual(heard, [
    '__keyspace@0__:event set', '__keyevent@0__:set event', '__keyspace@0__:event expire', '__keyevent@0__:expire event',
    '__keyspace@0__:event expired', '__keyevent@0__:expired event']);
  await assert.rejects(listener.get('event'), /subscriber mode/);
  await client.config('SET', 'notify-keyspace-events', '');
  listener.disconnect();
}

async function streams() {
  const [id, next] = [await client.xadd('x', '*', 'kind', 'click'), await client.xadd('x', '*', 'kind', 'view')];
  assert.deepEqual(await client.xrange('x', '-', '+'), [[id, ['kind', 'click']], [next, ['kind', 'view']]]);
  const reader = connect();
  const read = reader.xread('BLOCK', 0, 'STREAMS', 'x', '$');
  await eventually('it waits', async () => /blocked_clients:1\r/.test(await client.info('clients')));
  const last = await client.xadd('x', 'MAXLEN', '~', 1000, '*', 'kind', 'last');
  assert.deepEqual(await read, [['x', [[last, ['kind', 'last']]]]]);
  await client.xgroup('CREATE', 'x', 'g', id);
  assert.deepEqual((await client.xreadgroup('GROUP', 'g', 'me', 'COUNT', 1, 'STREAMS', 'x', '>'))[0][1][0][0], next);
  assert.deepEqual((await client.xpending('x', 'g')).slice(0, 3), [1, next, next]);
  reader.disconnect();
}

async function walks() {
  await client.hset('walk:h', Object.fromEntries([...Array(1000).keys()].map((i) => [`f${i}`, i])));
  await client.sadd('walk:s', ...Array(1000).keys());
  await client.zadd('walk:z', ...[...Array(1000).keys()].flatMap((i) => [i, `m${i}`]));
  for (const [stream, width] of [[client.hscanStream('walk:h'), 2], [client.sscanStream('walk:s'), 1], [client.zscanStream('walk:z'), 2]]) {
    const seen = new Set();
    for await (const found of stream) for (let i = 0; i < found.length; i += width) seen.add(found[i]);
    assert.equal(seen.size, 1000);
  }
  const copy = await client.dumpBuffer('walk:z');
  assert.equal(await client.restore('walk:copy', 0, copy), 'OK');
  assert.equal(await client.zscore('walk:copy', 'm999'), '999');
  assert.deepEqual(await client.sort('walk:s', 'LIMIT', 0, 2, 'DESC'), ['999', '998']);
}

async function monitor() {
  const watching = await connect().monitor();
  const seen = new Promise((done) => { watching.on('monitor', (time, words) => words[1] === 'watched' && done(words)); });
  await client.set('watched', 'yes');
  assert.deepEqual(await seen, ['set', 'watched', 'yes']);
  watching.disconnect();
}

await run('ioredis', [definedScripts, autoPipelining, blocking, events, streams, walks, monitor]);
