import { Bulkheads } from '@mtls-gateway/bulkhead'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter, listAccounts } from '@mtls-gateway/registry'
import { type Log, provide, provideBy, token } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionChanges } from '../certificates/versions/version-changes.ts'
import { VersionRecords } from '../certificates/versions/version-records.ts'
import { VersionUploads } from '../certificates/versions/version-uploads.ts'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { listingStore } from '../maintenance/listing-store.ts'
import { CONFIGURATION, ISSUERS, LEASES, LOG, METRICS, STORE } from '../runtime/tokens.ts'
import { SigningRequestsModule } from '../signing-requests/signing-requests.module.ts'
import { SigningRequests } from '../signing-requests/signing-requests.ts'
import { openSources, Sources } from '../sources/sources.ts'
import { StagedProbes } from '../staged-versions/staged-probes.ts'
import { StagedVersionsModule } from '../staged-versions/staged-versions.module.ts'
import { StagedVersions } from '../staged-versions/staged-versions.ts'
import { DuePlans } from './due-plans.ts'
import { IssuerOrders, ordersOfAccount } from './issuer-orders.ts'
import { PlanMetrics } from './plan-metrics.ts'
import { PLAN_STEPS, PlanRunner } from './plan-runner.ts'
import { PlanSteps } from './plan-steps.ts'
import { PlanWorker, type PlanWorkerParts } from './plan-worker.ts'
import { PlansController } from './plans.controller.ts'
import { RenewalPlans } from './renewal-plans.ts'
import { SourceFetches } from './source-fetches.ts'
import { SourceWatch, type SourceWatchParts } from './source-watch.ts'

const LIST_ACCOUNTS = token<PlanWorkerParts['accounts']>('LIST_ACCOUNTS')

/** Most steps wait for an issuer or for targets; whoever has more than its share waits for itself. */
const stepLimits = {
  total: 12,
  share: 4,
  reserve: 4,
  waiting: { total: 100_000, share: 20, reserve: 20, limitMs: 600_000 },
}

/** One issuer that does not answer leaves most steps to others. */
const orderLimits = {
  ...{ total: stepLimits.total, share: ordersOfAccount + 1, reserve: 3 },
  waiting: { total: 12, share: 3, reserve: 0, limitMs: 5_000 },
}

/** Renews certificates by their plans. */
@Module({
  imports: [CertificatesModule, SigningRequestsModule, StagedVersionsModule],
  controllers: [PlansController],
  providers: [
    provideBy(DuePlans, [NoticingWriter], (writer) => {
      const plans = new DuePlans()
      writer.onSeen((account) => plans.see(account))
      return plans
    }),
    provide(PlanMetrics, [METRICS, DuePlans]),
    provide(PlanSteps, {
      writer: AccountWriter,
      issuers: ISSUERS,
      requests: SigningRequests,
      records: VersionRecords,
      changes: VersionChanges,
      versions: StagedVersions,
      probes: StagedProbes,
      keyMaterial: KeyMaterialPool,
      fetches: SourceFetches,
    }),
    provideBy(Sources, [CONFIGURATION], ({ sourcesFile }) => openSources(sourcesFile)),
    provide(SourceFetches, {
      sources: Sources,
      writer: AccountWriter,
      uploads: VersionUploads,
      changes: VersionChanges,
    }),
    provideBy(PLAN_STEPS, [Bulkheads], (pools) => pools.open('plan-steps', stepLimits)),
    provideBy(IssuerOrders, [Bulkheads], (pools) => new IssuerOrders(pools.open('issuer-orders', orderLimits))),
    provide(PlanRunner, {
      writer: AccountWriter,
      steps: PlanSteps,
      leases: LEASES,
      pool: PLAN_STEPS,
      orders: IssuerOrders,
      metrics: PlanMetrics,
      log: LOG,
    }),
    provide(RenewalPlans, {
      writer: AccountWriter,
      issuers: ISSUERS,
      sources: Sources,
      requests: SigningRequests,
      records: VersionRecords,
      changes: VersionChanges,
      runner: PlanRunner,
      fetches: SourceFetches,
      uploads: VersionUploads,
    }),
    provideBy(LIST_ACCOUNTS, [CONFIGURATION, STORE], (configuration, store) => {
      const listing = listingStore(configuration, store)
      return listing && (() => listing((listed) => listAccounts(listed, ['accounts'])))
    }),
  ],
  exports: [PLAN_STEPS, RenewalPlans],
})
export class PlansModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #parts: PlanWorkerParts & Omit<SourceWatchParts, 'sources'>
  readonly #requested: RenewalPlans
  readonly #sources: Sources
  #worker: PlanWorker | undefined
  #watch: SourceWatch | undefined

  constructor(
    @Inject(DuePlans) plans: DuePlans,
    @Inject(PlanRunner) runner: PlanRunner,
    @Inject(AccountWriter) writer: AccountWriter,
    @Inject(LIST_ACCOUNTS) accounts: PlanWorkerParts['accounts'],
    @Inject(CONFIGURATION) { expiryCheckIntervalMs }: ConfigApiConfiguration,
    @Inject(LOG) log: Log,
    @Inject(RenewalPlans) requested: RenewalPlans,
    @Inject(Sources) sources: Sources,
  ) {
    this.#parts = { plans, runner, writer, accounts, listEveryMs: expiryCheckIntervalMs, log }
    this.#requested = requested
    this.#sources = sources
  }

  onApplicationBootstrap(): void {
    this.#worker = new PlanWorker(this.#parts)
    if (!this.#sources.isEmpty) this.#watch = new SourceWatch({ ...this.#parts, sources: this.#sources })
  }

  async onModuleDestroy(): Promise<void> {
    this.#requested.stop()
    await Promise.all([this.#worker?.stop(), this.#watch?.stop()])
    this.#sources.close()
  }
}
