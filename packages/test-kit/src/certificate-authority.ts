// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { KeyObject, type webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { caExtensions, type IssueOptions, leafExtensions } from './certificate-extensions.ts'
import { generateKeyPair, type TestKeyType } from './key-pair.ts'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS

export interface IssuedCertificate {
  /** PEM of the leaf. */
  readonly certificate: string
  /** PEM of each issuer: intermediates, nearest first, then the root. */
  readonly chain: readonly string[]
  /** PKCS#8 PEM. */
  readonly privateKey: string
  /** Lower-case hex without colons. */
  readonly fingerprintSha256: string
}

export interface TestCa {
  /** PEM. */
  readonly certificate: string
  /** PKCS#8 PEM. */
  readonly privateKey: string
  issue(options: IssueOptions): Promise<IssuedCertificate>
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

function testCa(authority: Authority): TestCa {
  return {
    certificate: pem(authority.certificate),
    privateKey: pkcs8(authority.keys),
    issue: (options) => issue(authority, options),
    createIntermediate: (name) => createIntermediate(authority, name),
  }
}

async function createIntermediate(parent: Authority, name: string): Promise<TestCa> {
  const keys = await generateKeyPair(parent.keyType)
  const certificate = await sign(parent, keys, {
    subject: distinguishedName(name),
    ...caValidity(),
    extensions: caExtensions(),
  })
  return testCa({ keyType: parent.keyType, keys, certificate, issuers: [parent.certificate, ...parent.issuers] })
}

async function issue(issuer: Authority, options: IssueOptions): Promise<IssuedCertificate> {
  const keyType = options.keyType ?? 'EC-P256'
  const keys = await generateKeyPair(keyType)
  const certificate = await sign(issuer, keys, {
    subject: distinguishedName(options.commonName, options.organization),
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: options.notAfter ?? new Date(Date.now() + YEAR_MS),
    extensions: leafExtensions(keyType, options),
  })
  return {
    certificate: pem(certificate),
    chain: [issuer.certificate, ...issuer.issuers].map(pem),
    privateKey: pkcs8(keys),
    fingerprintSha256: Buffer.from(await certificate.getThumbprint('SHA-256')).toString('hex'),
  }
}

interface Unsigned {
  readonly subject: x509.JsonName
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: readonly x509.Extension[]
}

async function sign(issuer: Authority, keys: webcrypto.CryptoKeyPair, unsigned: Unsigned) {
  return x509.X509CertificateGenerator.create({
    ...unsigned,
    issuer: issuer.certificate.subjectName,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { hash: 'SHA-256', ...issuer.keys.privateKey.algorithm },
    extensions: [
      ...unsigned.extensions,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  })
}

/** As a list, not a string: a name may hold commas and equals signs. */
function distinguishedName(commonName: string, organization?: string): x509.JsonName {
  return organization === undefined ? [{ CN: [commonName] }] : [{ O: [organization] }, { CN: [commonName] }]
}

/** Older than any certificate that a test issues as already expired. */
function caValidity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 10 * YEAR_MS), notAfter: new Date(Date.now() + 10 * YEAR_MS) }
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

function pkcs8(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
}
