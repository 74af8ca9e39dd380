#!/usr/bin/env bash
# bullmq 6.7.0: `resume()` right after an awaited `pause(true)` leaves a worker that has just been started without its loop, for good.
#
# `run()` begins the loop, and `pause(true)` resolves at once, because no job is active. `resume()` then asks whether the worker is running:
# the loop has noticed the pause and is on its way out, but its flag still says that it runs, so no new one is begun. A few microtasks
# later the loop is over. From then on `isPaused()` and `isRunning()` both say false, and no job is worked on until somebody calls
# `run()` or `resume()` again. A worker whose loop is already waiting for a job does not do so: `resume()` takes effect there.
#
# Why it matters: programs that pause workers while they start (until the database is migrated, say) do exactly this. There is no error,
# no event and no log: jobs pile up beside a worker that says it is not paused.
#
# Wants a Redis at REDIS_PORT of this host, 6379 if it is not set; uses two queues of its own and removes them.
# Seen (Node 20.20.2, Redis 7.0.15):
#   just started: worked on the job: false, paused: false, running: false
#   waiting for jobs: worked on the job: true, paused: false, running: true
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent bullmq@6.7.0 ioredis@5.11.1

cat >resume.mjs <<'PROGRAM'
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT ?? 6379) };

async function resumed(state, isWaiting) {
  const name = `finding-resume-${process.pid}-${isWaiting ? 'waiting' : 'started'}`;
  const queue = new Queue(name, { connection });
  const worker = new Worker(name, async () => 'done', { connection, autorun: false });
  await worker.waitUntilReady();
  void worker.run();
  if (isWaiting) {
    await queue.add('first', {});
    await once(worker, 'completed');
    await wait(200);
  }
  await worker.pause(true);
  worker.resume();
  const job = await queue.add('job', {});
  for (let left = 100; left > 0 && !(await job.isCompleted()); left -= 1) await wait(50);
  console.log(
    `${state}: worked on the job: ${await job.isCompleted()}, paused: ${worker.isPaused()}, running: ${worker.isRunning()}`,
  );
  await worker.close(true);
  await queue.obliterate({ force: true });
  await queue.close();
}

await resumed('just started', false);
await resumed('waiting for jobs', true);
PROGRAM

seen=$(timeout 60 node resume.mjs)
before='just started: worked on the job: false, paused: false, running: false
waiting for jobs: worked on the job: true, paused: false, running: true'
if [[ $seen != "$before" ]]; then
  printf 'changed. Seen now:\n%s\nBefore:\n%s\n' "$seen" "$before"
  exit 1
fi
echo 'as seen: a worker that is resumed while its loop ends stands still in bullmq 6.7.0'
