import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { freePort, startNameServer } from '@mtls-gateway/test-kit'
import { AddressLookup, callTarget, explainTransportError, type UpstreamPools } from '../../src/index.ts'
import {
  acme,
  failureOf,
  knownAddresses,
  listenTcp,
  localGuard,
  openUpstreamPools,
} from '../support/outbound-fixture.ts'

const plain = { accountId: acme }

describe('a target that cannot be reached', () => {
  let upstreams: UpstreamPools
  afterEach(() => upstreams.destroy())

  it.each([
    ['does not exist', 3, 'ENOTFOUND'],
    ['has failing name servers', 2, 'EAI_AGAIN'],
  ] as const)('because its name %s', async (_fault, rcode, code) => {
    const nameServer = await startNameServer(() => ({ rcode }))
    const addresses = new AddressLookup({ guard: localGuard, nameServers: [nameServer.address] })
    upstreams = openUpstreamPools({ addresses })
    await expect(failureOf(upstreams, plain, 'https://target.example')).resolves.toMatchObject({
      code,
      phase: 'resolve',
      message: expect.stringContaining('target.example'),
    })
    nameServer.close()
  })

  it('because nothing listens on its port', async () => {
    const port = await freePort()
    upstreams = openUpstreamPools()
    await expect(failureOf(upstreams, plain, `https://127.0.0.1:${port}`)).resolves.toMatchObject({
      code: 'ECONNREFUSED',
      phase: 'connect',
    })
  })

  it('because nothing listens on any of its addresses', async () => {
    const port = await freePort()
    upstreams = openUpstreamPools({
      addresses: knownAddresses(['10.0.0.1', '127.0.0.1', '127.0.0.2']),
    })
    const failure = await failureOf(upstreams, plain, `https://target.example:${port}`)
    expect(failure.code).toBe('ECONNREFUSED') // and not that the first address was refused
  })

  it.each(['EHOSTUNREACH', 'ENETUNREACH'])('because there is no route: %s', (code) => {
    upstreams = openUpstreamPools()
    const error = Object.assign(new Error(`connect ${code} 192.0.2.1:443`), { code, syscall: 'connect' })
    expect(explainTransportError(error, 'target.example:443')).toMatchObject({
      code,
      message: expect.stringContaining('no route to'),
    })
  })
})

describe('a target that takes too long', () => {
  let upstreams: UpstreamPools
  afterEach(() => upstreams.destroy())

  it('to be found', async () => {
    const nameServer = await startNameServer(() => 'silence')
    const addresses = new AddressLookup({ guard: localGuard, nameServers: [nameServer.address], timeoutMs: 100 })
    upstreams = openUpstreamPools({ addresses, settings: { connectTimeoutMs: 40 } })
    await expect(failureOf(upstreams, plain, 'https://target.example')).resolves.toMatchObject({
      code: 'TIMEOUT',
      phase: 'resolve',
      message: expect.stringContaining('name servers'),
    })
    nameServer.close()
  })

  it('to accept the connection', async () => {
    const busy = await listenWithoutAccepting()
    upstreams = openUpstreamPools({ settings: { connectTimeoutMs: 100 } })
    const failure = await failureOf(upstreams, plain, `https://127.0.0.1:${busy.port}`).finally(busy.close)
    expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'connect' })
    expect(failure.message).toContain('did not accept a TCP connection')
  })

  it('over the TLS handshake, and the connection is closed', async () => {
    let closed: Promise<unknown> | undefined
    const silent = await listenTcp((socket) => {
      closed = once(socket.resume(), 'close')
    })
    upstreams = openUpstreamPools({ settings: { handshakeTimeoutMs: 50 } })
    const failure = await failureOf(upstreams, plain, `https://127.0.0.1:${silent.port}`)
    expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'handshake' })
    expect(failure.message).toContain('TLS handshake')
    await closed
    await silent.close()
  })
})

describe('a call that is given up while its connection is made', () => {
  it('closes that connection at once', async () => {
    const upstreams = openUpstreamPools()
    const abort = new AbortController()
    const arrived: Socket[] = []
    const silent = await listenTcp((socket) => {
      arrived.push(socket)
      socket.once('data', () => abort.abort())
    })
    const url = `https://127.0.0.1:${silent.port}/`
    const call = { url, method: 'GET', headers: {}, maxBodyBytes: 0, signal: abort.signal }
    const { failure } = await callTarget(upstreams, {}, call)
    expect(failure?.code).toBe('CALL_ABORTED')
    const [socket] = arrived
    if (socket?.destroyed === false) await once(socket, 'close')
    expect(silent.connections).toBe(1)
    await Promise.all([silent.close(), upstreams.destroy()])
  })
})

/** A port whose queue of connections is full: its process is stopped, so that the kernel drops what comes. */
async function listenWithoutAccepting(): Promise<{ port: number; close: () => void }> {
  const script = `const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
    () => console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(child.stdout, 'data')
  const port = Number(line)
  child.kill('SIGSTOP')
  const waiting: Socket[] = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await once(waiting[0] as Socket, 'connect')
  const close = () => {
    for (const socket of waiting) socket.destroy()
    child.kill('SIGKILL')
  }
  return { port, close }
}
