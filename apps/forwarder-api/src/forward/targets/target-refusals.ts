import { CodedError } from '@mtls-gateway/domain'
import type { Circuit } from './circuit.ts'

const retryAfterSeconds = 1

/** Only the calls to this target are too many. */
export function tooManyCallsTo(target: string): CodedError {
  return new CodedError(
    'TOO_MANY_CALLS',
    `Too many calls of this account to ${target} are in flight. Wait for some to end and try again. Calls to other targets are not affected.`,
    { details: { target }, retryAfterSeconds },
  )
}

export function circuitOpen(target: string, circuit: Circuit, now: number): CodedError {
  const { lastFailure } = circuit
  const reason =
    lastFailure === 'TARGET_TOO_COSTLY'
      ? 'sent what takes too much work'
      : `failed several times in a row, last with ${lastFailure}`
  const leftMs = circuit.leftMs(now)
  const retryAt = new Date(Date.now() + leftMs).toISOString()
  return new CodedError(
    'TARGET_CIRCUIT_OPEN',
    `${target} ${reason}, so calls to it are refused. The next one is let through in ${Math.max(1, Math.ceil(leftMs / 1_000))} s, and if the target answers it, all are.`,
    {
      details: { target, transportCode: lastFailure, retryAt },
      retryAfterSeconds: Math.max(retryAfterSeconds, leftMs / 1_000),
    },
  )
}
