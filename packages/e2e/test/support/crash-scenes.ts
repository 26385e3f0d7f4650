import pMap from 'p-map'
import type { CrashAt } from './crash-plan.ts'
import type { Call, CrashingConfigApi } from './crashing-config-api.ts'
import { newAccountId } from './tenant.ts'

export interface Operation {
  readonly name: string
  /** Makes what the request is about, and resolves with the id that it needs. */
  readonly prepare: (account: string) => Promise<number | string>
  readonly request: (id: number | string) => Call
  /** Statuses of the repeated request: done now, or done the first time, which a 409 tells by the name `wanted`. */
  readonly repeated: readonly number[]
}

/** An operation that is cut off at one of its writes, in an account of its own. */
export interface CrashScene {
  readonly operation: Operation
  readonly account: string
  readonly request: Call
  readonly at: CrashAt
}

/** Requests and preparations that run at the same time. */
export const lanes = { concurrency: 6 }

/** Scenes for each operation: before each of its writes, and after the last one. Runs it once to count them. */
export async function prepareCrashScenes(
  configApi: CrashingConfigApi,
  operations: readonly Operation[],
): Promise<CrashScene[]> {
  const whole = await prepared(operations, (operation) => operation)
  await configApi.arm({ points: {} })
  const points = await pMap(
    whole,
    async ({ of: operation, account, request }) => {
      const { status } = await configApi.call(account, request)
      if (status >= 300) throw new Error(`${operation.name}: ${status}`)
      const { done } = await configApi.writesOf(account)
      return crashPoints(done).map((at) => ({ operation, at }))
    },
    lanes,
  )
  await configApi.disarm()
  const scenes = await prepared(points.flat(), ({ operation }) => operation)
  return scenes.map(({ of, account, request }) => ({ ...of, account, request }))
}

function crashPoints(writes: number): CrashAt[] {
  const before = Array.from({ length: writes }, (_, index): CrashAt => ({ write: index + 1, when: 'before' }))
  return [...before, { write: writes, when: 'after' }]
}

function prepared<T>(items: readonly T[], operationOf: (item: T) => Operation) {
  return pMap(
    items,
    async (of) => {
      const { prepare, request } = operationOf(of)
      const account = newAccountId()
      return { of, account, request: request(await prepare(account)) }
    },
    lanes,
  )
}
