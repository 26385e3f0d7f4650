/** The process of an attack. One message tells it what to do, the next one to end, which it answers with a tally. */
import { once } from 'node:events'
import { Pace } from '../scale/pace.ts'
import type { AttackOrder, AttackTally } from './attack-order.ts'
import { holdConnection } from './hold-connection.ts'
import { HostileClient } from './hostile-client.ts'

process.on('disconnect', () => process.exit())
const [order] = (await once(process, 'message')) as [AttackOrder]
const end = new AbortController()
const tally: Record<string, number> = {}
const pace = new Pace(order.perSecond, end.signal)
const client = order.kind === 'requests' ? new HostileClient(order) : undefined
const attempt = client ? () => client.send(end.signal) : () => holdConnection(order.url, end.signal)
const workers = Array.from({ length: order.atOnce }, async () => {
  while (!end.signal.aborted) {
    try {
      await pace.turn()
      const outcome = await attempt()
      tally[outcome] = (tally[outcome] ?? 0) + 1
    } catch (error) {
      if (!end.signal.aborted) throw error
    }
  }
})
await Promise.race([once(process, 'message'), Promise.all(workers)])
end.abort()
await Promise.all(workers)
process.send?.(tally satisfies AttackTally, () => process.disconnect())
