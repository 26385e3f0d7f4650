import { X509Certificate } from 'node:crypto'
import { distinguishedName } from '@mtls-gateway/domain'
import type { FailureContext } from './failure-context.ts'

/** Why the chain of a target leads to no CA that is trusted: which issuer is missing, and who has to give it. */
export function unknownIssuer({ target, targetChain, trustsGivenCas }: FailureContext): string {
  const path = pathOf(targetChain.map((der) => new X509Certificate(der)))
  const last = path.at(-1)
  const known = trustsGivenCas ? 'is none of those given in targetTrust.caCertificates' : 'is unknown to this gateway'
  const give = trustsGivenCas
    ? 'give it in targetTrust.caCertificates'
    : 'give it in the mapping, as a CA certificate of the target (targetTrust.caCertificates), or have a public CA issue the certificate'
  if (last === undefined)
    return `The certificate of ${target} comes from a CA that ${known}. To trust that CA, ${give}.`
  const issuer = `"${distinguishedName(last.issuer)}"`
  if (last.issuer !== last.subject) {
    const sent = path.length === 1 ? 'its certificate alone' : 'a chain that is not complete'
    return `${target} sent ${sent}: the certificate of its issuer ${issuer} was not sent and ${known}. Get it from the target's owner and ${give}; where a CA above it is trusted already, it is enough that the target sends it.`
  }
  if (path.length === 1) return `The certificate of ${target} is self-signed and ${known}. To trust it, ${give}.`
  return `The chain of ${target} ends with the CA ${issuer}, which ${known}. To trust that CA, ${give}.`
}

/** From the leaf up, as far as what was sent leads; its order is the target's. */
function pathOf([leaf, ...others]: readonly X509Certificate[]): readonly X509Certificate[] {
  const path: X509Certificate[] = []
  for (let at = leaf; at !== undefined && !path.includes(at); ) {
    path.push(at)
    const { issuer } = at
    at = others.find(({ subject }) => subject === issuer)
  }
  return path
}
