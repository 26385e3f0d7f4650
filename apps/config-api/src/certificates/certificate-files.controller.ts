import type { AccountId } from '@mtls-gateway/domain'
import { ApiConsumes, ApiTags, type AuthenticatedRequest, Credentials, LeavesBody } from '@mtls-gateway/service-kit'
import { Controller, Inject, Post, Put, Req } from '@nestjs/common'
import { changeContext } from '../changes/change-context.ts'
import { readForm } from '../http/multipart-form.ts'
import { AccountParam } from '../http/path-params.ts'
import type { CertificateEntry } from './certificate-entry.ts'
import { CertificateOnboarding } from './certificate-onboarding.ts'
import { fileEntry } from './certificate-request.ts'
import { maxFileBytes } from './pkcs12-input.ts'
import { type SaveResult, saveResult } from './save-result.ts'

/** Certificates by file: `file` (p12/pfx) and `certificate`, a JSON part with name, password and, to replace, id. */
@ApiTags('certificates')
@ApiConsumes('multipart/form-data')
@LeavesBody(true)
@Controller('mtls/account/:accountId/certificates/by-file')
export class CertificateFilesController {
  readonly #onboarding: CertificateOnboarding

  constructor(@Inject(CertificateOnboarding) onboarding: CertificateOnboarding) {
    this.#onboarding = onboarding
  }

  @Post()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async create(@Req() request: AuthenticatedRequest, @AccountParam() account: AccountId): Promise<SaveResult> {
    const entry = await readEntry(request)
    return saveResult(account, await this.#onboarding.create(account, changeContext(request), [entry]))
  }

  @Put()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async replace(@Req() request: AuthenticatedRequest, @AccountParam() account: AccountId): Promise<SaveResult> {
    const entry = await readEntry(request)
    return saveResult(account, await this.#onboarding.replace(account, changeContext(request), [entry]))
  }
}

async function readEntry(request: AuthenticatedRequest): Promise<CertificateEntry> {
  const form = await readForm(request, { file: 'file', maxFileBytes, fields: ['certificate'] })
  return fileEntry(form.json('certificate'), form.file)
}
