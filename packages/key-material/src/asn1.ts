import * as asn1js from 'asn1js'

/** A node of a parsed BER structure. */
export type Node = asn1js.AsnType

/** The bytes are not the ASN.1 that was expected; `message` says where. */
export class Asn1Error extends Error {
  override readonly name = 'Asn1Error'
}

/**
 * Parses BER: DER, and the indefinite lengths and constructed strings that Windows, NSS and Bouncy Castle write. The
 * limits are far above what an honest file of 256 KiB needs; the limit on nodes caps the memory of a hostile one.
 */
export function parseBer(bytes: Uint8Array, where: string): Node {
  const { offset, result } = decode(bytes, where)
  if (offset === -1) throw new Asn1Error(`${where}: ${result.error}`)
  return result
}

function decode(bytes: Uint8Array, where: string): ReturnType<typeof asn1js.fromBER> {
  try {
    // parseEmbedded off: octet strings are parsed here when their position says what they contain, never on a guess
    return asn1js.fromBER(new Uint8Array(bytes), { maxDepth: 64, maxNodes: 50_000, parseEmbedded: false })
  } catch {
    // asn1js throws on malformed times, and returns an offset of -1 for everything else
    throw new Asn1Error(`${where}: malformed`)
  }
}

/** The children of a SEQUENCE or SET. */
export function children(node: Node | undefined, where: string): Node[] {
  if (node instanceof asn1js.Sequence || node instanceof asn1js.Set) return node.valueBlock.value as Node[]
  throw new Asn1Error(`${where}: not a SEQUENCE`)
}

/** The children of a constructed `[number]`; undefined if the node is something else. */
export function tagged(node: Node | undefined, number: number): Node[] | undefined {
  if (!(node instanceof asn1js.Constructed)) return undefined
  if (node.idBlock.tagClass !== 3 || node.idBlock.tagNumber !== number) return undefined
  return node.valueBlock.value as Node[]
}

export function oid(node: Node | undefined, where: string): string {
  if (node instanceof asn1js.ObjectIdentifier) return node.valueBlock.toString()
  throw new Asn1Error(`${where}: not an OBJECT IDENTIFIER`)
}

/** The bytes of an OCTET STRING, primitive or in pieces. */
export function octets(node: Node | undefined, where: string): Buffer {
  if (node instanceof asn1js.OctetString) return Buffer.from(node.getValue())
  throw new Asn1Error(`${where}: not an OCTET STRING`)
}

/** The exact value, however long: asn1js's own `valueDec` is 0 beyond four bytes, which would hide a huge count. */
export function integer(node: Node | undefined, where: string): bigint {
  if (node instanceof asn1js.Integer && node.valueBlock.valueHexView.length <= 64) return node.toBigInt()
  throw new Asn1Error(`${where}: not an INTEGER of a sane size`)
}

export function isInteger(node: Node | undefined): boolean {
  return node instanceof asn1js.Integer
}

/** The bytes of a BIT STRING: the first named bit is the highest one of the first byte. */
export function bitString(node: Node | undefined, where: string): Uint8Array {
  if (node instanceof asn1js.BitString) return node.valueBlock.valueHexView
  throw new Asn1Error(`${where}: not a BIT STRING`)
}

/** The node's own bytes, tag and length included. */
export function encoded(node: Node): Buffer {
  return Buffer.from(node.valueBeforeDecodeView)
}

/** The text of any of the string types. */
export function text(node: Node | undefined): string | undefined {
  return node instanceof asn1js.BaseStringBlock ? node.getValue() : undefined
}
