// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { KeyObject, type webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { caExtensions, type IssueOptions, leafExtensions } from './certificate-extensions.ts'
import { generateKeyPair, importKeyPair, type TestKeyType } from './key-pair.ts'
import { caValidity, leafValidity, type Validity } from './validity.ts'

export interface SignedCertificate {
  /** PEM of the leaf. */
  readonly certificate: string
  /** PEM of each issuer: intermediates, nearest first, then the root. */
  readonly chain: readonly string[]
  /** Lower-case hex without colons. */
  readonly fingerprintSha256: string
}

export interface IssuedCertificate extends SignedCertificate {
  /** PKCS#8 PEM. */
  readonly privateKey: string
}

export interface TestCa {
  /** PEM. */
  readonly certificate: string
  /** PKCS#8 PEM. */
  readonly privateKey: string
  issue(options: IssueOptions): Promise<IssuedCertificate>
  /** Signs a request (PKCS#10 PEM), with the subject and the extensions that it asks for. */
  signRequest(request: string, validity?: Validity): Promise<SignedCertificate>
  createIntermediate(name: string): Promise<TestCa>
}

interface Authority {
  readonly keyType: TestKeyType
  readonly keys: webcrypto.CryptoKeyPair
  readonly certificate: x509.X509Certificate
  /** Its own issuers, nearest first. */
  readonly issuers: readonly x509.X509Certificate[]
}

/** Makes a fresh self-signed root that lives in memory only. */
export async function createCa(options: { name?: string; keyType?: TestKeyType } = {}): Promise<TestCa> {
  const keyType = options.keyType ?? 'EC-P256'
  const keys = await generateKeyPair(keyType)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: distinguishedName(options.name ?? 'Test CA'),
    keys,
    ...caValidity(),
    extensions: [...caExtensions(), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)],
  })
  return testCa({ keyType, keys, certificate, issuers: [] })
}

/** A root whose EC-P256 key another process has made. */
export async function openCa(made: Pick<TestCa, 'certificate' | 'privateKey'>): Promise<TestCa> {
  const keyType = 'EC-P256'
  const keys = await importKeyPair(keyType, made.privateKey)
  return testCa({ keyType, keys, certificate: new x509.X509Certificate(made.certificate), issuers: [] })
}

function testCa(authority: Authority): TestCa {
  return {
    certificate: pem(authority.certificate),
    privateKey: pkcs8(authority.keys),
    issue: (options) => issue(authority, options),
    signRequest: (request, validity) => signRequest(authority, request, validity),
    createIntermediate: (name) => createIntermediate(authority, name),
  }
}

async function createIntermediate(parent: Authority, name: string): Promise<TestCa> {
  const keys = await generateKeyPair(parent.keyType)
  const certificate = await sign(parent, keys.publicKey, {
    subject: distinguishedName(name),
    ...caValidity(),
    extensions: caExtensions(),
  })
  return testCa({ keyType: parent.keyType, keys, certificate, issuers: [parent.certificate, ...parent.issuers] })
}

async function issue(issuer: Authority, options: IssueOptions): Promise<IssuedCertificate> {
  const keyType = options.keyType ?? 'EC-P256'
  const keys = await generateKeyPair(keyType)
  const certificate = await sign(issuer, keys.publicKey, {
    subject: distinguishedName(options.commonName, options.organization),
    ...leafValidity(options),
    extensions: leafExtensions(keyType, options),
  })
  return { ...(await signedBy(issuer, certificate)), privateKey: pkcs8(keys) }
}

async function signRequest(issuer: Authority, text: string, validity: Validity = {}): Promise<SignedCertificate> {
  const request = new x509.Pkcs10CertificateRequest(text)
  if (!(await request.verify())) throw new Error('the request is not signed by its own key')
  const certificate = await sign(issuer, await request.publicKey.export(), {
    subject: request.subjectName,
    ...leafValidity(validity),
    extensions: request.extensions,
  })
  return signedBy(issuer, certificate)
}

async function signedBy(issuer: Authority, certificate: x509.X509Certificate): Promise<SignedCertificate> {
  return {
    certificate: pem(certificate),
    chain: [issuer.certificate, ...issuer.issuers].map(pem),
    fingerprintSha256: Buffer.from(await certificate.getThumbprint('SHA-256')).toString('hex'),
  }
}

interface Unsigned {
  readonly subject: x509.JsonName | x509.Name
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: readonly x509.Extension[]
}

async function sign(issuer: Authority, publicKey: webcrypto.CryptoKey, unsigned: Unsigned) {
  return x509.X509CertificateGenerator.create({
    ...unsigned,
    issuer: issuer.certificate.subjectName,
    publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { hash: 'SHA-256', ...issuer.keys.privateKey.algorithm },
    extensions: [
      ...unsigned.extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  })
}

/** As a list, not a string: a name may hold commas and equals signs. */
function distinguishedName(commonName: string, organization?: string): x509.JsonName {
  return organization === undefined ? [{ CN: [commonName] }] : [{ O: [organization] }, { CN: [commonName] }]
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

function pkcs8(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
}
