import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type LoadResult, runLoad } from '../load/wrk.ts'
import { medianResult, type Result } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { type Call, type Subject, smallCall } from '../subject.ts'
import type { GatewaySubject } from '../subjects/gateway.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import { startBenchTarget } from '../target/bench-target.ts'
import type { Scenario } from './bench-context.ts'
import { measureLoad } from './compare.ts'
import { asked, mappings, rotationOfAll } from './rotated-account.ts'
import { ServedIdentities } from './served-identities.ts'

const accounts = 50
const name = `isolation of ${accounts} accounts`
/** The generator has no room for the calls of a whole minute. */
const parts = 3
const secondsOfPart = 20
/** How long a change may take to be known to the forwarder. */
const propagationSeconds = 1

/** 50 accounts at full load, whose certificates are replaced one after the other, whole and mapping by mapping. */
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
    distinctCertificates: accounts,
    changes: true,
  }
  return await withGateway(options, async (gateway) => {
    steps.expect(1 + parts)
    const served = new ServedIdentities(accounts, mappings)
    const { asking, begin } = await rotationOfAll(opened, gateway, target, served, propagationSeconds)
    const subject = callingAll(gateway)
    const load = { call: { ...smallCall, identities: accounts }, connections: 64 }
    steps.next('warming up')
    await runLoad(subject, { ...load, seconds: 2 }, directory)
    const rotation = begin()
    const measured: (LoadResult & Result)[] = []
    for (let part = 1; part <= parts; part++) {
      steps.next(`${accounts} accounts, rotating, part ${part} of ${parts}`)
      measured.push(await measureLoad(subject, name, { ...load, seconds: secondsOfPart }, directory))
    }
    await rotation.stop()
    await target.stop()
    const longestSeconds = Math.max(...measured.map(({ maxMs }) => maxMs)) / 1_000
    for await (const line of createInterface({ input: createReadStream(target.logFile) })) {
      if (!line.includes(`/${asked} `)) served.note(line, propagationSeconds + longestSeconds)
    }
    const result = medianResult(measured)
    return {
      results: [result],
      verdicts: [
        { ...atMost(0, 'calls with a certificate that their mapping did not have', served.wrong), onAnyMachine: true },
        { ...atMost(0, 'calls that asked for a version and came with another', asking.wrong), onAnyMachine: true },
        atMost(0, 'calls that began more than 1 s after their certificate was replaced', served.stale),
        atMost(0, 'calls answered more than 1 s after their app key or version was deleted', asking.unrevoked),
        atMost(0, 'failed calls', result.errors + asking.refused),
      ],
      notes: [
        `isolation: ${served.calls} calls, and ${asking.answers} for a version of their choice; meanwhile ${served.changes} changes of what mappings present`,
        ...measured.filter(({ errors }) => errors > 0).map(({ failures }) => `isolation: ${JSON.stringify(failures)}`),
      ],
    }
  })
}

/** The mappings of an account are called in turn. */
function callingAll(gateway: GatewaySubject): Subject {
  return {
    ...gateway,
    requests: function* (call: Call, count: number) {
      const each = mappings.map((path) => gateway.requests({ ...call, path }, Math.ceil(count / mappings.length)))
      const iterators = each.map((requests) => requests[Symbol.iterator]())
      for (let n = 0; n < count; n++) {
        const next = iterators[Math.floor(n / call.identities) % iterators.length]?.next()
        if (!next || next.done) return
        yield next.value
      }
    },
  }
}
