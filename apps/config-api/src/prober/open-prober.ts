import type { Bulkheads } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import type { Ranks } from '@mtls-gateway/isolated-jobs'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { inheritedCa } from '@mtls-gateway/outbound'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { type EgressProxies, type Log, targetConnections } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { LocalProber } from './local-prober.ts'
import { openProbePlaces } from './probe-limits.ts'
import type { Prober } from './prober.ts'
import { RemoteProber } from './remote-prober.ts'

interface Parts {
  readonly bulkheads: Bulkheads
  readonly ranks: Ranks
  readonly log: Log
  /** The service's own. */
  readonly store: SecretReader
  readonly keyMaterial: KeyMaterialPool
  readonly egress: EgressProxies | undefined
}

/**
 * On the embedded store, which config-api has open with every key, its child processes probe. On Vault the prober
 * does, as config-api may read no key there.
 */
export function openProber(
  configuration: ConfigApiConfiguration,
  { bulkheads, ranks, log, store, keyMaterial, egress }: Parts,
): Prober {
  const { secretStore, proberUrl, proberSecretFile } = configuration
  if (secretStore === 'embedded') {
    const { guard, extraCa } = targetConnections(configuration)
    return new LocalProber({
      keys: { kind: 'embedded', store, keyMaterial },
      guard,
      extraCa: [...inheritedCa(), ...extraCa],
      egress: egress?.of,
      places: openProbePlaces(bulkheads),
      ranks,
    })
  }
  if (proberUrl === undefined || proberSecretFile === undefined) return noProber
  return new RemoteProber({ url: proberUrl, secretFile: proberSecretFile, log })
}

const refuse = async () => {
  const sentence = 'This deployment has no prober to make these calls. Ask its operator for one (PROBER_URL).'
  throw new CodedError('PROBER_NOT_CONFIGURED', sentence)
}

const noProber: Prober = {
  run: refuse,
  sign: refuse,
  close: async () => {},
}
