/** The process of a target that answers without end, in TLS records of one byte each. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Sealer, SealingTarget } from '@mtls-gateway/test-kit'
import type { SmallRecordsOrder } from './small-records.ts'

/** As many as one read of the gateway's brings. */
const recordsAtOnce = 3_000
const applicationData = 23
const byte = Buffer.from('x')

process.on('disconnect', () => process.exit())
const [{ identity, port }] = (await once(process, 'message')) as [SmallRecordsOrder]
await SealingTarget.start({ identity, port, onRequest: answer })
process.send?.('ready')

function answer(sealer: Sealer, tcp: Socket): void {
  sealer.add(applicationData, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n'))
  const goOn = () => {
    if (tcp.destroyed) return
    for (let n = 0; n < recordsAtOnce; n++) sealer.add(applicationData, byte)
    if (tcp.write(sealer.take())) setImmediate(goOn)
    else tcp.once('drain', goOn)
  }
  goOn()
}
