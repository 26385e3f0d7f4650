import { X509Certificate } from 'node:crypto'
import { exportFromPem } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'

interface Kind {
  readonly is: (bytes: Buffer) => boolean
  readonly sentence: string
  readonly fix?: string
}

/** The object identifier at the start of a PKCS#7 file. */
const signedData = Buffer.from('06092a864886f70d010702', 'hex')
/** INTEGER 3, at the start of a PKCS#12 file. */
const version3 = Buffer.from('020103', 'hex')

const certificatesAlone =
  'This is a PKCS#7 file (.p7b, .p7c): certificates without a private key. Put them into a PKCS#12 file together with it.'

/** What people upload instead of a PKCS#12 file, often under the name of one. */
const kinds: readonly Kind[] = [
  { is: ({ length }) => length === 0, sentence: 'The file is empty.' },
  {
    is: (bytes) => startsWith(bytes, 0xfe, 0xed, 0xfe, 0xed),
    // Java itself opens a JKS named .p12, so its owner may never have noticed
    sentence: 'This is a Java keystore (JKS), not a PKCS#12 file.',
    fix: 'keytool -importkeystore -srckeystore client.jks -destkeystore client.p12 -deststoretype PKCS12',
  },
  {
    is: (bytes) => startsWith(bytes, 0xce, 0xce, 0xce, 0xce),
    sentence: 'This is a Java keystore (JCEKS), not a PKCS#12 file.',
    fix: 'keytool -importkeystore -srcstoretype JCEKS -srckeystore client.jks -destkeystore client.p12 -deststoretype PKCS12',
  },
  {
    // In PEM, which Windows and many CAs export under the same names.
    is: (bytes) => /-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----/.test(bytes.toString('latin1', 0, 4_096)),
    sentence: certificatesAlone,
    fix: `openssl pkcs7 -print_certs -in client.p7b -out certificate.pem\n${exportFromPem}`,
  },
  {
    is: (bytes) => bytes.includes(' CERTIFICATE REQUEST-----'),
    sentence:
      'This is a signing request (CSR), not a certificate. Send it to the CA, and give the certificate that it issues, with the key of the request.',
  },
  {
    is: (bytes) => bytes.includes('-----BEGIN '),
    sentence: 'This is PEM text. Send it as certificate and privateKey instead, or make a PKCS#12 file of it.',
    fix: exportFromPem,
  },
  {
    is: (bytes) => /^MI[IAQ][A-Za-z0-9+/=\s]+$/.test(bytes.toString('latin1')),
    sentence: 'This is a file in base64 text. Decode it first.',
    fix: 'openssl base64 -d -A -in client.txt -out client.p12',
  },
  {
    is: (bytes) => startsWith(bytes, 0x50, 0x4b),
    sentence: 'This is a ZIP archive. Unpack it and send the .p12 or .pfx inside.',
  },
  {
    is: isCertificate,
    sentence: 'This is a certificate without its private key. Put both into a PKCS#12 file.',
    fix: `openssl x509 -inform DER -in client.cer -out certificate.pem\n${exportFromPem}`,
  },
  {
    is: (bytes) => startsWith(firstMember(bytes), ...signedData),
    sentence: certificatesAlone,
    fix: `openssl pkcs7 -inform DER -print_certs -in client.p7b -out certificate.pem\n${exportFromPem}`,
  },
]

/** Whether it starts like a PKCS#12 file, even if the rest is cut off. */
export function looksLikePfx(bytes: Buffer): boolean {
  return startsWith(firstMember(bytes), ...version3)
}

/** Recognises a file that does not look like PKCS#12. */
export function foreignFile(bytes: Buffer): Fault {
  const kind = kinds.find(({ is }) => is(bytes))
  return new Fault(
    'NOT_A_PKCS12',
    kind?.sentence ?? 'This is not a PKCS#12 file (.p12 or .pfx).',
    kind ? kind.fix : exportFromPem,
  )
}

function isCertificate(bytes: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0
  } catch {
    return false
  }
}

function startsWith(bytes: Buffer, ...start: number[]): boolean {
  return bytes.subarray(0, start.length).equals(Buffer.from(start))
}

/** The bytes after the header of a SEQUENCE, with any form of length; empty if it is not one. */
function firstMember(bytes: Buffer): Buffer {
  if (bytes.at(0) !== 0x30) return Buffer.alloc(0)
  const length = bytes.at(1) ?? 0
  return bytes.subarray(length > 0x80 ? 2 + (length & 0x7f) : 2)
}
