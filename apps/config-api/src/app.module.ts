import { Bulkheads } from '@mtls-gateway/bulkhead'
import { limits } from '@mtls-gateway/contract'
import { AccountWriter } from '@mtls-gateway/registry'
import { bodyLimits, provide, provideBy, RequestBodyInterceptor, validationPipe } from '@mtls-gateway/service-kit'
import type { DynamicModule } from '@nestjs/common'
import { APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core'
import { ActivationModule } from './activation/activation.module.ts'
import { AppKeysModule } from './app-keys/app-keys.module.ts'
import { ApprovalRegistry } from './approvals/approval-registry.ts'
import { ApprovalRequestedInterceptor } from './approvals/approval-requested.interceptor.ts'
import { ApprovalsModule } from './approvals/approvals.module.ts'
import { AuditModule } from './audit/audit.module.ts'
import { AuditStreamModule } from './audit-stream/audit-stream.module.ts'
import { AuthModule } from './auth/auth.module.ts'
import { CallerModule } from './caller/caller.module.ts'
import { CallsModule } from './calls/calls.module.ts'
import { CertificatesModule } from './certificates/certificates.module.ts'
import { DelayedNoticeInterceptor, NoticingWriter } from './changes/delayed-notices.ts'
import { DocumentModule } from './document/document.module.ts'
import { ExpiryModule } from './expiry/expiry.module.ts'
import { HandoversModule } from './handovers/handovers.module.ts'
import { AccountReadsInterceptor } from './http/account-reads.ts'
import { IdempotencyModule } from './idempotency/idempotency.module.ts'
import { InvitationsModule } from './invitations/invitations.module.ts'
import { IssuersModule } from './issuers/issuers.module.ts'
import { MaintenanceModule } from './maintenance/maintenance.module.ts'
import { MappingsModule } from './mappings/mappings.module.ts'
import { P12TestModule } from './p12-test/p12-test.module.ts'
import { PlanNoticesModule } from './plan-notices/plan-notices.module.ts'
import { PlansModule } from './plans/plans.module.ts'
import { PromotionWatchModule } from './promotion-watch/promotion-watch.module.ts'
import { PropagationModule } from './propagation/propagation.module.ts'
import { RevocationModule } from './revocation/revocation.module.ts'
import { type Runtime, RuntimeModule } from './runtime/runtime.module.ts'
import { ACCOUNT_READS } from './runtime/tokens.ts'
import { ServicesModule } from './services/services.module.ts'
import { SettingsModule } from './settings/settings.module.ts'
import { SigningKeysModule } from './signing-keys/signing-keys.module.ts'
import { SigningRequestsModule } from './signing-requests/signing-requests.module.ts'
import { StagedVersionsModule } from './staged-versions/staged-versions.module.ts'
import { TargetCaModule } from './target-ca/target-ca.module.ts'
import { TrialsModule } from './trials/trials.module.ts'
import { TrustsModule } from './trusts/trusts.module.ts'
import { WebhooksModule } from './webhooks/webhooks.module.ts'

class AppModule {}

export function appModule(runtime: Runtime): DynamicModule {
  return {
    module: AppModule,
    imports: [
      RuntimeModule.with(runtime),
      AuthModule,
      ActivationModule,
      AppKeysModule,
      ApprovalsModule,
      AuditModule,
      AuditStreamModule,
      CallerModule,
      CallsModule,
      CertificatesModule,
      DocumentModule,
      ExpiryModule,
      HandoversModule,
      IdempotencyModule,
      InvitationsModule,
      IssuersModule,
      MappingsModule,
      P12TestModule,
      PlansModule,
      PlanNoticesModule,
      PromotionWatchModule,
      PropagationModule,
      RevocationModule,
      ServicesModule,
      SettingsModule,
      SigningKeysModule,
      SigningRequestsModule,
      StagedVersionsModule,
      TargetCaModule,
      TrialsModule,
      TrustsModule,
      WebhooksModule,
      MaintenanceModule,
    ],
    providers: [
      provide(AccountReadsInterceptor, [Reflector, ACCOUNT_READS, AccountWriter], APP_INTERCEPTOR),
      provideBy(APP_INTERCEPTOR, [Bulkheads], (pools) => {
        const bodies = pools.open('request-bodies', bodyLimits(limits.configBody, runtime.memory.budget.parts.bodies))
        return new RequestBodyInterceptor(limits.configBody, bodies)
      }),
      provide(DelayedNoticeInterceptor, [NoticingWriter], APP_INTERCEPTOR),
      // Within the one before, and around those of the modules: a repeated request may have waited for approval.
      provide(ApprovalRequestedInterceptor, [ApprovalRegistry], APP_INTERCEPTOR),
      { provide: APP_PIPE, useValue: validationPipe() },
    ],
  }
}
