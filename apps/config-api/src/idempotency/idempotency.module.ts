import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { APP_INTERCEPTOR } from '@nestjs/core'
import { AppKeyRegistry } from '../app-keys/app-key-registry.ts'
import { AppKeysModule } from '../app-keys/app-keys.module.ts'
import { ApprovalRegistry } from '../approvals/approval-registry.ts'
import { ApprovalsModule } from '../approvals/approvals.module.ts'
import { CertificateCatalogue } from '../certificates/certificate-catalogue.ts'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { HandoverRegistry } from '../handovers/handover-registry.ts'
import { HandoversModule } from '../handovers/handovers.module.ts'
import { InvitationRegistry } from '../invitations/invitation-registry.ts'
import { InvitationsModule } from '../invitations/invitations.module.ts'
import { MappingRegistry } from '../mappings/mapping-registry.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { PlansModule } from '../plans/plans.module.ts'
import { RenewalPlans } from '../plans/renewal-plans.ts'
import { SettingsModule } from '../settings/settings.module.ts'
import { SettingsRegistry } from '../settings/settings-registry.ts'
import { SigningKeyRegistry } from '../signing-keys/signing-key-registry.ts'
import { SigningKeysModule } from '../signing-keys/signing-keys.module.ts'
import { TrustRegistry } from '../trusts/trust-registry.ts'
import { TrustsModule } from '../trusts/trusts.module.ts'
import { ChangeReplay } from './change-replay.ts'
import { RepeatedRequestInterceptor } from './repeated-request.interceptor.ts'

/** Idempotency-Key: a repeated request is answered, but not carried out again. */
@Module({
  imports: [
    AppKeysModule,
    ApprovalsModule,
    CertificatesModule,
    HandoversModule,
    InvitationsModule,
    MappingsModule,
    PlansModule,
    SettingsModule,
    SigningKeysModule,
    TrustsModule,
  ],
  providers: [
    provide(ChangeReplay, {
      certificates: CertificateCatalogue,
      mappings: MappingRegistry,
      approvals: ApprovalRegistry,
      appKeys: AppKeyRegistry,
      handovers: HandoverRegistry,
      invitations: InvitationRegistry,
      settings: SettingsRegistry,
      signingKeys: SigningKeyRegistry,
      plans: RenewalPlans,
      trusts: TrustRegistry,
    }),
    provide(RepeatedRequestInterceptor, [AccountWriter, ChangeReplay], APP_INTERCEPTOR),
  ],
})
export class IdempotencyModule {}
