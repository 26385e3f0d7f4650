import {
  type CertificateCounts,
  checkCertificate,
  takesTooManyComparisons,
  UnfitCertificate,
} from '@mtls-gateway/certificate-rules'
import { flightRefusal } from '../../failures/transport-error.ts'

const maxCertificates = 16
/** OpenSSL and Node keep a chain for as long as its connection lives, at about seven times its length. */
const maxChainBytes = 64 * 1024
/** For the whole chain: some of OpenSSL's work on it grows with the square of this. */
const maxChainElements = 2_000

/**
 * OpenSSL decodes the keys of all certificates that it is sent before it looks at any, and then verifies each
 * signature up to a certificate that it trusts or does not find: Node only tells it afterwards that a chain is refused.
 * @param chain in DER, as the target sends it
 * @param trustConstraints ASN.1 elements of name constraints of the CAs that are trusted
 * @returns the chain
 * @throws TransportError
 */
export function checkChain(chain: Iterable<Buffer>, trustConstraints: number): readonly Buffer[] {
  const checked: Buffer[] = []
  const all: CertificateCounts[] = []
  let bytes = 0
  let elements = 0
  for (const der of chain) {
    if (all.length === maxCertificates) throw flightRefusal(`its chain has more than ${maxCertificates} certificates`)
    bytes += der.length
    if (bytes > maxChainBytes) throw flightRefusal(`its chain has more than ${maxChainBytes} bytes`)
    const counts = check(der, `certificate ${all.length + 1} of its chain`)
    elements += counts.elements
    all.push(counts)
    checked.push(der)
  }
  if (elements > maxChainElements) {
    throw flightRefusal(`its chain has ${elements} ASN.1 elements, where ${maxChainElements} are the most`)
  }
  if (takesTooManyComparisons(all, trustConstraints)) {
    throw flightRefusal('its chain has too many names and name constraints')
  }
  return checked
}

function check(der: Buffer, which: string): CertificateCounts {
  try {
    return checkCertificate(der, 'theirs')
  } catch (error) {
    if (error instanceof UnfitCertificate) throw flightRefusal(`${which} ${error.message}`)
    throw error
  }
}
