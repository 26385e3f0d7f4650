import { provideBy } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnModuleDestroy } from '@nestjs/common'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import { NoticesModule } from '../notices/notices.module.ts'
import { Notices } from '../notices/notices.ts'
import { LOG } from '../runtime/tokens.ts'
import { WEBHOOK_DELIVERIES, WebhooksModule } from '../webhooks/webhooks.module.ts'
import { PlanNotices } from './plan-notices.ts'

/** Tells people of renewals that need them. */
@Module({
  imports: [NoticesModule, WebhooksModule],
  providers: [
    provideBy(PlanNotices, [NoticingWriter, Notices, WEBHOOK_DELIVERIES, LOG], (writer, notices, deliveries, log) => {
      const planNotices = new PlanNotices({ notices, deliveries, log })
      writer.onSeen((account) => planNotices.see(account))
      return planNotices
    }),
  ],
})
export class PlanNoticesModule implements OnModuleDestroy {
  readonly #notices: PlanNotices

  constructor(@Inject(PlanNotices) notices: PlanNotices) {
    this.#notices = notices
  }

  onModuleDestroy(): Promise<void> {
    return this.#notices.stop()
  }
}
