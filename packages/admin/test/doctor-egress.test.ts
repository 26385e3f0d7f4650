import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCa, freePort, startConnectProxy, type TestCa } from '@mtls-gateway/test-kit'
import type { Finding } from '../src/finding.ts'
import { egressProxies } from '../src/work/doctor/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const file = join(temporaryDirectory(), 'proxies.json')
let proxy: { close(): Promise<void> } | undefined
afterEach(async () => {
  await proxy?.close()
  proxy = undefined
})

async function found(content: unknown): Promise<readonly Finding[]> {
  writeFileSync(file, JSON.stringify(content))
  return egressProxies({ environment: {}, configuration: { egressProxiesFile: file } })
}

const at = (port: number) => ({ url: `http://127.0.0.1:${port}`, username: 'gateway', password: 'canary' })

describe('mtls-admin doctor, of egress proxies', () => {
  it('looks at nothing where there are none', async () => {
    expect(await egressProxies({ environment: {}, configuration: { egressProxiesFile: undefined } })).toEqual([])
  })

  it('says that a proxy answers, once for all accounts that have it', async () => {
    const started = await startConnectProxy(() => 'HTTP/1.1 403 Forbidden\r\n\r\n')
    proxy = started
    const findings = await found({ '*': at(started.port), acme: at(started.port), globex: 'direct' })
    expect(findings).toEqual([expect.objectContaining({ status: 'ok', found: `127.0.0.1:${started.port} answers` })])
    expect(started.requests).toEqual([
      { authority: '192.0.2.1:443', authorization: `Basic ${Buffer.from('gateway:canary').toString('base64')}` },
    ])
  })

  it('asks a proxy over TLS only if its certificate is of the CA in the file, and for its name', async () => {
    const [ca, other] = await Promise.all([createCa(), createCa()])
    const identity = await ca.issue({ commonName: 'proxy', dnsNames: ['localhost'] })
    const started = await startConnectProxy(() => 'HTTP/1.1 403 Forbidden\r\n\r\n', identity)
    proxy = started
    const overTls = (host: string, { certificate }: TestCa) => {
      return { ...at(started.port), url: `https://${host}:${started.port}`, ca: certificate }
    }
    expect(await found({ '*': overTls('localhost', ca) })).toMatchObject([{ status: 'ok' }])
    expect(started.requests).toHaveLength(1)
    for (const wrong of [overTls('localhost', other), overTls('127.0.0.1', ca)]) {
      expect(await found({ '*': wrong })).toMatchObject([
        { status: 'fail', found: expect.stringMatching(/is not reached, or is no HTTP proxy/) },
      ])
    }
    expect(started.requests).toHaveLength(1)
  })

  it('sends no credentials to another proxy where Node’s environment variable turns verification off', async () => {
    const [ca, other] = await Promise.all([createCa(), createCa()])
    const started = await startConnectProxy(
      () => 'HTTP/1.1 403 Forbidden\r\n\r\n',
      await ca.issue({ commonName: 'proxy', dnsNames: ['localhost'] }),
    )
    proxy = started
    const proxies = { '*': { ...at(started.port), url: `https://localhost:${started.port}`, ca: other.certificate } }
    writeFileSync(file, JSON.stringify(proxies))
    const script = `
      import { egressProxies } from ${JSON.stringify(new URL('../src/work/doctor/index.ts', import.meta.url))}
      const configuration = { egressProxiesFile: ${JSON.stringify(file)} }
      console.log(JSON.stringify(await egressProxies({ environment: {}, configuration })))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    })
    expect(JSON.parse(stdout)).toMatchObject([{ status: 'fail', found: expect.stringMatching(/is not reached/) }])
    expect(started.requests).toEqual([])
  })

  it('says that a proxy which tries to connect has taken the credentials', async () => {
    const started = await startConnectProxy(() => '')
    proxy = started
    expect(await found({ '*': at(started.port) })).toMatchObject([
      { status: 'ok', found: expect.stringMatching(/takes connections/) },
    ])
  })

  it.each<[string, string, RegExp]>([
    ['refuses the credentials', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', /it refuses the credentials/],
    ['is no HTTP proxy', '220 smtp.example ESMTP\r\n\r\n', /is no HTTP proxy/],
  ])('fails on a proxy that %s', async (_, answer, sentence) => {
    const started = await startConnectProxy(() => answer)
    proxy = started
    const findings = await found({ '*': at(started.port) })
    expect(findings).toMatchObject([{ status: 'fail', found: expect.stringMatching(sentence) }])
    expect(JSON.stringify(findings)).not.toContain('canary')
  })

  it.each(['200 Connection established', '403 Forbidden', '407 Proxy Authentication Required'])(
    'closes its connection to a proxy that has answered %s',
    async (answer) => {
      const closed = Promise.withResolvers<void>()
      const sockets: Socket[] = []
      const server = createServer((socket) => {
        sockets.push(socket.once('close', closed.resolve))
        socket.once('data', () => socket.write(`HTTP/1.1 ${answer}\r\n\r\n`)).resume()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      proxy = {
        close: async () => {
          for (const socket of sockets) socket.destroy()
          server.close()
          await once(server, 'close')
        },
      }
      await found({ '*': at((server.address() as AddressInfo).port) })
      await closed.promise
    },
  )

  it('fails on a proxy that is not there, and on a file that is wrong', async () => {
    expect(await found({ '*': at(await freePort()) })).toMatchObject([
      { status: 'fail', found: expect.stringMatching(/ECONNREFUSED/) },
    ])
    expect(await found({ '*': 'canary' })).toMatchObject([{ status: 'fail' }])
  })
})
