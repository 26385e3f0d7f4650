import { isCodedError } from '@mtls-gateway/domain'
import type { ConfigurationFault } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../../admin-context.ts'
import { dataDirectory, fileModes, masterKey, tlsCertificate } from './file-checks.ts'
import { type Check, type Finding, fail, ok } from './finding.ts'
import { tokenIssuer } from './issuer-check.ts'
import { descriptors, diskSpace, memory, nodeVersion } from './process-checks.ts'
import { redis } from './redis-checks.ts'
import { embeddedStore, vaultHealth, vaultLogin, vaultSetUp } from './store-checks.ts'

/** In the order of the report. */
const checks: readonly Check[] = [
  descriptors,
  memory,
  diskSpace,
  fileModes,
  dataDirectory,
  masterKey,
  tlsCertificate,
  embeddedStore,
  vaultHealth,
  vaultLogin,
  vaultSetUp,
  redis,
  tokenIssuer,
]

/** Looks at everything that the service's settings name. With wrong settings it says only what is wrong with them. */
export async function examine({ service, environment }: AdminContext): Promise<readonly Finding[]> {
  const version = ok('mtls-admin', `${service.version}, commit ${service.commit}, in ${service.name}`)
  const always = [version, ...nodeVersion()]
  try {
    const configuration = service.readConfiguration(environment)
    const results = await Promise.all(checks.map((check) => check({ service, environment, configuration })))
    return [...always, ok('settings', 'valid'), ...results.flat()]
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONFIGURATION_INVALID') throw error
    return [...always, ...faultsOf(error.details)]
  }
}

function faultsOf(details: object | undefined): readonly Finding[] {
  // As `parseConfiguration` throws it.
  const { faults = [] } = (details ?? {}) as { readonly faults?: readonly ConfigurationFault[] }
  return faults.map(({ variable, problem, example }) => fail(variable, problem, `For example ${variable}=${example}`))
}
