import type { ChangeFeed } from '@mtls-gateway/coordination'
import { AccountWriter, EpochWatch } from '@mtls-gateway/registry'
import { type Log, provide, provideBy, token } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import { CHANGE_FEED, CONFIGURATION, LEASES, LOG, METRICS, STORE } from '../runtime/tokens.ts'
import { AuditStream } from './audit-stream.ts'
import { receiversOf } from './receivers-of.ts'
import { StreamMetrics } from './stream-metrics.ts'
import { StreamPositions } from './stream-positions.ts'

/** One for each receiver. */
const AUDIT_STREAMS = token<readonly AuditStream[]>('AuditStreams')

/** Sends the audit of all accounts to the receivers of the operator. */
@Module({
  providers: [
    provide(StreamMetrics, [METRICS]),
    provideBy(
      AUDIT_STREAMS,
      [CONFIGURATION, STORE, AccountWriter, LEASES, StreamMetrics, LOG],
      (configuration, store, writer, leases, metrics, log) =>
        receiversOf(configuration).map(({ receiver }) => {
          const positions = new StreamPositions(store, receiver.name)
          return new AuditStream({ receiver, positions, writer, leases, metrics, log })
        }),
    ),
  ],
})
export class AuditStreamModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #streams: readonly AuditStream[]
  readonly #changeFeed: ChangeFeed
  readonly #log: Log
  #following: Promise<{ stop(): Promise<void> } | undefined> | undefined

  constructor(
    @Inject(AUDIT_STREAMS) streams: readonly AuditStream[],
    @Inject(NoticingWriter) writer: NoticingWriter,
    @Inject(EpochWatch) epochs: EpochWatch,
    @Inject(CHANGE_FEED) changeFeed: ChangeFeed,
    @Inject(LOG) log: Log,
  ) {
    this.#streams = streams
    this.#changeFeed = changeFeed
    this.#log = log
    if (streams.length === 0) return
    writer.onSeen((account) => {
      for (const stream of streams) stream.see(account)
    })
    epochs.onChanged(() => {
      for (const stream of streams) stream.restart()
    })
  }

  onApplicationBootstrap(): void {
    if (this.#streams.length === 0) return
    for (const stream of this.#streams) stream.start()
    this.#following = this.#follow()
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => stream.stop()))
    await (await this.#following)?.stop()
  }

  /** What other instances have changed, and have perhaps not delivered. What is missed, the hourly listing finds. */
  async #follow(): Promise<{ stop(): Promise<void> } | undefined> {
    try {
      return await this.#changeFeed.follow({
        onNotice: ({ account, revision }) => {
          if (revision > 0) for (const stream of this.#streams) stream.expect(account, revision)
        },
        onGap: () => {},
      })
    } catch (error) {
      this.#log.warn({ event: 'audit-stream-failed', err: error }, 'changes of other instances are found later')
      return undefined
    }
  }
}
