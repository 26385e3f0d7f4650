interface Element {
  readonly tag: number
  readonly content: Buffer
}

/** As hex of their OBJECT IDENTIFIERs. */
const rsa = ['2a864886f70d010101', '2a864886f70d01010a', '550801', '2a864886f70d010107']
const dsa = ['2a8648ce380401', '2b0e03020c', '2b0e03021b']
const ec = '2a8648ce3d0201'
/** brainpool, all of them, and secp256k1: the process ends where Node describes one. */
const nameless = /^2b240303020801|^2b8104000a$/
const tags = { integer: 0x02, identifier: 0x06, version: 0xa0 } as const
const maxRsaBits = 8_192

/** What is wrong with the key of a certificate (RFC 5280 section 4.1), as far as OpenSSL's time goes. */
export function keyFault(der: Buffer): string | undefined {
  const signed = inner(inner(elements(der)[0])[0])
  // Serial number, signature, issuer, validity, subject, key; the version may be missing.
  const [algorithm, bits] = inner(signed.filter(({ tag }) => tag !== tags.version)[5])
  const [identifier, parameters] = inner(algorithm)
  if (identifier?.tag !== tags.identifier || bits === undefined) return 'a certificate in which no key can be found'
  const name = identifier.content.toString('hex')
  if (dsa.includes(name)) return 'a DSA key'
  if (name === ec && parameters?.tag !== tags.identifier) return 'an EC key without a named curve'
  if (name === ec && nameless.test(parameters?.content.toString('hex') ?? '')) {
    return 'an EC key on a curve that Node cannot describe'
  }
  if (!rsa.includes(name)) return undefined
  const [modulus] = inner(elements(bits.content.subarray(1))[0])
  if (modulus?.tag !== tags.integer) return 'an RSA key in which no modulus can be found'
  const digits = modulus.content.toString('hex').replace(/^0+/, '')
  const size = digits.length * 4 - Math.clz32(Number.parseInt(digits[0] ?? '0', 16)) + 28
  return size > maxRsaBits ? 'an RSA key above 8192 bits' : undefined
}

function inner(element: Element | undefined): readonly Element[] {
  return element === undefined ? [] : elements(element.content)
}

/** Those that follow each other, with lengths in any form that is definite. */
function elements(bytes: Buffer): readonly Element[] {
  const all: Element[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2)
    const size = first < 0x80 ? 0 : first - 0x80
    const from = at + 2 + size
    if (first === 0x80 || size > 4 || from > bytes.length) break
    const end = from + (size === 0 ? first : bytes.readUIntBE(at + 2, size))
    all.push({ tag, content: bytes.subarray(from, end) })
    at = end
  }
  return all
}
