import { type IssuerFault, type OpenedIssuers, openIssuers } from '@mtls-gateway/issuance'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { targetConnections } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'

/** For all issuers together: a start is not held up by it. */
export const issuerCheckMs = 20_000

/** The way out to issuers behind a webhook: as to targets. */
export function openIssuerUpstreams(configuration: ConfigApiConfiguration): UpstreamPools {
  const { guard, extraCa } = targetConnections(configuration)
  return new UpstreamPools({ guard: new TargetGuard(guard), extraCa })
}

/**
 * Asks every issuer of ISSUERS_FILE whether it would issue, without a service and its store.
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export async function checkIssuers(configuration: ConfigApiConfiguration): Promise<readonly IssuerFault[]> {
  const upstreams = openIssuerUpstreams(configuration)
  const issuers: OpenedIssuers = openIssuers(configuration.issuersFile, { cas: noCas, upstreams })
  try {
    return await issuers.check(AbortSignal.timeout(issuerCheckMs))
  } finally {
    await issuers.close()
    await upstreams.close()
  }
}

const unused = () => Promise.reject(new TypeError('a check issues nothing'))
const noCas = { find: unused, certificate: unused, sign: unused }
