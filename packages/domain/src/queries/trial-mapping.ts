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
  const index = new MappingIndex()
  for (const mapping of mappings) index.add(mapping)
  const services = new Set(mappings.map(({ serviceId }) => serviceId))
  const found = [...services].flatMap((serviceId) => index.find(serviceId, url) ?? [])
  return found.find(({ certificateId }) => certificateId === id) ?? found[0]
}
