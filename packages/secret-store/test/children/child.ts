import { once } from 'node:events'
import { flushCompileCache } from 'node:module'

/** Tells the parent something. Where the parent is gone this ends the process, so that none is left behind. */
export function tell(message: unknown): void {
  process.send?.(message)
}

export async function untilTold(): Promise<void> {
  // Most are killed, and would leave nothing to the next.
  flushCompileCache()
  tell('ready')
  await once(process, 'message')
}

/** An argument of the process, from 0. */
export function argument(index: number): string {
  return process.argv[index + 2] ?? ''
}
