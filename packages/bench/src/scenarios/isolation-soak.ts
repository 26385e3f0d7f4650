import { makeCheckedCalls, type ServedCall } from '../load/checked-calls.ts'
import { processUsage } from '../machine/process-usage.ts'
import { atLeast, atMost } from '../report/verdict.ts'
import type { GatewaySubject } from '../subjects/gateway.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import type { BenchTarget } from '../target/bench-target.ts'
import type { Scenario } from './bench-context.ts'
import { mappings, rotationOfAll } from './rotated-account.ts'
import { ServedIdentities } from './served-identities.ts'

const accounts = 50
const callsAtOnce = 64
const callsOfStep = 50_000
/** It is not how fast changes are known that is tried, and the machine may be busy. */
const graceSeconds = 30
const mostExamples = 5

/**
 * As many calls as are asked for, of 50 accounts whose certificates and app keys are replaced meanwhile. Each caller
 * looks at its answer: whether it is its own, and which certificate the target saw.
 */
export const isolationSoak: Scenario = async ({ directory, target, steps, calls }) => {
  await using opened = new AsyncDisposableStack()
  const options = { directory, target, steps, identities: accounts, identitiesAnAccount: 1, changes: true }
  return await withGateway({ ...options, distinctCertificates: accounts }, async (gateway) => {
    steps.expect(Math.ceil(calls / callsOfStep))
    const served = new ServedIdentities(accounts, mappings, 2 * graceSeconds)
    const { asking, begin } = await rotationOfAll(opened, gateway, target, served, graceSeconds)
    const examples: string[] = []
    const onServed = (call: ServedCall, number: number) => {
      if (number % callsOfStep === 0) steps.next(`${accounts} accounts, rotating, from call ${number} of ${calls} on`)
      if (served.noteCall(call, graceSeconds) || examples.length === mostExamples) return
      examples.push(`a call of ${call.path} was made as ${call.subject}`)
    }
    const rotation = begin()
    const before = processUsage(gateway.pid)
    const how = { count: calls, atOnce: callsAtOnce, onServed }
    const ended = await makeCheckedCalls(gateway.url, callersOf(gateway, target), how)
    const after = processUsage(gateway.pid)
    await rotation.stop()
    const { made, failures, astray, rps, p50Ms, p99Ms } = ended
    const failed = Object.values(failures).reduce((sum, count) => sum + count, 0)
    const verdicts = [
      atMost(0, 'calls with a certificate that their mapping did not have', served.wrong),
      atMost(0, 'calls that went to another path, or got the answer to another call', astray),
      atMost(0, 'calls that asked for a version and came with another', asking.wrong),
      atMost(0, 'calls that began 30 s after their certificate was replaced', served.stale),
      atMost(0, 'calls answered 30 s after their app key or version was deleted', asking.unrevoked),
      atMost(0, `failed calls of ${made}`, failed),
      atMost(0, `failed calls of ${asking.answers} for a version of their choice`, asking.refused),
      // Without them, all of the above would hold and show nothing.
      atLeast(1, 'changes meanwhile of what mappings present', served.changes),
      atLeast(1, 'calls answered for a version of their choice', asking.answers),
    ]
    return {
      results: [
        {
          subject: gateway.name,
          scenario: `isolation soak of ${made} calls`,
          ...{ rps, p50Ms, p99Ms, errors: failed, rssMiB: after.rssMiB },
          cpuUsPerRequest: ((after.cpuMs - before.cpuMs) * 1_000) / made,
        },
      ],
      verdicts: verdicts.map((verdict) => ({ ...verdict, onAnyMachine: true as const })),
      notes: [
        `isolation-soak: meanwhile ${served.changes} changes of what mappings present`,
        ...examples.map((example) => `isolation-soak: ${example}`),
        ...(failed > 0 ? [`isolation-soak: failed with ${JSON.stringify(failures)}`] : []),
      ],
    }
  })
}

/** Every account by every mapping. */
function callersOf({ accounts: all }: GatewaySubject, { url }: BenchTarget) {
  return mappings.flatMap((mapping) =>
    all.map(({ account: { id: accountId }, key }, identity) => ({
      ...{ accountId, key, origin: url, path: `/${identity}/${mapping}` },
    })),
  )
}
