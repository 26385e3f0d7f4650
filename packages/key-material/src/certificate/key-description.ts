import type { KeyObject } from 'node:crypto'

/** The kind of a key, from its public or private half. */
export interface KeyDescription {
  /** `RSA`, `RSA-PSS`, `EC`, `Ed25519`, `Ed448`; for others node:crypto's name. */
  readonly type: string
  /** In bits. */
  readonly size: number
  /** `P-256`, ... or OpenSSL's name; only for EC keys. */
  readonly curve?: string
  /** `RSA-2048`, `EC-P256`, `Ed25519`: as certificates state it (docs/api.md). */
  readonly label: string
}

/** OpenSSL's names, those of the standards, and the bits. */
const curves: ReadonlyMap<string, readonly [name: string, bits: number]> = new Map([
  ['prime256v1', ['P-256', 256]],
  ['secp384r1', ['P-384', 384]],
  ['secp521r1', ['P-521', 521]],
])
const edwards: ReadonlyMap<string, readonly [name: string, bits: number]> = new Map([
  ['ed25519', ['Ed25519', 256]],
  ['ed448', ['Ed448', 456]],
])

export function describeKey(key: KeyObject): KeyDescription {
  const kind = key.asymmetricKeyType ?? 'unknown'
  const details = key.asymmetricKeyDetails ?? {}
  const edwardsKind = edwards.get(kind)
  if (edwardsKind) return { type: edwardsKind[0], size: edwardsKind[1], label: edwardsKind[0] }
  if (kind === 'ec') {
    const openssl = details.namedCurve ?? 'unnamed'
    const [curve, size] = curves.get(openssl) ?? [openssl, bitsInName(openssl)]
    return { type: 'EC', size, curve, label: `EC-${curve.replace(/^P-/, 'P')}` }
  }
  const size = details.modulusLength ?? 0
  return { type: kind.toUpperCase(), size, label: `${kind.toUpperCase()}-${size}` }
}

/** `secp256k1`, `brainpoolP384r1` and similar names contain the size. */
function bitsInName(curve: string): number {
  return Number(/\d{3}/.exec(curve)?.[0] ?? 0)
}
