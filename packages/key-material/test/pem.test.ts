import { createPrivateKey, type KeyExportOptions } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import { codes, examineHere } from './support/examine.ts'
import { openssl } from './support/openssl.ts'

const passphrase = 'correct horse'

withTools(describe, 'openssl')('PEM', () => {
  let rsa: IssuedCertificate
  let ec: IssuedCertificate
  let ed: IssuedCertificate
  beforeAll(async () => {
    const ca = await createCa()
    rsa = await ca.issue({ commonName: 'rsa', keyType: 'RSA-2048' })
    ec = await ca.issue({ commonName: 'ec' })
    ed = await ca.issue({ commonName: 'ed', keyType: 'Ed25519' })
  })

  const examine = (identity: IssuedCertificate, privateKey: string, secret?: string) => {
    const certificate = [...identity.chain, identity.certificate].join('')
    const input = { kind: 'pem', certificate, privateKey } as const
    return examineHere(secret === undefined ? input : { ...input, passphrase: secret })
  }
  const convert = (identity: IssuedCertificate, options: Omit<KeyExportOptions<'pem'>, 'format'>) =>
    createPrivateKey(identity.privateKey)
      .export({ ...options, format: 'pem' })
      .toString()

  it('is read with keys in PKCS#8, PKCS#1 and SEC1, into the same stored form', () => {
    for (const identity of [rsa, ec, ed])
      expect(examine(identity, identity.privateKey).material?.privateKey).toBe(identity.privateKey)
    expect(examine(rsa, convert(rsa, { type: 'pkcs1' })).material).toEqual(examine(rsa, rsa.privateKey).material)
    expect(examine(ec, convert(ec, { type: 'sec1' })).material).toEqual(examine(ec, ec.privateKey).material)
  })

  it.each(['aes-256-cbc', 'aes-128-cbc', 'des-ede3-cbc'])('is read with a key in PKCS#8 encrypted by %s', (cipher) => {
    const key = convert(ec, { type: 'pkcs8', cipher, passphrase })
    expect(examine(ec, key, passphrase).material?.privateKey).toBe(ec.privateKey)
    expect(codes(examine(ec, key, 'wrong'))).toEqual(['P12_WRONG_PASSWORD'])
    expect(codes(examine(ec, key))).toEqual(['P12_PASSWORD_REQUIRED'])
  })

  it.each([
    ['-scrypt'],
    ['-v2', 'aes-192-cbc', '-v2prf', 'hmacWithSHA512'],
    ['-v1', 'PBE-SHA1-3DES'],
    ['-v1', 'PBE-MD5-DES', '-provider', 'legacy', '-provider', 'default'],
  ])('is read with a key as openssl pkcs8 -topk8 %s %s writes it', async (...args) => {
    const words = ['pkcs8', '-topk8', '-in', 'key.pem', '-passout', `pass:${passphrase}`, ...args.filter(Boolean)]
    const key = await openssl(words, { 'key.pem': rsa.privateKey })
    expect(examine(rsa, key.toString(), passphrase).material?.privateKey).toBe(rsa.privateKey)
  })

  it("is read with OpenSSL's own encryption of before PKCS#8", async () => {
    const words = ['rsa', '-in', 'key.pem', '-aes256', '-traditional', '-passout', `pass:${passphrase}`]
    const key = (await openssl(words, { 'key.pem': rsa.privateKey })).toString()
    expect(key).toContain('Proc-Type: 4,ENCRYPTED')
    expect(examine(rsa, key, passphrase).material?.privateKey).toBe(rsa.privateKey)
    expect(codes(examine(rsa, key, 'wrong'))).toEqual(['P12_WRONG_PASSWORD'])
    expect(codes(examine(rsa, key))).toEqual(['P12_PASSWORD_REQUIRED'])
  })

  it('has a wrong passphrase also where what it opens has the right padding, as one in 256 does', async () => {
    const words = ['rsa', '-in', 'key.pem', '-aes256', '-traditional', '-passout', `pass:${passphrase}`]
    const key = (await openssl(words, { 'key.pem': rsa.privateKey })).toString()
    const opens = (wrong: string) => {
      try {
        return createPrivateKey({ key, passphrase: wrong })
      } catch (error) {
        return (error as { code?: string }).code === 'ERR_OSSL_UNSUPPORTED'
      }
    }
    const wrong = Array.from({ length: 10_000 }, (_, n) => `wrong ${n}`).find(opens) ?? 'none of them'
    expect(opens(wrong)).toBe(true)
    expect(codes(examine(rsa, key, wrong))).toEqual(['P12_WRONG_PASSWORD'])
  })

  it('is read with text around the blocks, Windows line ends, and the parameters that openssl ecparam leaves', () => {
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
    const key = `Bag Attributes\n  friendlyName: x\n${parameters}${convert(ec, { type: 'sec1' })}`.replaceAll(
      '\n',
      '\r\n',
    )
    expect(examine(ec, key).material?.privateKey).toBe(ec.privateKey)
  })

  it('is told apart from what people take for a certificate', async () => {
    const request = await openssl(['req', '-new', '-key', 'k.pem', '-subj', '/CN=client'], { 'k.pem': ec.privateKey })
    const sentence = (certificate: string) =>
      examineHere({ kind: 'pem', certificate, privateKey: ec.privateKey }).report.problems[0]?.message
    expect(sentence(request.toString())).toMatch(/^This is a signing request \(CSR\), not the certificate\./)
    expect(sentence(ec.privateKey)).toMatch(/^This is a private key, not the certificate\./)
    const beside = `${request}${ec.certificate}`
    expect(examineHere({ kind: 'pem', certificate: beside, privateKey: ec.privateKey }).material).toBeDefined()
  })

  it('gets the verdict for Java of what a PKCS#12 file of the same would get', () => {
    expect(examine(ec, ec.privateKey).report).toMatchObject({
      javaCompliant: true,
      readableByJava: ['8', '8u301', '11', '17', '21'],
    })
    expect(examine(ed, ed.privateKey).report).toMatchObject({ javaCompliant: false, readableByJava: ['17', '21'] })
  })

  it('is refused with the reason where key or certificate are missing or damaged', () => {
    const refused = (certificate: string, privateKey: string) =>
      codes(examineHere({ kind: 'pem', certificate, privateKey }))
    expect(refused(ec.certificate, '')).toEqual(['PEM_MALFORMED'])
    expect(refused('', ec.privateKey)).toEqual(['PEM_MALFORMED'])
    expect(refused(ec.certificate, ec.privateKey.replace(/\n.{20}/, '\n'))).toEqual(['PEM_MALFORMED'])
    expect(refused(ec.certificate.replace(/\n.{20}/, '\n'), ec.privateKey)).toEqual(['CERTIFICATE_MALFORMED'])
    expect(refused(rsa.certificate, ec.privateKey)).toEqual(['KEY_CERTIFICATE_MISMATCH'])
    expect(
      refused(ec.certificate, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----'),
    ).toEqual(['PEM_MALFORMED'])
  })

  it('says what to do with a key in the format of OpenSSH', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n'
    expect(examine(ec, key).report.problems).toMatchObject([
      { code: 'PEM_MALFORMED', fix: expect.stringContaining('ssh-keygen') },
    ])
  })
})
