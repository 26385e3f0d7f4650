import type { X509Certificate } from 'node:crypto'
import { DerReader, derTags } from '@mtls-gateway/certificate-rules'
import * as asn1js from 'asn1js'
import { AlgorithmIdentifier } from 'pkijs'
import { FaultyAnswer, isTimely, type RevocationStatus, revocationReasons } from './revocation-answer.ts'
import { serialHex } from './revocation-question.ts'
import { isSignatureOf } from './signature.ts'

const tags = { ...derTags, utcTime: 0x17, generalizedTime: 0x18, enumerated: 0x0a, extensions: 0xa0 } as const
/** The object identifiers as they are encoded: 2.5.29.21, 2.5.29.28. */
const reasonCode = '551d15'
const issuingDistributionPoint = '551d1c'

interface Entry {
  readonly at: string
  readonly reason: string
}

/**
 * Reads a CRL (RFC 5280, section 5), entry by entry: a list of a hundred thousand takes no more memory than itself.
 * @param serials as `serialHex` has them
 * @param now milliseconds since 1970
 * @returns one status for each serial, in order
 * @throws FaultyAnswer, MalformedDer
 */
export async function readCrl(
  answer: Uint8Array,
  issuer: X509Certificate,
  serials: readonly string[],
  now: number,
): Promise<readonly RevocationStatus[]> {
  const list = new DerReader(Buffer.from(answer)).sequence()
  const content = list.whole(tags.sequence)
  const algorithm = AlgorithmIdentifier.fromBER(new Uint8Array(list.whole(tags.sequence)))
  const bits = list.read(tags.bitString)
  // The first byte says how many bits of the last one are not used.
  if (bits[0] !== 0) throw new FaultyAnswer('malformed')
  const signature = new asn1js.BitString({ valueHex: new Uint8Array(bits.subarray(1)) })
  if (!(await isSignatureOf(issuer, { content, algorithm, signature }))) throw new FaultyAnswer('unsigned')
  const found = readEntries(content, new Set(serials), now)
  return serials.map((serial): RevocationStatus => {
    const entry = found.get(serial)
    return entry ? { state: 'revoked', ...entry } : { state: 'good' }
  })
}

function readEntries(content: Buffer, asked: ReadonlySet<string>, now: number): ReadonlyMap<string, Entry> {
  const fields = new DerReader(content).sequence()
  fields.readOptional(tags.integer)
  fields.read(tags.sequence)
  fields.read(tags.sequence)
  const from = readTime(fields)
  const until = readOptionalTime(fields)
  if (!isTimely(from, until, now)) throw new FaultyAnswer('stale')
  const found = new Map<string, Entry>()
  const entries = new DerReader(fields.readOptional(tags.sequence) ?? Buffer.alloc(0))
  while (!entries.isAtEnd) {
    const entry = entries.sequence()
    const serial = serialHex(entry.read(tags.integer))
    if (!asked.has(serial)) continue
    const at = new Date(readTime(entry)).toISOString()
    found.set(serial, { at, reason: reasonOf(entry.readOptional(tags.sequence)) })
  }
  refusePartial(fields.readOptional(tags.extensions))
  return found
}

/** A list of changes alone, of some certificates alone or of several issuers says other things than it seems to. */
function refusePartial(extensions: Buffer | undefined): void {
  for (const { id, isCritical, value } of readExtensions(extensions && new DerReader(extensions).read(tags.sequence))) {
    if (!isCritical) continue
    // indirectCRL is [4]; onlyContainsCACerts [2], onlySomeReasons [3], onlyContainsAttributeCerts [5].
    const point = id === issuingDistributionPoint ? new DerReader(value).sequence() : undefined
    point?.readOptional(0xa0)
    point?.readOptional(0x81)
    if (!point?.isAtEnd) throw new FaultyAnswer('partial')
  }
}

function reasonOf(extensions: Buffer | undefined): string {
  const found = readExtensions(extensions).find(({ id }) => id === reasonCode)
  const [code = 0] = found ? new DerReader(found.value).read(tags.enumerated) : []
  return revocationReasons[code] ?? 'unspecified'
}

interface Extension {
  /** Hex. */
  readonly id: string
  readonly isCritical: boolean
  readonly value: Buffer
}

function readExtensions(content: Buffer | undefined): readonly Extension[] {
  const extensions: Extension[] = []
  const list = new DerReader(content ?? Buffer.alloc(0))
  while (!list.isAtEnd) {
    const extension = list.sequence()
    const id = extension.read(tags.objectIdentifier).toString('hex')
    const isCritical = extension.readOptional(tags.boolean) !== undefined
    extensions.push({ id, isCritical, value: extension.read(tags.octetString) })
  }
  return extensions
}

function readTime(fields: DerReader): number {
  const time = readOptionalTime(fields)
  if (time === undefined) throw new FaultyAnswer('malformed')
  return time
}

const generalized = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** In milliseconds since 1970. UTCTime has two digits of the year: 1950 to 2049. */
function readOptionalTime(fields: DerReader): number | undefined {
  const short = fields.readOptional(tags.utcTime)?.toString('latin1')
  const century = Number(short?.slice(0, 2)) < 50 ? '20' : '19'
  const text = short === undefined ? fields.readOptional(tags.generalizedTime)?.toString('latin1') : century + short
  if (text === undefined) return undefined
  const time = Date.parse(text.replace(generalized, '$1-$2-$3T$4:$5:$6Z'))
  if (!generalized.test(text) || Number.isNaN(time)) throw new FaultyAnswer('malformed')
  return time
}
