// socket.io's Redis adapters: two servers that share rooms over pub/sub, plain and with shard channels.
// Usage: node socket_io.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { eventually, port, run, within } from './flow.mjs';

const heard = (socket, event) => new Promise((done) => { socket.once(event, (...words) => done(words)); });

// Two servers joined by an adapter, and a client at each, in the room of its server's name and in "all".
async function withServers(adapterOf, body) {
  const nodes = [];
  for (const name of ['left', 'right']) {
    const publisher = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
    const subscriber = await publisher.duplicate().connect();
    const server = new Server({ adapter: adapterOf(publisher, subscriber), transports: ['websocket'] });
    server.on('connection', async (socket) => {
      await socket.join([name, 'all']);
      socket.on('shout', (text) => socket.to('all').emit('shouted', text));
      socket.emit('joined');
    });
    server.listen(0);
    const client = io(`http://127.0.0.1:${server.httpServer.address().port}`, { transports: ['websocket'], autoConnect: false });
    nodes.push({ server, client, publisher, subscriber });
  }
  const [left, right] = nodes;
  await eventually('each server knows of the other', async () => (
    (await Promise.all(nodes.map((node) => node.server.of('/').adapter.serverCount()))).every((count) => count === 2)));
  for (const { client } of nodes) {
    const joined = heard(client, 'joined');
    client.connect();
    await within('joining', joined);
  }
  await body(left, right);
  for (const { client, server, publisher, subscriber } of nodes) {
    client.disconnect();
    await server.close();
    await Promise.all([publisher.close(), subscriber.close()]);
  }
}

async function chat(left, right) {
  const atBoth = [heard(left.client, 'news'), heard(right.client, 'news')];
  left.server.emit('news', { text: 'naïve 汉字', bytes: Buffer.from([0, 1, 255]) });
  for (const words of await Promise.all(atBoth)) {
    assert.equal(words[0].text, 'naïve 汉字');
    assert.deepEqual([...words[0].bytes], [0, 1, 255]);
  }
  const shouted = heard(right.client, 'shouted');
  left.client.emit('shout', 'hey');
  assert.deepEqual(await shouted, ['hey']);
  const told = heard(right.client, 'told');
  left.server.to('right').emit('told', 1);
  assert.deepEqual(await told, [1]);
}

async function questions(left, right) {
  assert.equal((await left.server.fetchSockets()).length, 2);
  assert.deepEqual((await left.server.in('right').fetchSockets()).map((one) => one.id), [right.client.id]);
  right.client.on('ask', (n, answer) => answer(n + 1));
  assert.deepEqual(await left.server.in('right').timeout(20_000).emitWithAck('ask', 41), [42]);
  right.server.once('between servers', (answer) => answer('right'));
  assert.deepEqual(await left.server.serverSideEmitWithAck('between servers'), ['right']);
  left.server.in('right').socketsJoin('late');
  await eventually('it has joined', async () => (await right.server.in('late').local.fetchSockets()).length === 1);
  const gone = heard(right.client, 'disconnect');
  left.server.in('right').disconnectSockets();
  assert.deepEqual((await gone)[0], 'io server disconnect');
}

const both = async (left, right) => {
  await chat(left, right);
  await questions(left, right);
};
const plain = () => withServers((publisher, subscriber) => createAdapter(publisher, subscriber), both);
const sharded = () => withServers((publisher, subscriber) => createShardedAdapter(publisher, subscriber), both);

await run('@socket.io/redis-adapter', [plain, sharded]);
