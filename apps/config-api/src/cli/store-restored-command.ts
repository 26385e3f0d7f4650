import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Coordination, ServedRevision } from '@mtls-gateway/coordination'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { beginEpoch, epochAccount, findLostChanges, type LostChanges, noticeOfEpoch } from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { duration, openCoordination } from '@mtls-gateway/service-kit'
import { readConfiguration } from '../configuration/configuration.ts'
import { type CommandContext, type CommandResult, parsed } from './command-line.ts'
import { existingStore } from './existing-store.ts'
import { revokeAgain } from './revoke-again.ts'
import { type ForwarderOnEpoch, type RestoreReport, restoreText } from './store-restored-text.ts'

const usage = `Begins a new epoch of the store. Run it right after you have put the store back to an older copy: every service
then drops what it has cached, and reads it again. Then it lists what the restore has undone, as far as the change notices
that are left tell of it (the last hour with the embedded store, the last 100,000 with Redis).

  npm run store:restored [-- --revoke] [--wait 30s] [--json]

  --revoke  deletes the app keys again that were deleted, and are valid again
  --wait    how long to wait until every forwarder that runs is on the new epoch; 0s: not at all (default: 30s)
  --json    the report as JSON

It reads config-api's settings for the store (SECRET_STORE, DATA_DIR, VAULT_...) and for Redis (REDIS_...), and logs in at
Vault as config-api does. It may be repeated. Exit code: 0 done, 1 begun, but not every forwarder is known to be on it, or
not everything could be found out or deleted, 2 not begun.`

const wait = duration('--wait', { default: '30s', meaning: 'How long to wait for the forwarders.' })

const askEveryMs = 200

export async function storeRestoredCommand(
  args: readonly string[],
  { environment, bar }: CommandContext,
): Promise<CommandResult> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        revoke: { type: 'boolean', default: false },
        wait: { type: 'string', default: '30s' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  if (values.help) return { output: usage }
  const limit = wait.schema.safeParse(values.wait)
  if (!limit.success) throw new CodedError('VALIDATION_FAILED', '--wait must be a number with ms, s, m, h or d: 30s.')
  const configuration = readConfiguration(environment)
  const store = await existingStore(configuration, configuration.secretStore)
  try {
    const { id: epoch, previous } = await beginEpoch(store)
    const coordination = await openCoordination(configuration, { instance: 'store-restored' })
    try {
      const isTold = await isDone(coordination.changeFeed.append(noticeOfEpoch(epoch)))
      const lost = await lostChanges(store, coordination)
      const revoked = values.revoke && lost ? await revokeAgain(store, coordination, epoch, lost.validAgain) : []
      const showProgress = (on: number, all: number) => bar.show(on, all, `${on} of ${all} forwarders`)
      const forwarders = isTold ? await forwardersOn(coordination, epoch, limit.data, showProgress) : undefined
      return resultOf({ epoch, previous, forwarders, lost, revoked }, values.json)
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
    const served = await presence.ofAccount(epochAccount).catch(unknownYet)
    const forwarders = served
      ?.filter(({ service }) => service === 'forwarder-api')
      .map((one) => ({ instance: one.instance, onEpoch: one.epoch === epoch }))
    const on = forwarders?.filter(({ onEpoch }) => onEpoch).length ?? 0
    if (on === forwarders?.length || performance.now() >= deadline) return forwarders
    if (forwarders) onProgress(on, forwarders.length)
    await setTimeout(askEveryMs)
  }
}

/** For 5 s after its start, Redis does not know who is there. */
function unknownYet(error: unknown): readonly ServedRevision[] | undefined {
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

function resultOf(report: RestoreReport, json: boolean): CommandResult {
  const { forwarders, lost, revoked } = report
  const isWhole = forwarders?.every(({ onEpoch }) => onEpoch) && lost && revoked.every(({ problem }) => !problem)
  return { output: json ? JSON.stringify(report) : restoreText(report), exitCode: isWhole ? 0 : 1 }
}
