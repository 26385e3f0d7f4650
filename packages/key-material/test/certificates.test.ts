import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { codes, examineHere } from './support/examine.ts'
import { type Parts, selfSigned } from './support/openssl.ts'

const dayMs = 24 * 3_600_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs)

withTools(describe, 'openssl')('the checks of a certificate', () => {
  let ca: TestCa
  beforeAll(async () => {
    ca = await createCa()
  })
  const examine = ({ certificate, privateKey, chain = [] }: IssuedCertificate | Parts) =>
    examineHere({ kind: 'pem', certificate: [certificate, ...chain].join(''), privateKey })

  it('state its facts', async () => {
    const identity = await ca.issue({ commonName: 'client, with comma', organization: 'ACME', keyType: 'EC-P384' })
    const x509 = new X509Certificate(identity.certificate)
    const spki = createPublicKey(identity.privateKey).export({ type: 'spki', format: 'der' })
    expect(examine(identity).material?.facts).toEqual({
      fingerprintSha256: identity.fingerprintSha256,
      spkiSha256: createHash('sha256').update(spki).digest('base64url'),
      subject: 'CN=client\\, with comma, O=ACME',
      issuer: 'CN=Test CA',
      serialNumber: x509.serialNumber.toLowerCase(),
      keyType: 'EC-P384',
      notBefore: x509.validFromDate.toISOString(),
      notAfter: x509.validToDate.toISOString(),
      clientAuth: 'present',
    })
  })

  it.each(['RSA-2048', 'EC-P256', 'EC-P521', 'Ed25519'] as const)('know a key of type %s by name', async (keyType) => {
    expect(examine(await ca.issue({ commonName: 'client', keyType })).material?.facts.keyType).toBe(keyType)
  })

  it('refuse an expired one, naming the day', async () => {
    const examination = examine(await ca.issue({ commonName: 'client', notBefore: inDays(-9), notAfter: inDays(-1) }))
    expect(examination.report.problems).toMatchObject([
      { code: 'CERTIFICATE_EXPIRED', message: expect.stringContaining(inDays(-1).toISOString().slice(0, 10)) },
    ])
    expect(examination.material).toBeUndefined()
  })

  it('take one that begins later, with a warning, for a rotation is staged beforehand', async () => {
    const examination = examine(await ca.issue({ commonName: 'client', notBefore: inDays(5) }))
    expect(codes(examination)).toEqual(['CERTIFICATE_STARTS_LATER'])
    expect(examination.material).toBeDefined()
  })

  it('warn of one that expires within 30 days', async () => {
    const expiring = (days: number) => ca.issue({ commonName: 'client', notAfter: inDays(days) })
    expect(codes(examine(await expiring(29)))).toEqual(['CERTIFICATE_EXPIRES_SOON'])
    expect(codes(examine(await expiring(32)))).toEqual([])
  })

  it('warn where the extended key usage leaves clients out, and say what to do', async () => {
    const examination = examine(await ca.issue({ commonName: 'client', extendedKeyUsage: ['serverAuth'] }))
    expect(examination.material?.facts.clientAuth).toBe('absent')
    expect(examination.report.problems).toMatchObject([
      { severity: 'warning', code: 'CLIENT_AUTH_ABSENT', fix: expect.stringContaining('extendedKeyUsage=clientAuth') },
    ])
  })

  it('are content without any extended key usage', async () => {
    const examination = examine(await ca.issue({ commonName: 'client', extendedKeyUsage: [] }))
    expect(examination.material?.facts.clientAuth).toBe('unrestricted')
    expect(codes(examination)).toEqual([])
  })

  it('warn where the key usage lacks digitalSignature, and where the certificate is a CA', async () => {
    const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'keyUsage=critical,keyEncipherment']
    expect(codes(examine(await selfSigned('rsa:2048', leaf)))).toEqual(['KEY_USAGE_UNFIT'])
    expect(codes(examine(await selfSigned('rsa:2048')))).toEqual(['LEAF_IS_CA'])
  })

  it('warn of an unusual curve and of a weak signature', async () => {
    const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE']
    expect(codes(examine(await selfSigned('brainpoolP256r1', leaf)))).toEqual(['UNUSUAL_CURVE', 'JAVA_CANNOT_USE_KEY'])
    expect(codes(examine(await selfSigned('rsa:2048', [...leaf, '-sha1'])))).toEqual(['WEAK_SIGNATURE'])
  })

  const restrictedTo = (hash: string, saltLength: number) =>
    selfSigned('rsa-pss', [
      ...['-pkeyopt', 'rsa_keygen_bits:2048', '-pkeyopt', `rsa_pss_keygen_md:${hash}`],
      ...['-pkeyopt', `rsa_pss_keygen_mgf1_md:${hash}`, '-pkeyopt', `rsa_pss_keygen_saltlen:${saltLength}`],
      ...[`-${hash}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ])

  it.each([
    ['sha256', 32],
    ['sha384', 48],
    ['sha512', 64],
  ])('take an RSA-PSS key that is restricted to %s and a salt of %i bytes', async (hash, saltLength) => {
    const examination = examine(await restrictedTo(hash, saltLength))
    expect(codes(examination)).toEqual([])
    expect(examination.material?.facts.keyType).toBe('RSA-PSS-2048')
  })

  it.each([
    ['sha224', 28],
    ['sha256', 64],
  ])(
    'refuse one that is restricted to %s and a salt of %i bytes, which TLS cannot sign with',
    async (...restricted) => {
      const { report, material } = examine(await restrictedTo(...restricted))
      expect(report.problems).toMatchObject([
        { code: 'KEY_TYPE_UNSUPPORTED', message: expect.stringContaining(`restricted to ${restricted[0]}`) },
      ])
      expect(material).toBeUndefined()
    },
  )

  it.each(['secp224r1', 'secp256k1'])('warn that a key on %s is for TLS 1.2 alone', async (curve) => {
    const { report, material } = examine(await selfSigned(curve))
    const message = expect.stringContaining('calls with it use TLS 1.2')
    expect(report.problems).toContainEqual(expect.objectContaining({ code: 'UNUSUAL_CURVE', message }))
    expect(material).toBeDefined()
  })

  it.each(['brainpoolP256t1', 'sect283r1', 'secp192k1'])(
    'refuse a key on %s, which TLS cannot present',
    async (curve) => {
      const { report, material } = examine(await selfSigned(curve))
      expect(report.problems).toMatchObject([
        { code: 'KEY_TYPE_UNSUPPORTED', message: expect.stringContaining(`EC-${curve}`) },
      ])
      expect(material).toBeUndefined()
    },
  )

  it('keep a very long name within bounds', async () => {
    const units = Array.from({ length: 40 }, (_, index) => `/OU=${index}-${'x'.repeat(50)}`).join('')
    const examination = examine(await selfSigned('prime256v1', ['-subj', `${units}/CN=long`]))
    expect(examination.material?.facts.subject.length).toBe(1_024)
  })
})
