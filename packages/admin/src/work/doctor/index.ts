import type { VaultRole } from '@mtls-gateway/secret-store/vault-setup'
import { type CommonConfiguration, type CommonSettings, hasOwnTokenIssuer, tryTracing } from '@mtls-gateway/service-kit'
import { type Check, type DoctorFacts, type Finding, fail, ok } from '../../finding.ts'
import {
  callerCertificates,
  dataDirectory,
  fileModes,
  masterKey,
  tlsCertificate,
  writableDirectories,
} from './file-checks.ts'
import { tokenIssuer } from './issuer-check.ts'
import { addresses, descriptors, diskSpace } from './process-checks.ts'
import { redis } from './redis-checks.ts'
import { embeddedStore, vaultHealth, vaultLogin, vaultSetUp } from './store-checks.ts'

export { type Check, type Finding, fail, ok, reasonOf, warn } from '../../finding.ts'
export { egressProxies } from './egress-checks.ts'
export { examination } from './examine.ts'
export { tlsCertificate, writableDirectories } from './file-checks.ts'
export { addresses, descriptors, memory } from './process-checks.ts'
export { redis } from './redis-checks.ts'
export { vaultAccess, vaultHealth, vaultSetUp } from './store-checks.ts'

export interface CheckedService {
  readonly settings: CommonSettings
  readonly role: VaultRole
  /** A folder with the policies of the Vault roles (ROLE.hcl). */
  readonly vaultPolicies: string
}

/** What services with a store need, in the order of the report. */
export function storeServiceChecks(service: CheckedService): readonly Check<CommonConfiguration>[] {
  return [
    descriptors,
    addresses(service.settings),
    writableDirectories(directoriesOf),
    diskSpace,
    fileModes,
    dataDirectory,
    masterKey,
    tlsCertificate,
    callerCertificates,
    embeddedStore,
    vaultHealth,
    vaultLogin(service.role),
    vaultSetUp(service.vaultPolicies),
    redis,
    tokenIssuer,
    traces,
  ]
}

/** The store and the key of the embedded issuer are in DATA_DIR; notices and nonces in RUNTIME_DIR, if that is set. */
function directoriesOf(configuration: CommonConfiguration): Readonly<Record<string, string>> {
  const { secretStore, dataDir, runtimeDir, redisUrls } = configuration
  const hasOwnIssuer = hasOwnTokenIssuer(configuration)
  const isWithoutRedis = redisUrls.reveal().length === 0
  return {
    ...((secretStore === 'embedded' || hasOwnIssuer || (isWithoutRedis && !runtimeDir)) && { DATA_DIR: dataDir }),
    ...(isWithoutRedis && runtimeDir && { RUNTIME_DIR: runtimeDir }),
  }
}

/** Where OpenTelemetry's variables send spans to. */
export async function traces({ environment }: DoctorFacts<unknown>): Promise<readonly Finding[]> {
  const trial = await tryTracing(environment)
  if (trial === undefined) return []
  const { endpoint = 'the default of OpenTelemetry', failure } = trial
  const check = 'OTEL_EXPORTER_OTLP_ENDPOINT'
  if (failure === undefined) return [ok(check, `${endpoint} takes spans`)]
  return [fail(check, `${endpoint}: ${failure}`, 'Check the url, OTEL_EXPORTER_OTLP_HEADERS, and whether it runs.')]
}
