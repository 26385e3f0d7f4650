import { AccountWriter } from '@mtls-gateway/registry'
import type { Backends } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BACKENDS } from '../runtime/tokens.ts'
import { PropagationController } from './propagation.controller.ts'
import { Propagation } from './propagation.ts'

@Module({
  controllers: [PropagationController],
  providers: [
    {
      provide: Propagation,
      inject: [AccountWriter, BACKENDS],
      useFactory: (writer: AccountWriter, { coordination }: Backends) => new Propagation(writer, coordination.presence),
    },
  ],
})
export class PropagationModule {}
