import { url as debuggerUrl } from 'node:inspector'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Log } from '../logging/log.ts'
import type { WatchdogTask } from './watchdog-thread.ts'

const thread = new URL(`./watchdog-thread${extname(import.meta.url)}`, import.meta.url)

/** How often within the limit the event loop shows that it runs. */
const beatsPerLimit = 10

/**
 * What it needs to start and, in the end, for the urls of all scripts: twice what 20,000 took, ten times a service's.
 */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/**
 * Ends this process, with a stack in its log, once its event loop has been blocked for `limitMs`: it answers nobody any
 * more, and nothing in it could stop the blocking code. 0 turns it off.
 *
 * A separate thread watches, because the blocked one can't. If the whole process is stopped or starved, so is the
 * watch.
 */
export function watchEventLoop(log: Log, limitMs: number): void {
  if (limitMs === 0) return
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  let count = 0
  const beat = () => {
    count = (count % 1_000_000) + 1
    // Someone who debugs the process may pause it for as long as they like.
    Atomics.store(beats, 0, debuggerUrl() === undefined ? count : 0)
  }
  const tickMs = limitMs / beatsPerLimit
  // Immediately: the first request may be the one that blocks.
  beat()
  setInterval(beat, tickMs).unref()
  const task: WatchdogTask = { beats, ticks: beatsPerLimit, tickMs, bindings: log.bindings() }
  const worker = new Worker(thread, { workerData: task, resourceLimits, env: {}, execArgv: [], name: 'watchdog' })
  worker.unref()
  worker.on('error', (err) => log.error({ event: 'watchdog-failed', err }, 'the event loop is not watched any more'))
}
