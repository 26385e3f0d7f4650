import type { AppliedDocument, DocumentRequest } from '@mtls-gateway/contract'
import { startTestTarget } from '@mtls-gateway/test-kit'
import { System } from '../../test/support/system.ts'
import { lp, mustBe } from '../../test/support/tenant.ts'
import { TestIssuer } from '../../test/support/test-issuer.ts'
import { failedOf, PacedCalls } from '../rollout/paced-calls.ts'
import { atLeast, atMost, type Scenario } from '../scenario.ts'

const callsPerSecond = 100
const mappings = 5_000
const certificates = 500
const boundSeconds = 60

/** A large document is made, changed and pruned again while the account, and another one, are called: no call fails. */
export const declaredApply: Scenario = async ({ opened, steps }) => {
  steps.expect(2)
  steps.next('starting a target, an issuer and the services')
  const target = opened.adopt(await startTestTarget(), (each) => each.close())
  const issuer = opened.adopt(await TestIssuer.open(target.clientCa, 7_200), (each) => each.close())
  issuer.behave({ mode: 'silent' })
  const targets = [target, issuer]
  const system = opened.adopt(await System.start({ targets, configApiEnv: issuer.env }), (each) => each.stop())
  const [own, other] = [await system.newTenant(), await system.newTenant()]
  const identity = await target.clientCa.issue({ commonName: 'client' })
  const callers = await Promise.all(
    [own, other].map(async (tenant) => {
      await tenant.onboard(identity, `${target.url}/called`)
      return { tenant, api: await tenant.newCaller(['forward']) }
    }),
  )
  let next = 0
  const calls = opened.use(
    new PacedCalls(callsPerSecond, async () => {
      const caller = callers[next++ % callers.length]
      if (!caller) throw new TypeError('there are callers')
      const { status, body } = await caller.api.json<{ readonly code?: string }>(
        ...(['GET', caller.tenant.forwardPath, undefined, lp(`${target.url}/called`)] as const),
      )
      return status === 200 ? '200' : `${status} ${body.code}`
    }),
  )

  steps.next(`a document of ${mappings} mappings and ${certificates} certificates`)
  const seconds: number[] = []
  const apply = async (document: DocumentRequest, query = '') => {
    const started = performance.now()
    const answer = await own.api.json<AppliedDocument>('PUT', own.path(`document${query}`), document)
    mustBe(200, answer)
    seconds.push((performance.now() - started) / 1_000)
    return answer.body.changes.length
  }
  const made = await apply(documentOf('a'))
  const changed = await apply({ mappings: documentOf('b').mappings })
  const pruned = await apply({}, '?prune=true')
  const ends = await calls.stop()
  const failed = failedOf(ends)
  const unknown = { before: undefined }
  return {
    figures: [
      atMost(0, `calls that failed, of ${calls.count}`, { ...unknown, now: failed }),
      atLeast(mappings + certificates, 'changes of the first document', { ...unknown, now: made }),
      atLeast(mappings, 'changes of the second document', { ...unknown, now: changed }),
      atLeast(mappings + certificates, 'what was pruned', { ...unknown, now: pruned }),
      atMost(boundSeconds, 'the longest application', { ...unknown, now: Math.max(...seconds), unit: 's' }),
    ],
    notes: [`seconds: ${seconds.map((each) => each.toFixed(1)).join(', ')}`, `calls: ${JSON.stringify(ends)}`],
    calls: { made: calls.count, failed },
    log: await system.readOutput(),
  }
}

function documentOf(path: string): DocumentRequest {
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)
  return {
    certificates: Object.fromEntries(numbers(certificates).map((at) => [`c-${at}`, { plan: { profile: 'test' } }])),
    mappings: Object.fromEntries(
      numbers(mappings).map((at) => {
        const url = `https://t${at % 50}.example/${path}/${at}`
        return [`m-${at}`, { service: 'IDP', url, certificate: `c-${at % certificates}` }]
      }),
    ),
  }
}
