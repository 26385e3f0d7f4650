import { setTimeout } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import type { System } from './system.ts'
import type { Certificate } from './wire.ts'

const steps = ['request', 'order', 'test', 'promote'] as const
/** In the middle of whatever it does then: the pauses between these kills, in milliseconds. */
const pauses = [5_300, 300, 2_100]
const versions = 3
/** Until it hangs: a killed instance keeps its leases for seconds, and each start may take some, too. */
const withinMs = 120_000

/**
 * Kills config-api after each step of a plan that renews a certificate again and again, then three times more, and
 * starts it again each time. Resolves when the certificate has been renewed after that.
 * @param path of the certificate
 */
export async function renewThroughKills(system: System, path: string): Promise<void> {
  const { id, fingerprintSha256 } = (await certificateAt(system, path)()).body
  for (const step of steps) {
    const { configApi } = system
    const line = new RegExp(`"event":"plan-step",.*"certificate":${id},"step":"${step}"`)
    await eventually(async () => line.test(configApi.output), Boolean, withinMs)
    await killAndStart(system)
  }
  for (const pause of pauses) {
    await setTimeout(pause)
    await killAndStart(system)
  }
  const get = certificateAt(system, path)
  const seen = new Set([fingerprintSha256])
  await eventually(
    async () => seen.add((await get()).body.fingerprintSha256).size,
    (size) => size >= versions,
    withinMs,
  )
}

async function killAndStart(system: System): Promise<void> {
  await system.stopConfigApi('kill')
  await system.startConfigApi()
}

/** For as long as config-api runs: then it listens elsewhere. */
function certificateAt(system: System, path: string) {
  const api = system.token().then((bearer) => system.toConfigApi({ bearer }))
  return async () => (await api).json<Certificate>('GET', path)
}
