/** Those that a mapping may ask for. OpenSSL speaks older ones only at a security level that this gateway has not. */
export const tlsVersions = ['1.2', '1.3'] as const
export type TlsVersion = (typeof tlsVersions)[number]

const both: readonly TlsVersion[] = tlsVersions

/** The groups that a mapping may name, and the versions that have them. Those of DHE are no matter of the client's. */
export const tlsGroups: Readonly<Record<string, readonly TlsVersion[]>> = {
  X25519MLKEM768: ['1.3'],
  SecP256r1MLKEM768: ['1.3'],
  SecP384r1MLKEM1024: ['1.3'],
  X25519: both,
  X448: both,
  'P-256': both,
  'P-384': both,
  'P-521': both,
  ffdhe2048: ['1.3'],
  ffdhe3072: ['1.3'],
  brainpoolP256r1: ['1.2'],
  brainpoolP384r1: ['1.2'],
  brainpoolP512r1: ['1.2'],
  brainpoolP256r1tls13: ['1.3'],
  brainpoolP384r1tls13: ['1.3'],
  brainpoolP512r1tls13: ['1.3'],
}

/** How a mapping wants TLS with its target (docs/target-credentials.md). Anything left out is as for other targets. */
export interface MappingTls {
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  /** The target may lack secure renegotiation (RFC 5746). */
  readonly legacyRenegotiation?: true
  /** All that are offered, by OpenSSL's names, the preferred one first. */
  readonly ciphers?: readonly string[]
  /** All that are offered for the key exchange, the preferred one first: names of {@link tlsGroups}. */
  readonly groups?: readonly string[]
}

/** The versions that are offered: those from the lowest to the highest for which there are ciphers and groups. */
export function offeredTlsVersions({
  minVersion = '1.2',
  maxVersion = '1.3',
  ciphers,
  groups,
}: MappingTls): readonly TlsVersion[] {
  return tlsVersions.filter((version) => {
    if (version < minVersion || version > maxVersion) return false
    if (ciphers?.every((cipher) => cipher.startsWith('TLS_') !== (version === '1.3'))) return false
    return groups === undefined || groups.some((group) => tlsGroups[group]?.includes(version))
  })
}

/** Equal only for settings that make the same connections. It has no space. */
export function tlsKey(tls: MappingTls): string {
  const { minVersion = '', maxVersion = '', legacyRenegotiation, ciphers = [], groups = [] } = tls
  return [minVersion, maxVersion, legacyRenegotiation ? 'legacy' : '', ciphers.join(':'), groups.join(':')].join('/')
}
