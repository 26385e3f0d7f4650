import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type LoadResult, runLoad } from '../load/wrk.ts'
import { medianResult, type Result } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { smallCall } from '../subject.ts'
import type { GatewaySubject } from '../subjects/gateway.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import { type BenchTarget, startBenchTarget } from '../target/bench-target.ts'
import type { Scenario } from './bench-context.ts'
import { measureLoad } from './compare.ts'
import { repeatedly } from './disturbance.ts'
import { ServedIdentities } from './served-identities.ts'

const accounts = 50
const name = `isolation of ${accounts} accounts`
/** The generator has no room for the calls of a whole minute. */
const parts = 3
const secondsOfPart = 20
/** How long a change may take to be known to the forwarder. */
const propagationSeconds = 1
const rotationsAtOnce = 2

/** 50 accounts at full load, whose certificates are replaced one after the other, without an end. */
export const isolation: Scenario = async ({ directory, steps }) => {
  await using opened = new AsyncDisposableStack()
  const target = opened.adopt(await startBenchTarget({ directory: join(directory, 'logged'), log: true }), (server) =>
    server.stop(),
  )
  const options = {
    directory,
    target,
    steps,
    identities: accounts,
    identitiesAnAccount: 1,
    certificates: accounts,
    changes: true,
  }
  return await withGateway(options, async (gateway) => {
    steps.expect(1 + parts)
    const served = new ServedIdentities(accounts)
    const load = { call: { ...smallCall, identities: accounts }, connections: 64 }
    steps.next('warming up')
    await runLoad(gateway, { ...load, seconds: 2 }, directory)
    const rotation = repeatedly(rotationsAtOnce, rotating(gateway, target, served))
    const measured: (LoadResult & Result)[] = []
    for (let part = 1; part <= parts; part++) {
      steps.next(`${accounts} accounts, rotating, part ${part} of ${parts}`)
      measured.push(await measureLoad(gateway, name, { ...load, seconds: secondsOfPart }, directory))
    }
    await rotation.stop()
    await target.stop()
    const longestSeconds = Math.max(...measured.map(({ maxMs }) => maxMs)) / 1_000
    for await (const line of createInterface({ input: createReadStream(target.logFile) })) {
      served.note(line, propagationSeconds + longestSeconds)
    }
    const result = medianResult(measured)
    return {
      results: [result],
      verdicts: [
        { ...atMost(0, 'calls with the certificate of another account', served.wrong), onAnyMachine: true },
        atMost(0, 'calls that began more than 1 s after their certificate was replaced', served.stale),
        atMost(0, 'failed calls', result.errors),
      ],
      notes: [
        `isolation: ${served.calls} calls, ${served.rotations} certificates replaced meanwhile`,
        ...measured.filter(({ errors }) => errors > 0).map(({ failures }) => `isolation: ${JSON.stringify(failures)}`),
      ],
    }
  })
}

/** Replaces the certificate of the next account. */
function rotating(gateway: GatewaySubject, target: BenchTarget, served: ServedIdentities): () => Promise<void> {
  let next = 0
  return async () => {
    const identity = next++ % accounts
    const { account, certificateIds } = gateway.accounts[identity] ?? {}
    const [id] = certificateIds ?? []
    if (account === undefined || id === undefined) throw new Error(`there is no account ${identity}`)
    const { certificate, privateKey } = await target.clientCa.issue({ commonName: served.nextName(identity) })
    await account.replaceCertificate(id, { name: `c${identity}`, certificate, privateKey })
    served.replaced(identity)
  }
}
