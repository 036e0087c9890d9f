// Callers doing plain cache-aside with a stock client: ioredis, node-redis or valkey-glide, all on one connection or one
// each, nothing configured beyond host and port. What happened is printed line by line, as corral-herd does.
// See: README.md of this folder.

const options = JSON.parse(process.argv[2]);
const begun = performance.now();
const us = (at) => Math.round((at - begun) * 1000);
const now = () => performance.now();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const lines = [];
const note = (...words) => lines.push(words.join(' '));
const tell = (status) => process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(status));
const complain = (error) => note('error', `${options.client}: ${error?.message ?? error}`.replaceAll('\n', ' '));

// ---- the three clients: how to connect, and how "SET key value PX ms" is spelled ------------------------------------

const clients = {
  async ioredis({ host, port }) {
    const { default: Redis } = await import('ioredis');
    const client = new Redis({ host, port });
    client.on('error', complain);
    await client.ping();
    return {
      get: (key) => client.get(key),
      set: (key, value, ms) => client.set(key, value, 'PX', ms),
      close: () => client.disconnect(),
    };
  },
  async 'node-redis'({ host, port }) {
    const { createClient } = await import('redis');
    const client = createClient({ socket: { host, port } });
    client.on('error', complain);
    await client.connect();
    return {
      get: (key) => client.get(key),
      set: (key, value, ms) => client.set(key, value, { PX: ms }),
      close: () => client.destroy(),
    };
  },
  async 'valkey-glide'({ host, port }) {
    const { GlideClient, TimeUnit } = await import('@valkey/valkey-glide');
    const client = await GlideClient.createClient({ addresses: [{ host, port }] });
    return {
      get: (key) => client.get(key),
      set: (key, value, ms) => client.set(key, value, { expiry: { type: TimeUnit.Milliseconds, count: ms } }),
      close: () => client.close(),
    };
  },
};

// ---- cache-aside ----------------------------------------------------------------------------------------------------

const VALUE = 'v'.repeat(100);

async function callOrigin(caller, wave) {
  const at = now();
  await pause(options.origin_ms);
  note('origin', us(at), us(now()), caller, wave, 'done');
  return VALUE;
}

async function call(cache, key, caller, wave) {
  const at = now();
  let got = at;
  let missed = false;
  try {
    let value = await cache.get(key);
    got = now();
    if (value === null) {
      missed = true;
      value = await callOrigin(caller, wave);
      await cache.set(key, value, options.ttl_ms);
    }
    if (String(value) !== VALUE) throw new Error(`a wrong value: ${value}`);
    note('call', us(at), Math.round((got - at) * 1000), Math.round((now() - at) * 1000), missed ? 1 : 0, wave);
  } catch (error) {
    complain(error);
  }
}

// ---- what they do ---------------------------------------------------------------------------------------------------

// Requests that have nothing to do with the herd, at a fixed rate, on the callers' own connection.
function startOtherTraffic(cache) {
  if (!options.other_per_s) return () => {};
  const first = now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((now() - first) * options.other_per_s) / 1000; ++sent) {
      const at = now();
      cache.get('other:1').then(() => note('other', us(at), Math.round((now() - at) * 1000)), complain);
    }
  }, 1000 / options.other_per_s);
  return () => clearInterval(timer);
}

// All callers at once, wave by wave. Cold: a new key each time. Else the same key, whose time has just run out.
async function runWaves(caches) {
  const keyOf = (wave) => (options.cold ? `${options.key}:${wave}` : options.key);
  if (!options.cold) await caches[0].set(options.key, VALUE, options.ttl_ms);
  for (let wave = 0; wave < options.waves; ++wave) {
    await pause(options.between_ms);
    const callers = Array.from({ length: options.callers }, (_, i) =>
      call(caches[i % caches.length], keyOf(wave), i, wave),
    );
    await Promise.all(callers);
  }
}

// Each caller again and again, with a pause of 40 to 60 ms between.
async function runOn(caches) {
  const end = now() + options.seconds * 1000;
  const callers = Array.from({ length: options.callers }, async (_, i) => {
    while (now() < end) {
      await pause(40 + Math.random() * 20);
      await call(caches[i % caches.length], options.key, i, 0);
    }
  });
  await Promise.all(callers);
}

async function main() {
  setTimeout(() => {
    complain('not finished in time');
    tell(0);
  }, options.limit_s * 1000).unref();
  const connect = clients[options.client];
  const caches = await Promise.all(Array.from({ length: options.connections }, () => connect(options)));
  // The first calls of a client compile it; and the policy may be meant to have seen a fill.
  for (let i = 0; i < 20; ++i) await Promise.all(caches.map((cache) => cache.get('other:1')));
  if (options.prime) await call(caches[0], `${options.key}:prime`, 0, -1);
  lines.splice(0, lines.length, ...lines.filter((line) => line.startsWith('error')));
  const stop = startOtherTraffic(caches[0]);
  await (options.waves ? runWaves(caches) : runOn(caches));
  await pause(200);
  stop();
  await pause(100);
  note('end', us(now()));
  for (const cache of caches) cache.close();
  tell(0);
}

main().catch((error) => {
  complain(error);
  tell(1);
});
