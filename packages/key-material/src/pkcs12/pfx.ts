import { EncryptedData } from 'pkijs'
import { Asn1Error, children, integer, type Node, octets, oid, parseBer, tagged } from '../asn1.ts'
import { exportFromPem } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import type { Encryption } from './encryption/encryption.ts'
import { readEncryption } from './encryption/read-encryption.ts'
import { type Mac, readMac } from './mac.ts'

/** The parts of a PKCS#12 file that can be read without its password. */
export interface Pfx {
  readonly mac: Mac | undefined
  /** The input of the MAC. */
  readonly contents: Buffer
  readonly safes: readonly Safe[]
}

/** A part of a file that holds bags. Without `encryption` anybody can read it. */
export interface Safe {
  readonly encryption: Encryption | undefined
  readonly data: Buffer
}

const dataContent = '1.2.840.113549.1.7.1'
const signedContent = '1.2.840.113549.1.7.2'
const envelopedContent = '1.2.840.113549.1.7.3'
const encryptedContent = '1.2.840.113549.1.7.6'

/** RFC 7292, section 4. @throws Asn1Error, Fault */
export function readPfx(root: Node): Pfx {
  const [version, authSafe, macData] = children(root, 'PFX')
  if (integer(version, 'version') !== 3n) throw new Asn1Error('version: not 3')
  const { type, content } = contentInfo(authSafe, 'authSafe')
  if (type === signedContent) {
    throw new Fault(
      'P12_UNSUPPORTED_ALGORITHM',
      'The file is protected by a signature instead of a password.',
      exportFromPem,
    )
  }
  if (type !== dataContent) throw new Asn1Error('authSafe: not data')
  const contents = octets(content, 'authSafe')
  const safes = children(parseBer(contents, 'AuthenticatedSafe'), 'AuthenticatedSafe').map(readSafe)
  return { mac: macData && readMac(macData), contents, safes }
}

function readSafe(node: Node): Safe {
  const { type, content } = contentInfo(node, 'ContentInfo')
  if (type === dataContent) return { encryption: undefined, data: octets(content, 'ContentInfo') }
  if (type === envelopedContent) {
    throw new Fault(
      'P12_UNSUPPORTED_ALGORITHM',
      "The file is encrypted for a recipient's key instead of by a password.",
      exportFromPem,
    )
  }
  if (type !== encryptedContent || !content) throw new Asn1Error('ContentInfo: neither data nor encrypted data')
  const { contentEncryptionAlgorithm, data } = encryptedParts(content)
  const { algorithmId, algorithmParams } = contentEncryptionAlgorithm
  return { encryption: readEncryption(algorithmId, algorithmParams), data }
}

/** pkijs knows both forms of the encrypted bytes: in one piece, and in several, as BER writers produce them. */
function encryptedParts(content: Node) {
  try {
    const { encryptedContentInfo } = new EncryptedData({ schema: content })
    const { contentEncryptionAlgorithm } = encryptedContentInfo
    return { contentEncryptionAlgorithm, data: Buffer.from(encryptedContentInfo.getEncryptedContent()) }
  } catch {
    throw new Asn1Error('EncryptedData: not what RFC 5652 says')
  }
}

function contentInfo(node: Node | undefined, where: string): { type: string; content: Node | undefined } {
  const [type, wrapped] = children(node, where)
  return { type: oid(type, where), content: tagged(wrapped, 0)?.[0] }
}
