import type { MappingRequest } from '@mtls-gateway/contract'
import {
  type AccountId,
  type Activation,
  CodedError,
  checkName,
  type EntryFault,
  entryFaults,
  isCodedError,
  type MappingId,
  type MappingUpdate,
  type NewMapping,
  parseCertificateId,
  parseMappingId,
  parseMappingUrl,
  type ServiceCatalogue,
} from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'
import type { CaCertificates } from './ca-certificates.ts'
import { readMessageSignature } from './message-signature-request.ts'
import { type RequestedAuth, readTargetAuth } from './target-auth-request.ts'
import { readTargetTls } from './target-tls-request.ts'
import { type ReadCas, type RequestedTrust, readTargetTrust } from './target-trust-request.ts'

/** A requested mapping, with CA certificates and secrets that are not stored yet. */
type Requested<T> = Omit<T, 'targetAuth' | 'targetTrust'> & {
  readonly targetTrust: RequestedTrust | null | undefined
}
interface WithAuth {
  readonly targetAuth: RequestedAuth | null | undefined
}
export type RequestedMapping = Requested<NewMapping> & WithAuth
export type RequestedUpdate = Requested<MappingUpdate> & WithAuth
export type RequestedActivation = Requested<Activation>

/** Turns bodies into domain values. All errors are reported at once, by index. */
export class MappingRequestReader {
  readonly #services: ServiceCatalogue
  readonly #caCertificates: CaCertificates

  constructor(services: ServiceCatalogue, caCertificates: CaCertificates) {
    this.#services = services
    this.#caCertificates = caCertificates
  }

  /** @throws CodedError with every fault by index; `TOO_MANY_BODIES` */
  async readNew(
    account: AccountId,
    bodies: readonly MappingRequest[],
    nextId: () => MappingId,
  ): Promise<readonly RequestedMapping[]> {
    const cas = await this.#readCas(account, bodies)
    return readEach(bodies, (body) => {
      if (body.deleted === true) throw new CodedError('VALIDATION_FAILED', 'A new mapping can not be deleted.')
      const fields = this.#readFields(account, body, cas)
      return {
        id: nextId(),
        name: required('name', fields.name),
        url: required('url', fields.url),
        serviceId: required('serviceId', fields.serviceId),
        certificateId: required('certificationId', fields.certificateId),
        enable: fields.enable ?? true,
        targetTrust: fields.targetTrust,
        targetAuth: fields.targetAuth,
        targetTls: fields.targetTls ?? undefined,
        messageSignature: fields.messageSignature ?? undefined,
        answerTimeoutSeconds: fields.answerTimeoutSeconds ?? undefined,
      }
    })
  }

  /** @throws CodedError with every fault by index; `TOO_MANY_BODIES` */
  async readUpdates(account: AccountId, bodies: readonly MappingRequest[]): Promise<readonly RequestedUpdate[]> {
    const cas = await this.#readCas(account, bodies)
    return readEach(bodies, (body) => {
      const id = required('id', parseMappingId(required('id', body.id)))
      return { id, deleted: body.deleted, ...this.#readFields(account, body, cas) }
    })
  }

  #readCas(account: AccountId, bodies: readonly MappingRequest[]): Promise<ReadCas> {
    const trusts = bodies.map(({ targetTrust }) => targetTrust)
    return this.#caCertificates.read(account, trusts)
  }

  #readFields(account: AccountId, body: MappingRequest, cas: ReadCas): Omit<RequestedUpdate, 'id' | 'deleted'> {
    if (body.siteId !== undefined && body.siteId !== account) {
      throw new CodedError(
        'SITE_ID_MISMATCH',
        'siteId is not the account of the path. Leave it out or make it the same.',
      )
    }
    return {
      name: body.name === undefined ? undefined : checkName('name', body.name),
      url: body.url === undefined ? undefined : parseMappingUrl(body.url),
      serviceId: body.serviceId === undefined ? undefined : this.#services.resolve(String(body.serviceId)).number,
      certificateId:
        body.certificationId === undefined
          ? undefined
          : required('certificationId', parseCertificateId(body.certificationId)),
      enable: body.enable,
      targetTrust: body.targetTrust && readTargetTrust(body.targetTrust, cas),
      targetAuth: body.targetAuth && readTargetAuth(body.targetAuth),
      targetTls: body.targetTls && readTargetTls(body.targetTls),
      messageSignature: body.messageSignature && readMessageSignature(body.messageSignature),
      answerTimeoutSeconds: body.answerTimeoutSeconds,
    }
  }
}

function required<T>(field: string, value: T | undefined): T {
  if (value === undefined) {
    throw new CodedError('VALIDATION_FAILED', `"${field}" is missing or malformed.`, { details: { field } })
  }
  return value
}

/** A thousand of them take ten milliseconds. */
async function readEach<T>(
  bodies: readonly MappingRequest[],
  read: (body: MappingRequest) => T,
): Promise<readonly T[]> {
  const faults: EntryFault[] = []
  let index = 0
  const values = await convertInTurns(bodies, (body) => {
    try {
      return [read(body)]
    } catch (error) {
      if (!isCodedError(error)) throw error
      faults.push({ index, code: error.code, message: error.message, ...error.details })
      return []
    } finally {
      index += 1
    }
  })
  const [first, ...rest] = faults
  if (first) throw entryFaults([first, ...rest], bodies.length)
  return values.flat()
}
