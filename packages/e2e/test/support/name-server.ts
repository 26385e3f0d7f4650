import { createSocket } from 'node:dgram'
import { once } from 'node:events'

const headBytes = 12
const typeA = 1
const noSuchName = 3
const ttlSeconds = 1

export interface NameServer extends AsyncDisposable {
  readonly port: number
}

/** Answers questions for IPv4 addresses of some names, each time with those of that moment (RFC 1035). */
export async function startNameServer(names: Readonly<Record<string, () => readonly string[]>>): Promise<NameServer> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { name, end } = questionOf(query)
    const addresses = names[name]?.() ?? []
    socket.send(answerTo(query.subarray(0, end), addresses), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const close = async () => {
    socket.close()
    await once(socket, 'close')
  }
  return { port, [Symbol.asyncDispose]: close }
}

function questionOf(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = headBytes
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  // After the empty label, two bytes for the type and two for the class.
  return { name: labels.join('.'), end: at + 5 }
}

function answerTo(question: Buffer, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question.subarray(0, headBytes))
  head.writeUInt16BE(0x8180 | (addresses.length === 0 ? noSuchName : 0), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8)
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16)
    // The name is that of the question.
    record.writeUInt16BE(0xc000 | headBytes, 0)
    record.writeUInt16BE(typeA, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(ttlSeconds, 6)
    record.writeUInt16BE(4, 10)
    record.set(address.split('.').map(Number), 12)
    return record
  })
  return Buffer.concat([head, question.subarray(headBytes), ...records])
}
