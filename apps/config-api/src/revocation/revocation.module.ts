import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AuthorityRequests, TargetGuard } from '@mtls-gateway/outbound'
import { AccountWriter, listAccounts, systemClock } from '@mtls-gateway/registry'
import { provideBy, type ServiceMetrics, targetConnections, token } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { Counter, Gauge } from 'prom-client'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { listingStore } from '../maintenance/listing-store.ts'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import { NoticesModule } from '../notices/notices.module.ts'
import { Notices } from '../notices/notices.ts'
import { CONFIGURATION, LEASES, LOG, METRICS, STORE } from '../runtime/tokens.ts'
import { WEBHOOK_DELIVERIES, WebhooksModule } from '../webhooks/webhooks.module.ts'
import { checkOutcomes, RevocationCheck } from './revocation-check.ts'
import { RevocationWatch } from './revocation-watch.ts'

/** Undefined if it is off, or if this deployment can't list its accounts. */
const REVOCATION_WATCH = token<RevocationWatch | undefined>('RevocationWatch')

/** What is known is looked at, and told, so often; issuers are asked at REVOCATION_CHECK_INTERVAL. */
const lookEveryMs = 3_600_000
const firstLookWithinMs = 60_000
/** Where OCSP responders and CRLs are, beside the ports that targets may use. */
const httpPort = 80

/** Finds out which certificates in use are revoked: for answers, metrics and notices. Calls go on presenting them. */
@Module({
  imports: [WebhooksModule, NoticesModule],
  providers: [
    provideBy(
      REVOCATION_WATCH,
      [AccountWriter, STORE, CONFIGURATION, METRICS, LOG, LEASES, KeyMaterialPool, Notices, WEBHOOK_DELIVERIES],
      (writer, store, configuration, metrics, log, leases, keyMaterial, notices, deliveries) => {
        const { revocationCheckIntervalMs: intervalMs } = configuration
        const { show, count } = revocationMetrics(metrics)
        const listing = listingStore(configuration, store)
        if (!listing || intervalMs === 0) return undefined
        const { guard } = targetConnections(configuration)
        const ports = guard.ports === 'any' ? guard.ports : [...guard.ports, httpPort]
        const authorities = new AuthorityRequests(new TargetGuard({ ...guard, ports }))
        return new RevocationWatch({
          accounts: () => listing((listed) => listAccounts(listed, ['accounts'])),
          read: (accountId) => writer.read(accountId),
          acquireLease: () => leases.acquire('revocation-check', intervalMs),
          check: new RevocationCheck({ writer, store, keyMaterial, authorities, count }),
          notices,
          deliveries,
          show,
          log,
        })
      },
    ),
  ],
})
export class RevocationModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watch: RevocationWatch | undefined
  readonly #everyMs: number
  #task: RepeatedTask | undefined

  constructor(
    @Inject(REVOCATION_WATCH) watch: RevocationWatch | undefined,
    @Inject(CONFIGURATION) { revocationCheckIntervalMs }: ConfigApiConfiguration,
  ) {
    this.#watch = watch
    this.#everyMs = Math.min(revocationCheckIntervalMs, lookEveryMs)
  }

  onApplicationBootstrap(): void {
    const watch = this.#watch
    if (!watch) return
    this.#task = new RepeatedTask({
      everyMs: this.#everyMs,
      firstWithinMs: firstLookWithinMs,
      run: (signal) => watch.look(signal),
      clock: systemClock,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#task?.stop()
    await this.#watch?.settled()
  }
}

function revocationMetrics({ registry }: ServiceMetrics) {
  const revoked = new Gauge({
    name: 'certificates_revoked',
    help: 'Certificates in use that their issuers have revoked, as far as they say so',
    registers: [registry],
  })
  const checks = new Counter({
    name: 'revocation_checks_total',
    help: 'Certificates in use whose issuers were asked whether they are revoked, by the answer',
    labelNames: ['outcome'] as const,
    registers: [registry],
  })
  for (const outcome of checkOutcomes) checks.inc({ outcome }, 0)
  return {
    show: (count: number) => revoked.set(count),
    count: (outcome: (typeof checkOutcomes)[number]) => checks.inc({ outcome }),
  }
}
