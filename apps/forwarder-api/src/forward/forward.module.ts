import type { IncomingMessage } from 'node:http'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { type RateCounter, UsageRecorder } from '@mtls-gateway/coordination'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { UpstreamPools } from '@mtls-gateway/outbound'
import { AccountReader, CaCertificateReader, IdentityReader } from '@mtls-gateway/registry'
import { type BearerVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
import {
  clientAddress,
  type Log,
  requestAddressOf,
  type ServiceMetrics,
  securityHeaders,
} from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BEARER_VERIFIER } from '../auth/tokens.ts'
import type { ForwarderConfiguration } from '../configuration.ts'
import { CONFIGURATION, LOG, METRICS, RATES } from '../runtime/tokens.ts'
import { callLimits } from './call-limits.ts'
import { CallerVerification } from './caller-verification.ts'
import { CertificateChoice } from './certificate-choice.ts'
import { FormSignatures, formSignatureLimits } from './form-signatures.ts'
import { ForwardEndpoint } from './forward-endpoint.ts'
import { Forwarder } from './forwarder.ts'
import { MappingTrusts } from './mapping-trusts.ts'
import { ownAnswerHeaders } from './own-answer.ts'
import { SignedForms, signedFormLimits } from './signed-forms.ts'
import { UnmappedCalls } from './unmapped-calls.ts'

@Module({
  providers: [
    {
      provide: CertificateChoice,
      inject: [AccountReader, IdentityReader, CaCertificateReader],
      useFactory: (accounts: AccountReader, identities: IdentityReader, certificates: CaCertificateReader) =>
        new CertificateChoice(accounts, identities, new MappingTrusts(certificates)),
    },
    {
      provide: CallerVerification,
      inject: [CONFIGURATION, Bulkheads, OAuth1Verifier, BEARER_VERIFIER],
      useFactory: (
        configuration: ForwarderConfiguration,
        bulkheads: Bulkheads,
        oauth1: OAuth1Verifier,
        bearer: BearerVerifier,
      ) =>
        new CallerVerification({
          oauth1,
          bearer,
          forms: new SignedForms(bulkheads.open('signed-forms', signedFormLimits)),
          formSignatures: new FormSignatures(bulkheads.open('form-signatures', formSignatureLimits)),
          kinds: configuration.forwardAccepts,
          requireLpHash: configuration.requireLpHash,
          requireBodyHash: configuration.requireBodyHash,
          addressOf: requestAddressOf(configuration),
          clientAddressOf: (request) => clientAddress(request, configuration.trustedProxies),
        }),
    },
    {
      provide: UnmappedCalls,
      inject: [CONFIGURATION, METRICS],
      useFactory: ({ unmappedCalls }: ForwarderConfiguration, metrics: ServiceMetrics) =>
        new UnmappedCalls(unmappedCalls, metrics),
    },
    {
      provide: Forwarder,
      inject: [
        CONFIGURATION,
        Bulkheads,
        RATES,
        CallerVerification,
        ServiceCatalogue,
        AccountReader,
        CertificateChoice,
        UnmappedCalls,
        UpstreamPools,
        UsageRecorder,
      ],
      useFactory: (
        configuration: ForwarderConfiguration,
        bulkheads: Bulkheads,
        rates: RateCounter,
        verification: CallerVerification,
        services: ServiceCatalogue,
        accounts: AccountReader,
        choice: CertificateChoice,
        unmapped: UnmappedCalls,
        upstreams: UpstreamPools,
        usage: UsageRecorder,
      ) => {
        const { trustedProxies } = configuration
        const clientAddressOf = (request: IncomingMessage) => clientAddress(request, trustedProxies)
        const calls = bulkheads.open('forward-calls', callLimits(configuration))
        return new Forwarder({
          rates,
          clientAddressOf,
          verification,
          services,
          calls,
          accounts,
          choice,
          unmapped,
          upstreams,
          usage,
        })
      },
    },
    {
      provide: ForwardEndpoint,
      inject: [CONFIGURATION, Forwarder, CallerVerification, LOG],
      useFactory: (
        configuration: ForwarderConfiguration,
        forwarder: Forwarder,
        verification: CallerVerification,
        log: Log,
      ) =>
        new ForwardEndpoint(forwarder, verification.kinds, log, {
          ...securityHeaders(configuration),
          ...ownAnswerHeaders,
        }),
    },
  ],
  exports: [CertificateChoice],
})
export class ForwardModule {}
