import { Bulkheads } from '@mtls-gateway/bulkhead'
import { ownAnswerHeaders } from '@mtls-gateway/contract'
import { UsageRecorder } from '@mtls-gateway/coordination'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { UpstreamPools } from '@mtls-gateway/outbound'
import { AccountReader, CaCertificateReader, IdentityReader, TargetSecretReader } from '@mtls-gateway/registry'
import { AppSecrets, OAuth1Verifier } from '@mtls-gateway/request-auth'
import {
  CallerCertificates,
  provide,
  provideBy,
  requestAddressOf,
  securityHeaders,
  TrustedProxies,
  token,
} from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BEARER_VERIFIER } from '../auth/tokens.ts'
import { callLimits } from '../configuration/call-limits.ts'
import { acceptedKindsOf } from '../configuration/configuration.ts'
import { smallCacheBytes } from '../runtime/cache-bytes.ts'
import { CALL_RECORDER, CONFIGURATION, LOG, MEMORY, METRICS, RATES, REQUEST_BODIES } from '../runtime/tokens.ts'
import { CallerVerification } from './caller/caller-verification.ts'
import { FormSignatures, formSignatureLimits } from './caller/form-signatures.ts'
import { ProxyCredentials } from './caller/proxy-credentials.ts'
import { SignedForms, signedFormLimits } from './caller/signed-forms.ts'
import { CertificateChoice } from './certificate/certificate-choice.ts'
import { MappingTrusts } from './certificate/mapping-trusts.ts'
import { UnmappedCalls } from './certificate/unmapped-calls.ts'
import { TargetCredentials } from './credentials/target-credentials.ts'
import { ForwardEndpoint } from './forward-endpoint.ts'
import { Forwarder } from './forwarder.ts'
import { CallMetrics } from './metrics/call-metrics.ts'
import { BaseUrls } from './request/base-urls.ts'
import { requestSignatureLimits, SignedCalls } from './signatures/signed-calls.ts'
import { firstPauseMs } from './targets/circuit.ts'
import { collectTargetMetrics } from './targets/target-metrics.ts'
import { Targets } from './targets/targets.ts'

const SENDS_REQUEST_ID = token<boolean>('sendsRequestId')
const SENDS_TRACE = token<boolean>('sendsTrace')

