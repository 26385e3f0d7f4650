import { constants, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { checkClientCertificates, readPemCertificates } from '@mtls-gateway/certificate-rules'
import {
  CodedError,
  type MessageSignature,
  maxClientRsaBits,
  type SignatureAlgorithm,
  type SigningAlgorithm,
  signatureAlgorithmFor,
  signingKeyAlgorithmFor,
  unfitKeySentence,
  unfitSigningKeySentence,
} from '@mtls-gateway/domain'

/** What signs, and how a target finds it. */
export interface SigningKey {
  readonly privateKey: KeyObject
  /** As certificates state it: `RSA-2048`, `EC-P256`, `Ed25519`. */
  readonly keyType: string
  /** Which its JWK names; undefined: any that its type can. */
  readonly algorithm?: SigningAlgorithm
  /** Undefined: targets know the key by its id alone. */
  readonly certificate: X509Certificate | undefined
  /** Where the setting names none: the `kid`, or of a certificate, the SHA-256 of its DER as base64url. */
  readonly keyId: string
}

/**
 * A certificate as what signs. Those that were stored before there were rules for certificates are held to them here.
 * @param privateKey PKCS#8 as PEM
 * @param certificates PEM, the leaf first
 * @throws CodedError `SIGNATURE_CERTIFICATE_UNUSABLE`
 */
export function signingKeyOf(privateKey: string, certificates: string): SigningKey {
  try {
    checkClientCertificates(readPemCertificates(certificates))
    return keyOf(createPrivateKey(privateKey), new X509Certificate(certificates))
  } catch (cause) {
    throw new CodedError(
      'SIGNATURE_CERTIFICATE_UNUSABLE',
      'The certificate that signs calls to this url cannot be used. Upload it again.',
      { cause },
    )
  }
}

function keyOf(privateKey: KeyObject, certificate: X509Certificate): SigningKey {
  const keyId = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
  return { privateKey, keyType: keyTypeOf(privateKey), certificate, keyId }
}

/**
 * A signing key of an account as what signs.
 * @param privateKey PKCS#8 as PEM
 */
export function accountKeyOf(
  privateKey: string,
  { kid, algorithm }: { readonly kid: string; readonly algorithm: SigningAlgorithm },
): SigningKey {
  const key = createPrivateKey(privateKey)
  return { privateKey: key, keyType: keyTypeOf(key), algorithm, certificate: undefined, keyId: kid }
}

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return `RSA-${asymmetricKeyDetails?.modulusLength}`
  if (asymmetricKeyType === 'ed25519') return 'Ed25519'
  const curve = asymmetricKeyDetails?.namedCurve
  return curve === 'prime256v1' ? 'EC-P256' : (curve ?? String(asymmetricKeyType))
}

/** @throws CodedError `SIGNATURE_KEY_UNFIT` */
export function algorithmOf(signature: MessageSignature, key: SigningKey): SignatureAlgorithm {
  const { keyType, privateKey, algorithm: own } = key
  if (own !== undefined) {
    const fitting = signingKeyAlgorithmFor(signature, own)
    if (fitting !== undefined) return fitting
    const advice = 'Activate another key, or change the signature.'
    throw new CodedError('SIGNATURE_KEY_UNFIT', `${unfitSigningKeySentence(signature, own)} ${advice}`)
  }
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0
  const algorithm = bits > maxClientRsaBits ? undefined : signatureAlgorithmFor(signature, keyType)
  if (algorithm !== undefined) return algorithm
  throw new CodedError(
    'SIGNATURE_KEY_UNFIT',
    `${unfitKeySentence(signature, keyType)} Have another certificate sign, or change the signature.`,
  )
}

interface Signing {
  /** Null: the algorithm has its own. */
  readonly hash: 'sha256' | 'sha512' | null
  readonly padding?: number
  readonly saltLength?: number
  readonly dsaEncoding?: 'der' | 'ieee-p1363'
}

const pss = (hash: 'sha256' | 'sha512', saltLength: number): Signing => ({
  hash,
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength,
})

const signings: Readonly<Record<SignatureAlgorithm, Signing>> = {
  'rsa-sha256': { hash: 'sha256' },
  'rsa-sha512': { hash: 'sha512' },
  // As ANSI X9.62 has it, and the implementations of the draft.
  'ecdsa-sha256': { hash: 'sha256', dsaEncoding: 'der' },
  PS256: pss('sha256', 32),
  RS256: { hash: 'sha256' },
  ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  EdDSA: { hash: null },
  'rsa-pss-sha512': pss('sha512', 64),
  'rsa-v1_5-sha256': { hash: 'sha256' },
  'ecdsa-p256-sha256': { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  ed25519: { hash: null },
}

/**
 * What a signature takes of a thread, compared with one by an EC key, which takes some 0.1 ms: 64 with RSA of 4,096
 * bits.
 */
export function signingWork({ privateKey }: SigningKey): number {
  const { modulusLength = 0 } = privateKey.asymmetricKeyDetails ?? {}
  return Math.max(1, Math.ceil((Math.min(modulusLength, maxClientRsaBits) / 1_024) ** 3))
}

/** Off the event loop: an RSA key of 4,096 bits takes some milliseconds. */
export function signBytes(algorithm: SignatureAlgorithm, key: SigningKey, bytes: Buffer): Promise<Buffer> {
  const { hash, ...options } = signings[algorithm]
  return new Promise((resolve, reject) => {
    sign(hash, bytes, { key: key.privateKey, ...options }, (error, signature) => {
      if (error) reject(error)
      else resolve(signature)
    })
  })
}
