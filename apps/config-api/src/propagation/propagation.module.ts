import { AccountWriter, EpochWatch } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { PRESENCE } from '../runtime/tokens.ts'
import { PropagationController } from './propagation.controller.ts'
import { Propagation } from './propagation.ts'

@Module({
  controllers: [PropagationController],
  providers: [provide(Propagation, [AccountWriter, PRESENCE, EpochWatch])],
})
export class PropagationModule {}
