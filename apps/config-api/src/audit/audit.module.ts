import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { AuditController } from './audit.controller.ts'
import { AuditTrail } from './audit-trail.ts'

@Module({
  controllers: [AuditController],
  providers: [
    { provide: AuditTrail, inject: [AccountWriter], useFactory: (writer: AccountWriter) => new AuditTrail(writer) },
  ],
})
export class AuditModule {}
