/** A watched thread without a beat, in a process whose standard output hangs as a file may. */
import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { WatchdogTask } from '../../src/process/watchdog-thread.ts'
import '../support/stdout-is-file.ts'

const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(1)
const mayInspect = process.argv[2] === 'inspect'
const workerData: WatchdogTask = { beats, ticks: 10, tickMs: 20, mayInspect, bindings: {} }
const hook = new URL('../support/stdout-is-file.ts', import.meta.url).href
writeSync(1, Buffer.alloc(65_536, 'x'))
new Worker(new URL('../../src/process/watchdog-thread.ts', import.meta.url), {
  workerData,
  execArgv: [`--import=${hook}`],
})
setInterval(() => {}, 10)
