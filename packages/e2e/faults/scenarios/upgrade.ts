import type { ServiceProcess } from '@mtls-gateway/test-kit'
import { countOf, FleetLoad, sumOf } from '../rollout/fleet-load.ts'
import { failedOf } from '../rollout/paced-calls.ts'
import { today } from '../rollout/release.ts'
import { startFleets } from '../rollout/start-fleets.ts'
import { atMost, type Scenario } from '../scenario.ts'
import { changesReachCalls } from '../upgrade/changes-reach-calls.ts'
import { buildEarlierRelease } from '../upgrade/earlier-release.ts'
import { earlier } from '../upgrade/published-releases.ts'
import { UsedInvitation } from '../upgrade/used-invitation.ts'

const load = { forwardsPerSecond: 60, callsPerSecond: 10 }
const instances = 2

/**
 * From the release before to this one and back, under load and on one store: forwarders first, and last on the way
 * back. After each step, changes have to reach the calls of every forwarder. A forwarder of the release before also
 * has to follow what this config-api writes, should the order not be kept. An invitation, which the release before does
 * not know, has to get through its changes.
 */
export const upgrade: Scenario = async ({ opened, steps }) => {
  steps.expect(7)
  steps.next(`building release ${earlier.version}`)
  const before = buildEarlierRelease(earlier)
  steps.next('starting it')
  const { system, target, fleets, startFleet } = await startFleets(opened, { release: before, instances })
  const { configApi, forwarderApi } = fleets
  const way = { configApi: () => configApi.next(), forwarderApi: () => forwarderApi.next() }
  const running = await FleetLoad.start(opened, system, target, way, load)
  const faults: string[] = []
  let tried = 0
  const noteFault = (step: string) => (error: Error) => void faults.push(`${step}: ${error.message}`)
  const changesReach = async (step: string, more: readonly ServiceProcess[] = []) => {
    tried += 1
    await changesReachCalls(system, target, [...forwarderApi.ready, ...more]).catch(noteFault(step))
  }

  await changesReach('before')
  steps.next('forwarders to this release')
  await forwarderApi.replaceAll(today)
  await changesReach('forwarders first')
  steps.next('config-api to this release')
  await configApi.replaceAll(today)
  const late = await startFleet('forwarder-api', before, 1)
  await changesReach('all of this release, and one forwarder of the one before', late.ready)
  const invitation = await UsedInvitation.make(system)
  steps.next('config-api back')
  await configApi.replaceAll(before)
  await changesReach('config-api back')
  await invitation.isRefused().catch(noteFault('an invitation at the release before'))
  steps.next('forwarders back')
  await forwarderApi.replaceAll(before)
  await changesReach('all back')
  const forth = await startFleet('config-api', today, 1)
  for (const instance of forth.ready) await invitation.isKept(instance).catch(noteFault('an invitation afterwards'))

  steps.next('the end')
  const { forwards, calls } = await running.stop()
  const output = (await system.readOutput()) + late.output + forth.output
  const refusals = output.match(/STORE_(?:NEWER|DAMAGED)/g)?.length ?? 0
  const unknown = { before: undefined }
  return {
    figures: [
      atMost(0, `failed of ${countOf(forwards)} forwarded calls`, { ...unknown, now: failedOf(forwards) }),
      atMost(0, `failed of ${countOf(calls)} calls of config-api`, { ...unknown, now: failedOf(calls) }),
      atMost(0, `faults of ${tried} mixtures of releases, and of an invitation`, { ...unknown, now: faults.length }),
      atMost(0, 'STORE_NEWER or STORE_DAMAGED in the logs', { ...unknown, now: refusals }),
    ],
    notes: [`forwarded calls: ${JSON.stringify(forwards)}; calls of config-api: ${JSON.stringify(calls)}`, ...faults],
    calls: sumOf(forwards, calls),
  }
}
