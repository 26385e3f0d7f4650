import { CodedError } from '@mtls-gateway/domain'
import { Body, Controller, ForbiddenException, Get, Param, Post, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requestContextOf } from '../../src/index.ts'

const thing = z.object({ name: z.string(), size: z.number() })

/** More than the systems on both ends buffer for a caller that reads nothing. */
export const largeAnswer = 'ä'.repeat(16 * 1024 * 1024)

export const leakedText = 'canary-of-an-inner-error'

/** One route per thing that a service can do right or wrong. */
@Controller()
export class TestController {
  @Get('accounts/:accountId/things')
  things(@Param('accountId') accountId: string): { readonly accountId: string } {
    return { accountId }
  }

  @Get('large/:name')
  large(): string {
    return largeAnswer
  }

  @Post('things')
  make(@Body({ schema: thing }) body: unknown): unknown {
    return body
  }

  @Get('fail/coded')
  coded(): never {
    throw new CodedError('ACCOUNT_BUSY', 'Try again.', {
      retryAfterSeconds: 1.2,
      details: { field: 'name', status: 1 },
    })
  }

  @Get('fail/challenge')
  challenge(@Req() { raw }: FastifyRequest): never {
    requestContextOf(raw).accepted = ['oauth1', 'bearer']
    throw new CodedError('CREDENTIALS_MISSING', 'Send credentials.')
  }

  @Get('fail/inner')
  inner(): never {
    throw new Error(`could not read ${leakedText} with password=${leakedText}`)
  }

  @Get('fail/store')
  store(): never {
    throw new CodedError('STORE_UNAVAILABLE', 'Try again later.', {
      cause: new Error(leakedText),
      retryAfterSeconds: 5,
    })
  }

  @Get('fail/forbidden')
  forbidden(): never {
    throw new ForbiddenException()
  }

  @Get('fail/begun')
  begun(@Res() reply: FastifyReply): never {
    reply.hijack()
    reply.raw.write('begun')
    throw new Error(leakedText)
  }

  @Get('fail/hijacked')
  hijacked(@Res() reply: FastifyReply): never {
    reply.hijack()
    throw new Error(leakedText)
  }

  @Get('fail/query')
  query(@Query('n', { schema: z.coerce.number() }) n: number): number {
    return n
  }
}
