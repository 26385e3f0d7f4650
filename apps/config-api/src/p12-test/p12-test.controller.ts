import { keyTesterOperations as operations, type TestReport, testForm } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { chooseError, KeyMaterialPool, renderReport } from '@mtls-gateway/key-material'
import { TracedCalls } from '@mtls-gateway/outbound'
import { type AuthenticatedRequest, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { readForm } from '../http/multipart-form.ts'
import { AccountParam } from '../http/path-params.ts'
import { CaCertificates } from '../mappings/ca-certificates.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { renderCall } from './render-call.ts'
import { makeTestCall, readTestCall } from './test-call.ts'
import { readTestTls, readTestTrust, type TrustReaders } from './test-trust.ts'
import { readTestedMaterial } from './tested-material.ts'

/** The key tester: checks a key and its certificate without storing them. */
@Controller()
export class P12TestController {
  readonly #keyMaterial: KeyMaterialPool
  readonly #calls: TracedCalls
  readonly #readers: TrustReaders

  constructor(
    @Inject(KeyMaterialPool) keyMaterial: KeyMaterialPool,
    @Inject(TracedCalls) calls: TracedCalls,
    @Inject(CaCertificates) cas: CaCertificates,
    @Inject(TrustRecords) trusts: TrustRecords,
  ) {
    this.#keyMaterial = keyMaterial
    this.#calls = calls
    this.#readers = { cas, trusts }
  }

  @Operation(operations.testP12)
  async test(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
  ): Promise<TestReport | string> {
    const form = await readForm(request, testForm)
    const call = readTestCall(request.headers, form.text('body'))
    const trust = await readTestTrust(this.#readers, account, form)
    const tls = readTestTls(form)
    const { report, material } = await this.#keyMaterial.examine(account, readTestedMaterial(form))
    if (!material) throw chooseError(report)
    const made = call ? await makeTestCall(this.#calls, account, { material, trust, tls }, call) : null
    if (request.headers.accept?.startsWith('text/plain') !== true) return { ...report, call: made }
    void reply.header('content-type', 'text/plain; charset=utf-8')
    return made ? `${renderReport(report)}\n${renderCall(made)}` : renderReport(report)
  }
}
