import { createCa, type IssuedCertificate, type SealedAnswer, SealingTarget, type TestCa } from '@mtls-gateway/test-kit'

/** Targets that seal their TLS records by hand, with one certificate. */
export class SealingTargets {
  readonly ca: TestCa
  readonly #identity: IssuedCertificate
  readonly #targets: SealingTarget[] = []

  private constructor(ca: TestCa, identity: IssuedCertificate) {
    this.ca = ca
    this.#identity = identity
  }

  static async create(): Promise<SealingTargets> {
    const ca = await createCa()
    return new SealingTargets(ca, await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] }))
  }

  /** @returns its origin */
  async start(onRequest: SealedAnswer): Promise<string> {
    const { privateKey: key, certificate: cert } = this.#identity
    const target = await SealingTarget.start({ identity: { key, cert }, onRequest })
    this.#targets.push(target)
    return target.url
  }

  close(): void {
    for (const target of this.#targets.splice(0)) target.close()
  }
}
