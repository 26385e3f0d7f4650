import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { startService } from '@mtls-gateway/test-kit'
import { descriptorLimit } from '../../src/server/connection-limits.ts'

const entry = join(import.meta.dirname, '../child-service/dist/child-service.js')

describe('the limit of open files', () => {
  it('is known', () => {
    expect(descriptorLimit()).toBeGreaterThan(100)
  })
})

describe('a service without a descriptor left', () => {
  it('closes new connections, answers those that it has, and takes new ones when it can', async () => {
    const env = { CHILD_PORT: '0', CHILD_MANAGEMENT_PORT: '0', MAX_CONNECTIONS: '1000' }
    const service = await startService({ entry, env, maxDescriptors: 96 })
    const { port, hostname } = new URL(service.url)
    const sockets: Socket[] = []
    let ended: number | null
    const open = async () => {
      const socket = connect(Number(port), hostname).on('error', () => {})
      sockets.push(socket)
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
      return socket
    }
    const answered = async (socket: Socket) => {
      socket.write('GET /nowhere HTTP/1.1\r\nHost: child\r\n\r\n')
      return new Promise<boolean>((resolve) => {
        socket.once('data', () => resolve(true)).once('close', () => resolve(false))
      })
    }
    try {
      const first = await open()
      expect(await answered(first)).toBe(true)
      let last = first
      while (await answered(last)) last = await open()
      expect(sockets.length).toBeLessThan(96)
      expect(await answered(first)).toBe(true)
      for (const socket of sockets.slice(1)) socket.destroy()
      while (!(await answered(await open())));
    } finally {
      for (const socket of sockets) socket.destroy()
      ended = await service.stop()
    }
    expect(ended).toBe(0)
  })
})
