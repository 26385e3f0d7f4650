import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { OpenRequests } from '../src/server/open-requests.ts'

setFlagsFromString('--expose-gc')
const collect: (options: { type: 'major' | 'minor' }) => void = runInNewContext('gc')

/** One after the other on one connection, with young collections in between. */
function serve(open: OpenRequests, socket: Socket, requests: number): void {
  for (let i = 0; i < requests; i++) {
    const response = new EventEmitter() as ServerResponse
    open.enter({ socket } as IncomingMessage, response, () => {})
    response.emit('close')
    if (i % 64 === 0) collect({ type: 'minor' })
  }
}

describe('requests that have been answered', () => {
  it('leave nothing that outlives young collections', () => {
    const open = new OpenRequests()
    const socket = new EventEmitter() as Socket
    const requests = 20_000
    serve(open, socket, requests)
    collect({ type: 'major' })
    const before = process.memoryUsage().heapUsed
    serve(open, socket, requests)
    collect({ type: 'minor' })
    collect({ type: 'minor' })
    expect((process.memoryUsage().heapUsed - before) / requests).toBeLessThan(50)
  })
})
