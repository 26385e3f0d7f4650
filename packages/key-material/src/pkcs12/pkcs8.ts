import { children, encoded, type Node, octets, oid, parseBer } from '../asn1.ts'
import type { Encryption } from './encryption/encryption.ts'
import { readEncryption } from './encryption/read-encryption.ts'

/** An encrypted private key, from a shrouded key bag or from PKCS#8 in PEM. */
export interface ShroudedKey {
  readonly encryption: Encryption
  readonly data: Buffer
}

/** EncryptedPrivateKeyInfo (RFC 5958, section 3). @throws Asn1Error */
export function readShroudedKey(node: Node): ShroudedKey {
  const where = 'EncryptedPrivateKeyInfo'
  const [algorithmNode, dataNode] = children(node, where)
  const [algorithm, parameters] = children(algorithmNode, where)
  return { encryption: readEncryption(oid(algorithm, where), parameters), data: octets(dataNode, where) }
}

/**
 * The private key from a decryption, without any bytes after it. One wrong password in 256 gives valid padding, so this
 * checks the structure (PrivateKeyInfo, RFC 5958, section 2).
 *
 * @throws Asn1Error
 */
export function checkedPkcs8(bytes: Buffer): Buffer {
  const node = parseBer(bytes, 'private key')
  const [, algorithm, key] = children(node, 'private key')
  oid(children(algorithm, 'private key')[0], 'private key')
  octets(key, 'private key')
  return encoded(node)
}
