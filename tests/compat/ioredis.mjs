// ioredis: the calls an application makes, checked one by one.
// Usage: node ioredis.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';

const port = Number(process.argv[2]);

async function connect() {
  const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 1 });
  client.on('error', () => {});  // told of the connection that reconnects() has closed
  await new Promise((done) => { client.once('ready', done); });
  return client;
}

async function strings(client) {
  assert.equal(await client.ping(), 'PONG');
  assert.equal(await client.set('io:a', '1'), 'OK');
  assert.equal(await client.get('io:a'), '1');
  assert.equal(await client.get('io:nosuch'), null);
  assert.equal(await client.set('io:a', '2', 'NX'), null);
  assert.equal(await client.set('io:b', 'x', 'EX', 100), 'OK');
  const ttl = await client.ttl('io:b');
  assert.ok(ttl >= 98 && ttl <= 100);
  assert.equal(await client.mset({ 'io:c': '3', 'io:d': '4' }), 'OK');
  assert.deepEqual(await client.mget('io:c', 'io:nosuch', 'io:d'), ['3', null, '4']);
  assert.equal(await client.incr('io:n'), 1);
  assert.equal(await client.incrby('io:n', 10), 11);
  assert.equal(await client.incrbyfloat('io:f', 1.5), '1.5');
  assert.equal(await client.getdel('io:c'), '3');
  assert.equal(await client.exists('io:c'), 0);
  assert.equal(await client.expire('io:d', 50), 1);
}

async function values(client) {
  for (const value of [Buffer.from([...Array(256).keys()]), Buffer.alloc(0), Buffer.from('\r\n$-1\r\n'), randomBytes(1 << 20)]) {
    await client.set('io:value', value);
    assert.ok(value.equals(await client.getBuffer('io:value')));
  }
  await client.set('ключ 🐎', 'naïve 汉字 🐎');
  assert.equal(await client.get('ключ 🐎'), 'naïve 汉字 🐎');
}

async function scans(client) {
  const wanted = [...Array(500).keys()].map((i) => `io:scan:${i}`).sort();
  await client.mset(wanted.flatMap((key) => [key, '']));
  const found = [];
  for await (const keys of client.scanStream({ match: 'io:scan:*', count: 50 })) found.push(...keys);
  assert.deepEqual(found.sort(), wanted);
  assert.equal(await client.del(wanted), 500);
}

async function transactions(client) {
  const results = await client.multi().set('io:t', '1').incr('io:t').get('io:t').exec();
  assert.deepEqual(results, [[null, 'OK'], [null, 2], [null, '2']]);
  const other = await connect();
  await client.watch('io:t');
  await other.set('io:t', '7');
  assert.equal(await client.multi().set('io:t', '8').exec(), null, 'the watched key had changed');
  assert.equal(await client.get('io:t'), '7');
  other.disconnect();
  const pipeline = client.pipeline();
  for (let i = 0; i < 1000; ++i) pipeline.set('io:p', i).get('io:p');
  const answers = (await pipeline.exec()).map(([, answer]) => answer);
  assert.deepEqual(answers.filter((_, at) => at % 2 === 1), [...Array(1000).keys()].map(String));
}

async function errors(client) {
  await client.set('io:value', 'text');
  await assert.rejects(client.incr('io:value'), { name: 'ReplyError', message: 'ERR value is not an integer or out of range' });
  await assert.rejects(client.call('NOSUCH', 'x'), /unknown command 'NOSUCH'/);
  await assert.rejects(client.call('GET'), /wrong number of arguments for 'get' command/);
  await assert.rejects(client.set('a', 'b', 'EX', 0), /invalid expire time in 'set' command/);
}

async function administration(client) {
  await client.client('SETNAME', 'io');
  assert.equal(await client.client('GETNAME'), 'io');
  assert.match(await client.client('INFO'), /lib-name=ioredis/);
  assert.deepEqual(await client.config('GET', 'maxmemory'), ['maxmemory', '0']);
  assert.equal(await client.config('SET', 'maxmemory', '1gb', 'timeout', '0'), 'OK');
  assert.equal(await client.config('SET', 'maxmemory', '0'), 'OK');
  assert.match(await client.info('server'), /redis_version:7\.0\.15/);
  assert.ok((await client.command('COUNT')) > 50);
  assert.equal(await client.object('ENCODING', 'io:a'), 'int');
}

async function reconnects(client) {
  const before = await client.client('ID');
  const admin = await connect();
  const again = new Promise((done) => { client.once('ready', done); });
  assert.equal(await admin.client('KILL', 'ID', before), 1);
  await again;
  assert.equal(await client.get('io:a'), '1');
  assert.ok((await client.client('ID')) > before);
  admin.disconnect();
}

async function herd(client) {
  const [other, observer] = [await connect(), await connect()];
  assert.equal(await client.get('cache:io'), null, 'the first reader is elected to fill');
  let early = true;
  const waiting = other.get('cache:io').finally(() => { early = false; });
  while (!/ parked=1/.test(await observer.client('LIST'))) assert.ok(early, 'the second reader did not wait');
  await client.set('cache:io', 'filled', 'EX', 60);
  assert.equal(await waiting, 'filled');
  other.disconnect();
  observer.disconnect();
}

const client = await connect();
for (const part of [strings, values, scans, transactions, errors, administration, reconnects, herd]) await part(client);
client.disconnect();
console.log('ioredis: as it should be');
