/** A handshake message (RFC 8446 section 4). */
export interface Message {
  readonly type: number
  readonly body: Buffer
}

export const messageTypes = {
  ...{ serverHello: 2, newSessionTicket: 4, encryptedExtensions: 8, certificate: 11, serverKeyExchange: 12 },
  ...{ certificateRequest: 13, serverHelloDone: 14, certificateVerify: 15, finished: 20, compressedCertificate: 25 },
} as const

/** Those that are whole, and what follows them. */
export function splitMessages(stream: Buffer): { readonly messages: readonly Message[]; readonly rest: Buffer } {
  const messages: Message[] = []
  let at = 0
  while (at + 4 <= stream.length) {
    const end = at + 4 + stream.readUIntBE(at + 1, 3)
    if (end > stream.length) break
    messages.push({ type: stream.readUInt8(at), body: stream.subarray(at + 4, end) })
    at = end
  }
  return { messages, rest: stream.subarray(at) }
}

/** Content behind a length of so many bytes, as far as it is there, and what follows. */
export function takeVector(bytes: Buffer, lengthSize: number): readonly [content: Buffer, rest: Buffer] {
  if (bytes.length < lengthSize) return [Buffer.alloc(0), Buffer.alloc(0)]
  const end = lengthSize + bytes.readUIntBE(0, lengthSize)
  return [bytes.subarray(lengthSize, end), bytes.subarray(end)]
}

/** The chain of a Certificate message, leaf first (RFC 8446 section 4.4.2, RFC 5246 section 7.4.2). */
export function chainOf(body: Buffer, isTls13: boolean): readonly Buffer[] {
  let [list] = takeVector(isTls13 ? takeVector(body, 1)[1] : body, 3)
  const chain: Buffer[] = []
  while (list.length > 0) {
    const [certificate, rest] = takeVector(list, 3)
    chain.push(certificate)
    list = isTls13 ? takeVector(rest, 2)[1] : rest
  }
  return chain
}

/** How many CAs a CertificateRequest names (RFC 8446 sections 4.3.2 and 4.2.4, RFC 5246 section 7.4.4). */
export function namesIn(body: Buffer, isTls13: boolean): number {
  if (!isTls13) return vectorsIn(takeVector(takeVector(takeVector(body, 1)[1], 2)[1], 2)[0])
  let [extensions] = takeVector(takeVector(body, 1)[1], 2)
  let names = 0
  while (extensions.length >= 4) {
    const [content, rest] = takeVector(extensions.subarray(2), 2)
    if (extensions.readUInt16BE(0) === 47) names += vectorsIn(takeVector(content, 2)[0])
    extensions = rest
  }
  return names
}

function vectorsIn(list: Buffer): number {
  let count = 0
  for (let left = list; left.length > 0; left = takeVector(left, 2)[1]) count++
  return count
}
