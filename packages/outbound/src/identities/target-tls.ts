import { constants } from 'node:crypto'
import { createSecureContext, DEFAULT_CIPHERS, getCiphers, type SecureContextOptions } from 'node:tls'
import type { TlsSignatures } from '@mtls-gateway/certificate-rules'
import { type MappingTls, offeredTlsVersions, tlsGroups } from '@mtls-gateway/domain'
import { TransportError } from '../failures/transport-error.ts'

/**
 * Without Diffie-Hellman over whole numbers: its size and numbers are the target's, and one handshake with the largest
 * takes 0.7 s, in which nobody else is served. Browsers have had none since 2016.
 */
const defaultCiphers = `${DEFAULT_CIPHERS}:!kDHE`

/**
 * A TLS 1.2 target may not start another handshake on an open connection: OpenSSL would process whatever arrives along
 * with the request before we could inspect it.
 */
const secureOptions = constants.SSL_OP_NO_RENEGOTIATION

/** Not DHE, for the reason above, nor what needs a secret that nobody has (PSK, SRP), or is too weak for OpenSSL. */
const offerable = /^(?:TLS_|ECDHE-(?:RSA|ECDSA)-|AES\d)(?!.*_CCM_8_)/

let ciphers: ReadonlySet<string> | undefined
let groups: ReadonlySet<string> | undefined

/** The ciphers that a mapping may name: those of this process's OpenSSL. */
export function knownCiphers(): ReadonlySet<string> {
  // Node has them in lower case, and OpenSSL takes no other than its own upper case.
  ciphers ??= new Set(
    getCiphers()
      .map((name) => name.toUpperCase())
      .filter((name) => offerable.test(name)),
  )
  return ciphers
}

/** The groups that a mapping may name, as far as this process's OpenSSL has them. */
export function knownGroups(): ReadonlySet<string> {
  groups ??= new Set(Object.keys(tlsGroups).filter(isKnownGroup))
  return groups
}

function isKnownGroup(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve })
    return true
  } catch {
    return false
  }
}

/**
 * What connections offer, as options of a TLS context.
 * @param tls what the mapping says; nothing: as for other targets
 * @param signatures of the client certificate, where there is one
 * @throws TransportError `TARGET_TLS_UNUSABLE`: this process's OpenSSL, or the key, cannot do what the mapping says
 */
export function tlsOptions(tls: MappingTls = {}, signatures?: TlsSignatures): SecureContextOptions {
  const { ciphers, groups, legacyRenegotiation } = tls
  const unknown = [
    ...(ciphers ?? []).filter((name) => !knownCiphers().has(name)),
    ...(groups ?? []).filter((name) => !knownGroups().has(name)),
  ]
  if (unknown.length > 0) throw unusable(`this gateway instance does not know ${unknown.join(', ')}`)
  const curves = curvesOf(groups, signatures?.unusualCurve)
  return {
    ...versionRange(tls, signatures),
    ciphers: ciphers?.join(':') ?? defaultCiphers,
    ...(curves !== undefined && { ecdhCurve: curves }),
    secureOptions: legacyRenegotiation ? secureOptions | constants.SSL_OP_LEGACY_SERVER_CONNECT : secureOptions,
  }
}

/** Where TLS 1.3 has no signature for a key, it would go on without the certificate, which TLS 1.2 may present. */
function versionRange(tls: MappingTls, signatures: TlsSignatures | undefined): SecureContextOptions {
  const offered = offeredTlsVersions(tls).filter((version) => version === '1.2' || signatures?.tls13.length !== 0)
  const [lowest] = offered
  const highest = offered.at(-1)
  if (lowest === undefined || highest === undefined) {
    throw unusable('it allows TLS 1.3 alone, which has no signature for the key of the client certificate')
  }
  return { minVersion: `TLSv${lowest}`, maxVersion: `TLSv${highest}` }
}

/**
 * `DEFAULT` are OpenSSL's own groups, with the key shares that it would send anyway (SSL_CTX_set1_groups_list). An
 * unusual curve comes last: it is named for the client certificate's sake.
 */
function curvesOf(groups: MappingTls['groups'], unusualCurve: string | undefined): string | undefined {
  if (unusualCurve === undefined) return groups?.join(':')
  return [...(groups ?? ['DEFAULT']), unusualCurve].join(':')
}

function unusable(detail: string): TransportError {
  return new TransportError('TARGET_TLS_UNUSABLE', { detail })
}
