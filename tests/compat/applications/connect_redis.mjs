// connect-redis: sessions of express-session, kept over HTTP requests that carry the cookie.
// Usage: node connect_redis.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { createClient } from 'redis';
import { eventually, port, run } from './flow.mjs';

const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
const store = new RedisStore({ client, prefix: 'sess:', ttl: 600, scanCount: 10 });
const call = (name, ...words) => promisify(store[name].bind(store))(...words);

// A site with a counter in the session and a way to log out.
const middleware = session({ store, secret: 'of the test', resave: false, saveUninitialized: false });
const site = createServer((request, response) => middleware(request, response, () => {
  if (request.url === '/out') {
    request.session.destroy(() => response.end('out'));
    return;
  }
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.end(String(request.session.visits));
}));
await new Promise((done) => { site.listen(0, '127.0.0.1', done); });
const address = `http://127.0.0.1:${site.address().port}`;

async function visits() {
  const first = await fetch(address);
  assert.equal(await first.text(), '1');
  const [cookie] = first.headers.get('set-cookie').split(';');
  for (const wanted of ['2', '3']) assert.equal(await (await fetch(address, { headers: { cookie } })).text(), wanted);
  const [key] = await client.keys('sess:*');
  const ttl = await client.ttl(key);
  assert.ok(ttl > 590 && ttl <= 600, `TTL ${ttl}`);
  assert.equal(JSON.parse(await client.get(key)).visits, 3);
  assert.equal(await (await fetch(`${address}/out`, { headers: { cookie } })).text(), 'out');
  assert.equal(await client.exists(key), 0);
  assert.equal(await (await fetch(address, { headers: { cookie } })).text(), '1', 'the old cookie starts anew');
}

async function theStore() {
  await call('clear');
  const of = (user) => ({ user, cookie: { expires: new Date(Date.now() + 100_000).toISOString() } });
  for (let i = 0; i < 50; ++i) await call('set', `id${i}`, of(i));
  assert.equal(await call('length'), 50);
  assert.deepEqual((await call('ids')).sort(), [...Array(50).keys()].map((i) => `id${i}`).sort());
  assert.deepEqual((await call('all')).map((one) => one.user).sort((a, b) => a - b), [...Array(50).keys()]);
  const ttl = await client.ttl('sess:id7');
  assert.ok(ttl > 90 && ttl <= 100, `TTL ${ttl}`);
  await call('touch', 'id7', { cookie: { expires: new Date(Date.now() + 500_000).toISOString() } });
  assert.ok((await client.ttl('sess:id7')) > 490);
  await call('destroy', 'id7');
  assert.equal(await call('get', 'id7'), null);
  await call('set', 'brief', { cookie: { expires: new Date(Date.now() + 1500).toISOString() } });
  await eventually('the brief session ends', async () => (await call('get', 'brief')) === null);
  await call('clear');
  assert.equal(await call('length'), 0);
}

await run('connect-redis', [visits, theStore]);
