import { createHash, webcrypto, X509Certificate } from 'node:crypto'
import * as asn1js from 'asn1js'
import forge from 'node-forge'
import * as pkijs from 'pkijs'
import { type Cell, identityOf } from './cell.ts'

const password = 'secret'
/** Node's WebCrypto, under the name that the DOM's types have for it. */
type EngineCrypto = ConstructorParameters<typeof pkijs.CryptoEngine>[0]['crypto']

/** node-forge writes only RSA keys. */
function forgeCell(algorithm: 'aes128' | 'aes256' | '3des', expected: Pick<Cell, 'cipher' | 'mac'>): Cell {
  return {
    ...expected,
    readBy: 'pkijs',
    java: true,
    name: `node-forge toPkcs12Asn1 ${algorithm} (RSA-2048)`,
    password,
    async make(identities) {
      const key = forge.pki.privateKeyFromPem(identityOf(identities, 'RSA-2048').privateKey)
      const certificate = selfSigned(key)
      const file = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm, friendlyName: 'client' })
      return {
        bytes: Buffer.from(forge.asn1.toDer(file).getBytes(), 'binary'),
        fingerprint: createHash('sha256')
          .update(derOf(forge.pki.certificateToPem(certificate)))
          .digest('hex'),
      }
    },
  }
}

/** node-forge can't copy a certificate unchanged: it encodes it again, and not always in the same way. */
function selfSigned(key: forge.pki.rsa.PrivateKey): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e)
  certificate.serialNumber = '01'
  certificate.validity.notAfter.setFullYear(certificate.validity.notBefore.getFullYear() + 1)
  certificate.setSubject([{ name: 'commonName', value: 'client' }])
  certificate.setIssuer(certificate.subject.attributes)
  certificate.sign(key, forge.md.sha256.create())
  return certificate
}

/** pkijs as its own example does it: the key first, and no localKeyID. */
const pkijsCell: Cell = {
  name: 'pkijs PFX (EC-P384)',
  password,
  readBy: 'pkijs',
  mac: 'HMAC-SHA-256',
  cipher: 'AES-256-CBC',
  java: true,
  async make(identities) {
    const identity = identityOf(identities, 'EC-P384')
    pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as unknown as EngineCrypto }))
    const secret = new TextEncoder().encode(password).buffer
    const encryption = {
      password: secret,
      contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
      hmacHashAlgorithm: 'SHA-256',
      iterationCount: 2_048,
    }
    const key = new pkijs.PKCS8ShroudedKeyBag({ parsedValue: pkijs.PrivateKeyInfo.fromBER(derOf(identity.privateKey)) })
    await key.makeInternalValues(encryption)
    const certificate = pkijs.Certificate.fromBER(new Uint8Array(new X509Certificate(identity.certificate).raw))
    const file = new pkijs.PFX({
      parsedValue: {
        integrityMode: 0,
        authenticatedSafe: new pkijs.AuthenticatedSafe({
          parsedValue: {
            safeContents: [
              { privacyMode: 0, value: safe('1.2.840.113549.1.12.10.1.2', key) },
              {
                privacyMode: 1,
                value: safe('1.2.840.113549.1.12.10.1.3', new pkijs.CertBag({ parsedValue: certificate })),
              },
            ],
          },
        }),
      },
    })
    await file.parsedValue?.authenticatedSafe?.makeInternalValues({ safeContents: [{}, encryption] })
    await file.makeInternalValues({
      password: secret,
      iterations: 2_048,
      pbkdf2HashAlgorithm: 'SHA-256',
      hmacHashAlgorithm: 'SHA-256',
    })
    return { bytes: new Uint8Array(file.toSchema().toBER()), fingerprint: identity.fingerprintSha256 }
  },
}

function safe(bagId: string, bagValue: pkijs.PKCS8ShroudedKeyBag | pkijs.CertBag): pkijs.SafeContents {
  const name = new pkijs.Attribute({ type: '1.2.840.113549.1.9.20', values: [new asn1js.BmpString({ value: 'key' })] })
  return new pkijs.SafeContents({ safeBags: [new pkijs.SafeBag({ bagId, bagValue, bagAttributes: [name] })] })
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64'))
}

export const libraryCells: readonly Cell[] = [
  forgeCell('aes256', { cipher: 'AES-256-CBC', mac: 'HMAC-SHA-1' }),
  forgeCell('aes128', { cipher: 'AES-128-CBC', mac: 'HMAC-SHA-1' }),
  forgeCell('3des', { cipher: '3DES-CBC', mac: 'HMAC-SHA-1' }),
  pkijsCell,
]
