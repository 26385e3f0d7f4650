import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import type { IssuedCertificate } from './certificate-authority.ts'

const { asn1, pki } = forge
const { Class, Type } = asn1
const ITERATIONS = 2048

export interface Pkcs12Options {
  readonly identity: IssuedCertificate
  readonly password: string
  readonly friendlyName?: string
  /** `aes256` (PBES2, SHA-256) as OpenSSL 3 writes by default, or `3des` (PBE and MAC with SHA-1) as old tools do. */
  readonly algorithm?: 'aes256' | '3des'
}

/**
 * Writes a PKCS#12 file (RFC 7292) with key, leaf and chain. The container is put together here because `toPkcs12Asn1`
 * of node-forge takes RSA keys alone; the key goes in as the DER that it is, so every key type works.
 */
export function makePkcs12({ identity, password, friendlyName, algorithm = 'aes256' }: Pkcs12Options): Uint8Array {
  const leaf = new X509Certificate(identity.certificate)
  const attributes = bagAttributes(createHash('sha1').update(leaf.raw).digest(), friendlyName)
  const issuers = identity.chain.map((pem) => new X509Certificate(pem))
  const safe = sequence(
    dataContent(sequence(certificateBag(leaf, attributes), ...issuers.map((issuer) => certificateBag(issuer)))),
    dataContent(sequence(keyBag(identity.privateKey, password, algorithm, attributes))),
  )
  const file = sequence(integer(3), dataContent(safe), macData(toDer(safe), password, algorithm))
  return Buffer.from(toDer(file), 'binary')
}

function keyBag(pem: string, password: string, algorithm: 'aes256' | '3des', attributes: forge.asn1.Asn1) {
  const encrypted = algorithm === 'aes256' ? encryptedByOpenSsl(pem, password) : encryptedByForge(pem, password)
  return sequence(oid('pkcs8ShroudedKeyBag'), explicit(encrypted), attributes)
}

/** With PBES2 and SHA-256, 2048 iterations. It takes OpenSSL a fiftieth of the time that node-forge needs. */
function encryptedByOpenSsl(pem: string, passphrase: string) {
  const options = { type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase } as const
  return asn1.fromDer(createPrivateKey(pem).export(options).toString('binary'))
}

function encryptedByForge(pem: string, password: string) {
  const pkcs8 = asn1.fromDer(createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }).toString('binary'))
  return pki.encryptPrivateKeyInfo(pkcs8, password, { algorithm: '3des', count: ITERATIONS })
}

function certificateBag(certificate: X509Certificate, attributes?: forge.asn1.Asn1) {
  const value = sequence(oid('x509Certificate'), explicit(octets(certificate.raw.toString('binary'))))
  return sequence(oid('certBag'), explicit(value), ...(attributes ? [attributes] : []))
}

/** The localKeyID ties key and leaf together: Java loads a key without it as one without a certificate. */
function bagAttributes(localKeyId: Buffer, friendlyName?: string) {
  const attributes = [sequence(oid('localKeyId'), set(octets(localKeyId.toString('binary'))))]
  if (friendlyName !== undefined) {
    const name = asn1.create(Class.UNIVERSAL, Type.BMPSTRING, false, friendlyName)
    attributes.push(sequence(oid('friendlyName'), set(name)))
  }
  return set(...attributes)
}

function macData(content: string, password: string, algorithm: 'aes256' | '3des') {
  const hash = algorithm === 'aes256' ? 'sha256' : 'sha1'
  const salt = forge.random.getBytesSync(16)
  const digest = forge.md[hash].create()
  const keyBytes = hash === 'sha256' ? 32 : 20
  const key = forge.pkcs12.generateKey(password, forge.util.createBuffer(salt), 3, ITERATIONS, keyBytes, digest)
  const mac = forge.hmac.create()
  mac.start(hash, key)
  mac.update(content)
  const nothing = asn1.create(Class.UNIVERSAL, Type.NULL, false, '')
  const digestInfo = sequence(sequence(oid(hash), nothing), octets(mac.digest().getBytes()))
  return sequence(digestInfo, octets(salt), integer(ITERATIONS))
}

function dataContent(content: forge.asn1.Asn1) {
  return sequence(oid('data'), explicit(octets(toDer(content))))
}

function oid(name: string) {
  const dotted = pki.oids[name]
  if (dotted === undefined) throw new Error(`node-forge does not know the object identifier ${name}`)
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes())
}

function sequence(...values: forge.asn1.Asn1[]) {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, values)
}

function set(...values: forge.asn1.Asn1[]) {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, values)
}

function explicit(value: forge.asn1.Asn1) {
  return asn1.create(Class.CONTEXT_SPECIFIC, 0, true, [value])
}

function octets(bytes: string) {
  return asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes)
}

function integer(value: number) {
  return asn1.create(Class.UNIVERSAL, Type.INTEGER, false, asn1.integerToDer(value).getBytes())
}

function toDer(value: forge.asn1.Asn1): string {
  return asn1.toDer(value).getBytes()
}
