import { AccountWriter } from '@mtls-gateway/registry'
import type { Backends } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BACKENDS } from '../runtime/tokens.ts'
import { PropagationController } from './propagation.controller.ts'
import { PropagationTeller } from './propagation.ts'

@Module({
  controllers: [PropagationController],
  providers: [
    {
      provide: PropagationTeller,
      inject: [AccountWriter, BACKENDS],
      useFactory: (writer: AccountWriter, { coordination }: Backends) =>
        new PropagationTeller(writer, coordination.presence),
    },
  ],
})
export class PropagationModule {}
