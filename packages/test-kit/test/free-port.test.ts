import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { freePort, freePortFrom, freePortPair } from '../src/free-port.ts'

describe('a free port', () => {
  it('is none that the system gives to connections and to servers without one of their own', async () => {
    for (let times = 0; times < 10; times++) expect(await freePort()).toBeLessThan(32_768)
  })

  it('is given once, in all processes', async () => {
    const port = await freePort()
    expect(await freePortFrom(port)).not.toBe(port)
    expect(await givenToChild(port)).toBeGreaterThan(port)
  })

  it('is given to others once its process has ended', async () => {
    const port = await givenToChild(await freePort())
    expect(await freePortFrom(port)).toBe(port)
  })

  it('may come with the one so far above it', async () => {
    const port = await freePortPair(10_000)
    expect(port + 10_000).toBeLessThan(32_768)
    for (const given of [port, port + 10_000]) expect(await freePortFrom(given)).not.toBe(given)
  })

  it('has no server', async () => {
    const port = await freePort()
    const server = createServer().listen(port + 2, '127.0.0.1')
    await once(server, 'listening')
    expect(await freePortFrom(port)).toBeGreaterThan(port + 2)
    server.close()
  })
})

/** The first one from `port` on that another process is given. */
async function givenToChild(port: number): Promise<number> {
  const child = join(import.meta.dirname, 'children/free-port.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [child, String(port)])
  return Number(stdout)
}
