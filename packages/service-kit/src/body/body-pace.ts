import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'

/** How fast a body must come that is read whole: memory is held for it meanwhile. */
export interface BodyPace {
  /** However slow it begins. */
  readonly graceMs: number
  /** On the average of the time after that. */
  readonly bytesPerSecond: number
}

const defaultPace: BodyPace = { graceMs: 10_000, bytesPerSecond: 16 * 1024 }
const checkMs = 1_000

/**
 * Calls `onSlow` once, if bytes of the connection come too slowly; the function ends the watch. It counts what the
 * socket has read, so that whoever reads the body is not disturbed.
 */
export function watchPace(
  { socket }: IncomingMessage,
  onSlow: (error: CodedError) => void,
  { graceMs, bytesPerSecond }: BodyPace = defaultPace,
): () => void {
  const [startedAt, before] = [performance.now(), socket.bytesRead]
  const timer = setInterval(
    () => {
      const paceMs = performance.now() - startedAt - graceMs
      if (socket.bytesRead - before >= (paceMs / 1_000) * bytesPerSecond) return
      clearInterval(timer)
      onSlow(
        new CodedError('BODY_TOO_SLOW', 'The body came too slowly, so it was not waited for. Send the request again.'),
      )
    },
    Math.min(checkMs, graceMs),
  )
  return () => clearInterval(timer)
}
