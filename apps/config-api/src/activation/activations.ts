import {
  type AccountId,
  type Activation,
  activatedMapping,
  activateMapping,
  CodedError,
  type CommandContext,
  findCertificate,
  isUrlPattern,
  type Mapping,
  parseMappingUrl,
  type ServiceCatalogue,
  usableVersion,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import { newMappingIds } from '../changes/new-ids.ts'
import type { CertificateTrials } from '../prober/certificate-trials.ts'
import { viewTrial } from '../prober/trial-view.ts'

/** A call that is only made to see whether it can be. */
const method = 'HEAD'
const deadlineMs = 30_000

/** Maps a url to a certificate in one step, if asked for after a call that shows that the target takes it. */
export class Activations {
  readonly #writer: AccountWriter
  readonly #services: ServiceCatalogue
  readonly #trials: CertificateTrials

  constructor(writer: AccountWriter, services: ServiceCatalogue, trials: CertificateTrials) {
    this.#writer = writer
    this.#services = services
    this.#trials = trials
  }

  /** @throws CodedError `UNKNOWN_SERVICE`, what is wrong with the url */
  read(certificateId: Activation['certificateId'], serviceName: string | number, url: string): Activation {
    const serviceId = this.#services.resolve(String(serviceName)).number
    return { certificateId, serviceId, url: parseMappingUrl(url) }
  }

  /**
   * Calls the url with the certificate.
   * @throws CodedError `URL_VALIDATION_FAILED`; `VALIDATION_FAILED`: a pattern can't be called; why the certificate
   *   can't be used; what {@link map} would be refused with
   */
  async validate(accountId: AccountId, context: CommandContext, activation: Activation): Promise<void> {
    const { certificateId: id, url } = activation
    if (isUrlPattern(url))
      throw new CodedError('VALIDATION_FAILED', 'A pattern can not be called. Activate it without validation.')
    const account = await this.#writer.read(accountId)
    const mapping = activatedMapping(account, activation)
    const usable = usableVersion({ enable: true }, findCertificate(account, id), Date.now())
    if ('problem' in usable) {
      throw new CodedError(
        usable.problem,
        'The certificate can not be used now, so the url was not tried and not mapped.',
      )
    }
    const { version } = usable
    const use = { id, versionId: version.versionId, purpose: 'activate' as const }
    const order = { use, version, urls: [{ url, mapping }], method, deadlineMs }
    const [trial] = await this.#trials.run(accountId, context, order)
    if (trial?.failure === undefined) return
    throw new CodedError('URL_VALIDATION_FAILED', `Nothing was mapped: ${trial.failure.message}`, {
      details: { trial: { url, ...viewTrial(trial) } },
    })
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `MAPPING_ALREADY_EXISTS` */
  async map(account: AccountId, context: CommandContext, activation: Activation): Promise<Mapping> {
    const nextId = newMappingIds(context.changeId)
    const command = activateMapping(context, nextId(), activation)
    return (await this.#writer.change(account, context.changeId, command)).result
  }
}
