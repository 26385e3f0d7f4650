import type { Closable } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import type { Job, Turns } from '@mtls-gateway/event-loop'

interface Turn {
  readonly turns: Turns
  readonly owner: string
  /** What the work is expected to take of the event loop, in milliseconds. */
  readonly expectedMs: number
  /** The response: once it is closed, nobody needs the work any more. */
  readonly until: Closable
}

/**
 * Begins the work at once, if this turn of the event loop has time for it, or else when it is its owner's turn.
 * Rejects with CodedError `TOO_MANY_CALLS`, which nobody sees, where the caller has gone before.
 */
export function inTurn<T>({ turns, owner, expectedMs, until }: Turn, work: () => Promise<T>): Promise<T> {
  if (until.destroyed) return Promise.reject(callerGone())
  return new Promise((resolve, reject) => {
    let isWaiting = false
    const leave = () => {
      turns.leave(owner, job)
      reject(callerGone())
    }
    const job: Job = {
      expectedMs,
      onTurn: () => {
        if (isWaiting) until.off('close', leave)
        resolve(work())
      },
    }
    isWaiting = turns.add(owner, job)
    if (isWaiting) until.once('close', leave)
  })
}

function callerGone(): CodedError {
  return new CodedError('TOO_MANY_CALLS', 'The caller has gone before it was the turn of its call.')
}
