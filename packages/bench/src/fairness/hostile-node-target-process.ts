/** The process of a target that answers as nginx would not. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { type Sealer, SealingTarget } from '@mtls-gateway/test-kit'
import type { HostileAnswer, HostileTargetOrder } from './hostile-node-target.ts'

/** As many as one read of the gateway's brings. */
const recordsAtOnce = 3_000
const applicationData = 23
const byte = Buffer.from('x')

const hints = 20

type Identified = Pick<HostileTargetOrder, 'identity' | 'port'>

const targets: Readonly<Record<HostileAnswer, (order: Identified) => Promise<unknown>>> = {
  'small records': (order) => SealingTarget.start({ ...order, onRequest: sendSmallRecords }),
  'early hints': (order) =>
    listen(order, '127.0.0.1', (response) => {
      for (let n = 0; n < hints; n++) response.writeEarlyHints({ link: `</style-${n}.css>; rel=preload; as=style` })
      response.end('hinted')
    }),
  'any address': (order) => listen(order, '0.0.0.0', (response) => response.end('here')),
  end: ({ port }) => once(createTcpServer((socket) => socket.destroy()).listen(port, '0.0.0.0'), 'listening'),
}

function listen({ identity, port }: Identified, address: string, answer: (response: ServerResponse) => void) {
  const server = createServer({ ...identity, requestCert: true, rejectUnauthorized: false, keepAliveTimeout: 120_000 })
  server.on('request', (_, response) => answer(response))
  return once(server.listen(port, address), 'listening')
}

process.on('disconnect', () => process.exit())
const [{ answer, ...order }] = (await once(process, 'message')) as [HostileTargetOrder]
await targets[answer](order)
process.send?.('ready')

function sendSmallRecords(sealer: Sealer, tcp: Socket): void {
  sealer.add(applicationData, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n'))
  const goOn = () => {
    if (tcp.destroyed) return
    for (let n = 0; n < recordsAtOnce; n++) sealer.add(applicationData, byte)
    if (tcp.write(sealer.take())) setImmediate(goOn)
    else tcp.once('drain', goOn)
  }
  goOn()
}
