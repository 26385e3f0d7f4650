import { createHash } from 'node:crypto'
import { Command } from '@commander-js/extra-typings'
import { pagesOf } from '@mtls-gateway/client'
import { type AuditEntry, findInChain } from '@mtls-gateway/contract'
import { ProgressBar } from '@mtls-gateway/terminal'
import type { CliContext } from '../../cli-context.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type Connection, connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'

/** As many as a page takes. */
const pageLimit = 1_000

export function verifyAuditCommand(context: CliContext) {
  const command = new Command('verify')
    .summary('verify that no entry of the audit trail is missing or changed')
    .description(
      'Reads the whole audit trail of the account, and verifies that each entry follows from the one before it: that no revision is missing, and that the hashes fit. The exit code is 1 if one does not, and the first of them is named. Entries that an older release has written have no hash of their own: they are counted, and the next entry vouches for them.',
    )
    .addHelpText('after', examples('mtls audit verify', 'mtls audit verify --json'))
  return withConnection(command).action(async (options) => {
    const { configApi, settings } = await connect(options, context)
    const { output } = context
    const bar = new ProgressBar(output.stderr)
    const body = await verify(configApi, settings.account, (done, all) => bar.show(done, all, `${done} of ${all}`))
    bar.clear()
    if (body.fault !== null) output.exitCode = exitCodes.refused
    output.answer({ text: JSON.stringify(body), body }, verdictText)
  })
}

interface Verdict {
  readonly entries: number
  /** Revisions of the oldest and the newest entry; null: there is none. */
  readonly from: number | null
  readonly to: number | null
  /** How many entries have no hash. */
  readonly unchained: number
  /** The oldest entry that is missing, or that is not as it was written. */
  readonly fault: { readonly revision: number; readonly finding: 'missing' | 'changed' } | null
}

/** Page by page, the newest entry first, so that one page is held at a time. */
async function verify(
  configApi: Connection['configApi'],
  account: string,
  onProgress: (done: number, all: number) => void,
): Promise<Verdict> {
  let entries = 0
  let unchained = 0
  let to: number | null = null
  let oldest: AuditEntry | undefined
  let fault: Verdict['fault'] = null
  for await (const { body, etag } of pagesOf(configApi.listChanges, { query: { limit: pageLimit } })) {
    const last = body.at(-1)
    // A link that leads back would lead nowhere.
    if (last === undefined || (oldest !== undefined && last.revision >= oldest.revision)) break
    // The revision of the account is that of its newest entry.
    const revision = Number(etag?.replaceAll('"', ''))
    if (oldest === undefined && body[0]?.revision !== revision) fault = { revision, finding: 'missing' }
    for (const entry of body) {
      if (oldest !== undefined) fault = faultAt(account, entry, oldest) ?? fault
      if (entry.hash === undefined) unchained += 1
      entries += 1
      to ??= entry.revision
      oldest = entry
    }
    onProgress(entries, to ?? 0)
  }
  // Where it begins later, what was before is not kept any longer.
  if (oldest?.revision === 1) fault = faultAt(account, undefined, oldest) ?? fault
  return { entries, from: oldest?.revision ?? null, to, unchained, fault }
}

function faultAt(account: string, before: AuditEntry | undefined, entry: AuditEntry): Verdict['fault'] {
  const finding = findInChain(account, before, entry, sha256)
  if (finding === 'gap') return { revision: (before?.revision ?? 0) + 1, finding: 'missing' }
  return finding === 'changed' ? { revision: entry.revision, finding } : null
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function verdictText({ entries, from, to, unchained, fault }: Verdict): string {
  if (from === null || to === null) return 'There is no change.'
  return [
    ...(fault === null ? [] : [faultText(fault)]),
    `${entries} entries, revisions ${from} to ${to}${fault === null ? ': each follows from the one before it.' : '.'}`,
    ...(from > 1 ? [`What is older than revision ${from} is not kept any longer.`] : []),
    ...(unchained > 0 ? [`${unchained} entries have no hash: a release before the chain has written them.`] : []),
  ].join('\n')
}

function faultText({ revision, finding }: NonNullable<Verdict['fault']>): string {
  return finding === 'missing'
    ? `FAULT: the entry of revision ${revision} is missing.`
    : `FAULT: the entry of revision ${revision} is not as it was written, or the one before it is not.`
}
