export {
  type CallerCertificateConfiguration,
  CallerCertificates,
  clientCertificateHeader,
} from './auth/caller-certificates.ts'
export { ConfiguredTokenIssuers } from './auth/configured-token-issuers.ts'
export { type AuthenticatedRequest, CredentialGuard } from './auth/credential-guard.ts'
export { issuerKey, sessionKey, sessionKeyPath } from './auth/key-files.ts'
export type { IssuerEntry } from './auth/token-issuers-file.ts'
export { type BearerVerification, bearerVerification, measureCallerClocks } from './auth/verifiers.ts'
export { type Backends, openCoordination } from './backends/backends.ts'
export { type RedisConfiguration, redisServers } from './backends/redis.ts'
export { reportStoreEpoch, storeConfig, vaultFileLogin } from './backends/store.ts'
export { hasBody, PassedBuffers, passedBuffers, readBodyBytes, watchPace } from './body/body-bytes.ts'
export { isJson, readJsonBody, weighJson } from './body/json-body.ts'
export { bodyLimits, leastBodyBytes, mostBodyBytes, RequestBodyInterceptor } from './body/request-body.interceptor.ts'
export { validationError, validationPipe } from './body/validation-pipe.ts'
export { commonRules, hasOwnTokenIssuer } from './configuration/common-rules.ts'
export { type CommonConfiguration, type CommonSettings, commonSettings } from './configuration/common-settings.ts'
export {
  boolean,
  type Configuration,
  choice,
  duration,
  durationMs,
  field,
  fileFor,
  filePath,
  integer,
  isLoopback,
  required,
  Secret,
  type Setting,
  type Settings,
  secretFilePath,
  serviceUrl,
  text,
} from './configuration/fields.ts'
export {
  type ConfigurationFault,
  type ConfigurationRule,
  type Environment,
  parseConfiguration,
} from './configuration/parse-configuration.ts'
export { readProxySecrets } from './configuration/proxy-settings.ts'
export { targetConnections, targetSettings } from './configuration/target-settings.ts'
export { EgressProxies, type EgressProxy, openEgressProxies, readEgressProxies } from './egress/egress-proxies.ts'
export { createLog, type Log } from './logging/log.ts'
export { Repeats } from './logging/repeats.ts'
export { measuredBulkheads } from './metrics/bulkhead-metrics.ts'
export { durationBuckets, readCounter, SlotHistogram, type Slots } from './metrics/fast-metrics.ts'
export { type BuildInfo, buildInfo } from './metrics/process-metrics.ts'
export { ServiceMetrics } from './metrics/service-metrics.ts'
export { BodyOf, bodySchema, Operation, QueryOf } from './nest/operation.ts'
export { provide, provideBy, provideValue, type Token, token } from './nest/provide.ts'
export { codedErrorOf } from './problems/foreign-error.ts'
export { logFailure, type Problem, type ProblemDocument, problemOf } from './problems/problem.ts'
export { newInstanceName } from './process/instance-name.ts'
export {
  divideMemory,
  givenBy,
  type MemoryBudget,
  overLimit,
  showMemory,
  showMemoryLimit,
} from './process/memory-budget.ts'
export type { ServiceName } from './process/memory-limit.ts'
export { heapLimit, limitedHeap, type MemoryLimit, mebibyte, memoryLimit } from './process/memory-limit.ts'
export {
  type LogFacts,
  pathOf,
  type RequestContext,
  requestContextOf,
  statusOf,
  unmatchedRoute,
} from './request-context.ts'
export type { CallSpan } from './request-span.ts'
export { answerProblem, sendInPieces } from './server/answers.ts'
export { callerConnectionMemory, callerConnectionsWithin, mostTargetConnections } from './server/connection-limits.ts'
export { listen } from './server/listen.ts'
export { main, testedNode } from './server/main.ts'
export { ManagementServer } from './server/management-server.ts'
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
export { type Application, type ApplicationParts, type RunningService, serveHttp } from './server/serve-http.ts'
export { type AppParts, startApp } from './server/start-app.ts'
export { notAfterOf, readTlsPair } from './server/tls-files.ts'
export {
  clientAddress,
  type ProxyConfiguration,
  proxySecretHeader,
  rateKey,
  requestAddressOf,
  TrustedProxies,
} from './throttling/client-address.ts'
export { inTurn } from './throttling/in-turn.ts'
export { admit, RefusedAddresses } from './throttling/rate-limit.ts'
export { openTracing, tryTracing } from './tracing/open-tracing.ts'
