import { randomUUID } from 'node:crypto'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { type InstanceIdentity, UsageRecorder } from '@mtls-gateway/coordination'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import {
  contextLimits,
  handshakeLimits,
  identityLimits,
  lookUpLimits,
  TargetGuard,
  UpstreamPools,
} from '@mtls-gateway/outbound'
import {
  AccountReader,
  AppSecretReader,
  CaCertificateReader,
  IdentityReader,
  RecordRoom,
  RevisionAnnouncer,
} from '@mtls-gateway/registry'
import {
  type AppParts,
  provideBy,
  provideValue,
  type ServiceMetrics,
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
import { followChanges } from './follow-changes.ts'
import type { ForwarderMemory } from './forwarder-memory.ts'
import { collectIdentityMetrics } from './identity-metrics.ts'
import { collectStalenessMetrics } from './staleness-metrics.ts'
import { targetConnectionLimits, targetConnectionMemory } from './target-connections.ts'
import { CONFIGURATION, LOG, MEMORY, METRICS, NONCES, RATES, STORE } from './tokens.ts'

export interface Runtime extends AppParts {
  readonly configuration: ForwarderConfiguration
  readonly memory: ForwarderMemory
}

/** What every feature of the forwarder stands on: cached accounts and identities, upstreams, services. */
@Global()
@Module({})
export class RuntimeModule implements OnModuleInit, OnApplicationShutdown {
  readonly #accounts: AccountReader
  readonly #revisions: RevisionAnnouncer
  readonly #upstreams: UpstreamPools
  readonly #usage: UsageRecorder

  constructor(
    @Inject(AccountReader) accounts: AccountReader,
    @Inject(RevisionAnnouncer) revisions: RevisionAnnouncer,
    @Inject(IdentityReader) identities: IdentityReader,
    @Inject(CaCertificateReader) caCertificates: CaCertificateReader,
    @Inject(AppSecretReader) secrets: AppSecretReader,
    @Inject(UpstreamPools) upstreams: UpstreamPools,
    @Inject(UsageRecorder) usage: UsageRecorder,
    @Inject(METRICS) metrics: ServiceMetrics,
    @Inject(CONFIGURATION) { staleLimitMs }: ForwarderConfiguration,
  ) {
    this.#accounts = accounts
    this.#revisions = revisions
    this.#upstreams = upstreams
    this.#usage = usage
    followChanges(accounts, { identities, caCertificates, secrets, upstreams })
    collectIdentityMetrics(metrics, upstreams)
    collectStalenessMetrics(metrics, () => accounts.staleness(), staleLimitMs)
  }

  static with({ configuration, memory, backends, rates, log, metrics, bulkheads }: Runtime): DynamicModule {
    const { accountTtlMs, staleLimitMs } = configuration
    const { store, coordination } = backends
    const maxBytes = Math.floor(memory.cacheBytes / 2)
    const room = new RecordRoom(maxBytes)
    const providers = [
      provideValue(CONFIGURATION, configuration),
      provideValue(MEMORY, memory),
      provideValue(STORE, store),
      provideValue(NONCES, coordination.nonces),
      provideValue(LOG, log),
      provideValue(METRICS, metrics),
      provideValue(RATES, rates),
      provideValue(Bulkheads, bulkheads),
      provideBy(UsageRecorder, [], () => new UsageRecorder({ usage: coordination.usage })),
      provideValue(ServiceCatalogue, configuration.services),
      provideBy(
        AccountReader,
        [],
        () =>
          new AccountReader({
            store,
            changeFeed: coordination.changeFeed,
            ttlMs: accountTtlMs,
            staleLimitMs,
            maxBytes,
            onEvent: (event) => log.warn({ event: `account-cache-${event.type}`, ...event, type: undefined }),
          }),
      ),
      provideBy(RevisionAnnouncer, [AccountReader], (accounts) => {
        const announcer = coordination.presence.announcer(newInstance())
        return new RevisionAnnouncer({ accounts, announcer, logger: log })
      }),
      provideBy(IdentityReader, [], () => new IdentityReader({ store, room })),
      provideBy(CaCertificateReader, [], () => new CaCertificateReader({ store, room })),
      provideBy(AppSecretReader, [], () => new AppSecretReader({ store, room })),
      provideBy(UpstreamPools, [], () => upstreamPoolsOf(configuration, memory, bulkheads)),
    ]
    return { module: RuntimeModule, providers, exports: providers.map(({ provide }) => provide) }
  }

  async onModuleInit(): Promise<void> {
    await this.#accounts.start()
    this.#revisions.start()
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#revisions.stop()
    await this.#accounts.stop()
    await this.#upstreams.destroy()
    await this.#usage.close()
  }
}

function newInstance(): InstanceIdentity {
  return { instance: randomUUID(), service: 'forwarder-api', startedAt: new Date().toISOString() }
}

function upstreamPoolsOf(
  configuration: ForwarderConfiguration,
  memory: ForwarderMemory,
  bulkheads: Bulkheads,
): UpstreamPools {
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
  const makingContexts = bulkheads.open('tls-contexts', contextLimits)
  const lookUps = bulkheads.open('look-ups', lookUpLimits)
  const handshakes = bulkheads.open('handshakes', handshakeLimits)
  const connections = bulkheads.open('target-connections', targetConnectionLimits(memory, configuration))
  return new UpstreamPools({
    guard: new TargetGuard(guard),
    extraCa,
    settings,
    room,
    makingContexts,
    lookUps,
    handshakes,
    connections,
    connectionMemory: targetConnectionMemory(memory),
  })
}
