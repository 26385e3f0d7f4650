import { type OpenedIssuers, openIssuers } from '@mtls-gateway/issuance'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { UpstreamPools } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { type Log, provideBy, token } from '@mtls-gateway/service-kit'
import { Global, Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { PROBER, ProberModule } from '../prober/prober.module.ts'
import { CONFIGURATION, ISSUERS, LOG, OPENED_ISSUERS, STORE } from '../runtime/tokens.ts'
import { AcmeChallengesController } from './acme-challenges.controller.ts'
import { issuerCheckMs, openIssuerUpstreams } from './issuer-checks.ts'
import { StoredAccountCas } from './stored-account-cas.ts'

const UPSTREAMS = token<UpstreamPools>('IssuerUpstreams')

/** From whom certificates can be ordered (docs/issuers.md). */
@Global()
@Module({
  imports: [ProberModule],
  controllers: [AcmeChallengesController],
  providers: [
    provideBy(UPSTREAMS, [CONFIGURATION], openIssuerUpstreams),
    provideBy(
      OPENED_ISSUERS,
      [CONFIGURATION, UPSTREAMS, AccountWriter, STORE, KeyMaterialPool, PROBER],
      ({ issuersFile }, upstreams, writer, store, keyMaterial, prober) => {
        const cas = new StoredAccountCas({ records: writer.records, store, keyMaterial, prober })
        return openIssuers(issuersFile, { cas, upstreams })
      },
    ),
    provideBy(ISSUERS, [OPENED_ISSUERS], (opened) => opened),
  ],
  exports: [ISSUERS],
})
export class IssuersModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #issuers: OpenedIssuers
  readonly #upstreams: UpstreamPools
  readonly #log: Log
  readonly #closing = new AbortController()

  constructor(
    @Inject(OPENED_ISSUERS) issuers: OpenedIssuers,
    @Inject(UPSTREAMS) upstreams: UpstreamPools,
    @Inject(LOG) log: Log,
  ) {
    this.#issuers = issuers
    this.#upstreams = upstreams
    this.#log = log
  }

  /** An issuer that is down keeps nobody from starting. */
  onApplicationBootstrap(): void {
    const ends = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(issuerCheckMs)])
    const check = this.#issuers.check(ends).then((faults) => {
      if (this.#closing.signal.aborted) return
      for (const { profile, error } of faults) {
        this.#log.warn({ event: 'issuer-unfit', profile, code: error.code, err: error }, error.message)
      }
    })
    check.catch((err: unknown) => this.#log.error({ event: 'issuer-check-failed', err }))
  }

  async onModuleDestroy(): Promise<void> {
    this.#closing.abort()
    await this.#issuers.close()
    await this.#upstreams.close()
  }
}
