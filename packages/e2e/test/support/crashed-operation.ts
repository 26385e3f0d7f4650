import { expect } from '@jest/globals'
import type { ApiResponse } from '@mtls-gateway/test-kit'
import { collectGarbage } from './collect-garbage.ts'
import type { CrashingConfigApi } from './crashing-config-api.ts'
import { recordsOf } from './orphans.ts'
import { newAccountId } from './tenant.ts'
import type { Certificate, Mapping } from './wire.ts'

export type Call = readonly [method: string, below: string, body?: unknown]

export interface Operation {
  readonly name: string
  /** Makes what the request is about; answers the id that it needs. */
  readonly prepare: (account: string) => Promise<number | string>
  readonly request: (id: number | string) => Call
  /** Of the request when it is repeated: done now, or done the first time; a 409 tells so by the name `wanted`. */
  readonly repeated: readonly number[]
}

/** In milliseconds: each operation starts config-api up to seven times. */
export const crashTimeoutMs = 240_000

/** An operation in the middle of which config-api dies, at each of its writes in turn. */
export class CrashedOperation {
  readonly #configApi: CrashingConfigApi
  readonly #operation: Operation

  constructor(configApi: CrashingConfigApi, operation: Operation) {
    this.#configApi = configApi
    this.#operation = operation
  }

  /** The account is whole each time, the request can be repeated, and no orphan stays. How many records had to be purged. */
  async expectSurvived(): Promise<number> {
    let writes = 0
    while (await this.#crash(writes + 1, 'before')) writes++
    expect(writes).toBeGreaterThanOrEqual(2)
    expect(await this.#crash(writes, 'after')).toBe(true)

    const { backends } = this.#configApi
    const { problems, kinds } = await collectGarbage(backends.env('config-api'))
    expect(problems).toEqual([])
    const store = backends.openStore()
    const accounts = await recordsOf(store).finally(() => store.close())
    expect(accounts.size).toBeGreaterThan(writes)
    for (const { stored, named } of accounts.values()) expect(stored).toEqual(named)
    return kinds.keys.purged + kinds.chains.purged + kinds['app-keys'].purged
  }

  /** False if the request has fewer writes than that. */
  async #crash(write: number, when: 'before' | 'after'): Promise<boolean> {
    const { prepare, request: requestFor, repeated: allowed } = this.#operation
    const account = newAccountId()
    const request = requestFor(await prepare(account))
    const died = await this.#configApi.diesDuring({ write, when }, () => callIn(this.#configApi, account, request))
    if (!died) return false
    await this.#expectWhole(account)

    const repeated = await callIn(this.#configApi, account, request)

    expect(allowed).toContain(repeated.status)
    if (repeated.status === 409) expect(JSON.stringify(repeated.body)).toMatch(/wanted/)
    await this.#expectWhole(account)
    return true
  }

  async #expectWhole(account: string): Promise<void> {
    const get = <T>(below: string) => callIn<T>(this.#configApi, account, ['GET', below])
    const certificates = await get<Certificate[]>('certificates')
    const mappings = await get<Mapping[]>('mappings')
    const appKeys = await get('app-keys')
    expect([certificates.status, mappings.status, appKeys.status]).toEqual([200, 200, 200])
    const usable = ['Available', 'PendingSignature']
    for (const { status, staged, previous } of certificates.body) {
      expect(usable).toContain(status)
      if (staged) expect(usable).toContain(staged.status)
      if (previous) expect(usable).toContain(previous.status)
    }
    const ids = certificates.body.map(({ id }) => String(id))
    for (const { certificationId } of mappings.body) expect(ids).toContain(certificationId)
  }
}

/** Below the account. */
export function callIn<T = unknown>(
  configApi: CrashingConfigApi,
  account: string,
  [method, below, body]: Call,
): Promise<ApiResponse<T>> {
  return configApi.call<T>(method, `/mtls/account/${account}/${below}`, body)
}
