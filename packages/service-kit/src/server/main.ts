import { setFlagsFromString } from 'node:v8'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { redactText } from '../logging/redaction.ts'
import { watchEventLoop } from '../process/watchdog.ts'
import type { RunningService } from './serve-http.ts'

/**
 * Runs a service process: starts it, stops it on SIGTERM and SIGINT, and exits with 0. A start that fails prints a
 * sentence (a stack only for a defect) and exits with 1. A second signal ends the process at once. SIGHUP ends nothing:
 * it reads the certificate again. After the start, a separate thread ends it if its event loop is blocked.
 */
export async function main(start: () => Promise<RunningService>): Promise<void> {
  tuneHeap()
  // Node's own handler would open the inspector, which gives anyone who may signal the process all of its rights.
  process.on('SIGUSR1', () => {})
  let running: RunningService | undefined
  process.on('SIGHUP', () => {
    running?.log.info({ event: 'reload', signal: 'SIGHUP' })
    running?.reload?.()
  })
  try {
    requireTestedNode()
    running = await start()
  } catch (error) {
    failStart(error)
  }
  const service = running
  const crash = (err: unknown) => {
    service.log.fatal({ event: 'crash', err })
    process.exit(1)
  }
  process.on('uncaughtException', crash)
  watchEventLoop(service.log, service.blockedLimitMs)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      service.log.info({ event: 'stopping', signal })
      service.stop().then(() => process.exit(0), crash)
    })
  }
}

/** What the services use of Node beyond its documentation is tested on this version alone (docs/node-internals.md). */
export const testedNode = 24

function requireTestedNode(): void {
  const { node } = process.versions
  if (Number.parseInt(node, 10) === testedNode) return
  throw new CodedError(
    'NODE_UNSUPPORTED',
    `This is Node ${node}. Run the services on Node ${testedNode}: they use parts of it that another version may lack.`,
  )
}

function failStart(error: unknown): never {
  const text = isCodedError(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error)
  console.error(redactText(text))
  process.exit(1)
}

/**
 * Tells V8 how a service uses its heap. Collecting the whole heap takes 100 ms of a core, and calls wait. Call it first
 * in a process: whatever V8 has decided before stays.
 */
export function tuneHeap(): void {
  // With little to do, V8 compacts the heap and shrinks the young generation; this keeps memory once it has it.
  setFlagsFromString('--memory-reducer-gc-count=0')
  // If few objects grow old, V8 marks as soon as the heap has grown by a tenth. Here it may grow to four times what was
  // alive (less near V8's limit).
  setFlagsFromString('--heap-growing-percent=300')
  // Where most arrays of a line of code live long, V8 makes all of them in the old generation from then on. Of
  // node:events that is the line which makes the list of an event's listeners: connections keep theirs, the lists of a
  // call are dead with it, and as long as such a list lies there, dead or not, all of its call does. One process out of
  // ten came to that, by what it did in its first seconds: half the calls a second, and a 99th percentile of 20 ms
  // instead of 2.
  setFlagsFromString('--no-allocation-site-pretenuring')
}
