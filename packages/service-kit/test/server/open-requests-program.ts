/**
 * Prints how many bytes of the old generation each answered request leaves behind: the most of five rounds of requests
 * that follow each other on one connection. `set`: keeps open requests in a Set instead.
 */
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getHeapSpaceStatistics } from 'node:v8'
import { OpenRequests } from '../../src/server/open-requests.ts'

const requests = 20_000
const socket = new EventEmitter() as Socket
const open = new OpenRequests()
const set = new Set<ServerResponse>()

function enter(response: ServerResponse): void {
  if (process.argv[2] === 'set') {
    set.add(response)
    response.on('close', () => set.delete(response))
  } else open.receive({ socket } as IncomingMessage, response, () => {})
}

function serve(): void {
  for (let i = 0; i < requests; i++) {
    const response = new EventEmitter() as ServerResponse
    enter(response)
    response.emit('close')
    if (i % 64 === 0) globalThis.gc?.({ type: 'minor' })
  }
}

function oldBytes(): number {
  // Live objects grow old first.
  for (let times = 0; times < 3; times++) globalThis.gc?.({ type: 'minor' })
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

// What the connection keeps grows old, and what is called often gets compiled.
serve()
globalThis.gc?.({ type: 'major' })
let most = 0
for (let round = 0; round < 5; round++) {
  const before = oldBytes()
  serve()
  most = Math.max(most, (oldBytes() - before) / requests)
}
console.log(most)
