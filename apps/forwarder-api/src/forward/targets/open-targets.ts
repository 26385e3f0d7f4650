import type { Log } from '@mtls-gateway/service-kit'
import type { ForwarderConfiguration } from '../../configuration/configuration.ts'
import { firstPauseMs } from './circuit.ts'
import { Targets } from './targets.ts'

/** The targets of a deployment. Its log tells when one is given up, and when it answers again. */
export function openTargets(configuration: ForwarderConfiguration, log: Log): Targets {
  const { circuitFailures, circuitLongestPauseMs } = configuration
  return new Targets({
    limits: configuration,
    circuits: { failures: circuitFailures, firstPauseMs, longestPauseMs: circuitLongestPauseMs },
    onOpened: (accountId, target, failure) => log.warn({ event: 'target-circuit-opened', accountId, target, failure }),
    onClosed: (accountId, target) => log.info({ event: 'target-circuit-closed', accountId, target }),
  })
}
