import type { AccountId } from '@mtls-gateway/domain'
import { z } from 'zod'
import type { Issuance, IssuanceOrder, Issuer } from '../issuer.ts'
import { readCaFile } from '../operator-files.ts'

export const ownCaSettings = z.strictObject({
  /** PEM of the CA that targets have to trust, the root last; read each time. */
  caFile: z.string().min(1),
})

export type OwnCaSettings = z.infer<typeof ownCaSettings>

/**
 * People who take a signing request to a CA. They bring the certificate by the API (`completeSigningRequest`,
 * `completeRenewalRequest`), as for a request that no plan has made, so there is nothing to ask this issuer for.
 */
export class OwnCaIssuer implements Issuer {
  readonly #settings: OwnCaSettings

  constructor(settings: OwnCaSettings) {
    this.#settings = settings
  }

  async issue({ id }: IssuanceOrder, signal: AbortSignal): Promise<Issuance> {
    signal.throwIfAborted()
    return { state: 'pending', reference: id, byPeople: true }
  }

  async collect(_order: IssuanceOrder, reference: string, signal: AbortSignal): Promise<Issuance> {
    signal.throwIfAborted()
    return { state: 'pending', reference, byPeople: true }
  }

  async ca(_account: AccountId, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    return readCaFile(this.#settings.caFile)
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await readCaFile(this.#settings.caFile)
  }

  async close(): Promise<void> {}
}
