import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { codes, examineP12 } from './support/examine.ts'
import { p12, password } from './support/files.ts'
import { keptFile } from './support/kept-files.ts'
import { openssl, selfSigned } from './support/openssl.ts'
import { type BagSpec, buildPfx } from './support/pkcs12-builder.ts'
import { pbes2 } from './support/protections.ts'

withTools(describe, 'openssl')('which key and certificate are meant', () => {
  let ca: TestCa
  let one: IssuedCertificate
  let two: IssuedCertificate
  beforeAll(async () => {
    ca = await createCa()
    one = await ca.issue({ commonName: 'one' })
    two = await ca.issue({ commonName: 'two' })
  })
  const key = ({ privateKey }: IssuedCertificate, alias?: string): BagSpec => ({
    privateKey,
    protection: pbes2(),
    ...(alias === undefined ? {} : { alias }),
  })
  const certificate = ({ certificate: pem }: IssuedCertificate): BagSpec => ({ certificate: pem })
  const examine = (...bags: readonly BagSpec[]) =>
    examineP12(buildPfx({ password, safes: [{ protection: null, bags }] }), password)

  it('is found by the key itself, whatever localKeyIDs say', () => {
    const file = p12(one, { keyBag: { localKeyId: 'b' }, more: [{ certificate: two.certificate, localKeyId: 'b' }] })
    const examination = examineP12(file, password)
    expect(examination.material?.leaf).toBe(one.certificate)
    expect(codes(examination)).toEqual(expect.arrayContaining(['CHAIN_STRANGERS', 'JAVA_PAIRS_WRONG']))
  })

  it('is the only key of several that has its certificate there', () => {
    const examination = examine(key(two, 'old'), key(one, 'new'), certificate(one))
    expect(examination.material?.leaf).toBe(one.certificate)
    expect(codes(examination)).toContain('OTHER_KEYS_LEFT_OUT')
    expect(examination.report.keys.map(({ alias }) => alias)).toEqual(['old', 'new'])
  })

  it('is not guessed where several keys have one: their aliases are named', () => {
    const { report, material } = examine(key(one, 'first'), key(two, 'second'), certificate(one), certificate(two))
    expect(report.problems).toMatchObject([
      { code: 'P12_AMBIGUOUS_KEYS', message: expect.stringMatching(/"first", "second"/) },
    ])
    expect(report.problems[0]?.fix).toContain('-srcalias')
    expect(material).toBeUndefined()
  })

  it('is not guessed in a keystore of keytool with two keys', () => {
    const { report } = examineP12(keptFile('keytool17-two-keys'), 'secret')
    expect(report).toMatchObject({ readable: true, problems: [{ code: 'P12_AMBIGUOUS_KEYS' }] })
    expect(report.problems[0]?.message).toMatch(/"rsa", "ec"/)
  })

  it('is one where a file has the same key twice', () => {
    expect(examine(key(one), key(one), certificate(one)).material?.leaf).toBe(one.certificate)
  })

  it('is the certificate that is valid where a renewal kept the key', async () => {
    const expired = await openssl(['x509', '-in', 'old.pem', '-signkey', 'key.pem', '-days', '0'], {
      'old.pem': one.certificate,
      'key.pem': one.privateKey,
    })
    const bags = [{ certificate: expired.toString() }, certificate(one), key(one)]
    expect(examine(...bags).material?.leaf).toBe(one.certificate)
    expect(examine(...bags.reverse()).material?.leaf).toBe(one.certificate)
  })

  it('is none where the key belongs to none of the certificates, also RSA beside EC', async () => {
    const rsa = await ca.issue({ commonName: 'rsa', keyType: 'RSA-2048' })
    const { report, material } = examine(key(rsa), certificate(one))
    expect(report).toMatchObject({
      readable: true,
      keyMatchesCertificate: false,
      problems: [{ code: 'KEY_CERTIFICATE_MISMATCH' }],
    })
    expect(material).toBeUndefined()
  })

  it('is refused where the private half of the key is inconsistent, which loads without a word', () => {
    const { report } = examine({ privateKey: inconsistent(one), protection: pbes2() }, certificate(one))
    expect(report.problems).toMatchObject([
      { code: 'KEY_CERTIFICATE_MISMATCH', message: expect.stringContaining('damaged') },
    ])
  })

  it('is refused with a key that TLS can not use', async () => {
    const parameters = await openssl(['genpkey', '-algorithm', 'X25519'])
    const { report } = examine({ privateKey: parameters.toString(), protection: pbes2() }, certificate(one))
    expect(report.problems).toMatchObject([{ code: 'KEY_TYPE_UNSUPPORTED' }])
  })

  it('is refused with an RSA key that takes long to sign with: every handshake does, for all accounts together', async () => {
    const examination = examineP12(p12(await selfSigned('rsa:4104')), password)
    expect(codes(examination, 'error')).toEqual(['KEY_TYPE_UNSUPPORTED'])
    expect(examination.material).toBeUndefined()
  })

  it.each([
    ['rsa:1024', 'KEY_TOO_WEAK'],
    ['secp192k1', 'KEY_TYPE_UNSUPPORTED'],
  ])('is refused with a key as weak as %s', async (type, code) => {
    const examination = examineP12(p12(await selfSigned(type)), password)
    expect(codes(examination, 'error')).toEqual([code])
    expect(examination.material).toBeUndefined()
  })
})

/** The private scalar of a P-256 key, with one bit flipped; its public point stays. */
function inconsistent({ privateKey }: IssuedCertificate): string {
  const der = Buffer.from(privateKey.replace(/-----[^-]*-----/g, ''), 'base64')
  const scalar = der.indexOf(Buffer.from([0x04, 0x20])) + 2
  der.writeUInt8(der.readUInt8(scalar + 31) ^ 1, scalar + 31)
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
}
