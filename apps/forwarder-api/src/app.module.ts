import { limits } from '@mtls-gateway/contract'
import { provideBy, RequestBodyInterceptor, validationPipe } from '@mtls-gateway/service-kit'
import type { DynamicModule } from '@nestjs/common'
import { APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core'
import { AuthModule } from './auth/auth.module.ts'
import { CheckMappingModule } from './check-mapping/check-mapping.module.ts'
import { ForwardModule } from './forward/forward.module.ts'
import { type Runtime, RuntimeModule } from './runtime/runtime.module.ts'
import { REQUEST_BODIES } from './runtime/tokens.ts'
import { TokenTestModule } from './token-test/token-test.module.ts'

/** A thousand entries, with many fields that are ignored. Four MiB of numbers block the event loop for 0.2 s. */
const jsonLimits = { maxValues: 50_000, maxMembers: 30_000 }

class AppModule {}

export function appModule(runtime: Runtime): DynamicModule {
  return {
    module: AppModule,
    imports: [RuntimeModule.with(runtime), AuthModule, ForwardModule, CheckMappingModule, TokenTestModule],
    providers: [
      provideBy(
        APP_INTERCEPTOR,
        [REQUEST_BODIES],
        (bodies) => new RequestBodyInterceptor(limits.forwarderBody, bodies, jsonLimits),
      ),
      { provide: APP_PIPE, useValue: validationPipe() },
    ],
  }
}
