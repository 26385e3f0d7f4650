export { AppKeyUseInterceptor } from './auth/app-key-use.interceptor.ts'
export type { AuthenticatedRequest } from './auth/authenticated-request.ts'
export { HeaderBearerStrategy } from './auth/bearer.strategy.ts'
export { bearerVerification } from './auth/bearer-verification.ts'
export { measureCallerClocks } from './auth/caller-clocks.ts'
export { CredentialGuard, type CredentialGuardOptions } from './auth/credential-guard.ts'
export { Credentials } from './auth/credentials.ts'
export { issuerKey } from './auth/issuer-key.ts'
export { OAuth1Strategy } from './auth/oauth1.strategy.ts'
export { type AddressSettings, requestAddressOf } from './auth/request-address.ts'
export { serviceGuard } from './auth/service-guard.ts'
export { sessionKey, sessionKeyPath } from './auth/session-key.ts'
export { type Backends, type CoordinationConfiguration, openCoordination } from './backends/backends.ts'
export { type RedisConfiguration, redisServers } from './backends/redis-servers.ts'
export { storeConfig, vaultFileLogin } from './backends/store-config.ts'
export { reportStoreEpoch, type StoreEpochReport } from './backends/store-epoch-report.ts'
export { readBodyBytes } from './body/body-bytes.ts'
export { bodyLimits, leastBodyBytes, mostBodyBytes } from './body/body-limits.ts'
export { watchPace } from './body/body-pace.ts'
export { boundedList } from './body/bounded-list.ts'
export { hasBody } from './body/has-body.ts'
export { readJsonBody } from './body/json-body.ts'
export { isJson } from './body/json-type.ts'
export { weighJson } from './body/json-weight.ts'
export { PassedBuffers, passedBuffers } from './body/passed-buffers.ts'
export { RequestBodyInterceptor } from './body/request-body.interceptor.ts'
export { validationError, validationPipe } from './body/validation-pipe.ts'
export { commonRules } from './configuration/common-rules.ts'
export { type CommonConfiguration, type CommonSettings, commonSettings } from './configuration/common-settings.ts'
export { describeSettings, type SettingDescription } from './configuration/describe-settings.ts'
export { durationMs } from './configuration/duration.ts'
export {
  baseUrlList,
  boolean,
  choice,
  cidrList,
  duration,
  field,
  filePath,
  integer,
  port,
  secret,
  secretFilePath,
  secretKey,
  serviceUrl,
  text,
} from './configuration/fields.ts'
export { isLoopback } from './configuration/network-text.ts'
export {
  type ConfigurationFault,
  type ConfigurationRule,
  type Environment,
  parseConfiguration,
} from './configuration/parse-configuration.ts'
export { readProxySecrets } from './configuration/proxy-settings.ts'
export { Secret } from './configuration/secret.ts'
export { type Configuration, optional, type Setting, type Settings } from './configuration/setting.ts'
export { targetConnections, targetSettings } from './configuration/target-settings.ts'
export type { Health } from './health/health.ts'
export type { HealthCheck } from './health/probe.ts'
export { newInstanceName } from './instance-name.ts'
export { createLog, type Log, type LogOptions } from './logging/log.ts'
export { Repeats } from './logging/repeats.ts'
export { heapLimit, limitedHeap } from './memory/heap-limit.ts'
export { divideMemory, givenBy, type MemoryBudget, type MemoryPart, overLimit } from './memory/memory-budget.ts'
export { type MemoryLimit, mebibyte, memoryLimit } from './memory/memory-limit.ts'
export type { ServiceName } from './memory/shares.ts'
export { showMemory, showMemoryLimit } from './memory/show-memory.ts'
export { durationBuckets, shortBuckets } from './metrics/buckets.ts'
export { type BuildInfo, buildInfo } from './metrics/build-info.ts'
export { measuredBulkheads } from './metrics/bulkhead-metrics.ts'
export { type ReadCounterOptions, readCounter } from './metrics/read-counter.ts'
export { ServiceMetrics } from './metrics/service-metrics.ts'
export { SlotHistogram, type SlotHistogramOptions, type Slots } from './metrics/slot-histogram.ts'
export { Operation } from './operations/operation.decorator.ts'
export { BodyOf, bodySchema, QueryOf } from './operations/parameters.ts'
export { logFailure } from './problems/failure-log.ts'
export { codedErrorOf } from './problems/foreign-error.ts'
export { type Problem, type ProblemDocument, problemOf } from './problems/problem.ts'
export { provide, provideBy, provideValue } from './providers/provide.ts'
export { type Token, token } from './providers/token.ts'
export { type LogFacts, type RequestContext, requestContextOf, unmatchedRoute } from './request-context.ts'
export type { CallSpan } from './request-span.ts'
export { breakOff } from './server/answers.ts'
export { callerConnectionMemory, callerConnectionsWithin, mostTargetConnections } from './server/connection-limits.ts'
export type { Application, ApplicationParts, RunningService } from './server/http-service.ts'
export { listen } from './server/listen.ts'
export { main } from './server/main.ts'
export { ManagementServer } from './server/management-server.ts'
export { requireNodeInternals } from './server/node-internals.ts'
export {
  checkFraming,
  checkHead,
  duplicateHeader,
  endConnection,
  endIfAmbiguous,
  singleFields,
} from './server/request-framing.ts'
export { securityHeaders } from './server/security-headers.ts'
export { type ServiceOptions, serve } from './server/serve.ts'
export { serveHttp } from './server/serve-http.ts'
export { type AppParts, startApp } from './server/start-app.ts'
export { notAfterOf, readTlsPair } from './server/tls-files.ts'
export { admit } from './throttling/admit.ts'
export { clientAddress, rateKey } from './throttling/client-address.ts'
export { RefusedAddresses } from './throttling/refused-addresses.ts'
export { showThrottling } from './throttling/throttling-metrics.ts'
export { proxySecretHeader, TrustedProxies } from './throttling/trusted-proxies.ts'
export { openTracing, tryTracing } from './tracing/open-tracing.ts'
