import type { ServiceName } from '../../test/support/backends.ts'
import { configApiEntry, forwarderApiEntry } from '../../test/support/entries.ts'

/** Services to run, built. */
export interface Release {
  readonly entries: Readonly<Record<ServiceName, string>>
  /** Whether it tells its callers to leave in a pause before it stops. */
  readonly hasPause: boolean
}

export const today: Release = {
  entries: { 'config-api': configApiEntry, 'forwarder-api': forwarderApiEntry },
  hasPause: true,
}
