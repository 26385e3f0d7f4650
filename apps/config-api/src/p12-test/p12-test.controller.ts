import type { AccountId } from '@mtls-gateway/domain'
import { chooseError, KeyMaterialPool, renderReport, type TestReport } from '@mtls-gateway/key-material'
import { TracedCalls } from '@mtls-gateway/outbound'
import { ApiConsumes, ApiTags, type AuthenticatedRequest, Credentials, LeavesBody } from '@mtls-gateway/service-kit'
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { maxFileBytes, pkcs12Input } from '../certificates/pkcs12-input.ts'
import { readForm } from '../http/multipart-form.ts'
import { AccountParam } from '../http/path-params.ts'
import { renderCall } from './render-call.ts'
import { type CallReport, makeTestCall, readTestCall } from './test-call.ts'

type AnsweredReport = Omit<TestReport, 'call'> & { readonly call: CallReport | null }

/** The P12 key tester: says of a file what would become of it, and stores nothing. */
@ApiTags('P12 key tester')
@ApiConsumes('multipart/form-data')
@LeavesBody(true)
@Controller('mtls/account/:accountId/p12-test')
export class P12TestController {
  readonly #keyMaterial: KeyMaterialPool
  readonly #calls: TracedCalls

  constructor(@Inject(KeyMaterialPool) keyMaterial: KeyMaterialPool, @Inject(TracedCalls) calls: TracedCalls) {
    this.#keyMaterial = keyMaterial
    this.#calls = calls
  }

  @Post('multipart')
  @HttpCode(200)
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async test(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
  ): Promise<AnsweredReport | string> {
    const form = await readForm(request, { file: 'file', maxFileBytes, fields: ['password', 'body'] })
    const call = readTestCall(request.headers, form.text('body'))
    const { report, material } = await this.#keyMaterial.examine(account, pkcs12Input(form.file, form.text('password')))
    if (!material) throw chooseError(report)
    const made = call ? await makeTestCall(this.#calls, account, material, call) : null
    if (request.headers.accept?.startsWith('text/plain') !== true) return { ...report, call: made }
    void reply.header('content-type', 'text/plain; charset=utf-8')
    return made ? `${renderReport(report)}\n${renderCall(made)}` : renderReport(report)
  }
}
