import { CodedError } from '@mtls-gateway/domain'
import type { CommonConfiguration } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../../admin-context.ts'

/** @throws CodedError `CONFIGURATION_INVALID`: the settings are wrong, or not for an embedded store */
export function embeddedConfiguration({ service, environment }: AdminContext): CommonConfiguration {
  const configuration = service.readConfiguration(environment)
  if (configuration.secretStore === 'embedded') return configuration
  const advice = 'With Vault or OpenBao, use their own snapshots: vault operator raft snapshot save.'
  throw new CodedError('CONFIGURATION_INVALID', `This is for the embedded store. ${advice}`)
}
