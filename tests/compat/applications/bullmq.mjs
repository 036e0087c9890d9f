// BullMQ: queues of jobs, whose every step is a Lua script over lists, sorted sets, hashes and streams.
// Usage: node bullmq.mjs PORT
// See: README.md of this folder.
import assert from 'node:assert/strict';
import { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq';
import { eventually, port, run } from './flow.mjs';

const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

// Runs body(queue, events, work) with a queue of its own; work(handler, options) starts a worker. All are closed after.
async function withQueue(name, body) {
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  const open = [events, queue];
  const work = async (handler, options = {}) => {
    const worker = new Worker(name, handler, { connection, ...options });
    open.unshift(worker);
    worker.on('error', (error) => { throw error; });
    await worker.waitUntilReady();
    return worker;
  };
  await events.waitUntilReady();
  await body(queue, events, work);
  for (const one of open) await one.close();
}

const add = () => withQueue('add', async (queue, events, work) => {
  await work(async (job) => {
    await job.updateProgress(50);
    await job.log('half way');
    return { twice: job.data.n * 2 };
  });
  const progress = new Promise((done) => { events.once('progress', done); });
  const job = await queue.add('double', { n: 21 }, { jobId: 'answer' });
  assert.deepEqual(await job.waitUntilFinished(events), { twice: 42 });
  assert.equal((await progress).data, 50);
  assert.deepEqual((await queue.getJobLogs('answer')).logs, ['half way']);
  assert.equal((await queue.add('double', { n: 1 }, { jobId: 'answer' })).id, 'answer', 'the same id is one job');
  assert.deepEqual(await queue.getJobCounts('completed', 'waiting', 'failed'), { completed: 1, waiting: 0, failed: 0 });
  await queue.obliterate({ force: true });
  assert.equal(await queue.getJob('answer'), undefined);
});

const order = () => withQueue('order', async (queue, events, work) => {
  await queue.pause();
  assert.equal(await queue.isPaused(), true);
  const jobs = await queue.addBulk([
    { name: 'low', data: 0, opts: { priority: 10 } }, { name: 'high', data: 0, opts: { priority: 1 } },
    { name: 'first', data: 0 }, { name: 'second', data: 0 }, { name: 'last in, first out', data: 0, opts: { lifo: true } },
  ]);
  const done = [];
  await work(async (job) => { done.push(job.name); });
  await queue.resume();
  for (const job of jobs) await job.waitUntilFinished(events);
  assert.deepEqual(done, ['last in, first out', 'first', 'second', 'high', 'low']);
});

const delay = () => withQueue('delay', async (queue, events, work) => {
  await work(async () => Date.now());
  const later = await queue.add('later', 0, { delay: 150 });
  assert.equal(await later.getState(), 'delayed');
  const sooner = await queue.add('sooner', 0, { delay: 30 });
  const [at, before] = [await later.waitUntilFinished(events), await sooner.waitUntilFinished(events)];
  assert.ok(before <= at && at - later.timestamp >= 150, `ran after ${at - later.timestamp} ms of 150`);
  const waiting = await queue.add('never', 0, { delay: 3_600_000 });
  assert.equal(await queue.getDelayedCount(), 1);
  await waiting.promote();
  await waiting.waitUntilFinished(events);
});

const retry = () => withQueue('retry', async (queue, events, work) => {
  await work(async (job) => {
    if (job.name === 'hopeless') throw new UnrecoverableError('no use');
    if (job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade}`);
    return job.attemptsMade;
  });
  const job = await queue.add('third time lucky', 0, { attempts: 3, backoff: { type: 'exponential', delay: 5 } });
  assert.equal(await job.waitUntilFinished(events), 2);
  const twice = await queue.add('twice only', 0, { attempts: 2 });
  await assert.rejects(twice.waitUntilFinished(events), /attempt 1/);
  await assert.rejects((await queue.add('hopeless', 0, { attempts: 9 })).waitUntilFinished(events), /no use/);
  assert.deepEqual((await queue.getFailed()).map((one) => one.name).sort(), ['hopeless', 'twice only']);
  const again = await queue.getJob(twice.id);
  assert.equal(again.failedReason, 'attempt 1');
  await again.retry();
  await eventually('the retried job is done', () => again.isCompleted());
});

const repeat = () => withQueue('repeat', async (queue, events, work) => {
  let times = 0;
  await work(async () => { times += 1; });
  await queue.upsertJobScheduler('ticker', { every: 20, limit: 3 }, { name: 'tick', data: 0 });
  await eventually('three ticks', async () => times === 3 && (await queue.getDelayedCount()) === 0);
  await queue.upsertJobScheduler('yearly', { pattern: '0 0 1 1 *' }, { name: 'new year', data: 0 });
  assert.deepEqual((await queue.getJobSchedulers()).map((one) => one.key).filter((key) => key === 'yearly'), ['yearly']);
  assert.equal(await queue.removeJobScheduler('yearly'), true);
  assert.equal(await queue.getDelayedCount(), 0);
});

const parallel = () => withQueue('parallel', async (queue, events, work) => {
  const seen = new Map();
  for (let i = 0; i < 4; ++i) {
    await work(async (job) => { seen.set(job.data, (seen.get(job.data) ?? 0) + 1); }, { concurrency: 5 });
  }
  await queue.addBulk([...Array(200).keys()].map((data) => ({ name: 'one of many', data })));
  await eventually('all jobs are done', async () => (await queue.getCompletedCount()) === 200);
  assert.equal(seen.size, 200);
  assert.ok([...seen.values()].every((times) => times === 1), 'each exactly once');
});

const rateLimit = () => withQueue('rate', async (queue, events, work) => {
  const started = [];
  const jobs = await queue.addBulk([...Array(8).keys()].map((data) => ({ name: 'limited', data })));
  // The window opens when the first job is taken, after processedOn; a job's own clock is read when its window is open.
  await work(async (job) => { started.push({ at: Date.now(), taken: job.processedOn }); }, { limiter: { max: 4, duration: 200 } });
  for (const job of jobs) await job.waitUntilFinished(events);
  const gap = started[4].at - started[0].taken;
  assert.ok(gap >= 200, `the fifth job began ${gap} ms after the first, where 4 are allowed in 200 ms`);
});

const families = () => withQueue('family', async (queue, events, work) => {
  await work(async (job) => (job.name === 'parent' ? Object.values(await job.getChildrenValues()).sort() : job.data * 10));
  const producer = new FlowProducer({ connection });
  const tree = await producer.add({
    name: 'parent', queueName: 'family', children: [1, 2, 3].map((data) => ({ name: 'child', queueName: 'family', data })),
  });
  assert.deepEqual(await tree.job.waitUntilFinished(events), [10, 20, 30]);
  await producer.close();
});

await run('bullmq', [add, order, delay, retry, repeat, parallel, rateLimit, families]);
