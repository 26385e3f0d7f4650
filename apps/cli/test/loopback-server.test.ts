import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { LoopbackServer } from '../src/sign-in/loopback-server.ts'
import { isOfSameUser } from '../src/sign-in/same-user.ts'

let server: LoopbackServer
beforeEach(async () => {
  server = await LoopbackServer.start('http://127.0.0.1/callback')
})
afterEach(() => server.close())

const get = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init })

describe('the server of mtls for the browser of its machine', () => {
  it('leads once to a link that is not in its own', async () => {
    const target = 'https://console.example/sign-in#code=the-code'
    const { url, led } = server.leadTo(target)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{36}$/)
    const answer = await get(url)
    expect([answer.status, answer.headers.get('location')]).toEqual([302, target])
    await led
    expect((await get(url)).status).toBe(404)
  })

  it('takes the redirect that has its state, and no other', async () => {
    const taken = server.redirected('the-state', async ({ href }) => href)
    const callback = server.redirectUri
    for (const query of ['', '?code=c', '?code=c&state=other']) expect((await get(callback + query)).status).toBe(400)
    expect((await get(`${callback}?state=the-state`, { method: 'POST' })).status).toBe(404)
    const good = await get(`${callback}?code=c&state=the-state`)
    expect([good.status, await good.text()]).toEqual([200, expect.stringContaining('You are signed in')])
    expect(good.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await taken).toBe(`${callback}?code=c&state=the-state`)
    expect((await get(`${callback}?code=c&state=the-state`)).status).toBe(404)
  })

  it('says in the browser, too, that it has failed', async () => {
    const taken = server.redirected('s', () => Promise.reject(new Error('no')))
    const ended = expect(taken).rejects.toThrow('no')
    expect(await (await get(`${server.redirectUri}?state=s`)).text()).toContain('You are not signed in')
    await ended
  })

  it('says that its port is taken', async () => {
    await expect(LoopbackServer.start(server.redirectUri)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ can not be listened on \(EADDRINUSE\)\./),
    })
  })
})

/** Whether this system tells whose a connection is. */
const tells = existsSync('/proc/net/tcp')
const isRoot = process.getuid?.() === 0

/** The status that a process of another user is answered with; only root can start one. */
async function statusForOther(url: string): Promise<number> {
  const script = `fetch(${JSON.stringify(url)}, { redirect: 'manual' }).then(({ status }) => console.log(status))`
  // It becomes another user once it runs: the folder of this checkout may be closed to others.
  const become = isRoot ? 'process.setuid(65534);' : ''
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', become + script])
  return Number(stdout)
}

describe.each(['127.0.0.1', '::1'])('a connection to %s', (address) => {
  it('is of whoever has it from one end to the other, not from the same ports of other addresses', async () => {
    const listening = createServer().listen(0, address)
    await once(listening, 'listening')
    const { port } = listening.address() as AddressInfo
    const client = connect(port, address)
    const [socket] = (await once(listening, 'connection')) as [Socket]
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket
    const ends = { localAddress, localPort, remoteAddress, remotePort }
    expect(await isOfSameUser(ends)).toBe(true)
    const elsewhere = [{ remoteAddress: '127.0.0.9' }, { localAddress: '127.0.0.9' }, { remotePort: port }]
    for (const other of elsewhere) expect(await isOfSameUser({ ...ends, ...other })).toBe(!tells)
    for (const end of [client, socket]) end.destroy()
    await once(listening.close(), 'close')
  })
})

describe('whoever else is on the machine', () => {
  it('is not led to the link, nor taken for the browser, where Linux tells who it is', async () => {
    const { url } = server.leadTo('https://console.example/sign-in#code=the-code')
    expect(await statusForOther(url)).toBe(isRoot ? 403 : 302)
    expect((await get(url)).status).toBe(isRoot ? 302 : 404)
  })
})
