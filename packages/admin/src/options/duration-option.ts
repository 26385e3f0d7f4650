import { InvalidArgumentError } from '@commander-js/extra-typings'
import { durationMs } from '@mtls-gateway/service-kit'

/** Milliseconds, written as in the settings: `12h`. */
export function readDuration(text: string): number {
  const ms = durationMs(text)
  if (ms === undefined) throw new InvalidArgumentError('It is a number with ms, s, m, h or d: 12h.')
  return ms
}
