import { X509Certificate } from 'node:crypto'
import { distinguishedName } from '@mtls-gateway/domain'

/**
 * A distinguished name in DER as {@link distinguishedName} writes it. Node has no parser for a name alone, so it gets a
 * certificate around it: then this name reads like those of the certificates that it is compared with. Undefined where
 * it is no name.
 */
export function nameFromDer(der: Buffer): string | undefined {
  const key = sequence(ed25519, bitString(32))
  const toBeSigned = sequence(serialNumber, ed25519, der, sequence(time, time), emptyName, key)
  try {
    return distinguishedName(new X509Certificate(sequence(toBeSigned, ed25519, bitString(64))).issuer)
  } catch {
    return undefined
  }
}

const serialNumber = Buffer.from('020101', 'hex')
const ed25519 = Buffer.from('300506032b6570', 'hex')
const time = Buffer.from('170d3730303130313030303030305a', 'hex')
const emptyName = sequence()

function sequence(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 0x80 ? [size] : [0x82, size >> 8, size & 0xff]
  return Buffer.from([0x30, ...length, ...content])
}

function bitString(bytes: number): Buffer {
  return Buffer.from([0x03, bytes + 1, 0, ...Buffer.alloc(bytes)])
}

/**
 * `C = DE, O = "Acme, Inc", CN = A \C3\84 + UID = 1`: a value is quoted, or has its special characters escaped. Each
 * match begins where the one before ended: searching for the next beginning would take quadratic time, and a target
 * chooses these names.
 */
const attribute = /([^\s=,+"\\]+) = ("(?:[^"\\]|\\.)*"|(?:[^\\,+"]|\\.)*?)(, | \+ |$)/gsy

/** A distinguished name as OpenSSL's trace prints it (`XN_FLAG_ONELINE`), as {@link distinguishedName} writes it. */
export function nameFromOneLine(text: string): string {
  let lines = ''
  for (const [, type, value = '', separator] of text.matchAll(attribute)) {
    lines += `${type}=${escapeValue(unescapeValue(value))}${separator === ', ' ? '\n' : separator}`
  }
  return distinguishedName(lines)
}

function unescapeValue(value: string): string {
  const bare = value.startsWith('"') ? value.slice(1, -1) : value
  // The bytes of a character beyond ASCII are escaped one by one.
  const bytes = bare.replace(/\\([0-9A-F]{2}|.)/gs, (_, escaped: string) =>
    escaped.length === 2 ? String.fromCharCode(Number.parseInt(escaped, 16)) : escaped,
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** RFC 4514 section 2.4, and control characters as OpenSSL escapes them. */
function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]|^[# ]| $/g, '\\$&')
    .replace(/\p{Cc}/gu, (control) => `\\${control.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
