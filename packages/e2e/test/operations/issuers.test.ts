import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { compileCache, startService } from '@mtls-gateway/test-kit'
import { configApiEntry } from '../support/entries.ts'
import { runToEnd } from '../support/run-to-end.ts'

const webhook = {
  name: 'hook',
  kind: 'webhook',
  description: 'A CA behind a webhook.',
  accounts: 'all',
  url: 'https://ca.example/issue',
  secretFile: '/nowhere/secret',
  caFile: '/nowhere/ca.pem',
}

describe('config-api with ISSUERS_FILE', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-issuers-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  async function envWith(...profiles: readonly object[]): Promise<Record<string, string>> {
    const file = join(directory, 'issuers.json')
    await writeFile(file, JSON.stringify({ profiles }))
    const ports = { CONFIG_API_PORT: '0', CONFIG_API_MANAGEMENT_PORT: '0' }
    return { ...compileCache(), ...ports, DATA_DIR: join(directory, 'data'), ISSUERS_FILE: file }
  }

  it('does not start with profiles that are none, and reports them all at once', async () => {
    const env = await envWith({ ...webhook, url: 'http://ca.example/' }, { ...webhook, name: 'two', kind: 'magic' })
    const { code, output } = await runToEnd(configApiEntry, env)
    expect(code).toBeGreaterThan(0)
    expect(output).toContain('hook: url is not an https url')
    expect(output).toContain('two: kind is none of')
    expect(output).not.toMatch(/\n\s+at .+:\d+:\d+/)
  })

  it('starts with an issuer that would not sign, and logs why', async () => {
    const service = await startService({ entry: configApiEntry, env: await envWith(webhook) })
    while (!service.output.includes('issuer-unfit')) await delay(20)
    expect(await service.stop()).toBe(0)
    const line = service.output.split('\n').find((each) => each.includes('issuer-unfit')) ?? ''
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', profile: 'hook', code: 'ISSUER_FORBIDDEN' })
  })
})
