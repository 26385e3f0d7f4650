import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'

/** How fast a body must arrive that is read whole, because it holds memory until then. */
export interface BodyPace {
  /** However slowly it starts. */
  readonly graceMs: number
  /** On average, after that. */
  readonly bytesPerSecond: number
}

const defaultPace: BodyPace = { graceMs: 10_000, bytesPerSecond: 16 * 1024 }
const checkMs = 1_000

/**
 * Calls `onSlow` once if the connection is too slow. It counts the bytes that the socket has read, so it does not
 * interfere with whoever reads the body. @returns a function that ends the watch
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
      onSlow(new CodedError('BODY_TOO_SLOW', 'The body arrived too slowly. Send the request again.'))
    },
    Math.min(checkMs, graceMs),
  )
  return () => clearInterval(timer)
}
