import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { AuditController } from './audit.controller.ts'
import { AuditTrail } from './audit-trail.ts'

@Module({
  controllers: [AuditController],
  providers: [provide(AuditTrail, [AccountWriter])],
})
export class AuditModule {}
