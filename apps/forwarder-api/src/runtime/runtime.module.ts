import { Bulkheads } from '@mtls-gateway/bulkhead'
import { limits } from '@mtls-gateway/contract'
import { type CallRecorder, type InstanceIdentity, type Presence, UsageRecorder } from '@mtls-gateway/coordination'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { handshakeLimits, identityLimits, TargetGuard, targetCostLimits, UpstreamPools } from '@mtls-gateway/outbound'
import {
  AccountReader,
  AppSecretReader,
  CaCertificateReader,
  EpochWatch,
  epochBeganAt,
  IdentityReader,
  readEpoch,
  TargetSecretReader,
} from '@mtls-gateway/registry'
import {
  type AppParts,
  bodyLimits,
  CallerCertificates,
  type EgressProxies,
  type Log,
  openEgressProxies,
  provideBy,
  provideValue,
  reportStoreEpoch,
  type ServiceMetrics,
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
import type { ForwarderConfiguration } from '../configuration/configuration.ts'
import { AccountMetrics } from './account-metrics.ts'
import { smallCacheBytes } from './cache-bytes.ts'
import { collectCacheMetrics } from './cache-metrics.ts'
import { watchConnections } from './connection-metrics.ts'
import { followChanges } from './follow-changes.ts'
import type { ForwarderMemory } from './forwarder-memory.ts'
import { collectIdentityMetrics } from './identity-metrics.ts'
import { openCallRecorder } from './open-call-recorder.ts'
import { ReaderEventLog } from './reader-event-log.ts'
import { collectStalenessMetrics } from './staleness-metrics.ts'
import { openTargetAddresses } from './target-addresses.ts'
import { targetConnectionLimits, targetConnectionMemory } from './target-connections.ts'
import {
  CALL_RECORDER,
  CONFIGURATION,
  EGRESS_PROXIES,
  IDENTITY,
  LOG,
  MEMORY,
  METRICS,
  NONCES,
  PRESENCE,
  RATES,
  REQUEST_BODIES,
  STORE,
} from './tokens.ts'

export interface Runtime extends AppParts {
  readonly configuration: ForwarderConfiguration
  readonly memory: ForwarderMemory
}

/** What every feature of the forwarder stands on: cached accounts and identities, upstreams, services. */
@Global()
@Module({})
export class RuntimeModule implements OnModuleInit, OnApplicationShutdown {
  readonly #accounts: AccountReader
  readonly #epochs: EpochWatch
  readonly #join: () => ReturnType<Presence['join']>
  #membership: ReturnType<Presence['join']> | undefined
  readonly #upstreams: UpstreamPools
  readonly #egressProxies: EgressProxies | undefined
  readonly #usage: UsageRecorder
  readonly #calls: CallRecorder | undefined

  constructor(
    @Inject(AccountReader) accounts: AccountReader,
    @Inject(EpochWatch) epochs: EpochWatch,
    @Inject(PRESENCE) presence: Presence,
    @Inject(IDENTITY) identity: InstanceIdentity,
    @Inject(LOG) log: Log,
    @Inject(IdentityReader) identities: IdentityReader,
    @Inject(CaCertificateReader) caCertificates: CaCertificateReader,
    @Inject(AppSecretReader) secrets: AppSecretReader,
    @Inject(TargetSecretReader) targetSecrets: TargetSecretReader,
    @Inject(UpstreamPools) upstreams: UpstreamPools,
    @Inject(EGRESS_PROXIES) egressProxies: EgressProxies | undefined,
    @Inject(UsageRecorder) usage: UsageRecorder,
    @Inject(CALL_RECORDER) calls: CallRecorder | undefined,
    @Inject(METRICS) metrics: ServiceMetrics,
    @Inject(AccountMetrics) accountMetrics: AccountMetrics,
    @Inject(CONFIGURATION) { staleLimitMs }: ForwarderConfiguration,
  ) {
    this.#accounts = accounts
    this.#epochs = epochs
    this.#join = () =>
      presence.join(identity, {
        epoch: () => epochs.current,
        served: (accountId) => accounts.served(accountId),
        onFailed: (err) => log.warn({ event: 'presence-failed', err }, 'the others cannot be told what is served'),
      })
    this.#upstreams = upstreams
    this.#egressProxies = egressProxies
    this.#usage = usage
    this.#calls = calls
    followChanges(accounts, { identities, caCertificates, secrets, targetSecrets, upstreams })
    accountMetrics.show(accounts)
    collectCacheMetrics(metrics, { accounts, identities, ca_certificates: caCertificates, app_secrets: secrets })
    collectIdentityMetrics(metrics, upstreams)
    collectStalenessMetrics(metrics, () => accounts.staleness(), staleLimitMs)
  }

  static with({
    configuration,
    memory,
    backends,
    rates,
    log,
    instance,
    metrics,
    bulkheads,
    proxies,
    certificates,
  }: Runtime): DynamicModule {
    const { accountTtlMs, staleLimitMs, storeEpochTtlMs } = configuration
    const { store, coordination } = backends
    const maxBytes = Math.floor(memory.cacheBytes / 2)
    // Identities are by far the largest of the records.
    const identityBytes = Math.floor((maxBytes * 3) / 4)
    const otherBytes = smallCacheBytes(memory)
    const readerEvents = new ReaderEventLog(log)
    const providers = [
      provideValue(CONFIGURATION, configuration),
      provideValue(MEMORY, memory),
      provideValue(STORE, store),
      provideValue(NONCES, coordination.nonces),
      provideValue(LOG, log),
      provideValue(METRICS, metrics),
      provideValue(RATES, rates),
      provideValue(Bulkheads, bulkheads),
      provideValue(TrustedProxies, proxies),
      provideValue(CallerCertificates, certificates),
      provideBy(REQUEST_BODIES, [], () =>
        bulkheads.open('request-bodies', bodyLimits(limits.forwarderBody, memory.budget.parts.bodies)),
      ),
      provideBy(UsageRecorder, [], () => new UsageRecorder({ usage: coordination.usage })),
      provideBy(CALL_RECORDER, [], () => openCallRecorder(configuration.callLog, coordination, log, metrics)),
      provideValue(ServiceCatalogue, configuration.services),
      provideBy(AccountMetrics, [METRICS], (own) => new AccountMetrics(own)),
      provideBy(EpochWatch, [], () => {
        const report = reportStoreEpoch(log, metrics)
        const read = () => readEpoch(store)
        const epochs = new EpochWatch({ read, everyMs: storeEpochTtlMs, onFailed: report.failed })
        epochs.onChanged((epoch, before) => report.changed(epoch, before, epochBeganAt(epoch)))
        return epochs
      }),
      provideBy(
        AccountReader,
        [EpochWatch, AccountMetrics],
        (epochs, own) =>
          new AccountReader({
            store,
            epochs,
            changeFeed: coordination.changeFeed,
            ttlMs: accountTtlMs,
            staleLimitMs,
            maxBytes,
            onEvent: (event) => {
              own.count(event)
              readerEvents.log(event)
            },
            onCaughtUp: own.caughtUp,
          }),
      ),
      provideValue(PRESENCE, coordination.presence),
      provideValue(IDENTITY, { instance, service: 'forwarder-api', startedAt: new Date().toISOString() }),
      provideBy(IdentityReader, [], () => new IdentityReader({ store, maxBytes: identityBytes })),
      provideBy(CaCertificateReader, [], () => new CaCertificateReader({ store, maxBytes: otherBytes })),
      provideBy(AppSecretReader, [], () => new AppSecretReader({ store, maxBytes: otherBytes })),
      provideBy(TargetSecretReader, [], () => new TargetSecretReader({ store, maxBytes: otherBytes })),
      provideBy(EGRESS_PROXIES, [], () => openEgressProxies(configuration, log, metrics)),
      provideBy(UpstreamPools, [EGRESS_PROXIES], (proxies) =>
        upstreamPoolsOf({ configuration, memory, bulkheads, log, metrics }, proxies),
      ),
    ]
    return { module: RuntimeModule, providers, exports: providers.map(({ provide }) => provide) }
  }

  async onModuleInit(): Promise<void> {
    this.#epochs.start()
    await this.#accounts.start()
    this.#accounts.keepFresh()
    this.#membership = this.#join()
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#epochs.stop()
    await this.#membership?.leave()
    await this.#accounts.stop()
    this.#egressProxies?.close()
    await this.#upstreams.destroy()
    await this.#usage.close()
    await this.#calls?.close()
  }
}

type UpstreamParts = Pick<Runtime, 'configuration' | 'memory' | 'bulkheads' | 'log' | 'metrics'>

function upstreamPoolsOf(parts: UpstreamParts, proxies: EgressProxies | undefined): UpstreamPools {
  const { configuration, memory, bulkheads } = parts
  const { guard, extraCa } = targetConnections(configuration)
  const { maxIdentities } = memory
  // Half, so that one account leaves as much for all others.
  const settings = {
    maxIdentities,
    maxIdentitiesPerAccount: Math.ceil(maxIdentities / 2),
    connectTimeoutMs: configuration.targetConnectTimeoutMs,
    handshakeTimeoutMs: configuration.targetHandshakeTimeoutMs,
    headersTimeoutMs: configuration.targetAnswerTimeoutMs,
    bodyTimeoutMs: configuration.targetBodyTimeoutMs,
  }
  const room = bulkheads.open('hot-identities', identityLimits(settings))
  const handshakes = bulkheads.open('handshakes', handshakeLimits)
  const targetCosts = bulkheads.open('target-costs', targetCostLimits)
  const connectionMemory = bulkheads.open('connection-memory', targetConnectionMemory(memory))
  const connections = bulkheads.open('target-connections', targetConnectionLimits(memory, configuration))
  const targetGuard = new TargetGuard(guard)
  const upstreams = new UpstreamPools({
    guard: targetGuard,
    addresses: openTargetAddresses(targetGuard, parts),
    extraCa,
    settings,
    room,
    handshakes,
    targetCosts,
    connections,
    connectionMemory,
    egress: proxies?.of,
    watch: watchConnections(parts.metrics),
  })
  proxies?.onChanged((hasChanged) => upstreams.reroute(hasChanged))
  return upstreams
}
