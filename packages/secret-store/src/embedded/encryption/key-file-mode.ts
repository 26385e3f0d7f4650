import { statSync } from 'node:fs'
import { CodedError } from '@mtls-gateway/domain'
import type { StoreEvent } from '../events/store-event.ts'

const writableByOthers = 0o002
const exposed = 0o077

/**
 * Whoever reads `master.key` and the database has all secrets. A key that everybody may replace is refused. One that
 * the group may write is only told of: Kubernetes gives that mode to every file of a volume with an `fsGroup`.
 *
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function checkKeyFileMode(path: string, onEvent: ((event: StoreEvent) => void) | undefined): void {
  // Windows has no such modes; Node makes them up.
  if (process.platform === 'win32') return
  const mode = statSync(path).mode & 0o777
  const text = mode.toString(8).padStart(4, '0')
  if ((mode & writableByOthers) !== 0) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `Every user of this host may write ${path} (mode ${text}). Check whether somebody did, and run "chmod 600 ${path}" ` +
        'before the next start.',
    )
  }
  if ((mode & exposed) !== 0) onEvent?.({ kind: 'key-exposed', path, mode: text })
}
