import { type CertificateId, type Mapping, trustKey } from '@mtls-gateway/domain'

/** A certificate, or a certificate and a trust. */
type Pair = CertificateId | string

/** With which certificates and trusts the enabled mappings of an account call: how many use each pair. */
export class MappingUses {
  #counts = new Map<Pair, number>()
  /** What has changed since the counts behind were made. */
  #changed: ReadonlyMap<Pair, number> = new Map()

  add(mapping: Mapping): void {
    const key = keyOf(mapping)
    if (mapping.enable) this.#counts.set(key, this.#count(key) + 1)
  }

  has(certificateId: CertificateId, trust: string | undefined): boolean {
    return this.#count(pairKey(certificateId, trust)) > 0
  }

  /**
   * The uses after a small change, at the cost of the change: both share everything else, so nothing may be added to
   * these any more.
   */
  replacing(gone: readonly Mapping[], fresh: readonly Mapping[]): MappingUses {
    const changed = new Map(this.#changed)
    const change = (mapping: Mapping, by: number) => {
      const key = keyOf(mapping)
      if (mapping.enable) changed.set(key, (changed.get(key) ?? this.#count(key)) + by)
    }
    for (const mapping of gone) change(mapping, -1)
    for (const mapping of fresh) change(mapping, 1)
    const uses = new MappingUses()
    uses.#counts = this.#counts
    uses.#changed = changed
    return uses
  }

  #count(key: Pair): number {
    return this.#changed.get(key) ?? this.#counts.get(key) ?? 0
  }
}

function keyOf({ certificateId, targetTrust }: Mapping): Pair {
  return pairKey(certificateId, targetTrust && trustKey(targetTrust))
}

function pairKey(certificateId: CertificateId, trust: string | undefined): Pair {
  return trust === undefined ? certificateId : `${certificateId} ${trust}`
}
