import { statSync } from 'node:fs'
import type { StoreEvent } from '../events/store-event.ts'

const exposed = 0o077

/**
 * Whoever reads `master.key` and the database has all secrets, and whoever writes it can replace them. That is told and
 * no more: Kubernetes gives such modes to every file of a volume with an `fsGroup`, and on some mounts all files have
 * them and none can be changed.
 */
export function tellKeyFileMode(path: string, onEvent: ((event: StoreEvent) => void) | undefined): void {
  // Windows has no such modes; Node makes them up.
  if (process.platform === 'win32') return
  const mode = statSync(path).mode & 0o777
  if ((mode & exposed) !== 0) onEvent?.({ kind: 'key-exposed', path, mode: mode.toString(8).padStart(4, '0') })
}
