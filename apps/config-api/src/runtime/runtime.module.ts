import { Bulkheads } from '@mtls-gateway/bulkhead'
import { UsageRecorder } from '@mtls-gateway/coordination'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { childIsolation, KeyMaterialPool } from '@mtls-gateway/key-material'
import { TracedCalls } from '@mtls-gateway/outbound'
import { AccountWriter, EpochWatch, epochBeganAt, readOrBeginEpoch, systemClock } from '@mtls-gateway/registry'
import {
  type AppParts,
  CallerCertificates,
  type EgressProxies,
  openEgressProxies,
  provideBy,
  provideValue,
  reportStoreEpoch,
  TrustedProxies,
  targetConnections,
} from '@mtls-gateway/service-kit'
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common'
import { AccountChangeTurns } from '../changes/account-change-turns.ts'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { accountReadLimits } from '../http/account-reads.ts'
import type { ConfigMemory } from './config-memory.ts'
import { showIsolation } from './isolation-report.ts'
import { RestoredStore } from './restored-store.ts'
import {
  ACCOUNT_READS,
  CALLS,
  CHANGE_FEED,
  CONFIGURATION,
  EGRESS_PROXIES,
  HANDOVER_OPENINGS,
  LEASES,
  LOG,
  METRICS,
  NONCES,
  OUTCOMES,
  PRESENCE,
  REDEMPTIONS,
  STORE,
  USAGE,
} from './tokens.ts'

export interface Runtime
  extends Pick<AppParts, 'backends' | 'log' | 'metrics' | 'bulkheads' | 'proxies' | 'certificates'> {
  readonly configuration: ConfigApiConfiguration
  readonly memory: ConfigMemory
}

/** Limits of the calls that the key tester makes. */
const tracedCallLimits = {
  total: 6,
  share: 2,
  reserve: 2,
  waiting: { total: 64, share: 8, reserve: 16, limitMs: 60_000 },
}

/** Attempts to redeem an invitation that an address has: a person needs one. */
const redemptionsPerSecond = 5

/** Attempts to open or answer a handover that an address has. */
const handoverOpeningsPerSecond = 5

/** What every feature of config-api needs: the account writer, the pool that reads key material, outgoing calls. */
@Global()
@Module({})
export class RuntimeModule implements OnModuleInit, OnApplicationShutdown {
  readonly #writer: AccountWriter
  readonly #keyMaterial: KeyMaterialPool
  readonly #calls: TracedCalls
  readonly #egressProxies: EgressProxies | undefined
  readonly #usage: UsageRecorder
  readonly #epochs: EpochWatch
  readonly #restored: RestoredStore

  constructor(
    @Inject(AccountWriter) writer: AccountWriter,
    @Inject(KeyMaterialPool) keyMaterial: KeyMaterialPool,
    @Inject(TracedCalls) calls: TracedCalls,
    @Inject(EGRESS_PROXIES) egressProxies: EgressProxies | undefined,
    @Inject(UsageRecorder) usage: UsageRecorder,
    @Inject(EpochWatch) epochs: EpochWatch,
    @Inject(RestoredStore) restored: RestoredStore,
  ) {
    this.#writer = writer
    this.#keyMaterial = keyMaterial
    this.#calls = calls
    this.#egressProxies = egressProxies
    this.#usage = usage
    this.#epochs = epochs
    this.#restored = restored
  }

  static with({ configuration, backends, log, metrics, bulkheads, proxies, certificates }: Runtime): DynamicModule {
    const { store, coordination } = backends
    const { changeFeed } = coordination
    const ranks = new Ranks()
    const providers = [
      provideValue(CONFIGURATION, configuration),
      provideValue(STORE, store),
      provideValue(CHANGE_FEED, changeFeed),
      provideValue(LEASES, coordination.leases),
      provideValue(NONCES, coordination.nonces),
      provideValue(PRESENCE, coordination.presence),
      provideValue(USAGE, coordination.usage),
      provideValue(CALLS, coordination.calls),
      provideValue(OUTCOMES, coordination.outcomes),
      provideValue(REDEMPTIONS, coordination.rateCounter({ name: 'redemptions', perSecond: redemptionsPerSecond })),
      provideValue(
        HANDOVER_OPENINGS,
        coordination.rateCounter({ name: 'handovers', perSecond: handoverOpeningsPerSecond }),
      ),
      provideValue(LOG, log),
      provideValue(METRICS, metrics),
      provideValue(Bulkheads, bulkheads),
      provideValue(TrustedProxies, proxies),
      provideValue(CallerCertificates, certificates),
      provideValue(Ranks, ranks),
      provideBy(UsageRecorder, [USAGE], (usage) => new UsageRecorder({ usage })),
      provideValue(ServiceCatalogue, configuration.services),
      provideBy(ACCOUNT_READS, [], () => bulkheads.open('account-reads', accountReadLimits)),
      provideBy(EpochWatch, [], () => {
        const report = reportStoreEpoch(log, metrics)
        const read = () => readOrBeginEpoch(store)
        const epochs = new EpochWatch({ read, everyMs: configuration.storeEpochTtlMs, onFailed: report.failed })
        epochs.onChanged((epoch, before) => report.changed(epoch, before, epochBeganAt(epoch)))
        return epochs
      }),
      provideBy(
        RestoredStore,
        [EpochWatch],
        (epochs) => new RestoredStore({ store, changeFeed, epochs, clock: systemClock, log }),
      ),
      provideBy(NoticingWriter, [ACCOUNT_READS, EpochWatch, RestoredStore], (reads, epochs, restored) => {
        const turns = new AccountChangeTurns(reads)
        const writer: NoticingWriter = new NoticingWriter({
          store,
          changeFeed,
          logger: log,
          turns,
          epochs,
          onOlder: (older) => restored.suspect(older, writer),
          deadlineMs: configuration.changeTimeoutMs,
        })
        return writer
      }),
      { provide: AccountWriter, useExisting: NoticingWriter },
      provideBy(KeyMaterialPool, [], async () => {
        const isolation = await childIsolation()
        showIsolation(isolation, log, metrics)
        return new KeyMaterialPool({ bulkheads, ranks, isolation })
      }),
      provideBy(EGRESS_PROXIES, [], () => openEgressProxies(configuration, log, metrics)),
      provideBy(TracedCalls, [EGRESS_PROXIES], (egress) => {
        const places = bulkheads.open('traced-calls', tracedCallLimits)
        return new TracedCalls({ ...targetConnections(configuration), egress: egress?.of, places, ranks })
      }),
    ]
    return { module: RuntimeModule, providers, exports: providers.map(({ provide }) => provide) }
  }

  onModuleInit(): void {
    this.#epochs.start()
  }

  async onApplicationShutdown(): Promise<void> {
    this.#egressProxies?.close()
    await this.#restored.close()
    await this.#epochs.stop()
    await this.#keyMaterial.close()
    await this.#calls.close()
    await this.#writer.close()
    await this.#usage.close()
  }
}
