import { AccountWriter, collectedKinds, collectGarbage, type GarbageReport } from '@mtls-gateway/registry'
import { table } from '@mtls-gateway/terminal'
import type { AdminContext } from '../admin-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { existingStore } from './existing-store.ts'

export interface CollectOptions {
  readonly dryRun: boolean
  readonly minAgeMs: number
  readonly json: boolean
}

export async function collect(context: AdminContext, { dryRun, minAgeMs, json }: CollectOptions): Promise<void> {
  const { service, environment, bar } = context
  const configuration = (service.garbageConfiguration ?? service.readConfiguration)(environment)
  const store = await existingStore(context, configuration, configuration.secretStore)
  // Nothing that forwarders serve changes, so they need no notice.
  const writer = new AccountWriter({ store, changeFeed: { append: async () => {}, follow: neverFollowed } })
  try {
    const report = await collectGarbage({
      store,
      writer,
      dryRun,
      minAgeMs,
      onProgress: (done, accounts) => bar.show(done, accounts, `${done} of ${accounts} accounts`),
    })
    context.print(json ? JSON.stringify({ dryRun, ...report }) : text(report, dryRun))
    if (report.problems.length > 0) context.exitCode = exitCodes.incomplete
  } finally {
    await writer.close()
    await store.close()
  }
}

async function neverFollowed(): Promise<never> {
  throw new TypeError('a writer follows nothing')
}

function text({ accounts, kinds, previousVersions, problems }: GarbageReport, dryRun: boolean): string {
  const rows = collectedKinds.map((kind) => [kind, kinds[kind].named, kinds[kind].young, kinds[kind].purged])
  const heading = ['', 'named', 'too young', dryRun ? 'to purge' : 'purged']
  const faulty = problems.map(({ account, problem }) => `${account}: ${problem}`)
  const previous = `${previousVersions} previous versions ${dryRun ? 'to drop' : 'dropped'}`
  return [`${accounts} accounts`, table(heading, rows), previous, ...faulty].join('\n')
}
