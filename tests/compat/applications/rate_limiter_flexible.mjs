// rate-limiter-flexible: counters in Lua scripts (ioredis, node-redis), bursts, blocks and a queue.
// Usage: node rate_limiter_flexible.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { BurstyRateLimiter, RateLimiterQueue, RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { eventually, port, run } from './flow.mjs';

const ioredis = new Redis({ host: '127.0.0.1', port });
const nodeRedis = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
const clients = [{ storeClient: ioredis, keyPrefix: 'io' }, { storeClient: nodeRedis, useRedisPackage: true, keyPrefix: 'node' }];

async function consume() {
  for (const client of clients) {
    const limiter = new RateLimiterRedis({ ...client, points: 5, duration: 60 });
    for (let left = 4; left >= 0; --left) {
      const { remainingPoints, consumedPoints, isFirstInDuration } = await limiter.consume('user');
      assert.deepEqual([remainingPoints, consumedPoints, isFirstInDuration], [left, 5 - left, left === 4]);
    }
    const refused = await limiter.consume('user').then(() => assert.fail('a sixth was let in'), (answer) => answer);
    assert.equal(refused.remainingPoints, 0);
    assert.ok(refused.msBeforeNext > 50_000 && refused.msBeforeNext <= 60_000, `${refused.msBeforeNext} ms to wait`);
    assert.equal((await limiter.get('user')).consumedPoints, 6);
    assert.equal((await limiter.reward('user', 3)).consumedPoints, 3);
    assert.equal((await limiter.penalty('user', 2)).consumedPoints, 5);
    assert.equal(await limiter.delete('user'), true);
    assert.equal(await limiter.get('user'), null);
    await limiter.set('user', 2, 30);
    assert.equal((await limiter.consume('user', 2)).consumedPoints, 4);
  }
}

async function windows() {
  for (const client of clients) {
    const limiter = new RateLimiterRedis({ ...client, points: 1, duration: 1 });
    await limiter.consume('brief');
    await assert.rejects(limiter.consume('brief'), { remainingPoints: 0 });
    await eventually('the window is over', () => limiter.consume('brief').then(() => true, () => false));
  }
}

async function blocks() {
  const limiter = new RateLimiterRedis({ ...clients[0], points: 1, duration: 1, blockDuration: 100, keyPrefix: 'block' });
  await limiter.consume('user');
  const refused = await limiter.consume('user').then(() => assert.fail('let in'), (answer) => answer);
  assert.ok(refused.msBeforeNext > 90_000, `blocked for ${refused.msBeforeNext} ms`);
  assert.ok((await ioredis.ttl('block:user')) > 90);
  await limiter.block('other', 50);
  await assert.rejects(limiter.consume('other'), { remainingPoints: 0 });
}

async function parallel() {
  const limiter = new RateLimiterRedis({ ...clients[0], points: 50, duration: 60, keyPrefix: 'many' });
  const answers = await Promise.allSettled([...Array(200)].map(() => limiter.consume('all')));
  assert.equal(answers.filter((answer) => answer.status === 'fulfilled').length, 50);
}

async function bursts() {
  const [steady, burst] = ['steady', 'burst'].map((keyPrefix) => new RateLimiterRedis({ ...clients[0], points: 2, duration: 60, keyPrefix }));
  const limiter = new BurstyRateLimiter(steady, burst);
  for (let i = 0; i < 4; ++i) await limiter.consume('user');
  await assert.rejects(limiter.consume('user'), (answer) => answer.msBeforeNext > 0);
  const queue = new RateLimiterQueue(new RateLimiterRedis({ ...clients[0], points: 2, duration: 1, keyPrefix: 'queue' }));
  assert.equal((await Promise.all([1, 2, 3].map(() => queue.removeTokens(1)))).length, 3);
}

await run('rate-limiter-flexible', [consume, windows, blocks, parallel, bursts]);
