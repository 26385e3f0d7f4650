/** A process that opens the directory and carries out its parent's orders: see child-instance.ts. */

import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import type { DiskEvent } from '../../src/embedded/runtime-database.ts'
import type { ChangeNotice, NonceClaim } from '../../src/port.ts'

export type Order =
  | { readonly do: 'append'; readonly notice: ChangeNotice }
  | { readonly do: 'claim'; readonly claim: NonceClaim }
  /** The listener throws after it was told this revision; the process survives that. */
  | { readonly do: 'follow'; readonly throwAt?: number }
  /** As if the host's clock were set: ahead of the real time by this much. */
  | { readonly do: 'set-clock'; readonly aheadMs: number }
  /** Reports whether it is sound, and what it has said about the disk. */
  | { readonly do: 'check' }
  /** Closes the coordination and ends. */
  | { readonly do: 'close' }
  /** Ends as soon as nothing keeps the process alive, without closing the coordination. */
  | { readonly do: 'leave' }

export type Report =
  | { readonly done: unknown }
  | { readonly failed: unknown }
  | { readonly heard: ChangeNotice | 'gap' }

const report = (what: Report): void => {
  process.send?.(what)
}

process.on('uncaughtException', (error) => {
  if (error.message !== 'a defect of the listener') throw error
})

const realNow = Date.now
let clockAheadMs = 0
Date.now = () => realNow() + clockAheadMs

try {
  const [directory = '', instance = '', ahead = '0'] = process.argv.slice(2)
  clockAheadMs = Number(ahead)
  const events: DiskEvent[] = []
  const coordination = openEmbeddedCoordination({ directory, instance, onEvent: (event) => events.push(event) })
  const check = () =>
    coordination.check().then(
      () => ['sound', ...events.splice(0)],
      () => ['failing', ...events.splice(0)],
    )
  const carryOut = (order: Order): unknown => {
    if (order.do === 'append') return coordination.changeFeed.append(order.notice)
    if (order.do === 'claim') return coordination.nonces.claim(order.claim)
    if (order.do === 'check') return check()
    if (order.do === 'set-clock') {
      clockAheadMs = order.aheadMs
      return undefined
    }
    if (order.do === 'close') return coordination.close()
    if (order.do === 'leave') return undefined
    const listener = {
      onNotice: (notice: ChangeNotice) => {
        report({ heard: notice })
        if (notice.revision === order.throwAt) throw new Error('a defect of the listener')
      },
      onGap: () => report({ heard: 'gap' }),
    }
    return coordination.changeFeed.follow(listener)
  }
  process.on('message', async (order: Order) => {
    try {
      report({ done: await carryOut(order) })
    } catch (error) {
      report({ failed: (error as { message?: unknown }).message })
    }
    if (order.do === 'close' || order.do === 'leave') process.disconnect()
  })
  report({ done: 'open' })
} catch (error) {
  report({ failed: (error as { code?: unknown }).code })
  process.disconnect()
}
