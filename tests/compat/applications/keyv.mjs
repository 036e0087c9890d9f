// keyv and cache-manager over @keyv/redis: values with times to live, namespaces, and wrapped computations.
// Usage: node keyv.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import KeyvRedis, { createClient } from '@keyv/redis';
import { createCache } from 'cache-manager';
import Keyv from 'keyv';
import { eventually, port, run } from './flow.mjs';

const url = `redis://127.0.0.1:${port}`;
const raw = await createClient({ url }).connect();

async function values() {
  const keyv = new Keyv(new KeyvRedis(url), { namespace: 'kv' });
  keyv.on('error', (error) => { throw error; });
  assert.equal(await keyv.set('a', { deep: ['汉字', 1.5, null] }, 60_000), true);
  assert.deepEqual(await keyv.get('a'), { deep: ['汉字', 1.5, null] });
  assert.equal(await keyv.get('nosuch'), undefined);
  const ttl = await raw.pTTL((await raw.keys('*a')).find((key) => key.startsWith('kv')));
  assert.ok(ttl > 50_000 && ttl <= 60_000, `TTL ${ttl}`);
  assert.equal(await keyv.has('a'), true);
  assert.equal(await keyv.delete('a'), true);
  assert.equal(await keyv.delete('a'), false);
  await keyv.set('brief', 1, 50);
  await eventually('brief has expired', async () => (await keyv.get('brief')) === undefined);
  await keyv.disconnect();
}

async function namespaces() {
  const [one, two] = ['one', 'two'].map((namespace) => new Keyv(new KeyvRedis(url), { namespace }));
  for (let i = 0; i < 30; ++i) await Promise.all([one.set(`k${i}`, i), two.set(`k${i}`, -i)]);
  assert.deepEqual(await one.get(['k1', 'k2', 'nosuch']), [1, 2, undefined]);
  const walked = new Map();
  for await (const [key, value] of one.iterator()) walked.set(key, value);
  assert.equal(walked.size, 30);
  assert.equal(await one.delete(['k1', 'k2']), true);
  await one.clear();
  assert.equal(await one.get('k3'), undefined);
  assert.equal(await two.get('k3'), -3, 'the other namespace is left alone');
  await Promise.all([one.disconnect(), two.disconnect()]);
}

async function cacheManager() {
  const cache = createCache({ stores: [new Keyv(new KeyvRedis(url), { namespace: 'manager' })], ttl: 60_000 });
  let computed = 0;
  const compute = async () => { computed += 1; return { n: computed }; };
  const answers = await Promise.all([...Array(5)].map(() => cache.wrap('w', compute)));
  assert.deepEqual([answers[4], computed], [{ n: 1 }, 1], 'computed once');
  await cache.mset([{ key: 'm1', value: 1 }, { key: 'm2', value: 2, ttl: 30_000 }]);
  assert.deepEqual(await cache.mget(['m1', 'm2', 'nosuch']), [1, 2, undefined]);
  await cache.del('w');
  assert.deepEqual(await cache.wrap('w', compute), { n: 2 });
  await cache.set('soon', 1, 50);
  await eventually('it is computed again once it ran out', async () => (await cache.wrap('soon', async () => 2)) === 2);
  await cache.clear();
  assert.equal(await cache.get('m1'), undefined);
  await cache.disconnect();
}

await run('keyv', [values, namespaces, cacheManager]);
