import { setTimeout } from 'node:timers/promises'
import { startTestTarget } from '@mtls-gateway/test-kit'
import { startAuthorizationServer } from '@mtls-gateway/test-kit/authorization-server'
import { Bank } from '../../test/support/bank.ts'
import { promotion, Rotation } from '../../test/support/rotation.ts'
import { System } from '../../test/support/system.ts'
import { lp, mustBe } from '../../test/support/tenant.ts'
import { failedOf, PacedCalls } from '../rollout/paced-calls.ts'
import { atLeast, atMost, type Scenario } from '../scenario.ts'

const callsPerSecond = 100
const promoteEveryMs = 3_000
/** Tokens are renewed between promotions as well. */
const tokenLifetime = 5
const commonName = 'tpp-1'
const scope = 'payments'

/**
 * A target that takes only tokens that are bound to the certificate of the connection, while certificates are promoted
 * under load: none may fail.
 */
export const boundTokens: Scenario = async ({ opened, steps, amount: seconds }) => {
  steps.expect(2)
  steps.next('starting an authorization server, a target and the services')
  const bank = new Bank()
  const target = opened.adopt(await startTestTarget({ handler: bank.handler }), (each) => each.close())
  const { serverCa, clientCa } = target
  const client = {
    ...{ client_id: commonName, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    ...{ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: `CN=${commonName}` },
    tls_client_certificate_bound_access_tokens: true,
  }
  const started = await startAuthorizationServer({ serverCa, clientCa, clients: [client], tokenLifetime })
  const server = opened.adopt(started, (each) => each.close())
  const system = opened.adopt(await System.start({ targets: [target] }), (each) => each.stop())
  const tenant = await system.newTenant()
  const { id } = await tenant.saveCertificate('c1', await clientCa.issue({ commonName }))
  const { tokenUrl } = server
  const targetAuth = { type: 'oauth2', tokenUrl, clientId: commonName, method: 'tls_client_auth', scope }
  const url = `${target.url}/${commonName}/${scope}/1`
  const mapping = { certificationId: id, serviceId: 'IDP', url, name: 'm1', targetAuth }
  await tenant.map(mapping as Parameters<typeof tenant.map>[0])
  const caller = await tenant.newCaller(['forward'])

  steps.next(`promotions for ${seconds} s`)
  const presented = new Set<string>()
  const calls = opened.use(
    new PacedCalls(callsPerSecond, async () => {
      const { status, body } = await caller.json<{ readonly fingerprint: string; readonly code?: string }>(
        ...(['GET', tenant.forwardPath, undefined, lp(url)] as const),
      )
      if (status === 200) presented.add(body.fingerprint)
      return status === 200 ? '200' : `${status} ${body.code}`
    }),
  )
  const rotation = new Rotation(tenant, id)
  let promotions = 0
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; promotions++) {
    await setTimeout(promoteEveryMs / 2)
    mustBe(201, await rotation.stage(await clientCa.issue({ commonName })))
    await setTimeout(promoteEveryMs / 2)
    mustBe(200, await rotation.post(promotion))
  }
  await setTimeout(promoteEveryMs)
  const ends = await calls.stop()
  const unknown = { before: undefined }
  const failed = failedOf(ends)
  return {
    figures: [
      atMost(0, `calls that failed, of ${calls.count}`, { ...unknown, now: failed }),
      atLeast(promotions + 1, 'versions that were presented', { ...unknown, now: presented.size }),
    ],
    notes: [`calls: ${JSON.stringify(ends)}`, `token requests: ${server.asked()}`],
    calls: { made: calls.count, failed },
    log: await system.readOutput(),
  }
}
