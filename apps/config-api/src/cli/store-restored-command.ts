import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Coordination, ServedRevision } from '@mtls-gateway/coordination'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { beginEpoch, epochAccount, noticeOfEpoch } from '@mtls-gateway/registry'
import { duration, openCoordination } from '@mtls-gateway/service-kit'
import { readConfiguration } from '../configuration/configuration.ts'
import { type CommandContext, type CommandResult, parsed } from './command-line.ts'
import { existingStore } from './existing-store.ts'

const usage = `Begins a new epoch of the store. Run it right after you have put the store back to an older copy: every service
then drops what it has cached of the store, and reads it again.

  npm run store:restored [-- --wait 30s] [--json]

  --wait  how long to wait until every forwarder that runs is on the new epoch; 0s: not at all (default: 30s)
  --json  the report as JSON

It reads config-api's settings for the store (SECRET_STORE, DATA_DIR, VAULT_...) and for Redis (REDIS_...), and logs in at
Vault as config-api does. It may be repeated. Exit code: 0 done, 1 begun, but not every forwarder is known to be on it,
2 not begun.`

const wait = duration('--wait', { default: '30s', meaning: 'How long to wait for the forwarders.' })

const askEveryMs = 200

interface Report {
  readonly epoch: string
  readonly previous: string | null
  /** Null if they could not be told. */
  readonly forwarders: readonly { readonly instance: string; readonly onEpoch: boolean }[] | null
}

export async function storeRestoredCommand(
  args: readonly string[],
  { environment, bar }: CommandContext,
): Promise<CommandResult> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
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
    const { id: epoch, previous = null } = await beginEpoch(store)
    const coordination = await openCoordination(configuration, { instance: 'store-restored' })
    try {
      const isTold = await tell(coordination, epoch)
      const forwarders = isTold
        ? await forwardersOn(coordination, epoch, limit.data, (on, all) => bar.show(on, all, `${on} of ${all}`))
        : null
      return resultOf({ epoch, previous, forwarders }, values.json)
    } finally {
      await coordination.close()
    }
  } finally {
    await store.close()
  }
}

async function tell({ changeFeed }: Coordination, epoch: string): Promise<boolean> {
  try {
    await changeFeed.append(noticeOfEpoch(epoch))
    return true
  } catch (error) {
    if (isCodedError(error)) return false
    throw error
  }
}

/** Waits until all are on it; undefined answers count as not yet. */
async function forwardersOn(
  { presence }: Coordination,
  epoch: string,
  limitMs: number,
  onProgress: (on: number, all: number) => void,
): Promise<Report['forwarders']> {
  for (const deadline = performance.now() + limitMs; ; ) {
    const served = await presence.ofAccount(epochAccount).catch(noneYet)
    const forwarders = served
      ?.filter(({ service }) => service === 'forwarder-api')
      .map((one) => ({ instance: one.instance, onEpoch: one.epoch === epoch }))
    const on = forwarders?.filter(({ onEpoch }) => onEpoch).length ?? 0
    if (forwarders && on === forwarders.length) return forwarders
    if (performance.now() >= deadline) return forwarders ?? null
    onProgress(on, forwarders?.length ?? 1)
    await setTimeout(askEveryMs)
  }
}

/** For 5 s after its start, Redis does not know who is there. */
function noneYet(error: unknown): readonly ServedRevision[] | undefined {
  if (isCodedError(error)) return undefined
  throw error
}

function resultOf(report: Report, json: boolean): CommandResult {
  const { forwarders } = report
  const isDone = forwarders?.every(({ onEpoch }) => onEpoch) === true
  return { output: json ? JSON.stringify(report) : text(report), exitCode: isDone ? 0 : 1 }
}

function text({ epoch, previous, forwarders }: Report): string {
  const begun = `epoch ${epoch} has begun${previous === null ? '' : `, after ${previous}`}`
  if (forwarders === null) {
    return `${begun}\nForwarders could not be asked or told: they notice it within their STORE_EPOCH_TTL.`
  }
  const late = forwarders.filter(({ onEpoch }) => !onEpoch).map(({ instance }) => `${instance} is not on it yet`)
  const on = forwarders.length - late.length
  return [begun, `${on} of ${forwarders.length} forwarders are on it`, ...late].join('\n')
}
