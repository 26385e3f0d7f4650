import type { ConfigApiClient } from '@mtls-gateway/client'
import type { Certificate, VersionDifference } from '@mtls-gateway/contract'
import { CliFailure } from '../cli-failure.ts'
import type { Connection } from '../http/connection.ts'
import type { KeyMaterial } from '../input/key-material.ts'
import type { Output } from '../output.ts'
import { promotionText } from '../views/certificate-text.ts'
import { differencesText } from '../views/difference-text.ts'
import { day } from '../views/lines.ts'
import { probeText } from '../views/probe-text.ts'
import { propagationLine } from '../views/propagation-text.ts'
import { waitForPropagation } from './propagation-wait.ts'

/** The steps that put another version of a certificate in use; each shows its answer. */
export class Rotation {
  readonly #connection: Connection
  readonly #id: string
  readonly #output: Output
  /** The fingerprint of what is to be put in use: somebody else may stage another version meanwhile. */
  #next: string | null | undefined

  /** @param id of the certificate */
  constructor(connection: Connection, id: string, output: Output) {
    this.#connection = connection
    this.#id = id
    this.#output = output
  }

  /** @throws ServiceProblem */
  async stage(material: KeyMaterial): Promise<void> {
    const staged = await this.#configApi.stageVersion({ ...this.#one, body: material })
    this.#next = staged.body.staged?.fingerprintSha256
    this.#output.answer(staged, (certificate) => `staged: ${certificate.staged?.status}`)
  }

  /**
   * Shows in what the staged version is not a usual renewal of the one in use.
   * @throws ServiceProblem; CliFailure where it is another version than the one that was staged here
   */
  async compare(): Promise<readonly VersionDifference[]> {
    const { staged } = (await this.#configApi.getCertificate(this.#one)).body
    this.#next ??= staged?.fingerprintSha256
    this.#expectNext(staged)
    const differences = staged?.differences ?? []
    if (differences.length === 0) return differences
    const text = differencesText(differences)
    // With --json they are part of the answers.
    if (this.#output.json) this.#output.complain(text)
    else this.#output.text(text)
    return differences
  }

  /**
   * Tries the staged version at every mapped url.
   * @param urls that stand for the patterns that they fall under
   * @param mappings ids of those that are to present it; undefined: all
   * @throws CliFailure where it fails for one of them, unless `force`
   */
  async probe(urls: readonly string[], force: boolean, mappings: readonly string[] | undefined): Promise<void> {
    const probed = await this.#configApi.probeStaged({ ...this.#one, body: { urls } })
    this.#output.answer(probed, (probe) => probeText(probe, this.#output.colour))
    if (probed.body.ok !== false || force) return
    const isNamed = ({ id }: { readonly id: number }) => mappings?.includes(String(id)) ?? true
    if (!probed.body.results.some((each) => each.result === 'failed' && each.mappings.some(isNamed))) return
    throw new CliFailure(
      'refused',
      'Nothing was changed: the staged version does not work everywhere. Fix that and rotate again, or use --force.',
    )
  }

  /**
   * Puts the version in use that was compared and probed.
   * @param accepted in what it is meant to differ from the version in use
   * @param mappings ids of those that present it; undefined: all
   * @throws ServiceProblem; CliFailure where another version was staged meanwhile
   */
  async promote(
    force: boolean,
    accepted: readonly VersionDifference[],
    mappings: readonly string[] | undefined,
  ): Promise<void> {
    const { body: certificate, etag } = await this.#configApi.getCertificate(this.#one)
    this.#expectNext(certificate.staged)
    const accept = accepted.map(({ code }) => code).join()
    const query = { force: force ? 'true' : 'false', ...(accept !== '' && { accept }) } as const
    const body = chosen(mappings)
    this.#output.answer(await this.#configApi.promoteStaged({ ...this.#one, query, body, ifMatch: etag }), inUse)
  }

  /** @param mappings ids of those that go back; undefined: all. @throws ServiceProblem */
  async rollBack(mappings: readonly string[] | undefined): Promise<void> {
    this.#output.answer(await this.#configApi.rollBack({ ...this.#one, body: chosen(mappings) }), inUse)
  }

  /** @param mappings ids of those that changed; undefined: all. @throws CliFailure, ServiceProblem */
  async wait(seconds: number, mappings: readonly string[] | undefined): Promise<void> {
    const changed = mappings?.map((mapping) => ({ ...this.#one, mapping })) ?? [this.#one]
    const how = { output: this.#output, seconds }
    // They were changed together: where one is everywhere, so are the others, unless somebody has changed one since.
    for (const propagating of changed.slice(1)) await waitForPropagation(this.#connection, propagating, how)
    const complete = await waitForPropagation(this.#connection, changed[0] ?? this.#one, how)
    this.#output.answer(complete, (propagation) => `complete: ${propagationLine(propagation)}`)
  }

  #expectNext(staged: Certificate['staged']): void {
    if (staged?.fingerprintSha256 === this.#next) return
    throw new CliFailure(
      'refused',
      'Nothing was put in use: somebody else has staged another version meanwhile. Talk to them, or rotate without a file to continue with that version.',
    )
  }

  get #configApi(): ConfigApiClient {
    return this.#connection.configApi
  }

  get #one(): { readonly certificateId: string } {
    return { certificateId: this.#id }
  }
}

function chosen(mappings: readonly string[] | undefined): { readonly mappings?: string[] } {
  return mappings === undefined ? {} : { mappings: [...mappings] }
}

function inUse({ name, subject, expirationDate, promotion }: Certificate): string {
  const line = `in use: ${name}, ${subject}, expires ${day(expirationDate ?? '')}`
  return promotion === undefined ? line : `${line}\n${promotionText(promotion)}`
}
