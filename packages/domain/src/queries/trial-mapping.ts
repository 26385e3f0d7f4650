import type { Account } from '../account/account.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { MappingIndex } from '../mappings/mapping-index.ts'
import type { TargetUrl } from '../mappings/target-url.ts'

/**
 * The mapping that says how the target of a trial is verified: one that calls of the url fall under, whatever their
 * service; one of the certificate comes first.
 */
export function trialMapping({ mappings }: Account, id: CertificateId, url: TargetUrl): Mapping | undefined {
  const near = mappings.filter(isNear(url))
  const index = new MappingIndex()
  for (const mapping of near) index.add(mapping)
  const services = new Set(near.map(({ serviceId }) => serviceId))
  const found = [...services].flatMap((serviceId) => index.find(serviceId, url) ?? [])
  return found.find(({ certificateId }) => certificateId === id) ?? found[0]
}

/** Whether a mapping's host may be that of the url: an account has 10,000 mappings, and an index of all takes long. */
function isNear(target: TargetUrl): (mapping: Mapping) => boolean {
  const { host } = new URL(target)
  const own = `https://${host}`
  const ofWildcard = `https://*${host.slice(host.indexOf('.'))}`
  return ({ url }) => url.startsWith(own) || url.startsWith(ofWildcard)
}
