import type { Log } from '@mtls-gateway/service-kit'
import type { ForwarderConfiguration } from '../../configuration/configuration.ts'
import { Targets } from './targets.ts'

const firstPauseMs = 1_000

/** The targets of a deployment. Its log tells when one is given up, and when it answers again. */
export function targetsOf(configuration: ForwarderConfiguration, log: Log): Targets {
  const { circuitFailures, circuitLongestPauseMs } = configuration
  return new Targets({
    limits: configuration,
    circuits: { failures: circuitFailures, firstPauseMs, longestPauseMs: circuitLongestPauseMs },
    onOpened: (accountId, target, failure) => log.warn({ event: 'target-circuit-opened', accountId, target, failure }),
    onClosed: (accountId, target) => log.info({ event: 'target-circuit-closed', accountId, target }),
  })
}
