import { Asn1Error, children, encoded, type Node, octets, oid, parseBer, tagged, text } from '../asn1.ts'
import { readShroudedKey, type ShroudedKey } from './pkcs8.ts'

export interface BagAttributes {
  /** Its position in its safe; undefined inside of another bag. */
  readonly position: number | undefined
  /** The friendly name. */
  readonly alias: string | undefined
  /** In hex. A key and its certificate have the same one. */
  readonly localKeyId: string | undefined
}

/** The contents of a safe that matter here. CRLs and other secrets are skipped. */
export type Bag = BagAttributes &
  (
    | { readonly kind: 'key'; readonly pkcs8: Buffer }
    | ({ readonly kind: 'shrouded-key' } & ShroudedKey)
    | { readonly kind: 'certificate'; readonly der: Buffer }
  )

const keyBag = '1.2.840.113549.1.12.10.1.1'
const shroudedKeyBag = '1.2.840.113549.1.12.10.1.2'
const certificateBag = '1.2.840.113549.1.12.10.1.3'
const safeContentsBag = '1.2.840.113549.1.12.10.1.6'
const x509Certificate = '1.2.840.113549.1.9.22.1'
const friendlyName = '1.2.840.113549.1.9.20'
const localKeyId = '1.2.840.113549.1.9.21'
const maxAliasLength = 128

/** SafeContents (RFC 7292, section 4.2). @throws Asn1Error */
export function readBags(safeContents: Buffer): Bag[] {
  return children(parseBer(safeContents, 'SafeContents'), 'SafeContents').flatMap((node, position) =>
    readBag(node, position),
  )
}

function readBag(node: Node, position: number | undefined): Bag[] {
  const where = 'SafeBag'
  const [typeNode, wrapped, attributesNode] = children(node, where)
  const type = oid(typeNode, where)
  const value = tagged(wrapped, 0)?.[0]
  if (!value) throw new Asn1Error('SafeBag: empty')
  const attributes = { ...readAttributes(attributesNode), position }
  if (type === keyBag) return [{ kind: 'key', pkcs8: encoded(value), ...attributes }]
  if (type === shroudedKeyBag) return [{ kind: 'shrouded-key', ...readShroudedKey(value), ...attributes }]
  if (type === safeContentsBag) return children(value, where).flatMap((inner) => readBag(inner, undefined))
  if (type !== certificateBag) return []
  const [certificateType, certificateValue] = children(value, 'CertBag')
  if (oid(certificateType, 'CertBag') !== x509Certificate) return []
  return [{ kind: 'certificate', der: octets(tagged(certificateValue, 0)?.[0], 'CertBag'), ...attributes }]
}

function readAttributes(node: Node | undefined): Omit<BagAttributes, 'position'> {
  const attributes = new Map<string, Node | undefined>()
  for (const attribute of node ? children(node, 'attributes') : []) {
    const [type, values] = children(attribute, 'attribute')
    attributes.set(oid(type, 'attribute'), children(values, 'attribute')[0])
  }
  const id = attributes.get(localKeyId)
  return {
    alias: printable(text(attributes.get(friendlyName))),
    localKeyId: id && octets(id, 'localKeyID').toString('hex'),
  }
}

/** A name appears in reports and messages, so characters that could disturb a terminal are removed. */
function printable(name: string | undefined): string | undefined {
  return name?.replace(/\p{C}/gu, '').slice(0, maxAliasLength) || undefined
}
