import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { BenchAccount } from '../gateway/bench-account.ts'
import { CallSigner } from '../load/call-signer.ts'
import { requestHead } from '../load/request-head.ts'
import { runLoad } from '../load/wrk.ts'
import { type Call, type Subject, smallCall } from '../subject.ts'
import type { GatewaySubject } from '../subjects/gateway.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import { openHangingSink } from '../target/hanging-sink.ts'
import type { BenchContext, Scenario } from './bench-context.ts'
import { measureDisturbed } from './disturbance.ts'

const calls = 500
const identities = 300
/** Who is refused for too many calls does not ask again at once, and not all in the same moment: this on an average. */
const pauseSeconds = 1
/** Until all of them hang or have been refused once: what is measured is that they are there, not that they come. */
const settlingSeconds = 3
/** For the start of what is measured meanwhile. */
const reserveSeconds = 3
const call: Call = { ...smallCall, path: 'hang' }

/** A target that takes each call and answers none, for one account that always has 500 calls under way or refused. */
export const hangingTarget: Scenario = async (context) => {
  await using opened = new AsyncDisposableStack()
  opened.defer(await openHangingSink(context.target))
  return await withGateway({ ...context, identities }, async (gateway) => {
    const caller = await onboard(context, gateway)
    const directory = join(context.directory, 'hanging')
    await mkdir(directory)
    const seconds = settlingSeconds + context.seconds + reserveSeconds
    let refused = 0
    return measureDisturbed(context, {
      gateway,
      what: `${calls} calls of an account hang`,
      identities,
      begin: async () => {
        const load = { call, connections: calls, seconds, perSecond: calls / pauseSeconds }
        const hanging = runLoad(caller, load, directory)
        // Whoever stops it hears of it.
        hanging.catch(() => {})
        await setTimeout(settlingSeconds * 1_000)
        return {
          stop: async () => {
            refused += (await hanging).failures['answers from 400'] ?? 0
          },
        }
      },
      describe: () => `${refused} of its calls were refused, the others hung`,
    })
  })
}

/** The gateway as the account that calls the target which does not answer. */
async function onboard({ target }: BenchContext, gateway: GatewaySubject): Promise<Subject> {
  const account = new BenchAccount({ id: 'hanging', configApi: gateway.configApi })
  const { certificate, privateKey } = await target.clientCa.issue({ commonName: 'hanging' })
  const [certificationId = 0] = await account.addCertificates([{ name: 'c', certificate, privateKey }])
  const url = `${target.url}/${call.path}`
  await account.addMappings([{ name: 'm', url, certificationId }])
  const path = `/mtls/account/${account.id}`
  const { host } = new URL(gateway.url)
  const signer = new CallSigner({ ...(await account.addAppKey()), url: gateway.url + path })
  return {
    ...gateway,
    requests: function* ({ method, bodyBytes, closes }, count) {
      const timestamp = Math.floor(Date.now() / 1_000)
      for (let n = 0; n < count; n++) {
        yield requestHead(
          { method, path, host, bodyBytes, closes },
          { Authorization: signer.sign(method, timestamp), 'LP-forward-url': url, 'LP-service-name': 'IDP' },
        )
      }
    },
  }
}
