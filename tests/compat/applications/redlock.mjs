// redlock: locks over one or several keys, held, extended, released and left to expire.
// Usage: node redlock.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import redlock from 'redlock';
import { eventually, port, run } from './flow.mjs';

const client = new Redis({ host: '127.0.0.1', port });
const Redlock = redlock.default ?? redlock;
const once = new Redlock([client], { retryCount: 0 });
const patient = new Redlock([client], { retryCount: -1, retryDelay: 5, retryJitter: 0 });

async function excludes() {
  const lock = await once.acquire(['lock:a', 'lock:b'], 60_000);
  await assert.rejects(once.acquire(['lock:b', 'lock:c'], 60_000), /unable to achieve a quorum/);
  assert.equal(await client.exists('lock:c'), 0, 'refused as a whole');
  assert.equal(await client.get('lock:a'), lock.value);
  await lock.release();
  assert.equal(await client.exists('lock:a', 'lock:b'), 0);
}

async function extends_() {
  const lock = await once.acquire(['lock:x'], 10_000);
  const longer = await lock.extend(60_000);
  assert.ok((await client.pttl('lock:x')) > 50_000);
  await client.set('lock:x', 'of somebody else');
  await assert.rejects(longer.release(), /unable to achieve a quorum/);
  assert.equal(await client.get('lock:x'), 'of somebody else');
}

async function expires() {
  await once.acquire(['lock:brief'], 100);
  const next = await patient.acquire(['lock:brief'], 60_000);
  assert.equal(await client.get('lock:brief'), next.value);
  await next.release();
}

async function serialises() {
  let [inside, most, total] = [0, 0, 0];
  await Promise.all([...Array(20)].map(() => patient.using(['lock:shared'], 60_000, async () => {
    inside += 1;
    most = Math.max(most, inside);
    total = Number(await client.get('lock:total')) + 1;
    await client.set('lock:total', total);
    inside -= 1;
  })));
  assert.deepEqual([most, total], [1, 20]);
  await eventually('the last lock is gone', async () => (await client.exists('lock:shared')) === 0);
}

await run('redlock', [excludes, extends_, expires, serialises]);
