import type { ApprovalRequest } from '@mtls-gateway/contract'
import type { Answer } from './answer.ts'

/** What is done with each of many mappings. */
export type EachChange = { readonly enable: boolean } | { readonly deleted: true }

export interface FailedChange {
  readonly id: number
  /** What happened, as a sentence. */
  readonly detail: string
}

export interface ChangedEach {
  readonly changed: readonly number[]
  readonly failed: readonly FailedChange[]
  /** What of it waits for another person's word: those mappings are neither changed nor failed. */
  readonly waiting: readonly ApprovalRequest[]
  /** Forwarders may see some of it late (`LP-change-notice`). */
  readonly isDelayed: boolean
}

export interface ChangeEachOptions {
  /** `updateMappings` of a client. */
  readonly send: (request: {
    readonly body: ({ readonly id: number } & EachChange)[]
    readonly idempotencyKey: string
  }) => Promise<Answer<unknown>>
  readonly ids: readonly number[]
  readonly change: EachChange
  /** What is wrong with the entries of a request that was refused, by their index; none if it is not about entries. */
  readonly faultsOf: (error: unknown) => ReadonlyMap<number, string>
  /** The request for approval that came instead; undefined: it is another error. */
  readonly approvalOf: (error: unknown) => ApprovalRequest | undefined
  /** Told after each request how many are changed by now. */
  readonly onProgress?: (changed: number) => void
}

/** So many are changed in one request: all of them or none. */
const atOnce = 1_000

/**
 * Changes each mapping that can be changed, and says of the others why not. A request is made again without the
 * entries that it was refused for, so one bad entry doesn't stop the good ones. Where a request fails as a whole, what
 * is left is not tried.
 */
export async function changeEach({
  send,
  ids,
  change,
  faultsOf,
  approvalOf,
  onProgress,
}: ChangeEachOptions): Promise<ChangedEach> {
  const left = [...new Set(ids)]
  const changed: number[] = []
  const failed: FailedChange[] = []
  const waiting: ApprovalRequest[] = []
  let isDelayed = false
  while (left.length > 0) {
    const slice = left.slice(0, atOnce)
    try {
      const body = slice.map((id) => ({ id, ...change }))
      const answer = await send({ body, idempotencyKey: crypto.randomUUID() })
      isDelayed ||= answer.isDelayed
      changed.push(...slice)
      onProgress?.(changed.length)
      left.splice(0, slice.length)
    } catch (error) {
      const approval = approvalOf(error)
      if (approval !== undefined) {
        waiting.push(approval)
        left.splice(0, slice.length)
        continue
      }
      const faults = faultsOf(error)
      const refused = slice.flatMap((id, at) => {
        const detail = faults.get(at)
        return detail === undefined ? [] : [{ id, detail }]
      })
      if (refused.length === 0) {
        const detail = error instanceof Error ? error.message : String(error)
        failed.push(...left.map((id) => ({ id, detail })))
        break
      }
      failed.push(...refused)
      const gone = new Set(refused.map(({ id }) => id))
      left.splice(0, left.length, ...left.filter((id) => !gone.has(id)))
    }
  }
  return { changed, failed, waiting, isDelayed }
}

/** The faults of a problem document by the index of their entries. */
export function entryFaults({
  errors = [],
}: {
  readonly errors?: readonly { readonly index?: number | undefined; readonly message: string }[] | undefined
}): ReadonlyMap<number, string> {
  return new Map(errors.flatMap(({ index, message }) => (index === undefined ? [] : [[index, message] as const])))
}
