import { expect, it } from '@jest/globals'
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply } from 'fastify'
import { codedErrorOf } from '../../src/index.ts'
import { throttlingModule } from '../../src/throttling/throttler.ts'
import { TestController } from '../support/test-controller.ts'

/** Shows what {@link codedErrorOf} makes of an error. */
@Catch()
class CodeFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const { code, retryAfterSeconds } = codedErrorOf(error)
    host.switchToHttp().getResponse<FastifyReply>().code(500).send({ code, retryAfterSeconds })
  }
}

class RootModule {}

it('counts and refuses what no hook has counted, with the same error', async () => {
  let left = 1
  const counter = { admit: () => ({ admitted: left-- > 0, retryAfterMs: 250 }) }
  const root = { module: RootModule, imports: [throttlingModule(counter, 1)], controllers: [TestController] }
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false })
  app.useGlobalFilters(new CodeFilter())
  await app.init()
  const things = async () => (await app.inject('/accounts/a/things')).json()
  expect([await things(), await things()]).toEqual([
    { accountId: 'a' },
    { code: 'RATE_LIMITED', retryAfterSeconds: 0.25 },
  ])
  await app.close()
})
