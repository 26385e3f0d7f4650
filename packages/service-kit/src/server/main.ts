import { isCodedError } from '@mtls-gateway/domain'
import { redactText, sourceStack } from '../logging/redaction.ts'
import { watchEventLoop } from '../process/watchdog.ts'
import { tuneHeap } from './heap.ts'
import { requireNodeInternals } from './node-internals.ts'
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
    requireNodeInternals()
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

function failStart(error: unknown): never {
  const text = isCodedError(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? sourceStack(error.stack ?? error.message)
      : String(error)
  console.error(redactText(text))
  process.exit(1)
}
