import type { ApiResponse } from '@mtls-gateway/test-kit'
import pMap from 'p-map'
import { collectGarbage } from './collect-garbage.ts'
import type { AccountWrites } from './crash-point.ts'
import { type CrashScene, lanes, type Operation, prepareCrashScenes } from './crash-scenes.ts'
import type { CrashingConfigApi } from './crashing-config-api.ts'
import { eventually } from './eventually.ts'
import { type Records, recordsOf } from './orphans.ts'
import type { Certificate, Mapping } from './wire.ts'

/** What an account contains, according to its API. */
export interface Contents {
  readonly certificates: ApiResponse<Certificate[]>
  readonly mappings: ApiResponse<Mapping[]>
  readonly appKeys: ApiResponse<unknown>
}

export interface Crash extends CrashScene {
  /** Up to the death of the process. */
  readonly writes: AccountWrites
  readonly contents: Contents
  readonly repeated: ApiResponse<unknown>
  readonly contentsThen: Contents
  /** After garbage collection. */
  readonly records: { readonly stored: Records; readonly named: Records } | undefined
}

export interface CrashReport {
  /** Keyed by the operation's name. */
  readonly crashes: ReadonlyMap<string, readonly Crash[]>
  readonly garbageProblems: readonly unknown[]
  readonly purged: number
}

/** Time for a busy machine to start what a request needs. */
const patienceMs = 60_000

/**
 * Operations during which config-api dies, at each of their writes. Each has an account of its own whose writes end
 * there. Once all have ended the process is killed, so that one death and one start serve all of them.
 */
export async function crashedOperations(
  configApi: CrashingConfigApi,
  operations: readonly Operation[],
): Promise<CrashReport> {
  const scenes = await prepareCrashScenes(configApi, operations)
  const crashed = await crashTogether(configApi, scenes)
  const survived = await pMap(
    crashed,
    async (scene) => {
      const contents = await contentsOf(configApi, scene.account)
      const repeated = await configApi.call(scene.account, scene.request)
      return { ...scene, contents, repeated, contentsThen: await contentsOf(configApi, scene.account) }
    },
    lanes,
  )
  const { backends } = configApi
  const { problems, kinds } = await collectGarbage(backends.env('config-api'))
  const store = backends.openStore()
  const records = await recordsOf(store).finally(() => store.close())
  const crashes = survived.map((crash): Crash => ({ ...crash, records: records.get(crash.account) }))
  return {
    crashes: Map.groupBy(crashes, ({ operation }) => operation.name),
    garbageProblems: problems,
    purged: kinds.keys.purged + kinds.chains.purged + kinds['app-keys'].purged,
  }
}

async function crashTogether(configApi: CrashingConfigApi, scenes: readonly CrashScene[]) {
  // On the embedded backends it dies before a notice is committed: in the middle of a transaction.
  const fatal = scenes.findLast(({ at }) => at.when === 'before')
  if (fatal === undefined) throw new Error('no operation writes anything')
  const points = Object.fromEntries(scenes.map(({ account, at }) => [account, at]))
  await configApi.arm({ points, fatal: fatal.account })
  const cutOff: Promise<unknown>[] = []
  await pMap(
    scenes.filter((scene) => scene !== fatal),
    async ({ account, request }) => {
      // What the call is told is nothing that a client of a dead process hears.
      cutOff.push(configApi.call(account, request).catch(() => undefined))
      await eventually(
        () => configApi.writesOf(account),
        ({ ended }) => ended,
        patienceMs,
      )
    },
    lanes,
  )
  const [last] = await Promise.allSettled([configApi.call(fatal.account, fatal.request)])
  if (last.status === 'fulfilled') throw new Error('config-api has outlived the last crash point')
  await configApi.restart()
  await Promise.all(cutOff)
  const crashed = await pMap(scenes, async (scene) => ({ ...scene, writes: await configApi.writesOf(scene.account) }))
  await configApi.disarm()
  return crashed
}

async function contentsOf(configApi: CrashingConfigApi, account: string): Promise<Contents> {
  return {
    certificates: await configApi.call(account, ['GET', 'certificates']),
    mappings: await configApi.call(account, ['GET', 'mappings']),
    appKeys: await configApi.call(account, ['GET', 'app-keys']),
  }
}
