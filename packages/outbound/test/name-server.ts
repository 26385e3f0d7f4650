import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** What a name server says of a name: addresses with a TTL, a failure by RCODE, or nothing ever. */
export type NameAnswer = { addresses: readonly string[]; ttl: number } | { rcode: 0 | 2 | 3 } | 'silence'

export interface NameServer {
  /** For `AddressLookup`. */
  readonly address: string
  /** The names asked for, one for each query of type A. */
  readonly asked: readonly string[]
  close(): void
}

/** A name server over UDP on this machine that knows IPv4 addresses alone (RFC 1035 section 4). */
export async function startNameServer(answerFor: (name: string) => NameAnswer): Promise<NameServer> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query)
    if (type === 1) asked.push(name)
    const answer = answerFor(name)
    if (answer === 'silence') return
    socket.send(reply(query.subarray(0, end), type === 1 ? answer : emptyFor(answer)), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() }
}

function emptyFor(answer: Exclude<NameAnswer, 'silence'>): Exclude<NameAnswer, 'silence'> {
  return 'addresses' in answer ? { rcode: 0 } : answer
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function reply(question: Buffer, answer: Exclude<NameAnswer, 'silence'>): Buffer {
  const addresses = 'addresses' in answer ? answer.addresses : []
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8180 | ('rcode' in answer ? answer.rcode : 0), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8) // no authority or additional records: the query's EDNS record is left out
  const records = addresses.map((address) => {
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)])
    record.writeUInt32BE('ttl' in answer ? answer.ttl : 0, 6)
    return record
  })
  return Buffer.concat([head, ...records])
}