@Module({
  providers: [
    provide(MappingTrusts, [CaCertificateReader]),
    provide(CertificateChoice, [AccountReader, IdentityReader, MappingTrusts, ServiceCatalogue, TargetSecretReader]),
    provideBy(
      TargetCredentials,
      [AccountReader, IdentityReader, TargetSecretReader, UpstreamPools, METRICS, CertificateChoice, MEMORY],
      (accounts, identities, secrets, upstreams, metrics, choice, memory) => {
        const credentials = new TargetCredentials({
          accounts,
          identities,
          secrets,
          upstreams,
          metrics,
          maxBytes: smallCacheBytes(memory),
          refuseRevoked: (identity) => choice.refuseRevoked(identity),
        })
        accounts.onLoaded((account) => credentials.keepNamed(account))
        return credentials
      },
    ),
    provideBy(SignedForms, [Bulkheads, MEMORY], (pools, { budget }) => {
      return new SignedForms(pools.open('signed-forms', signedFormLimits(budget.parts.forms)))
    }),
    provideBy(
      FormSignatures,
      [Bulkheads],
      (pools) => new FormSignatures(pools.open('form-signatures', formSignatureLimits)),
    ),
    provideBy(
      CallerVerification,
      [CONFIGURATION, TrustedProxies, OAuth1Verifier, BEARER_VERIFIER, CallerCertificates, SignedForms, FormSignatures],
      (configuration, proxies, oauth1, bearer, certificates, forms, formSignatures) =>
        new CallerVerification({
          oauth1,
          bearer,
          certificates,
          forms,
          formSignatures,
          kinds: certificates.accepted(acceptedKindsOf(configuration)),
          requireLpHash: configuration.requireLpHash,
          requireBodyHash: configuration.requireBodyHash,
          addressOf: requestAddressOf(configuration, proxies),
        }),
    ),
    provideBy(
      ProxyCredentials,
      [CONFIGURATION, TrustedProxies, AppSecrets, BEARER_VERIFIER],
      (configuration, proxies, appSecrets, bearer) =>
        new ProxyCredentials({
          appSecrets,
          bearer,
          accepted: acceptedKindsOf(configuration),
          addressOf: requestAddressOf(configuration, proxies),
        }),
    ),
    provideBy(
      UnmappedCalls,
      [CONFIGURATION, METRICS],
      ({ unmappedCalls, compatibility }, metrics) => new UnmappedCalls(unmappedCalls, compatibility, metrics),
    ),
    provideBy(
      BaseUrls,
      [AccountReader, ServiceCatalogue, CONFIGURATION, TrustedProxies],
      (accounts, services, configuration, proxies) =>
        new BaseUrls(accounts, services, configuration.publicBaseUrls, requestAddressOf(configuration, proxies)),
    ),
    provideBy(Targets, [CONFIGURATION, Bulkheads, LOG, METRICS], (configuration, pools, log, metrics) => {
      const { accountMaxCalls, circuitFailures, circuitLongestPauseMs } = configuration
      const targets = new Targets({
        calls: pools.open('forward-calls', callLimits(configuration)),
        accountMaxCalls,
        circuits: { failures: circuitFailures, firstPauseMs, longestPauseMs: circuitLongestPauseMs },
        onOpened: (accountId, target, failure) =>
          log.warn({ event: 'target-circuit-opened', accountId, target, failure }),
        onClosed: (accountId, target) => log.info({ event: 'target-circuit-closed', accountId, target }),
      })
      collectTargetMetrics(metrics, targets)
      return targets
    }),
    provideBy(SignedCalls, [REQUEST_BODIES, Bulkheads, METRICS], (bodies, pools, metrics) => {
      return new SignedCalls(bodies, pools.open('request-signatures', requestSignatureLimits), metrics)
    }),
    provideBy(CallMetrics, [METRICS], (metrics) => new CallMetrics(metrics)),
    provideBy(SENDS_REQUEST_ID, [CONFIGURATION], ({ sendRequestId }) => sendRequestId),
    provideBy(SENDS_TRACE, [CONFIGURATION], ({ traceContext }) => traceContext === 'pass'),
    provide(Forwarder, {
      rates: RATES,
      verification: CallerVerification,
      proxyCredentials: ProxyCredentials,
      services: ServiceCatalogue,
      baseUrls: BaseUrls,
      targets: Targets,
      choice: CertificateChoice,
      unmapped: UnmappedCalls,
      credentials: TargetCredentials,
      signedCalls: SignedCalls,
      upstreams: UpstreamPools,
      usage: UsageRecorder,
      metrics: CallMetrics,
      sendsRequestId: SENDS_REQUEST_ID,
      sendsTrace: SENDS_TRACE,
    }),
    provideBy(
      ForwardEndpoint,
      [CONFIGURATION, Forwarder, CallerVerification, ProxyCredentials, LOG, CallMetrics, CALL_RECORDER],
      (configuration, forwarder, { kinds }, credentials, log, metrics, recorder) => {
        const ownHeaders = { ...securityHeaders(configuration), ...ownAnswerHeaders }
        const { logSuccessfulCalls: loggedSuccesses } = configuration
        const told = { log, metrics, recorder, loggedSuccesses }
        const proxyCredentials = configuration.proxyEntry ? credentials : undefined
        return new ForwardEndpoint({ forwarder, kinds, proxyCredentials, ownHeaders, ...told })
      },
    ),
  ],
  exports: [CertificateChoice, TargetCredentials, Targets],
})
export class ForwardModule {}
