// The demo's service, in JavaScript: plain cache-aside with a stock client, ioredis or node-redis.
// Callers share one connection to the cache, or have one each; nothing is configured beyond host and port.
// See: README.md of this folder.

import { createInterface } from 'node:readline';
import Redis from 'ioredis';
import pg from 'pg';
import { createClient } from 'redis';

const options = JSON.parse(process.argv[2]);
const now = () => performance.timeOrigin + performance.now();
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const fail = (error) => tell({ error: `${options.client}: ${error.message || error}` });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- what the demo is about -----------------------------------------------------------------------------------------

async function getProduct(cache, id) {
  const key = `cache:product:${id}`;
  const cached = await cache.get(key);
  if (cached !== null) return cached;
  const value = await queryDatabase(id);
  await setWithTtl(cache, key, value);
  return value;
}

// The two clients spell "SET key value EX seconds" differently.
const setWithTtl =
  options.client === 'ioredis'
    ? (cache, key, value) => cache.set(key, value, 'EX', options.ttl_s)
    : (cache, key, value) => cache.set(key, value, { EX: options.ttl_s });

async function queryDatabase(id) {
  tell({ query: id, at: now() });
  const result = await database.query('SELECT load_product($1)', [id]);
  return result.rows[0].load_product;
}

async function connectCache() {
  const { host, port } = options;
  if (options.client === 'ioredis') {
    const client = new Redis({ host, port });
    client.on('error', fail);
    await client.ping();
    return client;
  }
  const client = createClient({ socket: { host, port } });
  client.on('error', fail);
  return client.connect();
}

// ---- the callers ----------------------------------------------------------------------------------------------------

const database = new pg.Pool({ ...options.database, max: options.callers, idleTimeoutMillis: 0 });
database.on('error', fail);
let running = true;
let calls = [];

function reportCalls() {
  if (calls.length > 0) tell({ calls });
  calls = [];
}

async function callAgainAndAgain(cache) {
  while (running) {
    await pause(options.pause_ms[0] + Math.random() * (options.pause_ms[1] - options.pause_ms[0]));
    const id = Math.random() < options.hot_share ? 1 : 2 + Math.floor(Math.random() * options.other_products);
    const begun = now();
    try {
      const value = await getProduct(cache, id);
      if (JSON.parse(value).id !== id) throw new Error(`asked for product ${id}, got ${value}`);
    } catch (error) {
      fail(error);
    }
    const ended = now();
    calls.push([ended, ended - begun]);
  }
}

async function main() {
  const connections = options.connections === 'shared' ? 1 : options.callers;
  const caches = await Promise.all(Array.from({ length: connections }, connectCache));
  // Connect to the database beforehand, so that no query pays for it.
  const warm = await Promise.all(Array.from({ length: options.callers }, () => database.connect()));
  warm.forEach((connection) => connection.release());

  const commands = createInterface({ input: process.stdin });
  commands.on('close', () => process.exit(0)); // whoever started this is gone, or done
  tell({ ready: true });
  commands.once('line', async () => {
    setInterval(reportCalls, 100);
    commands.once('line', () => (running = false));
    await Promise.all(Array.from({ length: options.callers }, (_, i) => callAgainAndAgain(caches[i % connections])));
    reportCalls();
    tell({ done: true });
  });
}

main().catch((error) => {
  fail(error);
  process.exitCode = 1;
  process.stdin.destroy();
});
