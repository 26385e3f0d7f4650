import {
  type Form,
  newCertificateForm,
  certificateOperations as operations,
  replacedCertificateForm,
  type SaveResult,
} from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req } from '@nestjs/common'
import { changeContext } from '../changes/change-context.ts'
import { readForm } from '../http/multipart-form.ts'
import { AccountParam } from '../http/path-params.ts'
import { saveResult } from './save-result.ts'
import type { CertificateEntry } from './upload/certificate-entry.ts'
import { CertificateOnboarding } from './upload/certificate-onboarding.ts'
import { fileEntry } from './upload/read-entries.ts'

/** Uploads by form: `file` (p12/pfx), and `certificate`, a JSON part with name, password, and an id to replace. */
@Controller()
export class CertificateFilesController {
  readonly #onboarding: CertificateOnboarding

  constructor(@Inject(CertificateOnboarding) onboarding: CertificateOnboarding) {
    this.#onboarding = onboarding
  }

  @Operation(operations.createCertificateByFile)
  async create(@Req() request: AuthenticatedRequest, @AccountParam() account: AccountId): Promise<SaveResult> {
    const entry = await readEntry(request, newCertificateForm)
    return saveResult(account, await this.#onboarding.create(account, changeContext(request), [entry]))
  }

  @Operation(operations.replaceCertificateByFile)
  async replace(@Req() request: AuthenticatedRequest, @AccountParam() account: AccountId): Promise<SaveResult> {
    const entry = await readEntry(request, replacedCertificateForm)
    return saveResult(account, await this.#onboarding.replace(account, changeContext(request), [entry]))
  }
}

async function readEntry(request: AuthenticatedRequest, expected: Form): Promise<CertificateEntry> {
  const form = await readForm(request, expected)
  return fileEntry(form.json('certificate'), form.file)
}
