// What the JavaScript flows share: parts run in order and named when they fail, and bounded waits.
// See: README.md of this folder.
import { readFileSync } from 'node:fs';

export const port = Number(process.argv[2]);
export const WAIT_MS = 30_000;

// Runs each part; the first that fails is named with its error, and the process ends with 1.
export async function run(application, parts) {
  const { version } = JSON.parse(readFileSync(new URL(`../node_modules/${application}/package.json`, import.meta.url)));
  for (const part of parts) {
    try {
      await within(`the part ${part.name}`, part());
    } catch (error) {
      console.error(`${application} ${version}: ${part.name} failed:`, error);
      process.exit(1);
    }
  }
  console.log(`${application} ${version}: as it should be`);
  process.exit(0);
}

// The promise's value; rejects if it does not come within WAIT_MS.
export function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${WAIT_MS} ms`)), WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Resolves with the first value of condition() that is true; asks again and again, for WAIT_MS at most.
export async function eventually(what, condition) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not so after ${WAIT_MS} ms`);
    await new Promise((again) => { setTimeout(again, 2); });
  }
}
