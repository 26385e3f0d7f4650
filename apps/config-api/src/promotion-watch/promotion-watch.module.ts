import { AccountWriter } from '@mtls-gateway/registry'
import { provide, provideBy } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import { PLAN_STEPS } from '../plans/plan-runner.ts'
import { PlansModule } from '../plans/plans.module.ts'
import { CertificateProbes } from '../prober/certificate-probes.ts'
import { ProberModule } from '../prober/prober.module.ts'
import { LEASES, LOG, METRICS, OUTCOMES } from '../runtime/tokens.ts'
import { StagedVersionsModule } from '../staged-versions/staged-versions.module.ts'
import { StagedVersions } from '../staged-versions/staged-versions.ts'
import { PromotionWatch } from './promotion-watch.ts'
import { WatchedAccounts } from './watched-accounts.ts'

/** Takes back what plans have promoted, where a target refuses it. */
@Module({
  imports: [PlansModule, ProberModule, StagedVersionsModule],
  providers: [
    provideBy(WatchedAccounts, [NoticingWriter], (writer) => {
      const watched = new WatchedAccounts()
      writer.onSeen((account) => watched.see(account))
      return watched
    }),
    provide(PromotionWatch, {
      watched: WatchedAccounts,
      writer: AccountWriter,
      outcomes: OUTCOMES,
      leases: LEASES,
      probes: CertificateProbes,
      versions: StagedVersions,
      pool: PLAN_STEPS,
      metrics: METRICS,
      log: LOG,
    }),
  ],
})
export class PromotionWatchModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watch: PromotionWatch

  constructor(@Inject(PromotionWatch) watch: PromotionWatch) {
    this.#watch = watch
  }

  onApplicationBootstrap(): void {
    this.#watch.start()
  }

  async onModuleDestroy(): Promise<void> {
    await this.#watch.stop()
  }
}
