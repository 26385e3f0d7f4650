import { execFile } from 'node:child_process'
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { keyOn, keyOnP224, makeCertificate, pemOf, rsaKey } from '@mtls-gateway/test-kit'
import { checkCertificate } from '../src/index.ts'

const spki = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ type: 'spki', format: 'der' })
const compressed = () => {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  const [x = '', y = ''] = [jwk.x, jwk.y]
  const header = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex')
  const form = 2 + ((Buffer.from(y, 'base64url').at(-1) ?? 0) & 1)
  return Buffer.concat([header, Buffer.from([form]), Buffer.from(x, 'base64url')])
}

/** One key of each kind that targets and CAs may have. */
const taken: readonly (readonly [string, Buffer])[] = [
  ['P-224', keyOn('secp224r1')],
  ['P-256', keyOn('prime256v1')],
  ['P-256, compressed', compressed()],
  ['P-384', keyOn('secp384r1')],
  ['P-521', keyOn('secp521r1')],
  ['RSA', spki(generateKeyPairSync('rsa', { modulusLength: 2_048 }))],
  ['RSA-PSS', spki(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }))],
  ['the largest RSA', rsaKey(1_024, 4)],
  ['Ed25519', spki(generateKeyPairSync('ed25519'))],
  ['Ed448', spki(generateKeyPairSync('ed448'))],
  ['ML-DSA-44', spki(generateKeyPairSync('ml-dsa-44'))],
  ['ML-DSA-65', spki(generateKeyPairSync('ml-dsa-65'))],
  ['ML-DSA-87', spki(generateKeyPairSync('ml-dsa-87'))],
]
/** As cheap, but without a name of NIST: Node crashes when it describes them. */
const nameless = ['secp256k1', 'brainpoolP256r1', 'brainpoolP256t1', 'brainpoolP384r1', 'brainpoolP384t1']
const namelessToo = ['brainpoolP512r1', 'brainpoolP512t1']

describe('a key', () => {
  it.each(taken)('that is taken can be described by Node, in a process of its own: %s', async (_, publicKey) => {
    const der = makeCertificate({ publicKey })
    expect(() => checkCertificate(der, 'theirs')).not.toThrow()
    expect(() => checkCertificate(der, 'ours')).not.toThrow()
    const script = `console.log(new (require('node:crypto').X509Certificate)(${JSON.stringify(pemOf(der))}).toLegacyObject().subject.CN)`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script])
    expect(stdout.trim()).toBe('a CA')
  })

  it.each([...nameless, ...namelessToo])('on %s is taken where we present it, and refused of others', (curve) => {
    const der = makeCertificate({ publicKey: keyOn(curve) })
    expect(() => checkCertificate(der, 'theirs')).toThrow('curve that is not taken')
    expect(() => checkCertificate(der, 'ours')).not.toThrow()
  })

  it.each([
    ['of explicit parameters', keyOn('prime256v1', 'explicit'), 'explicit parameters'],
    ['on a binary curve', keyOn('sect283r1'), 'curve that is not taken'],
    ['on P-192', keyOn('prime192v1'), 'curve that is not taken'],
    ['with a compressed point on P-224', keyOnP224('compressed'), 'compressed point'],
    ['with a large modulus', rsaKey(1_025, 3), '8200 bits'],
    ['with a large exponent', rsaKey(256, 5), 'exponent of 40 bits'],
  ])('%s is refused of everyone', (_, publicKey, reason) => {
    const der = makeCertificate({ publicKey })
    for (const side of ['ours', 'theirs'] as const) {
      expect(() => checkCertificate(der, side)).toThrow(
        expect.objectContaining({ why: 'key', message: expect.stringContaining(reason) }),
      )
    }
  })

  it('is read as OpenSSL reads it', () => {
    for (const [, publicKey] of taken) {
      expect(new X509Certificate(makeCertificate({ publicKey })).publicKey.type).toBe('public')
    }
  })
})
