import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CALLS } from '../runtime/tokens.ts'
import { CallsController } from './calls.controller.ts'
import { RecentCallList } from './recent-call-list.ts'

@Module({
  controllers: [CallsController],
  providers: [provide(RecentCallList, [CALLS])],
})
export class CallsModule {}
