// node-redis: the calls an application makes, checked one by one.
// Usage: node node_redis.mjs 2|3 PORT   (which version of the protocol)
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createClient, RESP_TYPES, WatchError } from 'redis';

const [protocol, port] = process.argv.slice(2).map(Number);

async function connect() {
  const client = createClient({ socket: { host: '127.0.0.1', port }, RESP: protocol });
  client.on('error', () => {});  // told of the connection that reconnects() has closed
  await client.connect();
  return client;
}

async function strings(client) {
  assert.equal(await client.ping(), 'PONG');
  assert.equal(await client.set('nr:a', '1'), 'OK');
  assert.equal(await client.get('nr:a'), '1');
  assert.equal(await client.get('nr:nosuch'), null);
  assert.equal(await client.set('nr:a', '2', { NX: true }), null);
  assert.equal(await client.set('nr:b', 'x', { EX: 100 }), 'OK');
  const ttl = await client.ttl('nr:b');
  assert.ok(ttl >= 98 && ttl <= 100);
  assert.equal(await client.mSet({ 'nr:c': '3', 'nr:d': '4' }), 'OK');
  assert.deepEqual(await client.mGet(['nr:c', 'nr:nosuch', 'nr:d']), ['3', null, '4']);
  assert.equal(await client.incr('nr:n'), 1);
  assert.equal(await client.incrBy('nr:n', 10), 11);
  assert.equal(await client.incrByFloat('nr:f', 1.5), '1.5');
  assert.equal(await client.getDel('nr:c'), '3');
  assert.equal(await client.exists('nr:c'), 0);
  assert.equal(await client.expire('nr:d', 50), 1);
  assert.equal(await client.type('nr:a'), 'string');
}

async function values(client) {
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  for (const value of [Buffer.from([...Array(256).keys()]), Buffer.alloc(0), Buffer.from('\r\n$-1\r\n'), randomBytes(1 << 20)]) {
    await client.set('nr:value', value);
    assert.ok(value.equals(await binary.get('nr:value')));
  }
  await client.set('ключ 🐎', 'naïve 汉字 🐎');
  assert.equal(await client.get('ключ 🐎'), 'naïve 汉字 🐎');
}

async function scans(client) {
  const wanted = [...Array(500).keys()].map((i) => `nr:scan:${i}`).sort();
  await Promise.all(wanted.map((key) => client.set(key, '')));
  const found = [];
  for await (const keys of client.scanIterator({ MATCH: 'nr:scan:*', COUNT: 50 })) found.push(...keys);
  assert.deepEqual(found.sort(), wanted);
  assert.equal(await client.del(wanted), 500);
}

async function transactions(client) {
  assert.deepEqual(await client.multi().set('nr:t', '1').incr('nr:t').get('nr:t').exec(), ['OK', 2, '2']);
  const other = await connect();
  await client.watch('nr:t');
  await other.set('nr:t', '7');
  await assert.rejects(client.multi().set('nr:t', '8').exec(), WatchError);
  assert.equal(await client.get('nr:t'), '7');
  other.destroy();
  // All in one write: node-redis pipelines what is asked in one turn.
  const asked = [...Array(1000).keys()].map((i) => [client.set('nr:p', String(i)), client.get('nr:p')]).flat();
  assert.deepEqual((await Promise.all(asked)).filter((_, at) => at % 2 === 1), [...Array(1000).keys()].map(String));
}

async function errors(client) {
  await client.set('nr:value', 'text');
  await assert.rejects(client.incr('nr:value'), { message: 'ERR value is not an integer or out of range' });
  await assert.rejects(client.sendCommand(['NOSUCH', 'x']), /ERR unknown command 'NOSUCH'/);
  await assert.rejects(client.sendCommand(['GET']), /wrong number of arguments for 'get' command/);
  await assert.rejects(client.set('a', 'b', { EX: 0 }), /invalid expire time in 'set' command/);
}

async function administration(client) {
  await client.clientSetName('nr');
  assert.equal(await client.clientGetName(), 'nr');
  const info = await client.sendCommand(['CLIENT', 'INFO']);
  assert.match(String(info), /lib-name=node-redis/);
  assert.match(String(info), new RegExp(`resp=${protocol} `));
  const found = await client.configGet(['maxmemory', 'timeout']);
  assert.equal(found.maxmemory, '0');
  await client.configSet({ maxmemory: '1gb', timeout: '0' });
  assert.equal((await client.configGet('maxmemory')).maxmemory, '1073741824');
  await client.configSet('maxmemory', '0');
  assert.match(await client.info('server'), /redis_version:7\.0\.15/);
  assert.ok((await client.commandCount()) > 50);
  assert.ok((await client.memoryUsage('nr:a')) > 0);
  assert.equal(await client.objectEncoding('nr:a'), 'int');
}

async function reconnects(client) {
  const before = await client.clientId();
  const admin = await connect();
  const again = new Promise((done) => { client.once('ready', done); });
  assert.equal(await admin.clientKill({ filter: 'ID', id: before }), 1);
  await again;
  assert.equal(await client.get('nr:a'), '1');
  assert.ok((await client.clientId()) > before);
  admin.destroy();
}

async function herd(client) {
  const key = `cache:nr:${protocol}`;
  const [other, observer] = [await connect(), await connect()];
  assert.equal(await client.get(key), null, 'the first reader is elected to fill');
  let early = true;
  const waiting = other.get(key).finally(() => { early = false; });
  while (!/ parked=1/.test(String(await observer.sendCommand(['CLIENT', 'LIST'])))) {
    assert.ok(early, 'the second reader did not wait');
  }
  await client.set(key, 'filled', { EX: 60 });
  assert.equal(await waiting, 'filled');
  other.destroy();
  observer.destroy();
}

// The library's own cache: what it holds it does not ask for, and forgets when somebody writes.
async function clientSideCache() {
  const cached = createClient({
    socket: { host: '127.0.0.1', port }, RESP: 3,
    clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: 'LRU' },
  });
  cached.on('error', () => {});
  await cached.connect();
  const writer = await connect();
  const asked = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await writer.info('commandstats'))?.[1] ?? 0);
  const until = async (value) => {
    while ((await cached.get('nr:cached')) !== value) await new Promise((done) => { setImmediate(done); });
  };
  await writer.set('nr:cached', 'one');
  await until('one');
  const before = await asked();
  for (let i = 0; i < 100; ++i) assert.equal(await cached.get('nr:cached'), 'one');
  assert.equal(await asked(), before, 'a cached value was asked for');
  await writer.set('nr:cached', 'two');
  await until('two');
  await writer.flushAll();
  await until(null);
  cached.destroy();
  writer.destroy();
}

const client = await connect();
for (const part of [strings, values, scans, transactions, errors, administration, reconnects, herd]) await part(client);
if (protocol === 3) await clientSideCache();
client.destroy();
console.log(`node-redis, RESP${protocol}: as it should be`);
