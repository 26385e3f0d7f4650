import { ECDH, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bits, element, identifier, integer, nothing, octets, sequence, set, text } from './made-der.ts'

const commonName = '550403'
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'))
const time = (year: string) => element(0x17, Buffer.from(`${year}0101000000Z`))

/** A name with as many parts of one letter. */
export function nameOf(parts: number, letter = 'x'): Buffer {
  return sequence(...Array<Buffer>(parts).fill(set(sequence(identifier(commonName), text(letter)))))
}

export const named = (name: string): Buffer => nameOf(1, name)

export function extension(id: string, value: Buffer): Buffer {
  return sequence(identifier(id), octets(value))
}

export interface MadeCertificate {
  readonly subject?: Buffer
  readonly issuer?: Buffer
  readonly publicKey?: Buffer
  readonly extensions?: readonly Buffer[]
  /** An EC key, in place of which the signature is invented. */
  readonly signer?: KeyObject
}

/** A certificate in DER. */
export function makeCertificate(made: MadeCertificate = {}): Buffer {
  const { subject = named('a CA'), issuer = named('its issuer'), publicKey = keyOn('prime256v1') } = made
  const extensions = made.extensions === undefined ? [] : [element(0xa3, sequence(...made.extensions))]
  const signed = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.from([1])),
    ecdsaWithSha256,
    issuer,
    sequence(time('25'), time('49')),
    subject,
    publicKey,
    ...extensions,
  )
  const invented = sequence(integer(Buffer.from([5])), integer(Buffer.from([7])))
  const signature = made.signer === undefined ? invented : sign('sha256', signed, made.signer)
  return sequence(signed, ecdsaWithSha256, bits(signature))
}

/** The SubjectPublicKeyInfo of a new key. */
export function keyOn(namedCurve: string, paramEncoding: 'named' | 'explicit' = 'named'): Buffer {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding })
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** Its point is written in another way than usual. */
export function keyOnP224(form: 'compressed' | 'hybrid'): Buffer {
  const point = keyOn('secp224r1').subarray(-57)
  const written = ECDH.convertKey(point, 'secp224r1', undefined, undefined, form)
  return sequence(sequence(identifier('2a8648ce3d0201'), identifier('2b81040021')), bits(Buffer.from(written)))
}

export function rsaKey(modulusBytes: number, exponentBytes: number): Buffer {
  const key = sequence(integer(Buffer.alloc(modulusBytes, 0xff)), integer(Buffer.alloc(exponentBytes, 0xff)))
  return sequence(sequence(identifier('2a864886f70d010101'), nothing), bits(key))
}

export const keyOfAlgorithm = (id: string): Buffer => sequence(sequence(identifier(id)), bits(Buffer.alloc(32, 7)))

export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
