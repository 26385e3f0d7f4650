import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { freePort, startConnectProxy } from '@mtls-gateway/test-kit'
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

  it('fails on a proxy that is not there, and on a file that is wrong', async () => {
    expect(await found({ '*': at(await freePort()) })).toMatchObject([
      { status: 'fail', found: expect.stringMatching(/ECONNREFUSED/) },
    ])
    expect(await found({ '*': 'canary' })).toMatchObject([{ status: 'fail' }])
  })
})
