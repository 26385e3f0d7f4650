import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { ApiClient } from '@mtls-gateway/test-kit'
import { BenchAccount } from '../gateway/bench-account.ts'
import { withSubjects } from '../subjects/start-subjects.ts'
import type { Scenario } from './bench-context.ts'
import { type Disturbance, measureDisturbed } from './disturbance.ts'

const calls = 500
const identities = 300
/** Who is refused for too many calls does not ask again at once, and not all in the same moment: this on an average. */
const pauseMs = 1_000
/** Until all of them hang or have been refused once: what is measured is that they are there, not that they come. */
const settlingMs = 3_000

/** A target that takes each call and answers none, for one account that always has 500 calls under way or refused. */
export const hangingTarget: Scenario = async (context) => {
  await using opened = new AsyncDisposableStack()
  const sink = createServer((socket) => socket.resume().on('error', () => {})).listen(context.target.hangingSocket)
  await once(sink, 'listening')
  opened.defer(() => void sink.close())
  return await withSubjects({ ...context, identities, peers: [] }, async ({ gateway }) => {
    const account = new BenchAccount({ id: 'hanging', configApi: gateway.configApi })
    const { certificate, privateKey } = await context.target.clientCa.issue({ commonName: 'hanging' })
    const [certificationId = 0] = await account.addCertificates([{ name: 'c', certificate, privateKey }])
    const url = `${context.target.url}/hang`
    await account.addMappings([{ name: 'm', url, certificationId }])
    const key = await account.addAppKey()
    const refused = new Map<number, number>()
    return measureDisturbed(context, {
      gateway,
      what: `${calls} calls of an account hang`,
      identities,
      begin: async () => {
        const hanging = hangingCalls(new ApiClient({ baseUrl: gateway.url, oauth1: key }), url, refused)
        await setTimeout(settlingMs)
        return hanging
      },
      describe: () => `answers to it: ${[...refused].map(([status, count]) => `${count} x ${status}`).join(', ')}`,
    })
  })
}

/** They end with the client. */
function hangingCalls(client: ApiClient, url: string, refused: Map<number, number>): Disturbance {
  let over = false
  const headers = { 'LP-forward-url': url, 'LP-service-name': 'IDP' }
  const pause = () => setTimeout(pauseMs * (0.5 + Math.random()))
  const callers = Array.from({ length: calls }, async () => {
    await pause()
    while (!over) {
      const status = await client.json('GET', '/mtls/account/hanging', undefined, headers).then(
        (answer) => answer.status,
        () => undefined,
      )
      if (status !== undefined) refused.set(status, (refused.get(status) ?? 0) + 1)
      if (!over) await pause()
    }
  })
  return {
    stop: async () => {
      over = true
      await client.close()
      await Promise.all(callers)
    },
  }
}
