import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { start } from '../../src/start.ts'

const directory = mkdtempSync(join(tmpdir(), 'no-listing-'))
const secretId = join(directory, 'secret-id')
writeFileSync(secretId, 'c4n4ry')
afterAll(() => rmSync(directory, { recursive: true }))

/** Nothing answers there: what is off is known without Vault. */
const vault = {
  CONFIG_API_PORT: '0',
  CONFIG_API_MANAGEMENT_PORT: '0',
  LOG_LEVEL: 'silent',
  SECRET_STORE: 'vault',
  VAULT_ADDR: 'http://127.0.0.1:9',
  VAULT_ROLE_ID: 'config-api',
  VAULT_SECRET_ID_FILE: secretId,
  RUNTIME_DIR: directory,
  SINGLE_INSTANCE: 'true',
  INTROSPECTION_URL: 'https://login.example/introspect',
  INTROSPECTION_CLIENT_ID: 'id',
  INTROSPECTION_CLIENT_SECRET: 'secret',
}

/** What health and metrics say of what is off. */
async function shownWith(environment: Readonly<Record<string, string>>) {
  const service = await start({ ...vault, ...environment })
  try {
    const { checks } = (await (await fetch(`${service.url}/health/ready`)).json()) as { checks: Record<string, string> }
    const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text()
    const off = Object.keys(checks).filter((name) => checks[name] === 'off')
    return { off, enabled: /^expiry_check_enabled (\d)$/m.exec(metrics)?.[1] }
  } finally {
    await service.stop()
  }
}

describe('a config-api on Vault', () => {
  it('shows what is off without a login that may list accounts', async () => {
    const off = ['expiry-metric', 'expiry-webhooks', 'garbage-collection', 'renewal-plans']
    expect(await shownWith({})).toEqual({ off, enabled: '0' })
  })

  it('shows nothing of that with one', async () => {
    const login = { VAULT_GC_ROLE_ID: 'gc', VAULT_GC_SECRET_ID_FILE: secretId }
    expect(await shownWith(login)).toEqual({ off: [], enabled: '1' })
  })
})
