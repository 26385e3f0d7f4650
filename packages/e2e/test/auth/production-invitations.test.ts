import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { configApi } from '@mtls-gateway/contract'
import { type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { ContractClient } from '../support/contract-client.ts'
import { configApiEntry } from '../support/entries.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { redeemPath, type Tenant } from '../support/tenant.ts'

/** At each instance. */
const attempts = 20

describe('an invitation at two instances of config-api', () => {
  let system: System
  let second: ServiceProcess
  let tenant: Tenant
  const clients: ContractClient[] = []

  beforeAll(async () => {
    // An address has a few attempts a second: each comes from one of its own.
    system = await System.start({ configApiOnly: true, env: { TRUSTED_PROXIES: '127.0.0.1' } })
    second = await startService({ entry: configApiEntry, env: system.envOf('config-api') })
    tenant = await system.newTenant()
    for (const { url } of [system.configApi, second]) clients.push(new ContractClient(configApi, { baseUrl: url }))
  })

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await second?.stop()
    await system?.stop()
  })

  it('is redeemed once by many who come at the same time, and once in the audit', async () => {
    const { id, code } = await tenant.invite()
    const redeem = (client: ContractClient, address: string) =>
      client.json<{ token: string }>('POST', redeemPath, { code }, { 'x-forwarded-for': address })
    const answers = await Promise.all(
      clients.flatMap((client, instance) =>
        Array.from({ length: attempts }, (_, each) => redeem(client, `192.0.2.${instance * attempts + each}`)),
      ),
    )
    const [redeemed, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    for (const answer of answers) if (answer !== redeemed) expectProblem(answer, 410, 'INVITATION_VOID')

    for (const client of clients) {
      const authorization = `Bearer ${redeemed?.body.token}`
      const answer = await client.json('GET', tenant.path('certificates'), undefined, { authorization })
      expect(answer.status).toBe(200)
    }
    const { body } = await tenant.api.json('GET', tenant.path('audit?action=invitations.redeem'))
    expect(body).toMatchObject([{ action: 'invitations.redeem', subjects: [`${id} Anna of Bank`] }])
  })
})
