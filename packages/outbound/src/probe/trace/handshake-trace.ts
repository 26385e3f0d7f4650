import { nameFromDer, nameFromOneLine } from './issuer-names.ts'

export interface TlsAlert {
  readonly from: 'target' | 'gateway'
  readonly code: number
  /** In the words of RFC 8446 section 6, as OpenSSL has them. */
  readonly description: string
}

/** What only OpenSSL's trace of a connection tells. */
export interface HandshakeTrace {
  /** The target sent a CertificateRequest (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4). */
  readonly clientCertificateRequested: boolean
  /** The issuers that it named, as RFC 4514 has them. None: it did not say. */
  readonly acceptableIssuers: readonly string[]
  /** The signature algorithms that it named, as OpenSSL's trace has them (`rsa_pkcs1_sha256`). */
  readonly acceptableSignatures: readonly string[]
  /** OpenSSL answered the request without a certificate: the target takes no signature of such a key. */
  readonly clientCertificateWithheld: boolean
  /** The target went on after the client's certificate: by its Finished (TLS 1.2), or by a ticket (TLS 1.3). */
  readonly completedByTarget: boolean
  /** The target said that it closes (close_notify). */
  readonly closedInOrder: boolean
  /** The target chose one of the protocols that were offered (RFC 7301). */
  readonly protocolChosen: boolean
  /** The fatal alert that ended the connection. */
  readonly alert: TlsAlert | undefined
}

interface TlsRecord {
  readonly from: TlsAlert['from']
  readonly lines: readonly string[]
}

interface HandshakeMessage {
  readonly from: TlsAlert['from']
  readonly name: string
  readonly lines: readonly string[]
}

const certificateBegin = /^-+details-+$/
const certificateEnd = '-'.repeat(18)
const recordHeader = /^(Sent|Received) TLS Record$/m
const messageHeader = /^ {4}(\w+), Length=\d+$/
const completions: ReadonlySet<string> = new Set(['Finished', 'NewSessionTicket'])
const noCertificates = /^ {6}certificate_list, length=0$/
const closeNotify = /^ {4}Level=warning\(1\), description=close notify\(0\)$/
const protocol = /^ +extension_type=application_layer_protocol_negotiation\(16\), length=\d+$/
const signatureAlgorithm = /^ {8,10}(\w+) \(0x[0-9a-f]{4}\)$/
const fatalAlert = /^ {4}Level=fatal\(2\), description=(.*)\((\d+)\)$/
/** TLS 1.2 */
const nameInWords = /^ {8}DistinguishedName \(len=\d+\): (.*)$/
/** TLS 1.3; what is in it follows, in hexadecimal and beside that as characters. */
const authoritiesExtension = /^ {8}extension_type=certificate_authorities\(47\), length=\d+$/
const hexadecimal = /^\s+[0-9a-f]{4,} - ((?:[0-9a-f]{2}[ -])+)/

/** Reads what Node's `enableTrace` prints; the rest of it (random numbers, tickets) is for nobody. */
export function readHandshakeTrace(trace: string): HandshakeTrace {
  const records = recordsIn(trace)
  const messages = records.flatMap(messagesIn)
  const requests = messages.filter(({ from, name }) => from === 'target' && name === 'CertificateRequest')
  const answer = messages.findIndex(({ from, name }) => from === 'gateway' && name === 'Certificate')
  const later = answer === -1 ? [] : messages.slice(answer)
  return {
    clientCertificateRequested: requests.length > 0,
    acceptableSignatures: requests.flatMap(({ lines }) => signaturesIn(lines)),
    clientCertificateWithheld: messages[answer]?.lines.some((line) => noCertificates.test(line)) ?? false,
    completedByTarget: later.some(({ from, name }) => from === 'target' && completions.has(name)),
    closedInOrder: records.some(({ from, lines }) => from === 'target' && lines.some((line) => closeNotify.test(line))),
    protocolChosen: messages.some(({ from, lines }) => from === 'target' && lines.some((line) => protocol.test(line))),
    acceptableIssuers: requests.flatMap(({ lines }) => [...namesInWords(lines), ...namesInExtension(lines)]),
    alert: records.map(alertIn).find((alert) => alert !== undefined),
  }
}

function recordsIn(trace: string): readonly TlsRecord[] {
  const [, ...pieces] = withoutCertificates(trace).split(recordHeader)
  const records: TlsRecord[] = []
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    const lines = pieces[index + 1]?.split('\n') ?? []
    records.push({ from: pieces[index] === 'Sent' ? 'gateway' : 'target', lines })
  }
  return records
}

/** The trace prints certificates in full, with whatever text the target put into them. */
function withoutCertificates(trace: string): string {
  let within = false
  const lines = trace.split('\n').filter((line) => {
    if (within) {
      within = line !== certificateEnd
      return false
    }
    within = certificateBegin.test(line)
    return !within
  })
  return lines.join('\n')
}

function messagesIn({ from, lines }: TlsRecord): readonly HandshakeMessage[] {
  const messages: { from: TlsAlert['from']; name: string; lines: string[] }[] = []
  for (const line of lines) {
    const name = messageHeader.exec(line)?.[1]
    if (name !== undefined) messages.push({ from, name, lines: [] })
    else messages.at(-1)?.lines.push(line)
  }
  return messages
}

function signaturesIn(request: readonly string[]): readonly string[] {
  return request.flatMap((line) => signatureAlgorithm.exec(line)?.[1] ?? [])
}

function namesInWords(request: readonly string[]): readonly string[] {
  return request.flatMap((line) => {
    const text = nameInWords.exec(line)?.[1]
    return text === undefined ? [] : [nameFromOneLine(text)]
  })
}

/** RFC 8446 section 4.2.4: names in DER, each behind its length in two bytes, all of them behind theirs. */
function namesInExtension(request: readonly string[]): readonly string[] {
  const start = request.findIndex((line) => authoritiesExtension.test(line))
  if (start === -1) return []
  const dump = request.slice(start + 1)
  const end = dump.findIndex((line) => !hexadecimal.test(line))
  const hex = (end === -1 ? dump : dump.slice(0, end)).map((line) => hexadecimal.exec(line)?.[1]).join('')
  const bytes = Buffer.from(hex.replaceAll(/[ -]/g, ''), 'hex')
  const names: string[] = []
  for (let at = 2; at + 2 < bytes.length; ) {
    const next = at + 2 + bytes.readUInt16BE(at)
    names.push(nameFromDer(bytes.subarray(at + 2, next)) ?? '(unreadable)')
    at = next
  }
  return names
}

/** RFC 8446 section 6: OpenSSL's trace has no words for these. */
const unnamed: Readonly<Record<number, string>> = {
  86: 'inappropriate fallback',
  109: 'missing extension',
  116: 'certificate required',
  120: 'no application protocol',
}

function alertIn({ from, lines }: TlsRecord): TlsAlert | undefined {
  const [, words, number] = lines.map((line) => fatalAlert.exec(line)).find((found) => found !== null) ?? []
  if (words === undefined) return undefined
  const code = Number(number)
  return { from, code, description: unnamed[code] ?? (words === 'unknown' ? `alert ${code}` : words) }
}
