import { CodedError, type Service, type UnmappedPolicy } from '@mtls-gateway/domain'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter } from 'prom-client'
import type { Compatibility } from '../../configuration/configuration.ts'

/** Calls whose url has no mapping, counted by service, so that a missing client certificate never goes unnoticed. */
export class UnmappedCalls {
  readonly #policy: UnmappedPolicy
  readonly #stopCode: 'NO_CERTIFICATE_FOR_CALL' | 'NO_MAPPING_FOR_CALL'
  readonly #counter: Counter<'service'>

  /** @param compatibility `liveperson`: callers that require a certificate expect a 400 if there is none */
  constructor(policy: UnmappedPolicy, compatibility: Compatibility, { registry }: ServiceMetrics) {
    this.#policy = policy
    this.#stopCode = compatibility === 'liveperson' ? 'NO_MAPPING_FOR_CALL' : 'NO_CERTIFICATE_FOR_CALL'
    this.#counter = new Counter({
      name: 'unmapped_calls_total',
      help: 'Calls to urls that no mapping names, by service',
      labelNames: ['service'],
      registers: [registry],
    })
  }

  /** @param service undefined if the call names none */
  count(service: Service | undefined): void {
    this.#counter.inc({ service: service?.name ?? 'none' })
  }

  /**
   * @throws CodedError `NO_CERTIFICATE_FOR_CALL` or `NO_MAPPING_FOR_CALL` (the caller requires one), `UNMAPPED_CALL`
   *   (the deployment or the account does)
   */
  admit(ofAccount: UnmappedPolicy, stopIfCertificateNotFound: boolean): void {
    if (stopIfCertificateNotFound) {
      throw new CodedError(
        this.#stopCode,
        'No certificate is mapped to this account, service and url, and the call does not go out without one. Map one.',
      )
    }
    if (this.#policy === 'refuse' || ofAccount === 'refuse') {
      throw new CodedError(
        'UNMAPPED_CALL',
        'This gateway, or this account, refuses calls without a mapping. Map the url to a certificate.',
      )
    }
  }
}
