import { versionDifferenceCodes } from '@mtls-gateway/domain'
import { type ApiResponse, type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import type { Propagation } from './rotated-tenant.ts'
import { certificateEntry, mustBe, type Tenant } from './tenant.ts'
import type { Certificate } from './wire.ts'

/** A promotion of whatever is staged: tests tell versions apart by subjects, which usual renewals don't change. */
export const promotion = `staged/promote?accept=${versionDifferenceCodes.join()}`

/** The requests by which one certificate of a tenant goes from version to version. */
export class Rotation {
  readonly #tenant: Tenant
  readonly id: number

  constructor(tenant: Tenant, id: number) {
    this.#tenant = tenant
    this.id = id
  }

  path(below: string): string {
    return this.#tenant.path(`certificates/${this.id}/${below}`)
  }

  async get(): Promise<Certificate> {
    const got = await this.#tenant.api.json<Certificate>('GET', this.#tenant.path(`certificates/${this.id}`))
    mustBe(200, got)
    return got.body
  }

  post<T = Certificate>(below: string, body?: unknown): Promise<ApiResponse<T>> {
    return this.#tenant.api.json<T>('POST', this.path(below), body)
  }

  delete(below: string): Promise<ApiResponse<Certificate>> {
    return this.#tenant.api.json<Certificate>('DELETE', this.path(below))
  }

  /** @param mapping the id of one; undefined: of the version in use */
  propagation(mapping?: number): Promise<ApiResponse<Propagation>> {
    const path = this.path(`propagation${mapping === undefined ? '' : `?mapping=${mapping}`}`)
    return this.#tenant.api.json<Propagation>('GET', path)
  }

  stage(identity: IssuedCertificate): Promise<ApiResponse<Certificate>> {
    const { p12, password } = certificateEntry('', identity)
    return this.post('staged', { p12, password })
  }

  /** Protected by the password `secret`. */
  stageFile(identity: IssuedCertificate, fields: Readonly<Record<string, string>>): Promise<ApiResponse<Certificate>> {
    const content = makePkcs12({ identity, password: 'secret' })
    return this.#tenant.api.multipart('POST', this.path('staged'), fields, { file: { fileName: 'next.p12', content } })
  }

  /** Uploads what a CA has signed for the staged request. */
  sign(pem: string): Promise<ApiResponse<Buffer>> {
    const headers = { 'content-type': 'application/x-pem-file' }
    return this.#tenant.api.raw({ method: 'PUT', path: this.path('staged/signed-certificate'), headers, body: pem })
  }

  /** By a plain PUT. */
  async replace(identity: IssuedCertificate): Promise<void> {
    const body = [{ ...certificateEntry('c1', identity), id: this.id }]
    mustBe(200, await this.#tenant.api.json('PUT', this.#tenant.path('certificates'), body))
  }
}
