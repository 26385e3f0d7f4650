import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId, parseRecordId, settingsOf } from '@mtls-gateway/domain'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { openEmbeddedStore, recordPath } from '@mtls-gateway/secret-store'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { SettingsRegistry } from '../../src/settings/settings-registry.ts'
import { WebhookSender } from '../../src/webhooks/webhook-sender.ts'
import { WebhookTests } from '../../src/webhooks/webhook-tests.ts'

const directory = mkdtempSync(join(tmpdir(), 'webhook-tests-'))
const store = openEmbeddedStore({ directory })
const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
const writer = new AccountWriter({ store, changeFeed })
const account = parseAccountId('le123')
const requester = { actor: 'issuer#admin', address: '192.0.2.1' }

let hook: TestTarget

beforeAll(async () => {
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: (_request, response) => void response.writeHead(204).end(),
  })
  const context = { ...requester, changeId: parseRecordId('change'), at: '2026-01-02T03:04:05.000Z' }
  const webhook = { url: `${hook.url}/mtls?key=hidden`, rotateSecret: false }
  await new SettingsRegistry(writer).change(account, { unmappedCalls: undefined, webhook }, context)
})

afterAll(async () => {
  await hook?.close()
  await writer.close()
  await store.close()
  rmSync(directory, { recursive: true })
})

function newTests(sendsNotices = true) {
  const logged: object[] = []
  const guard = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' } as const
  const tests = new WebhookTests({
    writer,
    store,
    sender: new WebhookSender(new UpstreamPools({ guard: new TargetGuard(guard), extraCa: [hook.ca] })),
    deliveries: new Bulkhead('webhook-deliveries', { total: 2, share: 1, reserve: 1 }),
    sendsNotices,
    log: { info: (line: object) => void logged.push(line) },
  })
  return { tests, logged }
}

describe('a test of a webhook', () => {
  it('logs who asked and what came of it, and nothing of the url but the host', async () => {
    const { tests, logged } = newTests()
    expect(await tests.run(account, requester)).toMatchObject({ delivered: true, status: 204, code: null })
    const outcome = { delivered: true, status: 204, code: null, ms: expect.any(Number) }
    expect(logged).toEqual([
      { event: 'webhook-tested', account, ...requester, host: new URL(hook.url).host, ...outcome },
    ])
  })

  it('says where notices are sent to nobody', async () => {
    const { tests } = newTests(false)
    const { delivered, explanation } = await tests.run(account, requester)
    expect([delivered, explanation]).toEqual([true, expect.stringMatching(/sends no notices: .*VAULT_GC_ROLE_ID/)])
  })

  it('says that the store has lost the secret', async () => {
    const { secretId } = settingsOf(await writer.read(account)).webhook ?? {}
    await store.purge(recordPath('webhook-secrets', account, parseRecordId(secretId ?? '')))
    await expect(newTests().tests.run(account, requester)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })
})
