import { ServiceCatalogue } from '@mtls-gateway/domain'
import { provide, provideBy } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import { LOG, METRICS, STORE } from '../runtime/tokens.ts'
import { ApprovalMetrics } from './approval-metrics.ts'
import { ApprovalRegistry } from './approval-registry.ts'
import { ApprovalsController } from './approvals.controller.ts'

@Module({
  controllers: [ApprovalsController],
  providers: [
    provideBy(ApprovalMetrics, [METRICS, NoticingWriter], (serviceMetrics, writer) => {
      const metrics = new ApprovalMetrics(serviceMetrics)
      writer.onAsked(() => metrics.count('requested'))
      return metrics
    }),
    provide(ApprovalRegistry, {
      writer: NoticingWriter,
      store: STORE,
      services: ServiceCatalogue,
      metrics: ApprovalMetrics,
      log: LOG,
    }),
  ],
  exports: [ApprovalRegistry],
})
export class ApprovalsModule {}
