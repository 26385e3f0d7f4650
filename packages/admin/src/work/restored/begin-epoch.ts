import { setTimeout } from 'node:timers/promises'
import type { Coordination, LiveInstance } from '@mtls-gateway/coordination'
import { isCodedError } from '@mtls-gateway/domain'
import { beginEpoch, findLostChanges, type LostChanges, noticeOfEpoch } from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { openCoordination } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../../admin-context.ts'
import { exitCodes } from '../../exit-codes.ts'
import { existingStore } from '../existing-store.ts'
import { type ForwarderOnEpoch, type RestoreReport, restoreText } from './report-text.ts'
import { revokeAgain } from './revoke-again.ts'

export interface StoreRestoredOptions {
  readonly revoke: boolean
  readonly waitMs: number
  readonly json: boolean
}

const askEveryMs = 200

export async function storeRestored(
  context: AdminContext,
  { revoke, waitMs, json }: StoreRestoredOptions,
): Promise<void> {
  const { service, environment, bar } = context
  const configuration = service.readConfiguration(environment)
  const store = await existingStore(context, configuration, configuration.secretStore)
  try {
    const { id: epoch, previous } = await beginEpoch(store)
    const coordination = await openCoordination(configuration, { instance: 'store-restored' })
    try {
      const isTold = await isDone(coordination.changeFeed.append(noticeOfEpoch(epoch)))
      const lost = await lostChanges(store, coordination)
      const revoked = revoke && lost ? await revokeAgain(store, coordination, epoch, lost.validAgain) : []
      const showProgress = (on: number, all: number) => bar.show(on, all, `${on} of ${all} forwarders`)
      const forwarders = isTold ? await forwardersOn(coordination, epoch, waitMs, showProgress) : undefined
      const report: RestoreReport = { epoch, previous, forwarders, lost, revoked }
      context.print(json ? JSON.stringify(report) : restoreText(report))
      if (!isWhole(report)) context.exitCode = exitCodes.incomplete
    } finally {
      await coordination.close()
    }
  } finally {
    await store.close()
  }
}

/** Undefined if there are no notices to be had: the new epoch has begun nevertheless. */
async function lostChanges(store: SecretStore, { changeFeed }: Coordination): Promise<LostChanges | undefined> {
  try {
    return await findLostChanges(store, await changeFeed.recent())
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}

/** Waits until all are on it. Undefined if they can't be asked. */
async function forwardersOn(
  { presence }: Coordination,
  epoch: string,
  limitMs: number,
  onProgress: (on: number, all: number) => void,
): Promise<readonly ForwarderOnEpoch[] | undefined> {
  for (const deadline = performance.now() + limitMs; ; ) {
    const live = await presence.live().catch(unknownYet)
    const forwarders = live
      ?.filter(({ service }) => service === 'forwarder-api')
      .map((one) => ({ instance: one.instance, onEpoch: one.epoch === epoch }))
    const on = forwarders?.filter(({ onEpoch }) => onEpoch).length ?? 0
    if (on === forwarders?.length || performance.now() >= deadline) return forwarders
    if (forwarders) onProgress(on, forwarders.length)
    await setTimeout(askEveryMs)
  }
}

/** For 5 s after its start, Redis does not know who is there. */
function unknownYet(error: unknown): readonly LiveInstance[] | undefined {
  if (isCodedError(error)) return undefined
  throw error
}

async function isDone(work: Promise<void>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (isCodedError(error)) return false
    throw error
  }
}

function isWhole({ forwarders, lost, revoked }: RestoreReport): boolean {
  if (forwarders === undefined || lost === undefined) return false
  return forwarders.every(({ onEpoch }) => onEpoch) && revoked.every(({ problem }) => problem === undefined)
}
