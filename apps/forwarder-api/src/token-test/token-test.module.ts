import { AccountReader } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CertificateChoice } from '../forward/certificate/certificate-choice.ts'
import { TargetCredentials } from '../forward/credentials/target-credentials.ts'
import { ForwardModule } from '../forward/forward.module.ts'
import { Targets } from '../forward/targets/targets.ts'
import { TokenTestController } from './token-test.controller.ts'
import { TokenTests } from './token-tests.ts'

@Module({
  imports: [ForwardModule],
  controllers: [TokenTestController],
  providers: [provide(TokenTests, [AccountReader, CertificateChoice, Targets, TargetCredentials])],
})
export class TokenTestModule {}
