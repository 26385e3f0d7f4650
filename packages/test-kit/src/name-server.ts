import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createTcpServer, isIP } from 'node:net'
import { freePort } from './free-port.ts'

/** What a name server says of a name: addresses with a TTL, a failure by RCODE, or nothing ever. */
export type NameAnswer = { addresses: readonly string[]; ttl: number } | { rcode: 0 | 2 | 3 } | 'silence'

export interface NameServer {
  /** For `AddressLookup`. */
  readonly address: string
  /** The names asked for, one for each query of type A, however often c-ares sends it. */
  readonly asked: readonly string[]
  close(): void
}

/** What a UDP answer may hold; c-ares asks for more over TCP. */
const maxUdpBytes = 1_232
const families: ReadonlyMap<number, 4 | 6> = new Map([
  [1, 4],
  [28, 6],
])

/** A name server on this machine, over UDP, and over TCP for long answers (RFC 1035 section 4). */
export async function startNameServer(answerFor: (name: string, family?: 4 | 6) => NameAnswer): Promise<NameServer> {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      // c-ares may put both queries in one piece.
      for (let rest = data; rest.length > 2; rest = rest.subarray(2 + rest.readUInt16BE(0))) {
        const answer = answerTo(rest.subarray(2, 2 + rest.readUInt16BE(0)))
        if (answer === undefined) continue
        socket.write(Buffer.from([answer.length >> 8, answer.length & 255]))
        socket.write(answer)
      }
    })
  })
  const port = await freePort()
  await once(tcp.listen(port, '127.0.0.1'), 'listening')
  const udp = createSocket('udp4')
  const asked: string[] = []
  const queries = new Set<string>()
  const answerTo = (query: Buffer): Buffer | undefined => {
    const { name, type, end } = readQuestion(query)
    const answer = answerFor(name, families.get(type))
    return answer === 'silence' ? undefined : reply(query.subarray(0, end), answer, type)
  }
  udp.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query)
    // It keeps its ID where it is sent again, as it is where an answer is late.
    const key = `${query.readUInt16BE(0)} ${name}`
    if (type === 1 && !queries.has(key)) asked.push(name)
    if (type === 1) queries.add(key)
    const answer = answerTo(query)
    if (answer === undefined) return
    udp.send(answer.length > maxUdpBytes ? truncated(answer.subarray(0, end)) : answer, peer.port, peer.address)
  })
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  const close = () => {
    udp.close()
    tcp.close()
  }
  return { address: `127.0.0.1:${port}`, asked, close }
}

function truncated(question: Buffer): Buffer {
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8380, 2)
  head.writeUInt16BE(0, 6)
  return head
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

function reply(question: Buffer, answer: Exclude<NameAnswer, 'silence'>, type: number): Buffer {
  const family = families.get(type)
  const addresses = 'addresses' in answer ? answer.addresses.filter((address) => isIP(address) === family) : []
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8180 | ('rcode' in answer ? answer.rcode : 0), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8) // no authority or additional records: the query's EDNS record is left out
  const records = addresses.map((address) => {
    const bytes = family === 4 ? address.split('.').map(Number) : sixteenBytes(address)
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes])
    record.writeUInt32BE('ttl' in answer ? answer.ttl : 0, 6)
    return record
  })
  return Buffer.concat([head, ...records])
}

/** The bytes of an address such as 2001:db8::1, with one "::". */
function sixteenBytes(address: string): number[] {
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
}
